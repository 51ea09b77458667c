// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit report`: one HTML file that says what an audit log and the policies tell of a period.
 * Needs no privilege beyond reading them. Knows nothing of what its sections say.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "command/audit.h"
#include "command/audit_output.h"
#include "command/redaction.h"
#include "command/report_parts.h"
#include "command/report_period.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/table.h"

#define NS_A_SECOND 1000000000ll

static const struct sekisho_option options[] = {
	{ "period", "PERIOD", true, N_("a month, a quarter, a year, FY2026, or FROM..TO") },
	{ "output", "FILE", true, N_("where to; -: standard output") },
	{ "redact", NULL, false, N_("pseudonyms for hosts and persons, no free texts") },
	{ "key-file", "FILE", false, N_("the key of the pseudonyms; default: a fresh one") },
	{ "force", NULL, false, N_("replace FILE if it exists") },
	{ 0 },
};

static const struct {
	const char *id, *name;
	void (*put)(struct sekisho_report *report);
} sections[] = {
	{ "summary", N_("1. For the CISO"), sekisho_report_put_summary },
	{ "matrix", N_("2. Isolation matrix"), sekisho_report_put_matrix },
	{ "charts", N_("3. Traffic over time"), sekisho_report_put_charts },
	{ "denied", N_("4. What was denied"), sekisho_report_put_denied },
	{ "changes", N_("5. Changes and approvals"), sekisho_report_put_changes },
	{ "permissions", N_("6. Exceptions, dual roles and expiries"),
	  sekisho_report_put_permissions },
	{ "unused", N_("7. Unused permissions"), sekisho_report_put_unused },
	{ "gaps", N_("8. Gaps, enforcement and clock"), sekisho_report_put_gaps },
	{ "verification", N_("9. Verification of the log"), sekisho_report_put_verification },
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* Times are those of the log's zone. */
static bool take_period(struct sekisho_report *report)
{
	const char *text = sekisho_context_option(report->context, "period");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	report->made_ns = now.tv_sec * NS_A_SECOND + now.tv_nsec;
	report->zone = sekisho_audit_log_zone(report->log, sekisho_context_zone(report->context));
	report->period = text;
	if (!sekisho_report_period(text, now.tv_sec, report->zone, &report->selection.since_ns,
				   &report->selection.until_ns)) {
		sekisho_say(_("--%s cannot be '%s'"), "period", text);
		sekisho_say_hint(_("for example %s, '%s', %s, %s"), "2026-04", "2026-Q1", "FY2026",
				 "2026-04-01..2026-04-15");
		return false;
	}
	if (report->selection.since_ns >= report->made_ns) {
		sekisho_say(_("the period %s has not begun"), text);
		return false;
	}
	report->end_ns = report->selection.until_ns < report->made_ns ? report->selection.until_ns
								      : report->made_ns;
	report->account.selection = &report->selection;
	report->account.end_ns = report->end_ns;
	report->account.step_ns = sekisho_account_step(report->selection.since_ns, report->end_ns);
	report->account.redactor = report->redactor;
	return true;
}

static void put_contents(struct sekisho_report *report)
{
	struct sekisho_html *html = &report->html;

	sekisho_html_begin(html, "nav", "aria-label", _("Contents"), NULL);
	sekisho_html_begin(html, "ul", NULL);
	for (size_t i = 0; i < SECTIONS; i++) {
		char target[32];

		snprintf(target, sizeof(target), "#%s", sections[i].id);
		sekisho_html_begin(html, "li", NULL);
		sekisho_html_element(html, "a", _(sections[i].name), "href", target, NULL);
		sekisho_html_end(html);
	}
	sekisho_html_end(html);
	sekisho_html_end(html);
}

static void write_page(struct sekisho_report *report)
{
	char label[SEKISHO_LABEL_TEXT_BYTES], title[SEKISHO_REPORT_TEXT_BYTES];
	struct sekisho_html *html = &report->html;

	sekisho_label_handling(&report->label, report->redactor, report->japanese, label);
	snprintf(title, sizeof(title), _("Report on isolation and its audit log, %s"),
		 report->period);
	report->page = (struct sekisho_page){ report->japanese ? "ja" : "en", title, label };
	sekisho_page_begin(html, &report->page);
	sekisho_html_begin(html, "header", NULL);
	sekisho_html_element(html, "p", label, "class", "label", NULL);
	sekisho_html_element(html, "h1", title, NULL);
	sekisho_html_end(html);
	sekisho_html_begin(html, "main", NULL);
	sections[0].put(report);
	put_contents(report);
	for (size_t i = 1; i < SECTIONS; i++)
		sections[i].put(report);
	sekisho_page_end(html);
}

static bool write_report(struct sekisho_report *report, const char *path,
			 struct sekisho_output *output)
{
	report->html.stream = sekisho_output_stream(output);
	errno = 0;
	write_page(report);
	if (!fflush(report->html.stream) && !ferror(report->html.stream))
		return true;
	sekisho_say(_("%s cannot be written: %s"), path, strerror(errno ? errno : EIO));
	return false;
}

/* What the page says first, for programs. */
static const char *verdict(const struct sekisho_report *report)
{
	if (report->doubts & SEKISHO_DOUBTS_BROKEN)
		return "broken";
	return report->doubts ? "unproved" : "holds";
}

static void say_done(const struct sekisho_report *report, const char *path)
{
	const struct sekisho_survey *survey = &report->account.survey;

	if (report->context->arguments->json && strcmp(path, "-") != 0)
		sekisho_json_print(
			json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
				  "s:b, s:b}",
				  "output", path, "log", report->log->path, "verdict",
				  verdict(report), "records", (json_int_t)survey->in_period,
				  "exceptions", (json_int_t)report->exceptions, "expired",
				  (json_int_t)report->expired, "expiring",
				  (json_int_t)report->expiring, "unused",
				  (json_int_t)report->unused, "dual_roles",
				  (json_int_t)report->dual_roles, "gaps", (json_int_t)report->gaps,
				  "denied_crossings", (json_int_t)report->account.breaches,
				  "damaged", (json_int_t)survey->damaged, "verified",
				  !report->verified.defect, "redacted", report->redactor != NULL),
			stdout);
	else if (strcmp(path, "-") != 0)
		sekisho_say(_("%s: %llu records"), path, (unsigned long long)survey->in_period);
	if (report->label.unknown)
		sekisho_say(_("the class of the report is unknown: it is to be handled as the "
			      "highest"));
}

