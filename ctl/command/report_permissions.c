// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sections of a report on permissions: exceptions, dual roles, what ended or ends, what was not
 * used. Knows nothing of how they are judged.
 */
#include <stdio.h>
#include <string.h>

#include "command/report_parts.h"
#include "ui/format.h"
#include "ui/message.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SERVICES_SHOWN	6

static void put_services(const struct sekisho_flow *flow, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < flow->service_count && used < size; i++) {
		char service[SEKISHO_SERVICE_TEXT];

		if (i == SERVICES_SHOWN) {
			snprintf(text + used, size - used, ", …");
			return;
		}
		sekisho_format_service(service, &flow->services[i]);
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", service);
	}
}

static void put_end(const struct sekisho_flow *flow, int32_t zone, char *text)
{
	sekisho_format_last_day(text, flow->valid_until, zone);
}

static const char *segment(const struct sekisho_report *report, uint16_t number)
{
	return report->last->segments[number].name;
}

/* A flow of the label: what was asked for, and until when it holds. */
static void put_labelled_row(struct sekisho_report *report, struct sekisho_report_table *table,
			     const struct sekisho_label_flow *noted)
{
	const struct sekisho_flow *flow = sekisho_report_flow(report, noted->flow);
	char generations[48], pair[SEKISHO_REPORT_TEXT_BYTES] = "", until[SEKISHO_TIME_TEXT] = "";
	char requested[SEKISHO_REPORT_TEXT_BYTES], approved[SEKISHO_REPORT_TEXT_BYTES];
	const char *state = _("no longer in the policy");

	snprintf(generations, sizeof(generations), noted->first == noted->last ? "%u" : "%u–%u",
		 noted->first, noted->last);
	if (flow) {
		snprintf(pair, sizeof(pair), "%s → %s", segment(report, flow->from.segment),
			 segment(report, flow->to.segment));
		put_end(flow, report->zone, until);
		state = sekisho_report_flow_state(report, flow) == SEKISHO_STATE_EXPIRED
				? _("expired")
				: _("in force");
	}
	sekisho_report_person(report, flow ? flow->requested_by : "", requested, sizeof(requested));
	sekisho_report_person(report, noted->person, approved, sizeof(approved));
	sekisho_report_row(
		table, (const char *const[]){ noted->flow, generations, pair, requested, approved,
					      until, report->last ? state : _("not known"),
					      sekisho_report_free_text(report, noted->reason) });
}

static void put_labelled(struct sekisho_report *report, enum sekisho_label_flow_kind kind,
			 const char *heading, const char *caption)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Flow"), SEKISHO_CELL_TEXT },
		{ N_("Gen."), SEKISHO_CELL_TEXT },
		{ N_("From and to"), SEKISHO_CELL_TEXT },
		{ N_("Requested by"), SEKISHO_CELL_TEXT },
		{ N_("Approved by"), SEKISHO_CELL_TEXT },
		{ N_("Until"), SEKISHO_CELL_SHORT },
		{ N_("State at the end"), SEKISHO_CELL_TEXT },
		{ N_("Reason"), SEKISHO_CELL_TEXT },
	};
	const struct sekisho_label *label = &report->label;
	struct sekisho_report_table table;
	uint64_t rows = 0;

	sekisho_html_element(&report->html, "h3", heading, NULL);
	for (size_t i = 0; i < label->flow_count; i++) {
		if (label->flows[i].kind != kind || rows++ >= SEKISHO_REPORT_ROWS_MAX)
			continue;
		if (rows == 1)
			sekisho_report_table_begin(&table, &report->html, caption, columns,
						   COUNT_OF(columns));
		put_labelled_row(report, &table, &label->flows[i]);
	}
	if (rows)
		sekisho_report_table_end(&table);
	else
		sekisho_report_put_note(report, label->policies ? _("None.") : _("Not known."));
	if (rows > SEKISHO_REPORT_ROWS_MAX)
		sekisho_report_put_more(report, rows - SEKISHO_REPORT_ROWS_MAX);
}

static void put_flow_row(struct sekisho_report *report, struct sekisho_report_table *table,
			 const struct sekisho_flow *flow)
{
	char pair[SEKISHO_REPORT_TEXT_BYTES], services[SEKISHO_REPORT_TEXT_BYTES];
	char until[SEKISHO_TIME_TEXT], approved[SEKISHO_REPORT_TEXT_BYTES];

	snprintf(pair, sizeof(pair), "%s → %s", segment(report, flow->from.segment),
		 segment(report, flow->to.segment));
	put_services(flow, services, sizeof(services));
	put_end(flow, report->zone, until);
	sekisho_report_person(report, flow->approved_by, approved, sizeof(approved));
	sekisho_report_row(
		table, (const char *const[]){ flow->id, pair, services, until, approved,
					      flow->exception ? _("exception") : "",
					      sekisho_report_free_text(report, flow->purpose) });
}

