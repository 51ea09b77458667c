// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gathers what a report says: from the log, from its verification, and from the stored policies
 * that were in force. Knows nothing of how it is shown.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/audit_label.h"
#include "command/expiry.h"
#include "command/report_parts.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "ui/say.h"

#define NS_A_SECOND 1000000000ll
#define NOTICE_NS   (SEKISHO_EXPIRY_NOTICE_DAYS * 86400 * NS_A_SECOND)
#define KIND(kind)  (1u << SEKISHO_KIND_##kind)

bool sekisho_report_never(unsigned int from, unsigned int to)
{
	return (from & KIND(MYNUMBER) && to & KIND(INTERNET)) ||
	       (from & KIND(INTERNET) && to & KIND(MYNUMBER));
}

static bool begun(const struct sekisho_report *report, const struct sekisho_flow *flow)
{
	return flow->valid_from < report->end_ns / NS_A_SECOND &&
	       flow->valid_until > report->selection.since_ns / NS_A_SECOND;
}

enum sekisho_report_state sekisho_report_flow_state(const struct sekisho_report *report,
						    const struct sekisho_flow *flow)
{
	int64_t end = report->end_ns / NS_A_SECOND;

	if (flow->valid_until <= end)
		return SEKISHO_STATE_EXPIRED;
	return flow->valid_until <= end + NOTICE_NS / NS_A_SECOND ? SEKISHO_STATE_EXPIRING
								  : SEKISHO_STATE_VALID;
}

bool sekisho_report_unused(const struct sekisho_report *report, const struct sekisho_flow *flow)
{
	return flow->log != SEKISHO_LOG_NONE && begun(report, flow) &&
	       !sekisho_ranking_find(&report->account.used, flow->id, strlen(flow->id));
}

bool sekisho_report_unjudged(const struct sekisho_report *report, const struct sekisho_flow *flow)
{
	return flow->log == SEKISHO_LOG_NONE && begun(report, flow);
}

static int compare_id(const void *id, const void *flow)
{
	return strcmp(id, ((const struct sekisho_flow *)flow)->id);
}

const struct sekisho_flow *sekisho_report_flow(const struct sekisho_report *report, const char *id)
{
	const struct sekisho_policy *policy = report->last;

	if (!policy || !policy->flow_count)
		return NULL;
	return bsearch(id, policy->flows, policy->flow_count, sizeof(*policy->flows), compare_id);
}

static void take_kinds(struct sekisho_report *report, const struct sekisho_policy *policy)
{
	for (size_t i = 0; i < policy->segment_count; i++) {
		const struct sekisho_segment *segment = &policy->segments[i];

		report->kinds[sekisho_account_segment(&report->account, segment->name)] |=
			1u << segment->kind;
		report->has_mynumber |= segment->kind == SEKISHO_KIND_MYNUMBER;
		report->has_internet |= segment->kind == SEKISHO_KIND_INTERNET;
	}
}

static void take_flows(struct sekisho_report *report, const struct sekisho_policy *policy)
{
	for (size_t i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];

		if (sekisho_report_never(1u << policy->segments[flow->from.segment].kind,
					 1u << policy->segments[flow->to.segment].kind))
			report->doubts |= SEKISHO_DOUBT_BIT(FLOW);
	}
}

/* The last policy is kept, the others only counted. */
static int take_policies(struct sekisho_report *report)
{
	const struct sekisho_survey *survey = &report->account.survey;
	bool own = sekisho_audit_log_ours(report->context, report->log);
	int error = 0;

	for (size_t i = 0; i < survey->policy_count && !error; i++) {
		const struct sekisho_survey_policy *known = &survey->policies[i];
		struct sekisho_policy *policy;
		size_t length;
		char *text;

		if (!known->used)
			continue;
		policy = sekisho_audit_policy(report->context, known, own, &text, &length);
		free(text);
		report->last_generation = known->generation;
		sekisho_policy_free(report->last);
		report->last = policy;
		if (!policy) {
			report->label.unread++;
			continue;
		}
		error = sekisho_audit_label_policy(&report->label, policy, known->generation);
		take_kinds(report, policy);
		take_flows(report, policy);
	}
	sekisho_audit_label_end(&report->label, survey);
	return error;
}

static void count_flow(struct sekisho_report *report, const struct sekisho_flow *flow)
{
	const struct sekisho_segment *segments = report->last->segments;
	enum sekisho_report_state state = sekisho_report_flow_state(report, flow);
	size_t from = sekisho_account_segment(&report->account, segments[flow->from.segment].name);
	size_t to = sekisho_account_segment(&report->account, segments[flow->to.segment].name);

	report->flows[from][to]++;
	report->expired += state == SEKISHO_STATE_EXPIRED;
	report->expiring += state == SEKISHO_STATE_EXPIRING;
	report->unused += sekisho_report_unused(report, flow);
	report->unjudged += sekisho_report_unjudged(report, flow);
}

