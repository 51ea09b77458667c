// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first page of a report: what a CISO has to know. Knows nothing of how it was found.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command/report_parts.h"
#include "sekisho/version.h"
#include "ui/format.h"
#include "ui/message.h"

#define NS_A_SECOND 1000000000ll

static void put_verdict(struct sekisho_report *report)
{
	const struct sekisho_verify_result *verified = &report->verified;
	struct sekisho_html *html = &report->html;

	if (verified->defect) {
		sekisho_html_begin(html, "p", "class", "verdict unproved", "role", "status", NULL);
		sekisho_html_say(html,
				 _("The audit log does not verify (record %llu, %s line %llu: %s). "
				   "Whether the isolation held cannot be proved."),
				 (unsigned long long)verified->seq,
				 *verified->file ? verified->file : "-",
				 (unsigned long long)verified->line,
				 sekisho_defect_text(verified->defect, report->japanese));
		sekisho_html_end(html);
	}
	if (report->doubts & SEKISHO_DOUBTS_BROKEN)
		sekisho_html_element(html, "p", _("The isolation did not hold."), "class",
				     "verdict broken", "role", "status", NULL);
	else if (report->doubts && !verified->defect)
		sekisho_html_element(html, "p",
				     _("Whether the isolation held cannot be proved for the whole "
				       "period."),
				     "class", "verdict unproved", "role", "status", NULL);
	else if (!report->doubts)
		sekisho_html_element(html, "p", _("The isolation holds."), "class", "verdict holds",
				     "role", "status", NULL);
}

static const char *const doubts[SEKISHO_DOUBTS] = {
	[SEKISHO_DOUBT_FLOW] = N_("A policy in force had a flow between My Number systems and the "
				  "internet."),
	[SEKISHO_DOUBT_CROSSED] = N_("Connections between My Number systems and the internet are "
				     "recorded as permitted."),
	[SEKISHO_DOUBT_DEFECT] = N_("The log is damaged: what it says cannot be relied on (section "
				    "9)."),
	[SEKISHO_DOUBT_NO_RECORDS] = N_("The period has no records."),
	[SEKISHO_DOUBT_POLICY] = N_("A policy that was in force is not known: it is not stored "
				    "here, or not as the log has it (section 5)."),
	[SEKISHO_DOUBT_LOST] = N_("Records or events were lost (section 8)."),
	[SEKISHO_DOUBT_UNRECORDED] = N_("There are times in which nobody recorded (section 8)."),
	[SEKISHO_DOUBT_GUARD] =
		N_("The kernel guard was away, or differed from the filter (section "
		   "8)."),
	[SEKISHO_DOUBT_PORT] = N_("A port was without its filter program (section 8)."),
};

static void put_reasons(struct sekisho_report *report)
{
	struct sekisho_html *html = &report->html;

	if (!report->doubts) {
		sekisho_report_put_note(
			report,
			_("No policy in force permitted a connection between My Number systems and "
			  "the internet, none is recorded, the log verifies, and it has no gap."));
		return;
	}
	sekisho_html_begin(html, "ul", NULL);
	for (unsigned int i = 0; i < SEKISHO_DOUBTS; i++)
		if (report->doubts & 1u << i)
			sekisho_html_element(html, "li", _(doubts[i]), NULL);
	sekisho_html_end(html);
	/* Without the policies nobody knows which segments are which. */
	if (!(report->doubts &
	      (SEKISHO_DOUBTS_BROKEN | SEKISHO_DOUBT_BIT(POLICY) | SEKISHO_DOUBT_BIT(DEFECT))))
		sekisho_report_put_note(
			report, _("As far as is known, no connection between My Number systems and "
				  "the internet was permitted."));
}

static void put_figure(struct sekisho_report *report, const char *name, uint64_t number, bool known,
		       bool mind, const char *why)
{
	struct sekisho_html *html = &report->html;
	char text[SEKISHO_NUMBER_TEXT];

	sekisho_format_count(text, number);
	sekisho_html_begin(html, "div", "class", mind ? "mind" : NULL, NULL);
	sekisho_html_element(html, "dt", name, NULL);
	sekisho_html_element(html, "dd", known ? text : _("not known"), NULL);
	if (why)
		sekisho_html_element(html, "dd", why, "class", "why", NULL);
	sekisho_html_end(html);
}