/* The flows of the last policy of which @belongs is true. */
static void put_flows(struct sekisho_report *report, const char *heading, const char *caption,
		      bool (*belongs)(const struct sekisho_report *report,
				      const struct sekisho_flow *flow))
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Flow"), SEKISHO_CELL_TEXT },	  { N_("From and to"), SEKISHO_CELL_TEXT },
		{ N_("Services"), SEKISHO_CELL_TEXT },	  { N_("Until"), SEKISHO_CELL_SHORT },
		{ N_("Approved by"), SEKISHO_CELL_TEXT }, { N_("Notice"), SEKISHO_CELL_SHORT },
		{ N_("Purpose"), SEKISHO_CELL_TEXT },
	};
	const struct sekisho_policy *policy = report->last;
	struct sekisho_report_table table;
	uint64_t rows = 0;

	sekisho_html_element(&report->html, "h3", heading, NULL);
	for (size_t i = 0; policy && i < policy->flow_count; i++) {
		if (!belongs(report, &policy->flows[i]) || rows++ >= SEKISHO_REPORT_ROWS_MAX)
			continue;
		if (rows == 1)
			sekisho_report_table_begin(&table, &report->html, caption, columns,
						   COUNT_OF(columns));
		put_flow_row(report, &table, &policy->flows[i]);
	}
	if (rows)
		sekisho_report_table_end(&table);
	else
		sekisho_report_put_note(report, policy ? _("None.") : _("Not known."));
	if (rows > SEKISHO_REPORT_ROWS_MAX)
		sekisho_report_put_more(report, rows - SEKISHO_REPORT_ROWS_MAX);
}

static bool is_expired(const struct sekisho_report *report, const struct sekisho_flow *flow)
{
	return sekisho_report_flow_state(report, flow) == SEKISHO_STATE_EXPIRED;
}

static bool is_expiring(const struct sekisho_report *report, const struct sekisho_flow *flow)
{
	return sekisho_report_flow_state(report, flow) == SEKISHO_STATE_EXPIRING;
}

/* What the log itself tells, whether the policy is known or not. */
static void put_told(struct sekisho_report *report)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Record"), SEKISHO_CELL_NUMBER }, { N_("Time"), SEKISHO_CELL_SHORT },
		{ N_("What"), SEKISHO_CELL_SHORT },    { N_("Flow"), SEKISHO_CELL_TEXT },
		{ N_("Ends"), SEKISHO_CELL_SHORT },
	};
	const struct sekisho_account_lines *lines = &report->account.expiries;
	struct sekisho_report_table table;

	sekisho_html_element(&report->html, "h3", _("As recorded"), NULL);
	if (!lines->count) {
		sekisho_report_put_note(report, _("None."));
		return;
	}
	sekisho_report_table_begin(&table, &report->html, _("Notices and ends in the log"), columns,
				   COUNT_OF(columns));
	for (size_t i = 0; i < lines->count; i++) {
		char seq[SEKISHO_NUMBER_TEXT], time[SEKISHO_TIME_TEXT], flow[96];
		char until[SEKISHO_TIME_TEXT];
		struct sekisho_fields fields;

		sekisho_fields_read(&fields, lines->lines[i]);
		snprintf(seq, sizeof(seq), "%lld",
			 (long long)sekisho_fields_number(&fields, "seq", 0));
		sekisho_report_time_of(report, &fields, "time", time);
		sekisho_report_time_of(report, &fields, "valid_until", until);
		sekisho_fields_text(&fields, "flow", flow, sizeof(flow));
		sekisho_report_row(&table,
				   (const char *const[]){
					   seq, time,
					   sekisho_value_is(sekisho_fields_find(&fields, "type"),
							    "expiry.notice")
						   ? _("ends soon")
						   : _("ended"),
					   flow, until });
	}
	sekisho_report_table_end(&table);
	sekisho_report_put_more(report, lines->more);
}

static void put_unknown(struct sekisho_report *report)
{
	if (report->label.unknown)
		sekisho_report_put_note(report, _("Not all policies of the period are known: there "
						  "may be more."));
}

void sekisho_report_put_permissions(struct sekisho_report *report)
{
	sekisho_page_section(&report->html, &report->page, "permissions",
			     _("6. Exceptions, dual roles and expiries"));
	put_unknown(report);
	put_labelled(report, SEKISHO_LABEL_EXCEPTION, _("Exceptions"),
		     _("Flows that are exceptions"));
	put_labelled(report, SEKISHO_LABEL_DUAL_ROLE, _("Dual roles"),
		     _("Flows requested and approved by one person"));
	put_flows(report, _("Expired"), _("Permissions that ended"), is_expired);
	put_flows(report, _("Ending within 30 days"), _("Permissions that end soon"), is_expiring);
	put_told(report);
	sekisho_html_end(&report->html);
}

void sekisho_report_put_unused(struct sekisho_report *report)
{
	sekisho_page_section(&report->html, &report->page, "unused", _("7. Unused permissions"));
	sekisho_report_put_note(report,
				_("Of the policy at the end of the period: flows that were valid "
				  "in it, without any record that they permitted something."));
	if (report->gaps)
		sekisho_report_put_note(report, _("The log has gaps: what is unused here may have "
						  "been used then."));
	if (report->account.used.others.records)
		sekisho_report_put_note(report,
					_("The log names more flows than are counted one by "
					  "one: some of these may have been used."));
	put_flows(report, _("Not used"), _("Permissions without a record of use"),
		  sekisho_report_unused);
	put_flows(report, _("Cannot be judged"),
		  _("Permissions that do not record their use (log: none)"),
		  sekisho_report_unjudged);
	sekisho_html_end(&report->html);
}