static void count_permissions(struct sekisho_report *report)
{
	const struct sekisho_policy *policy = report->last;

	report->exceptions = sekisho_label_count(&report->label, SEKISHO_LABEL_EXCEPTION);
	report->dual_roles = sekisho_label_count(&report->label, SEKISHO_LABEL_DUAL_ROLE);
	for (size_t i = 0; policy && i < policy->flow_count; i++)
		count_flow(report, &policy->flows[i]);
}

static bool was_crossed(const struct sekisho_report *report)
{
	for (size_t from = 0; from < SEKISHO_ACCOUNT_SEGMENTS; from++) {
		for (size_t to = 0; to < SEKISHO_ACCOUNT_SEGMENTS; to++) {
			const struct sekisho_account_pair *pair = &report->account.pairs[from][to];

			if (sekisho_report_never(report->kinds[from], report->kinds[to]) &&
			    (pair->connections || pair->ended))
				return true;
		}
	}
	return false;
}

static void find_doubts(struct sekisho_report *report)
{
	const struct sekisho_account *account = &report->account;
	const bool found[SEKISHO_DOUBTS] = {
		[SEKISHO_DOUBT_FLOW] = report->doubts & SEKISHO_DOUBT_BIT(FLOW),
		[SEKISHO_DOUBT_CROSSED] = was_crossed(report),
		[SEKISHO_DOUBT_DEFECT] = report->verified.defect || account->survey.damaged,
		[SEKISHO_DOUBT_NO_RECORDS] = !account->survey.in_period,
		/* Segments that found no place have no kind. */
		[SEKISHO_DOUBT_POLICY] = report->label.unknown || account->more_segments,
		[SEKISHO_DOUBT_LOST] = account->survey.losses,
		[SEKISHO_DOUBT_UNRECORDED] = account->coverage.gaps,
		[SEKISHO_DOUBT_GUARD] = account->guard_gone || account->mismatches ||
					account->guard_away,
		[SEKISHO_DOUBT_PORT] = account->ports_gone || account->ports_away,
	};

	report->doubts = 0;
	for (unsigned int i = 0; i < SEKISHO_DOUBTS; i++)
		report->doubts |= found[i] ? 1u << i : 0;
	report->gaps = account->survey.losses + account->coverage.gaps + account->survey.damaged;
}

static int read_log(struct sekisho_report *report)
{
	struct sekisho_progress progress;
	const struct sekisho_pace pace = { &progress, sekisho_progress_tell };
	const struct sekisho_verify_options options = { .pace = &pace };
	int error;

	report->account.pace = &pace;
	sekisho_progress_begin(&progress, _("reading"), SEKISHO_PROGRESS_BYTES);
	error = sekisho_account_read(&report->account, report->log->directory);
	report->account.pace = NULL;
	sekisho_progress_next(&progress, _("verifying"));
	if (!error)
		error = sekisho_verify(report->log->directory, &options, &report->verified);
	sekisho_progress_end(&progress);
	return error;
}

bool sekisho_report_gather(struct sekisho_report *report)
{
	int error = read_log(report);

	if (error) {
		sekisho_say(_("%s cannot be read: %s"), report->log->path, strerror(-error));
		return false;
	}
	error = take_policies(report);
	if (error) {
		sekisho_say(_("the report failed: %s"), strerror(-error));
		return false;
	}
	count_permissions(report);
	find_doubts(report);
	return true;
}

void sekisho_report_free(struct sekisho_report *report)
{
	sekisho_policy_free(report->last);
	sekisho_label_free(&report->label);
	sekisho_account_free(&report->account);
}

const char *sekisho_report_kind(enum sekisho_segment_kind kind)
{
	static const char *const kinds[SEKISHO_KINDS] = {
		[SEKISHO_KIND_SELF] = N_("border host"),
		[SEKISHO_KIND_MYNUMBER] = N_("My Number systems"),
		[SEKISHO_KIND_LGWAN] = N_("LGWAN"),
		[SEKISHO_KIND_INTERNET] = N_("internet"),
		[SEKISHO_KIND_EXTERNAL] = N_("external peers"),
		[SEKISHO_KIND_MANAGEMENT] = N_("management"),
		[SEKISHO_KIND_OTHER] = N_("other segment"),
	};

	return _(kinds[kind]);
}

void sekisho_report_time(const struct sekisho_report *report, int64_t wall_ns, char *text)
{
	sekisho_format_time(text, wall_ns / NS_A_SECOND, report->zone);
	/* For people: the offset is told once, and what separates date and time is a space. */
	text[10] = ' ';
	text[19] = '\0';
}

void sekisho_report_person(const struct sekisho_report *report, const char *name, char *text,
			   size_t size)
{
	char pseudonym[SEKISHO_PSEUDONYM_BYTES];

	text[0] = '\0';
	if (!name || !*name)
		return;
	if (report->redactor)
		sekisho_redact_name(report->redactor, SEKISHO_PSEUDONYM_PERSON, name, pseudonym);
	snprintf(text, size, "%s", report->redactor ? pseudonym : name);
}

const char *sekisho_report_free_text(const struct sekisho_report *report, const char *text)
{
	if (report->redactor && text && *text)
		return _("(redacted)");
	return text ? text : "";
}
