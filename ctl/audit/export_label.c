// SPDX-License-Identifier: GPL-2.0-only
/*
 * The label of an export, as JSON and in sentences: what it is, how it is to be handled, and what
 * an auditor has to mind (an unsynchronised clock, losses, damaged lines, dual roles). Knows
 * nothing of formats.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sekisho/version.h>

#include "export_writer.h"
#include "stamp.h"
#include "verify.h"

#define SENTENCE_BYTES 2048

typedef int (*fact_function)(struct sekisho_export_run *run, const char *notice, const char *text);

void sekisho_export_time(const struct sekisho_export_run *run, int64_t wall_ns, char *text)
{
	char whole[SEKISHO_STAMP_BYTES];

	sekisho_stamp_text(whole, wall_ns, run->survey->zone);
	/* Without the milliseconds. */
	snprintf(text, SEKISHO_STAMP_BYTES, "%.19s%s", whole, whole + 23);
}

static void emit_time(struct sekisho_export_run *run, const char *key, int64_t wall_ns)
{
	char text[SEKISHO_STAMP_BYTES];

	sekisho_export_time(run, wall_ns, text);
	sekisho_emit_text(&run->emit, key, text);
}

static void emit_period(struct sekisho_export_run *run)
{
	const struct sekisho_export_options *options = run->options;

	sekisho_emit_begin(&run->emit, "period", '{');
	if (options->has_since)
		emit_time(run, "since", options->selection.since_ns);
	if (options->has_until)
		emit_time(run, "until", options->selection.until_ns);
	sekisho_emit_end(&run->emit, '}');
}

static void emit_records(struct sekisho_export_run *run)
{
	const struct sekisho_survey *survey = run->survey;

	sekisho_emit_begin(&run->emit, "records", '{');
	sekisho_emit_count(&run->emit, "count", survey->records);
	if (survey->records) {
		sekisho_emit_count(&run->emit, "first_seq", survey->first_seq);
		sekisho_emit_count(&run->emit, "last_seq", survey->last_seq);
	}
	sekisho_emit_end(&run->emit, '}');
	sekisho_emit_count(&run->emit, "damaged", survey->damaged);
	sekisho_emit_begin(&run->emit, "losses", '{');
	sekisho_emit_count(&run->emit, "records", survey->losses);
	sekisho_emit_count(&run->emit, "lost", survey->lost);
	sekisho_emit_end(&run->emit, '}');
}

static void emit_types(struct sekisho_export_run *run)
{
	if (!run->options->selection.types)
		return;
	sekisho_emit_begin(&run->emit, "types", '[');
	for (int type = 0; type < SEKISHO_RECORD_TYPES; type++)
		if (run->options->selection.types & (1ull << type))
			sekisho_emit_text(&run->emit, NULL,
					  sekisho_type_get((enum sekisho_record_type)type)->name);
	sekisho_emit_end(&run->emit, ']');
}

static void emit_class(struct sekisho_export_run *run)
{
	const struct sekisho_label *label = run->label;

	sekisho_emit_begin(&run->emit, "class", '{');
	sekisho_emit_text(&run->emit, "confidentiality",
			  sekisho_label_class(label, label->confidentiality));
	sekisho_emit_text(&run->emit, "integrity", sekisho_label_class(label, label->integrity));
	sekisho_emit_text(&run->emit, "availability",
			  sekisho_label_class(label, label->availability));
	sekisho_emit_count(&run->emit, "policies_read", label->policies);
	sekisho_emit_count(&run->emit, "policies_unread", label->unread);
	sekisho_emit_count(&run->emit, "segments_unclassified", label->unclassified);
	sekisho_emit_end(&run->emit, '}');
	sekisho_emit_text(&run->emit, "handling", run->handling);
}

