// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sections of a report on how far the log can be relied on: its gaps, what was missing of the
 * enforcement, the clock, and its verification. Knows nothing of how they are found.
 */
#include <stdio.h>
#include <string.h>

#include "audit/digest.h"
#include "audit/stamp.h"
#include "command/report_parts.h"
#include "ui/format.h"
#include "ui/message.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

void sekisho_report_time_of(const struct sekisho_report *report,
			    const struct sekisho_fields *fields, const char *key, char *text)
{
	char stamp[SEKISHO_STAMP_BYTES];
	int64_t wall_ns;

	text[0] = '\0';
	if (sekisho_fields_text(fields, key, stamp, sizeof(stamp)) &&
	    !sekisho_stamp_parse(stamp, &wall_ns))
		sekisho_report_time(report, wall_ns, text);
}

void sekisho_report_put_note(struct sekisho_report *report, const char *text)
{
	sekisho_html_element(&report->html, "p", text, "class", "note", NULL);
}

void sekisho_report_put_more(struct sekisho_report *report, uint64_t more)
{
	char text[SEKISHO_REPORT_TEXT_BYTES];

	if (!more)
		return;
	snprintf(text, sizeof(text),
		 _("%llu more are not shown: sekishoctl audit export has them all."),
		 (unsigned long long)more);
	sekisho_report_put_note(report, text);
}

static void put_losses(struct sekisho_report *report)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Record"), SEKISHO_CELL_NUMBER },	{ N_("Beginning"), SEKISHO_CELL_SHORT },
		{ N_("End"), SEKISHO_CELL_SHORT },	{ N_("Cause"), SEKISHO_CELL_TEXT },
		{ N_("Missing"), SEKISHO_CELL_NUMBER }, { N_("Details"), SEKISHO_CELL_TEXT },
	};
	const struct sekisho_account_lines *lines = &report->account.losses;
	struct sekisho_report_table table;

	sekisho_html_element(&report->html, "h3", _("Losses"), NULL);
	if (!lines->count) {
		sekisho_report_put_note(report, _("None."));
		return;
	}
	sekisho_report_table_begin(&table, &report->html, _("Records or events that are missing"),
				   columns, COUNT_OF(columns));
	for (size_t i = 0; i < lines->count; i++) {
		char seq[SEKISHO_NUMBER_TEXT], start[SEKISHO_TIME_TEXT], end[SEKISHO_TIME_TEXT];
		char cause[64], count[SEKISHO_NUMBER_TEXT], detail[SEKISHO_REPORT_TEXT_BYTES];
		struct sekisho_fields fields;
		int64_t missing;

		sekisho_fields_read(&fields, lines->lines[i]);
		missing = sekisho_fields_number(&fields, "count", 0);
		snprintf(seq, sizeof(seq), "%lld",
			 (long long)sekisho_fields_number(&fields, "seq", 0));
		sekisho_report_time_of(report, &fields, "start", start);
		sekisho_report_time_of(report, &fields, "end", end);
		sekisho_fields_text(&fields, "cause", cause, sizeof(cause));
		sekisho_fields_text(&fields, "detail", detail, sizeof(detail));
		sekisho_format_count(count, missing > 0 ? (uint64_t)missing : 0);
		sekisho_report_row(&table,
				   (const char *const[]){ seq, start, end, cause, count, detail });
	}
	sekisho_report_table_end(&table);
	sekisho_report_put_more(report, lines->more);
}

static void put_unrecorded(struct sekisho_report *report)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Beginning"), SEKISHO_CELL_SHORT },
		{ N_("End"), SEKISHO_CELL_SHORT },
		{ N_("Why"), SEKISHO_CELL_TEXT },
		{ N_("Record"), SEKISHO_CELL_NUMBER },
	};
	static const char *const causes[] = {
		[SEKISHO_COVERAGE_BEFORE] = N_("the log begins later"),
		[SEKISHO_COVERAGE_STOPPED] = N_("the collector was not running"),
		[SEKISHO_COVERAGE_CUT] = N_("the collector ended without saying so"),
		[SEKISHO_COVERAGE_SILENT] = N_("the collector wrote nothing"),
		[SEKISHO_COVERAGE_AFTER] = N_("the log ends earlier"),
	};
	const struct sekisho_coverage *coverage = &report->account.coverage;
	size_t shown = coverage->gaps < SEKISHO_COVERAGE_MAX ? coverage->gaps
							     : SEKISHO_COVERAGE_MAX;
	struct sekisho_report_table table;

	sekisho_html_element(&report->html, "h3", _("Times without a recorder"), NULL);
	sekisho_report_put_note(report,
				_("The filter works without its collector; what it did then "
				  "is not recorded, or only as far as it found room."));
	if (!shown) {
		sekisho_report_put_note(report, _("None."));
		return;
	}
	sekisho_report_table_begin(&table, &report->html, _("Times in which nobody recorded"),
				   columns, COUNT_OF(columns));
	for (size_t i = 0; i < shown; i++) {
		const struct sekisho_coverage_gap *gap = &coverage->items[i];
		bool removed = gap->cause == SEKISHO_COVERAGE_BEFORE && report->verified.removed;
		char from[SEKISHO_TIME_TEXT], to[SEKISHO_TIME_TEXT], seq[SEKISHO_NUMBER_TEXT];

		sekisho_report_time(report, gap->from_ns, from);
		sekisho_report_time(report, gap->to_ns, to);
		snprintf(seq, sizeof(seq), "%llu", (unsigned long long)gap->seq);
		sekisho_report_row(
			&table,
			(const char *const[]){
				from, to,
				removed ? _("what was recorded was removed when its time was over")
					: _(causes[gap->cause]),
				seq });
	}
	sekisho_report_table_end(&table);
	sekisho_report_put_more(report, coverage->gaps - shown);
}