static void put_figures(struct sekisho_report *report)
{
	const struct sekisho_account *account = &report->account;
	bool label = report->label.policies, last = report->last;
	char unjudged[SEKISHO_REPORT_TEXT_BYTES];

	snprintf(unjudged, sizeof(unjudged), _("%llu more do not record their use"),
		 (unsigned long long)report->unjudged);
	sekisho_html_begin(&report->html, "dl", "class", "figures", NULL);
	put_figure(report, _("Exceptions"), report->exceptions, label, report->exceptions,
		   report->label.unknown ? _("of the policies that are known") : NULL);
	put_figure(report, _("Expired permissions"), report->expired, last, report->expired,
		   _("still in the policy, and denied"));
	put_figure(report, _("Ending within 30 days"), report->expiring, last, report->expiring,
		   NULL);
	put_figure(report, _("Unused permissions"), report->unused, last, false,
		   last && report->unjudged ? unjudged : NULL);
	put_figure(report, _("Dual roles"), report->dual_roles, label, report->dual_roles, NULL);
	put_figure(report, _("Gaps in the log"), report->gaps, true, report->gaps, NULL);
	put_figure(report, _("Denied crossings (packets)"), account->breaches, true, false,
		   _("attempts from one segment into another that no permission covers"));
	put_figure(report, _("Isolated at the end"), account->isolated.count, true,
		   account->isolated.count, NULL);
	sekisho_html_end(&report->html);
}

__attribute__((format(printf, 3, 4))) static void
put_fact(struct sekisho_report *report, const char *name, const char *format, ...)
{
	char text[2 * SEKISHO_REPORT_TEXT_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	sekisho_html_element(&report->html, "dt", name, NULL);
	sekisho_html_element(&report->html, "dd", text, NULL);
}

static void put_policy(struct sekisho_report *report)
{
	char digest[SEKISHO_DIGEST_TEXT];

	if (!report->last) {
		put_fact(report, _("Policy in force at the end"), "%s", _("not known"));
		return;
	}
	sekisho_format_digest(digest, report->last->digest);
	put_fact(report, _("Policy in force at the end"), _("generation %u, SHA-256 %s"),
		 report->last_generation, digest);
}

static void put_facts(struct sekisho_report *report)
{
	const struct sekisho_survey *survey = &report->account.survey;
	char since[SEKISHO_TIME_TEXT], until[SEKISHO_TIME_TEXT], made[SEKISHO_TIME_TEXT];
	char host[SEKISHO_RECORD_HOST_BYTES];

	sekisho_format_time_short(since, report->selection.since_ns / NS_A_SECOND, report->zone);
	if (!strcmp(since + strlen("2026-04-01"), " 00:00:00"))
		since[strlen("2026-04-01")] = '\0';
	sekisho_format_last_day(until, report->selection.until_ns / NS_A_SECOND, report->zone);
	sekisho_format_time(made, report->made_ns / NS_A_SECOND, report->zone);
	memcpy(host, survey->host, sizeof(host));
	if (report->redactor && *host)
		sekisho_redact_name(report->redactor, SEKISHO_PSEUDONYM_HOST, survey->host, host);
	sekisho_html_begin(&report->html, "dl", "class", "facts", NULL);
	put_fact(report, _("Handling"), "%s", report->page.label);
	put_fact(report, _("Site"), "%s",
		 report->label.site ? sekisho_report_free_text(report, report->label.site)
				    : _("not known"));
	put_fact(report, _("Border host"), "%s", *host ? host : _("not known"));
	put_fact(report, _("Period"), _("from %s to %s; times are UTC%s"), since, until,
		 made + strlen("2026-04-01T00:00:00"));
	put_fact(report, _("Made"), _("%s, by sekishoctl %s"), made, SEKISHO_VERSION);
	put_fact(report, _("Records"), _("%llu in the period; %llu lines in the log"),
		 (unsigned long long)survey->in_period, (unsigned long long)survey->lines);
	put_policy(report);
	put_fact(report, _("Policies in the period"), _("%llu read, %llu not known"),
		 (unsigned long long)report->label.policies,
		 (unsigned long long)report->label.unread);
	put_fact(report, _("Verification"), "%s",
		 report->verified.defect	? _("failed: see section 9")
		 : report->verified.checkpoints ? _("the log and its signed checkpoints verify")
						: _("the log verifies; it has no signed "
						    "checkpoint"));
	put_fact(report, _("Clock"), _("not synchronised in %llu records"),
		 (unsigned long long)survey->unsynchronised);
	sekisho_html_end(&report->html);
}

void sekisho_report_put_summary(struct sekisho_report *report)
{
	struct sekisho_html *html = &report->html;

	sekisho_html_begin(html, "section", "id", "summary", "aria-labelledby", "summary-heading",
			   NULL);
	put_verdict(report);
	sekisho_html_element(html, "h2", _("1. For the CISO"), "id", "summary-heading", NULL);
	put_reasons(report);
	put_figures(report);
	if (report->end_ns < report->selection.until_ns)
		sekisho_report_put_note(report, _("The period is not over: this is what is known "
						  "until now."));
	put_facts(report);
	sekisho_report_put_note(
		report,
		_("What this does not say: whether data left by what is permitted, by a host in "
		  "another segment that passes it on, or by a way that does not lead through this "
		  "host."));
	if (report->label.policies && !(report->has_mynumber && report->has_internet))
		sekisho_report_put_note(report,
					_("The policies do not have segments of both kinds, My "
					  "Number systems and internet: nothing could cross."));
	sekisho_html_end(html);
}