static void emit_clock(struct sekisho_export_run *run)
{
	const struct sekisho_survey *survey = run->survey;

	sekisho_emit_begin(&run->emit, "clock_unsynchronised", '{');
	sekisho_emit_count(&run->emit, "records", survey->unsynchronised);
	sekisho_emit_begin(&run->emit, "spans", '[');
	for (size_t i = 0; i < survey->span_count; i++) {
		const struct sekisho_survey_span *span = &survey->spans[i];

		sekisho_emit_begin(&run->emit, NULL, '{');
		sekisho_emit_count(&run->emit, "first_seq", span->first_seq);
		sekisho_emit_count(&run->emit, "last_seq", span->last_seq);
		emit_time(run, "first", span->first_ns);
		emit_time(run, "last", span->last_ns);
		sekisho_emit_end(&run->emit, '}');
	}
	sekisho_emit_end(&run->emit, ']');
	sekisho_emit_truth(&run->emit, "more", survey->more_spans);
	sekisho_emit_end(&run->emit, '}');
}

static void emit_person(struct sekisho_export_run *run, const char *person)
{
	char pseudonym[SEKISHO_PSEUDONYM_BYTES];

	if (!*person)
		return;
	if (run->options->redactor)
		sekisho_redact_name(run->options->redactor, SEKISHO_PSEUDONYM_PERSON, person,
				    pseudonym);
	sekisho_emit_text(&run->emit, "person", run->options->redactor ? pseudonym : person);
}

static void emit_flows(struct sekisho_export_run *run, const char *key,
		       enum sekisho_label_flow_kind kind)
{
	sekisho_emit_begin(&run->emit, key, '[');
	for (size_t i = 0; i < run->label->flow_count; i++) {
		const struct sekisho_label_flow *flow = &run->label->flows[i];

		if (flow->kind != kind)
			continue;
		sekisho_emit_begin(&run->emit, NULL, '{');
		sekisho_emit_text(&run->emit, "flow", flow->flow);
		sekisho_emit_count(&run->emit, "first_generation", flow->first);
		sekisho_emit_count(&run->emit, "last_generation", flow->last);
		emit_person(run, flow->person);
		if (!run->options->redactor)
			sekisho_emit_text(&run->emit, "reason", flow->reason);
		sekisho_emit_end(&run->emit, '}');
	}
	sekisho_emit_end(&run->emit, ']');
}

static void emit_redacted(struct sekisho_export_run *run)
{
	char pseudonym[SEKISHO_PSEUDONYM_BYTES];

	sekisho_emit_truth(&run->emit, "redacted", run->options->redactor);
	if (!run->options->redactor)
		return;
	sekisho_redact_name(run->options->redactor, SEKISHO_PSEUDONYM_KEY, "", pseudonym);
	sekisho_emit_text(&run->emit, "redaction_key", pseudonym);
}

void sekisho_export_label_json(struct sekisho_export_run *run, const char *key)
{
	sekisho_emit_begin(&run->emit, key, '{');
	sekisho_emit_number(&run->emit, "export", SEKISHO_EXPORT_VERSION);
	sekisho_emit_text(&run->emit, "product", "Sekisho " SEKISHO_VERSION);
	emit_time(run, "exported_at", run->options->made_ns);
	sekisho_emit_text(&run->emit, "host", run->host);
	if (run->label->site && !run->options->redactor)
		sekisho_emit_text(&run->emit, "site", run->label->site);
	emit_period(run);
	emit_types(run);
	emit_records(run);
	emit_class(run);
	emit_clock(run);
	emit_flows(run, "dual_role", SEKISHO_LABEL_DUAL_ROLE);
	emit_flows(run, "exceptions", SEKISHO_LABEL_EXCEPTION);
	emit_redacted(run);
	sekisho_emit_end(&run->emit, '}');
}

void sekisho_export_damage_json(struct sekisho_export_run *run, const char *key,
				const struct sekisho_export_damage *damage)
{
	sekisho_emit_begin(&run->emit, key, '{');
	sekisho_emit_text(&run->emit, "file", damage->file);
	sekisho_emit_count(&run->emit, "row", damage->entry->row);
	sekisho_emit_count(&run->emit, "offset", damage->entry->offset);
	sekisho_emit_count(&run->emit, "bytes", damage->entry->length);
	sekisho_emit_text(&run->emit, "defect", sekisho_defect_name(damage->entry->defect));
	sekisho_emit_text(&run->emit, "sha256", damage->digest);
	sekisho_emit_end(&run->emit, '}');
}