/* Of guard.* and link records, what they say in one cell. */
static void put_details(const struct sekisho_fields *fields, char *text, size_t size)
{
	static const char *const keys[] = {
		"interface",	    "state", "mode",  "reason",
		"denied",	    "from",  "to",    "expected_generation",
		"found_generation", "count", "actor", "second"
	};
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(keys) && used < size; i++) {
		const struct sekisho_value *value = sekisho_fields_find(fields, keys[i]);
		char shown[SEKISHO_REPORT_TEXT_BYTES];

		if (!value)
			continue;
		sekisho_value_text(value, shown, sizeof(shown));
		used += (size_t)snprintf(text + used, size - used, "%s%s: %s", used ? ", " : "",
					 keys[i], shown);
	}
}

static void put_lines(struct sekisho_report *report, const struct sekisho_account_lines *lines,
		      const char *caption,
		      void (*details)(const struct sekisho_fields *fields, char *text, size_t size))
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Record"), SEKISHO_CELL_NUMBER },
		{ N_("Time"), SEKISHO_CELL_SHORT },
		{ N_("What"), SEKISHO_CELL_SHORT },
		{ N_("Details"), SEKISHO_CELL_TEXT },
	};
	struct sekisho_report_table table;

	if (!lines->count) {
		sekisho_report_put_note(report, _("None."));
		return;
	}
	sekisho_report_table_begin(&table, &report->html, caption, columns, COUNT_OF(columns));
	for (size_t i = 0; i < lines->count; i++) {
		char seq[SEKISHO_NUMBER_TEXT], time[SEKISHO_TIME_TEXT], type[64];
		char text[4 * SEKISHO_REPORT_TEXT_BYTES];
		struct sekisho_fields fields;

		sekisho_fields_read(&fields, lines->lines[i]);
		snprintf(seq, sizeof(seq), "%lld",
			 (long long)sekisho_fields_number(&fields, "seq", 0));
		sekisho_report_time_of(report, &fields, "time", time);
		sekisho_fields_text(&fields, "type", type, sizeof(type));
		details(&fields, text, sizeof(text));
		sekisho_report_row(&table, (const char *const[]){ seq, time, type, text });
	}
	sekisho_report_table_end(&table);
	sekisho_report_put_more(report, lines->more);
}

static void put_step(const struct sekisho_fields *fields, char *text, size_t size)
{
	char before[32], after[32];

	sekisho_fields_text(fields, "before", before, sizeof(before));
	sekisho_fields_text(fields, "after", after, sizeof(after));
	snprintf(text, size, _("step of %lld ms; %s before, %s after"),
		 (long long)sekisho_fields_number(fields, "step_ms", 0), before, after);
}

static void put_spans(struct sekisho_report *report)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Records"), SEKISHO_CELL_SHORT },
		{ N_("Beginning"), SEKISHO_CELL_SHORT },
		{ N_("End"), SEKISHO_CELL_SHORT },
	};
	const struct sekisho_survey *survey = &report->account.survey;
	struct sekisho_report_table table;

	if (!survey->span_count)
		return;
	sekisho_report_table_begin(&table, &report->html,
				   _("Records made while the clock was not synchronised"), columns,
				   COUNT_OF(columns));
	for (size_t i = 0; i < survey->span_count; i++) {
		const struct sekisho_survey_span *span = &survey->spans[i];
		char records[64], from[SEKISHO_TIME_TEXT], to[SEKISHO_TIME_TEXT];

		snprintf(records, sizeof(records), "%llu–%llu", (unsigned long long)span->first_seq,
			 (unsigned long long)span->last_seq);
		sekisho_report_time(report, span->first_ns, from);
		sekisho_report_time(report, span->last_ns, to);
		sekisho_report_row(&table, (const char *const[]){ records, from, to });
	}
	sekisho_report_table_end(&table);
	if (survey->more_spans)
		sekisho_report_put_note(report,
					_("There are more: sekishoctl audit export has them "
					  "all."));
}

