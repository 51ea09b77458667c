// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit export`: writes what an audit log says of a period to a file, for a spreadsheet, a SIEM,
 * an auditor or a program. Needs no privilege beyond reading the log and the stored policies.
 * Knows nothing of formats.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "audit/export.h"
#include "audit/output.h"
#include "audit/utf8.h"
#include "command/audit.h"
#include "command/audit_label.h"
#include "command/audit_logs.h"
#include "command/audit_output.h"
#include "command/context.h"
#include "command/period.h"
#include "command/redaction.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "ui/say.h"
#include "ui/table.h"

#define NS_A_SECOND 1000000000ll

static const struct sekisho_option options[] = {
	{ "format", "FORMAT", true, N_("jsonl, csv, ocsf or guideline") },
	{ "output", "FILE", true, N_("where to; -: standard output") },
	{ "since", "TIME", false, N_("records made from then on") },
	{ "until", "TIME", false, N_("records made before that; a day is included") },
	{ "last", "TIME", false, N_("the last 30s, 20m, 2h, 7d or 4w") },
	{ "types", "TYPE,...", false, N_("records of these types only") },
	{ "encoding", "ENCODING", false, N_("of tables: utf-8 or cp932; default: utf-8") },
	{ "redact", NULL, false, N_("pseudonyms for hosts and persons, no free texts") },
	{ "key-file", "FILE", false, N_("the key of the pseudonyms; default: a fresh one") },
	{ "force", NULL, false, N_("replace FILE if it exists") },
	{ 0 },
};

/* All that was asked for, and what is held to do it. */
struct job {
	struct sekisho_context *context;
	struct sekisho_export_options options;
	const char *path; /* of the output */
	struct sekisho_audit_logs logs;
	const struct sekisho_audit_log *log; /* the one of them */
	struct sekisho_survey survey;
	struct sekisho_label label;
	struct sekisho_output *output;
	struct sekisho_export_result result;
};

static bool wrong(const char *option, const char *value)
{
	sekisho_say(_("--%s cannot be '%s'"), option, value);
	return false;
}

static void hint_types(void)
{
	char names[512];
	size_t used = 0;

	for (int type = 0; type < SEKISHO_RECORD_TYPES && used < sizeof(names); type++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
					 type ? ", " : "",
					 sekisho_type_get((enum sekisho_record_type)type)->name);
	sekisho_say_hint(_("the types are: %s"), names);
}

static bool take_types(struct job *job)
{
	const char *text = sekisho_context_option(job->context, "types");

	while (text && *text) {
		size_t length = strcspn(text, ",");
		char name[32];
		int type;

		snprintf(name, sizeof(name), "%.*s", (int)length, text);
		type = length < sizeof(name) ? sekisho_type_find(name) : -ENOENT;
		if (type < 0) {
			wrong("types", name);
			hint_types();
			return false;
		}
		job->options.selection.types |= 1ull << type;
		text += length;
		text += *text == ',';
	}
	if (job->options.selection.types && job->options.format == SEKISHO_EXPORT_GUIDELINE) {
		sekisho_say(_("the guideline's table is made of all types: --types is not for it"));
		return false;
	}
	return true;
}

static bool take_format(struct job *job)
{
	const char *format = sekisho_context_option(job->context, "format");
	const char *encoding = sekisho_context_option(job->context, "encoding");
	int found = sekisho_export_format(format);

	if (found < 0) {
		wrong("format", format);
		sekisho_say_hint(_("the formats are: %s"), "jsonl, csv, ocsf, guideline");
		return false;
	}
	job->options.format = (enum sekisho_export_format)found;
	job->options.json = job->context->arguments->json && found == SEKISHO_EXPORT_GUIDELINE;
	if (!encoding)
		return true;
	job->options.cp932 = !strcmp(encoding, "cp932");
	if (!job->options.cp932 && strcmp(encoding, "utf-8") != 0) {
		wrong("encoding", encoding);
		sekisho_say_hint(_("the encodings are: %s"), "utf-8, cp932");
		return false;
	}
	if (job->options.cp932 && (job->options.json || (found != SEKISHO_EXPORT_CSV &&
							 found != SEKISHO_EXPORT_GUIDELINE))) {
		sekisho_say(_("JSON is always UTF-8: --encoding is for tables"));
		return false;
	}
	return true;
}

static int take_request(struct job *job)
{
	struct timespec now;

	if (!take_format(job) || !take_types(job))
		return SEKISHO_EXIT_USAGE;
	clock_gettime(CLOCK_REALTIME, &now);
	job->options.made_ns = now.tv_sec * NS_A_SECOND + now.tv_nsec;
	job->options.japanese = sekisho_language_current() == SEKISHO_JAPANESE;
	job->path = sekisho_context_option(job->context, "output");
	return sekisho_redaction_take(job->context, &job->options.redactor);
}

/* What has no offset has the log's. */
static bool take_period(struct job *job)
{
	const struct sekisho_context *context = job->context;
	struct sekisho_selection *selection = &job->options.selection;
	int32_t zone = sekisho_audit_log_zone(job->log, sekisho_context_zone(context));

	if (!sekisho_period_take(context, zone, &selection->since_ns, &selection->until_ns))
		return false;
	job->options.has_since = selection->since_ns != INT64_MIN;
	job->options.has_until = selection->until_ns != INT64_MAX;
	return true;
}