__attribute__((format(printf, 4, 5))) static int
say(struct sekisho_export_run *run, fact_function fact, const char *notice, const char *format, ...)
{
	char text[SENTENCE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return fact(run, notice, text);
}

static int say_period(struct sekisho_export_run *run, fact_function fact)
{
	const struct sekisho_export_options *options = run->options;
	char since[SEKISHO_STAMP_BYTES], until[SEKISHO_STAMP_BYTES];

	sekisho_export_time(run, options->selection.since_ns, since);
	sekisho_export_time(run, options->selection.until_ns, until);
	if (options->has_since && options->has_until)
		return say(run, fact, NULL,
			   sekisho_export_words(run, "period: from %s, before %s",
						"対象期間：%s以降、%sより前"),
			   since, until);
	if (options->has_since)
		return say(run, fact, NULL,
			   sekisho_export_words(run, "period: from %s", "対象期間：%s以降"), since);
	if (options->has_until)
		return say(run, fact, NULL,
			   sekisho_export_words(run, "period: before %s", "対象期間：%sより前"),
			   until);
	return say(run, fact, NULL, "%s",
		   sekisho_export_words(run, "period: all of the log", "対象期間：ログの全期間"));
}

static int say_what(struct sekisho_export_run *run, fact_function fact)
{
	const struct sekisho_survey *survey = run->survey;
	char made[SEKISHO_STAMP_BYTES];
	int error;

	sekisho_export_time(run, run->options->made_ns, made);
	error = say(run, fact, NULL,
		    sekisho_export_words(run, "audit log of host %s; exported %s by Sekisho %s",
					 "ホスト%sの監査ログ。出力日時 %s、Sekisho %s"),
		    *run->host ? run->host : "-", made, SEKISHO_VERSION);
	if (!error)
		error = say_period(run, fact);
	if (!error && survey->records)
		error = say(run, fact, NULL,
			    sekisho_export_words(
				    run, "%" PRIu64 " records, %" PRIu64 " to %" PRIu64,
				    "記録%" PRIu64 "件（番号%" PRIu64 "から%" PRIu64 "まで）"),
			    survey->records, survey->first_seq, survey->last_seq);
	else if (!error)
		error = say(run, fact, NULL, "%s",
			    sekisho_export_words(run, "no records", "記録なし"));
	return error;
}

static int say_class(struct sekisho_export_run *run, fact_function fact)
{
	const struct sekisho_label *label = run->label;
	const char *notice = label->unknown ? sekisho_export_words(run, "class unknown", "分類不明")
					    : NULL;

	return say(run, fact, notice,
		   sekisho_export_words(run,
					"%s (policies read: %" PRIu64 ", not read: %" PRIu64
					", segments without a class: %" PRIu64 ")",
					"%s（読めたポリシー%" PRIu64 "件、読めないポリシー%" PRIu64
					"件、分類のない領域%" PRIu64 "件）"),
		   run->handling, label->policies, label->unread, label->unclassified);
}

static int say_clock(struct sekisho_export_run *run, fact_function fact)
{
	const struct sekisho_survey *survey = run->survey;
	const char *notice = sekisho_export_words(run, "clock unsynchronised", "時刻未同期");
	int error;

	if (!survey->unsynchronised)
		return say(run, fact, NULL, "%s",
			   sekisho_export_words(run, "the clock was synchronised throughout",
						"全期間で時刻同期済み"));
	error = say(run, fact, notice,
		    sekisho_export_words(run,
					 "the clock was not synchronised in %" PRIu64 " records%s",
					 "時刻が同期していない記録%" PRIu64 "件%s"),
		    survey->unsynchronised,
		    survey->more_spans ? sekisho_export_words(run, "; the first places are:",
							      "。最初の箇所のみ示す：")
				       : "");
	for (size_t i = 0; i < survey->span_count && !error; i++) {
		char first[SEKISHO_STAMP_BYTES], last[SEKISHO_STAMP_BYTES];

		sekisho_export_time(run, survey->spans[i].first_ns, first);
		sekisho_export_time(run, survey->spans[i].last_ns, last);
		error = say(run, fact, notice,
			    sekisho_export_words(run,
						 "records %" PRIu64 " to %" PRIu64 ", %s to %s",
						 "記録%" PRIu64 "から%" PRIu64 "、%sから%sまで"),
			    survey->spans[i].first_seq, survey->spans[i].last_seq, first, last);
	}
	return error;
}

static int say_missing(struct sekisho_export_run *run, fact_function fact)
{
	const struct sekisho_survey *survey = run->survey;
	int error = 0;

	if (survey->losses)
		error = say(run, fact, sekisho_export_words(run, "loss", "記録欠落"),
			    sekisho_export_words(
				    run, "%" PRIu64 " records tell of losses: %" PRIu64 " in all",
				    "欠落の記録%" PRIu64 "件、欠落数は計%" PRIu64),
			    survey->losses, survey->lost);
	if (!error && survey->damaged)
		error = say(run, fact, sekisho_export_words(run, "damaged", "破損行"),
			    sekisho_export_words(
				    run,
				    "%" PRIu64 " lines of the log are damaged; see the rows of "
				    "type 'damaged', and sekishoctl audit verify",
				    "ログに破損行%" PRIu64 "件。種別damagedの行とsekishoctl audit "
				    "verifyを参照"),
			    survey->damaged);
	return error;
}

static int say_flows(struct sekisho_export_run *run, fact_function fact)
{
	int error = 0;

	for (size_t i = 0; i < run->label->flow_count && !error; i++) {
		const struct sekisho_label_flow *flow = &run->label->flows[i];
		bool dual = flow->kind == SEKISHO_LABEL_DUAL_ROLE;
		char pseudonym[SEKISHO_PSEUDONYM_BYTES];
		const char *person = *flow->person ? flow->person : "-";
		const char *reason = run->options->redactor ? "-" : flow->reason;

		if (run->options->redactor && *flow->person) {
			sekisho_redact_name(run->options->redactor, SEKISHO_PSEUDONYM_PERSON,
					    flow->person, pseudonym);
			person = pseudonym;
		}
		error = say(
			run, fact,
			dual ? sekisho_export_words(run, "dual role", "兼務")
			     : sekisho_export_words(run, "exception", "例外措置"),
			dual ? sekisho_export_words(run,
						    "flow %s: %s asked and approved; "
						    "generations %u to %u; reason: %s",
						    "許可通信%s：申請者と承認者が同じ（%s）、世代"
						    "%uから%u、理由：%s")
			     : sekisho_export_words(run,
						    "flow %s: an exception approved by %s; "
						    "generations %u to %u; purpose: %s",
						    "許可通信%s：例外措置（承認 %s）、世代%uから%"
						    "u、目的：%s"),
			flow->flow, person, flow->first, flow->last, reason);
	}
	return error;
}

static int say_redacted(struct sekisho_export_run *run, fact_function fact)
{
	char pseudonym[SEKISHO_PSEUDONYM_BYTES];

	if (!run->options->redactor)
		return 0;
	sekisho_redact_name(run->options->redactor, SEKISHO_PSEUDONYM_KEY, "", pseudonym);
	return say(
		run, fact, sekisho_export_words(run, "redacted", "仮名化"),
		sekisho_export_words(run,
				     "redacted: hosts and persons are pseudonyms under %s; "
				     "by itself this export proves nothing",
				     "仮名化済み：端末と人は%sによる仮名。この出力だけでは証明にな"
				     "らない"),
		pseudonym);
}

int sekisho_export_label_facts(struct sekisho_export_run *run,
			       int (*fact)(struct sekisho_export_run *run, const char *notice,
					   const char *text))
{
	int (*const parts[])(struct sekisho_export_run *run, fact_function fact) = {
		say_what, say_class, say_clock, say_missing, say_flows, say_redacted,
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !error; i++)
		error = parts[i](run, fact);
	return error;
}