void sekisho_report_put_gaps(struct sekisho_report *report)
{
	const struct sekisho_account *account = &report->account;
	char text[SEKISHO_REPORT_TEXT_BYTES];

	sekisho_page_section(&report->html, &report->page, "gaps",
			     _("8. Gaps, enforcement and clock"));
	put_losses(report);
	put_unrecorded(report);
	sekisho_html_element(&report->html, "h3", _("Damaged lines"), NULL);
	snprintf(text, sizeof(text), _("%llu in the whole log; nobody can say of what time."),
		 (unsigned long long)account->survey.damaged);
	sekisho_report_put_note(report, account->survey.damaged ? text : _("None."));
	sekisho_html_element(&report->html, "h3", _("Enforcement"), NULL);
	if (account->guard_away)
		sekisho_report_put_note(report,
					_("When the period began, the last that was recorded "
					  "of the kernel guard is that it went."));
	if (account->ports_away) {
		snprintf(text, sizeof(text),
			 _("When the period began, %zu ports were without their program."),
			 account->ports_away);
		sekisho_report_put_note(report, text);
	}
	put_lines(report, &account->enforcement, _("Kernel guard and ports"), put_details);
	sekisho_html_element(&report->html, "h3", _("Clock"), NULL);
	put_lines(report, &account->clocks, _("The clock was set, or lost its source"), put_step);
	put_spans(report);
	sekisho_html_end(&report->html);
}

static void put_result(struct sekisho_report *report, const char *what, const char *result)
{
	sekisho_html_element(&report->html, "dt", what, NULL);
	sekisho_html_element(&report->html, "dd", result, NULL);
}

static void put_good(struct sekisho_report *report)
{
	const struct sekisho_verify_result *verified = &report->verified;
	char text[SEKISHO_REPORT_TEXT_BYTES], hex[SEKISHO_DIGEST_HEX + 1] = "";

	snprintf(text, sizeof(text), _("holds: %llu records, %llu to %llu, in %llu files"),
		 (unsigned long long)verified->records, (unsigned long long)verified->first_seq,
		 (unsigned long long)verified->last_seq, (unsigned long long)verified->files);
	put_result(report, _("Chain of hashes"), text);
	sekisho_digest_hex(verified->last_hash, hex);
	hex[SEKISHO_DIGEST_HEX] = '\0';
	put_result(report, _("SHA-256 of the last record"), hex);
	if (!verified->checkpoints) {
		put_result(report, _("Signed checkpoints"), _("there are none"));
		return;
	}
	snprintf(text, sizeof(text), _("%llu hold, the last of %llu records"),
		 (unsigned long long)verified->checkpoints,
		 (unsigned long long)verified->checkpoint_size);
	put_result(report, _("Signed checkpoints"), text);
	snprintf(text, sizeof(text),
		 _("%02x%02x%02x%02x, as it lies beside the log: compare it with the one noted "
		   "elsewhere"),
		 verified->key.id[0], verified->key.id[1], verified->key.id[2],
		 verified->key.id[3]);
	put_result(report, _("Id of the key"), text);
	if (verified->removed) {
		snprintf(text, sizeof(text),
			 _("%llu, removed when their time was over, as a record says"),
			 (unsigned long long)verified->removed);
		put_result(report, _("Records before"), text);
	}
	if (verified->tree == SEKISHO_TREE_UNKNOWN || verified->tree == SEKISHO_TREE_CONTINUED)
		put_result(report, _("First records"), _("are away; checked from there on"));
}

void sekisho_report_put_verification(struct sekisho_report *report)
{
	const struct sekisho_verify_result *verified = &report->verified;
	const char *directory = report->redactor ? "DIR" : report->log->path;
	struct sekisho_html *html = &report->html;
	char text[SEKISHO_REPORT_TEXT_BYTES];

	sekisho_page_section(html, &report->page, "verification", _("9. Verification of the log"));
	sekisho_html_begin(html, "dl", "class", "facts", NULL);
	if (verified->defect) {
		snprintf(text, sizeof(text), _("NOT good: record %llu, %s line %llu: %s"),
			 (unsigned long long)verified->seq, *verified->file ? verified->file : "-",
			 (unsigned long long)verified->line,
			 sekisho_defect_text(verified->defect, report->japanese));
		put_result(report, _("Result"), text);
		snprintf(text, sizeof(text), _("%llu records"),
			 (unsigned long long)verified->records);
		put_result(report, _("Good before it"), text);
	} else {
		put_result(report, _("Result"), _("good"));
		put_good(report);
	}
	sekisho_html_end(html);
	sekisho_html_element(html, "h3", _("How to verify it oneself"), NULL);
	sekisho_report_put_note(report,
				_("The first needs sekishoctl, the second only common tools; both "
				  "take a copy of the log, and should be given the key as it was "
				  "noted elsewhere."));
	sekisho_html_begin(html, "pre", NULL);
	sekisho_html_say(html, "sekishoctl audit verify %s --key KEY\nsekisho-verify --key KEY %s",
			 directory, directory);
	sekisho_html_end(html);
	sekisho_report_put_note(report,
				_("Records that were removed after the last checkpoint that "
				  "left this host cannot be seen to be missing."));
	sekisho_html_end(html);
}