static int make(struct sekisho_report *report)
{
	const char *path = sekisho_context_option(report->context, "output");
	struct sekisho_output *output = NULL;
	int status = SEKISHO_EXIT_REFUSED;

	if (sekisho_audit_output_open(path, sekisho_context_option(report->context, "force"),
				      report->log, &output) &&
	    sekisho_report_gather(report) && write_report(report, path, output) &&
	    sekisho_audit_output_commit(path, &output)) {
		say_done(report, path);
		status = SEKISHO_EXIT_DONE;
	}
	sekisho_output_abandon(output);
	if (status || !report->verified.defect)
		return status;
	sekisho_say(_("the log does not verify: see the report, and sekishoctl audit verify"));
	return SEKISHO_EXIT_REFUSED;
}

static int run(struct sekisho_report *report)
{
	const char *operand = report->context->arguments->operands[0];
	struct sekisho_audit_logs logs;
	int status = sekisho_redaction_take(report->context, &report->redactor);

	if (status)
		return status;
	status = SEKISHO_EXIT_REFUSED;
	if (sekisho_audit_logs_open(report->context, operand, true, &logs)) {
		report->log = &logs.items[0];
		status = take_period(report) ? make(report) : SEKISHO_EXIT_USAGE;
	}
	sekisho_audit_logs_close(&logs);
	return status;
}

static int audit_report(struct sekisho_context *context)
{
	struct sekisho_report *report = calloc(1, sizeof(*report));
	int status;

	if (!report) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	report->context = context;
	report->japanese = sekisho_language_current() == SEKISHO_JAPANESE;
	status = run(report);
	sekisho_redactor_free(report->redactor);
	sekisho_report_free(report);
	free(report);
	return status;
}

const struct sekisho_subcommand audit_action_report = {
	.name = "audit report",
	.run = audit_report,
	.summary = N_("write a report on a period for the CISO and auditors, as one HTML file"),
	.operands = "[DIR]",
	.most = 1,
	.options = options,
};