static void say_unmappable(const struct job *job)
{
	const struct sekisho_csv_problem *problem = &job->result.problem;
	char text[5] = "";

	sekisho_utf8_put(problem->character, text);
	sekisho_say(_("row %llu, column %u (%s): CP932 does not have the character %s (U+%04X)"),
		    (unsigned long long)problem->row, problem->column, problem->heading, text,
		    problem->character);
	if (job->result.problem_record)
		sekisho_say(_("it is in record %llu of the log"),
			    (unsigned long long)job->result.problem_seq);
	sekisho_say_hint(_("--encoding utf-8 has every character, and spreadsheets read it too; "
			   "nothing was written"));
}

static int write_export(struct job *job, struct sekisho_progress *progress)
{
	int error = sekisho_audit_label(job->context, &job->survey,
					sekisho_audit_log_ours(job->context, job->log),
					&job->label);

	sekisho_progress_next(progress, _("writing"));
	if (!error)
		error = sekisho_export(job->log->directory, sekisho_output_stream(job->output),
				       &job->options, &job->survey, &job->label, &job->result);
	sekisho_progress_end(progress);
	return error;
}

static bool make_export(struct job *job)
{
	struct sekisho_progress progress;
	const struct sekisho_pace pace = { &progress, sekisho_progress_tell };
	int error;

	job->options.pace = &pace;
	sekisho_progress_begin(&progress, _("reading"), SEKISHO_PROGRESS_BYTES);
	error = sekisho_survey_read(&job->survey, job->log->directory, &job->options.selection,
				    &pace);
	if (error) {
		sekisho_progress_end(&progress);
		sekisho_say(_("%s cannot be read: %s"), job->log->path, strerror(-error));
		return false;
	}
	error = write_export(job, &progress);
	if (error == -EILSEQ)
		say_unmappable(job);
	else if (error == -EOPNOTSUPP)
		sekisho_say(_("this system cannot convert to CP932: the conversions of glibc are "
			      "missing"));
	else if (error)
		sekisho_say(_("the export failed: %s"), strerror(-error));
	return !error;
}

static void say_done(const struct job *job)
{
	unsigned long long records = job->result.records;
	json_t *summary;

	if (job->context->arguments->json && !job->options.json && strcmp(job->path, "-") != 0) {
		summary = json_pack(
			"{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:I, s:b}", "output", job->path, "log",
			job->log->path, "records", (json_int_t)records, "damaged",
			(json_int_t)job->result.damaged, "confidentiality",
			sekisho_label_class(&job->label, job->label.confidentiality), "integrity",
			sekisho_label_class(&job->label, job->label.integrity), "availability",
			sekisho_label_class(&job->label, job->label.availability),
			"clock_unsynchronised", (json_int_t)job->survey.unsynchronised, "redacted",
			job->options.redactor != NULL);
		sekisho_json_print(summary, stdout);
	} else if (strcmp(job->path, "-") != 0) {
		sekisho_say(_("%s: %llu records"), job->path, records);
	}
	if (job->label.unknown)
		sekisho_say(_("the class of the export is unknown: it is to be handled as the "
			      "highest"));
	if (job->survey.unsynchronised)
		sekisho_say(_("the clock was not synchronised in %llu records; the export says in "
			      "which"),
			    (unsigned long long)job->survey.unsynchronised);
	if (job->result.rows > SEKISHO_EXPORT_ROWS_SHOWN)
		sekisho_say(_("a spreadsheet shows the first %d rows only: choose a shorter period "
			      "or fewer types"),
			    SEKISHO_EXPORT_ROWS_SHOWN);
}

static int run(struct job *job)
{
	int status = take_request(job);

	if (status)
		return status;
	if (!sekisho_audit_logs_open(job->context, job->context->arguments->operands[0], true,
				     &job->logs))
		return SEKISHO_EXIT_REFUSED;
	job->log = &job->logs.items[0];
	job->options.directory = job->log->path;
	if (!take_period(job))
		return SEKISHO_EXIT_USAGE;
	if (!sekisho_audit_output_open(job->path, sekisho_context_option(job->context, "force"),
				       job->log, &job->output) ||
	    !make_export(job) || !sekisho_audit_output_commit(job->path, &job->output))
		return SEKISHO_EXIT_REFUSED;
	say_done(job);
	if (!job->result.damaged)
		return SEKISHO_EXIT_DONE;
	sekisho_say(_("%llu lines of the log are damaged: see the export, and sekishoctl audit "
		      "verify"),
		    (unsigned long long)job->result.damaged);
	return SEKISHO_EXIT_REFUSED;
}

static int audit_export(struct sekisho_context *context)
{
	struct job job = { .context = context };
	int status = run(&job);

	sekisho_output_abandon(job.output);
	sekisho_label_free(&job.label);
	sekisho_survey_free(&job.survey);
	sekisho_redactor_free(job.options.redactor);
	sekisho_audit_logs_close(&job.logs);
	return status;
}

const struct sekisho_subcommand audit_action_export = {
	.name = "audit export",
	.run = audit_export,
	.summary = N_("write the audit log to a file for a spreadsheet, a SIEM or an auditor"),
	.operands = "[DIR]",
	.most = 1,
	.options = options,
};
