// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sections of a report on traffic: the matrix of segments, charts over time, what was denied
 * most. Knows nothing of how it was counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/report_parts.h"
#include "report/chart.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/reason.h"

#define NS_A_SECOND	1000000000ll
#define HOUR_NS		(3600 * NS_A_SECOND)
#define COLUMNS		7 /* of the matrix, beside one another on a sheet */
#define SHORT_DAYS	62
#define DENIED_SHOWN	30
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What is shown of the matrix: places in the account. */
struct order {
	size_t count;
	size_t places[SEKISHO_ACCOUNT_SEGMENTS];
};

static bool has_traffic(const struct sekisho_account *account, size_t place)
{
	for (size_t i = 0; i < SEKISHO_ACCOUNT_SEGMENTS; i++) {
		const struct sekisho_account_pair *out = &account->pairs[place][i];
		const struct sekisho_account_pair *in = &account->pairs[i][place];

		if (out->connections || out->denied || in->connections || in->denied)
			return true;
	}
	return false;
}

static void take_place(struct order *order, size_t place)
{
	for (size_t i = 0; i < order->count; i++)
		if (order->places[i] == place)
			return;
	order->places[order->count++] = place;
}

/* As the last policy has them, then what else the log has; those without traffic and name last. */
static void take_order(struct sekisho_report *report, struct order *order)
{
	struct sekisho_account *account = &report->account;

	order->count = 0;
	for (size_t i = 1; report->last && i < report->last->segment_count; i++)
		take_place(order, sekisho_account_segment(account, report->last->segments[i].name));
	for (size_t i = 1; i < account->segment_count; i++)
		take_place(order, i);
	if (has_traffic(account, SEKISHO_ACCOUNT_NONE))
		take_place(order, SEKISHO_ACCOUNT_NONE);
	if (has_traffic(account, SEKISHO_ACCOUNT_OTHERS))
		take_place(order, SEKISHO_ACCOUNT_OTHERS);
}

static const struct sekisho_segment *segment_of(const struct sekisho_report *report, size_t place)
{
	uint16_t number =
		report->last ? sekisho_policy_segment(report->last, report->account.segments[place])
			     : SEKISHO_SEGMENT_NONE;

	return number == SEKISHO_SEGMENT_NONE ? NULL : &report->last->segments[number];
}

static void put_segment(struct sekisho_report *report, size_t place, const char *scope)
{
	const struct sekisho_segment *segment = segment_of(report, place);
	struct sekisho_html *html = &report->html;

	sekisho_html_begin(html, "th", "scope", scope, NULL);
	if (place == SEKISHO_ACCOUNT_NONE)
		sekisho_html_text(html, _("(no segment)"));
	else if (place == SEKISHO_ACCOUNT_OTHERS)
		sekisho_html_text(html, _("(others)"));
	else
		sekisho_html_text(html, report->account.segments[place]);
	if (!segment) {
		sekisho_html_end(html);
		return;
	}
	/* Read out, or copied, they are two words. */
	sekisho_html_text(html, " ");
	sekisho_html_element(html, "span",
			     report->redactor || !strcmp(segment->label, segment->name)
				     ? sekisho_report_kind(segment->kind)
				     : segment->label,
			     "class", "kind", NULL);
	sekisho_html_end(html);
}

static void put_count(struct sekisho_html *html, const char *name, uint64_t number)
{
	char text[SEKISHO_NUMBER_TEXT];

	sekisho_format_count(text, number);
	sekisho_html_begin(html, "p", NULL);
	sekisho_html_element(html, "span", name, NULL);
	sekisho_html_text(html, " ");
	sekisho_html_element(html, "b", text, NULL);
	sekisho_html_end(html);
}

static void put_pair(struct sekisho_report *report, size_t from, size_t to)
{
	const struct sekisho_account_pair *pair = &report->account.pairs[from][to];
	bool never = sekisho_report_never(report->kinds[from], report->kinds[to]);
	uint64_t flows = report->flows[from][to];
	struct sekisho_html *html = &report->html;

	sekisho_html_begin(html, "td", "class", never ? "never" : NULL, NULL);
	if (never)
		sekisho_html_element(html, "p", _("must never talk"), "class", "strong", NULL);
	if (never || flows || pair->connections || pair->denied) {
		put_count(html, _("flows"), flows);
		put_count(html, _("conn."), pair->connections);
		put_count(html, _("denied"), pair->denied);
	} else {
		sekisho_html_text(html, "–");
	}
	sekisho_html_end(html);
}

static void put_block(struct sekisho_report *report, const struct order *order, size_t first,
		      size_t end)
{
	struct sekisho_html *html = &report->html;

	sekisho_html_begin(html, "table", "class", "matrix", NULL);
	sekisho_html_begin(html, "caption", NULL);
	sekisho_html_say(html,
			 order->count > COLUMNS
				 ? _("From the segments at the left to those at the top (columns "
				     "%zu to %zu)")
				 : _("From the segments at the left to those at the top"),
			 first + 1, end);
	sekisho_html_end(html);
	sekisho_html_begin(html, "thead", NULL);
	sekisho_html_begin(html, "tr", NULL);
	sekisho_html_element(html, "th", _("from \\ to"), "scope", "col", NULL);
	for (size_t i = first; i < end; i++)
		put_segment(report, order->places[i], "col");
	sekisho_html_end(html);
	sekisho_html_end(html);
	sekisho_html_begin(html, "tbody", NULL);
	for (size_t row = 0; row < order->count; row++) {
		sekisho_html_begin(html, "tr", NULL);
		put_segment(report, order->places[row], "row");
		for (size_t i = first; i < end; i++)
			put_pair(report, order->places[row], order->places[i]);
		sekisho_html_end(html);
	}
	sekisho_html_end(html);
	sekisho_html_end(html);
}

void sekisho_report_put_matrix(struct sekisho_report *report)
{
	struct order order;

	take_order(report, &order);
	sekisho_page_section(&report->html, &report->page, "matrix", _("2. Isolation matrix"));
	sekisho_report_put_note(
		report,
		_("Flows: permissions in the policy at the end of the period. Conn.: new "
		  "connections that were recorded as permitted. Denied: packets. Cells with a "
		  "double border: kinds of segments that must never talk, whoever permits it."));
	if (!report->last)
		sekisho_report_put_note(report,
					_("The policy is not known: no flows are shown, and "
					  "no kinds."));
	for (size_t first = 0; first < order.count; first += COLUMNS)
		put_block(report, &order, first,
			  first + COLUMNS < order.count ? first + COLUMNS : order.count);
	if (!order.count)
		sekisho_report_put_note(report, _("None."));
	if (report->account.more_segments)
		sekisho_report_put_note(report, _("There are more segments than can be shown: "
						  "those are in (others)."));
	sekisho_html_end(&report->html);
}

static void step_label(const struct sekisho_report *report, size_t step, const char *format,
		       char *text, size_t size)
{
	const time_t local =
		(time_t)((report->selection.since_ns + (int64_t)step * report->account.step_ns) /
			 NS_A_SECOND) +
		report->zone;
	struct tm parts;

	gmtime_r(&local, &parts);
	strftime(text, size, format, &parts);
}

static void put_chart(struct sekisho_report *report, const struct sekisho_chart *chart,
		      bool connections)
{
	const struct sekisho_account *account = &report->account;
	struct sekisho_chart_point *points = calloc(account->step_count + 1, sizeof(*points));
	bool hours = account->step_ns == HOUR_NS;

	/* Without memory the table below says the same. */
	for (size_t i = 0; points && i < account->step_count; i++) {
		const struct sekisho_account_step *step = &account->steps[i];

		step_label(report, i, hours ? "%d %H:00" : "%m-%d", points[i].label,
			   sizeof(points[i].label));
		points[i].value = connections ? step->connections : step->denied;
		points[i].unknown = !step->records;
	}
	if (points)
		sekisho_chart_bars(&report->html, chart, points, account->step_count);
	free(points);
}

/* Which table a step is in: one a day of hours, a month, or of a short period a quarter. */
static void step_group(const struct sekisho_report *report, size_t step, char *text, size_t size)
{
	const struct sekisho_account *account = &report->account;
	size_t quarter = (account->step_count + 3) / 4;

	if (account->step_ns == HOUR_NS)
		step_label(report, step, "%Y-%m-%d", text, size);
	else if (account->step_count > SHORT_DAYS)
		step_label(report, step, "%Y-%m", text, size);
	else
		step_label(report, step - step % quarter, _("from %Y-%m-%d on"), text, size);
}

/* What a reader can take in, and a sheet can hold. */
static void put_steps(struct sekisho_report *report)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Time"), SEKISHO_CELL_SHORT },
		{ N_("Connections"), SEKISHO_CELL_NUMBER },
		{ N_("Denied"), SEKISHO_CELL_NUMBER },
	};
	const struct sekisho_account *account = &report->account;
	bool hours = account->step_ns == HOUR_NS;
	struct sekisho_report_table table = { 0 };
	char last[64] = "";

	sekisho_html_begin(&report->html, "div", "class", "days", NULL);
	for (size_t i = 0; i < account->step_count; i++) {
		const struct sekisho_account_step *step = &account->steps[i];
		char group[64], time[32];
		char connections[SEKISHO_NUMBER_TEXT], denied[SEKISHO_NUMBER_TEXT];

		step_group(report, i, group, sizeof(group));
		step_label(report, i, hours ? "%H:00" : "%m-%d", time, sizeof(time));
		if (strcmp(group, last) != 0) {
			if (*last)
				sekisho_report_table_end(&table);
			sekisho_report_table_begin(&table, &report->html, group, columns,
						   COUNT_OF(columns));
			memcpy(last, group, sizeof(last));
		}
		sekisho_format_count(connections, step->connections);
		sekisho_format_count(denied, step->denied);
		sekisho_report_row(&table,
				   (const char *const[]){ time, step->records ? connections : "–",
							  step->records ? denied : "–" });
	}
	if (*last)
		sekisho_report_table_end(&table);
	sekisho_html_end(&report->html);
}

static void describe(const struct sekisho_report *report, const char *format, uint64_t sum,
		     char *text, size_t size)
{
	char number[SEKISHO_NUMBER_TEXT];

	sekisho_format_count(number, sum);
	snprintf(text, size, format, number, report->account.step_count);
}

void sekisho_report_put_charts(struct sekisho_report *report)
{
	const struct sekisho_account *account = &report->account;
	bool hours = account->step_ns == HOUR_NS;
	char permitted[SEKISHO_REPORT_TEXT_BYTES], denied[SEKISHO_REPORT_TEXT_BYTES];
	const char *format =
		_("In all %s, in %zu steps; the same numbers are in the tables below.");
	struct sekisho_chart chart = { .id = "permitted", .description = permitted };

	describe(report, format, account->connections, permitted, sizeof(permitted));
	describe(report, format, account->denied, denied, sizeof(denied));
	sekisho_page_section(&report->html, &report->page, "charts", _("3. Traffic over time"));
	chart.title = hours ? _("New permitted connections an hour")
			    : _("New permitted connections a day");
	if (account->step_ns > 24 * HOUR_NS) {
		char note[SEKISHO_REPORT_TEXT_BYTES];

		snprintf(note, sizeof(note), _("Each step is %d days long."),
			 (int)(account->step_ns / (24 * HOUR_NS)));
		sekisho_report_put_note(report, note);
		chart.title = _("New permitted connections a step");
	}
	sekisho_html_element(&report->html, "h3", chart.title, NULL);
	put_chart(report, &chart, true);
	chart = (struct sekisho_chart){ .id = "denied-packets",
					.title = hours ? _("Denied packets an hour")
						       : _("Denied packets a day"),
					.description = denied,
					.hatched = true };
	if (account->step_ns > 24 * HOUR_NS)
		chart.title = _("Denied packets a step");
	sekisho_html_element(&report->html, "h3", chart.title, NULL);
	put_chart(report, &chart, false);
	sekisho_report_put_note(
		report,
		_("Dotted, and – in the tables: no record at all was made then. Connections "
		  "of flows that do not record their use are not in the figures."));
	put_steps(report);
	sekisho_html_end(&report->html);
}

static void put_reasons(struct sekisho_report *report)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Reason"), SEKISHO_CELL_TEXT },
		{ N_("What it means"), SEKISHO_CELL_TEXT },
		{ N_("Packets"), SEKISHO_CELL_NUMBER },
		{ N_("Records"), SEKISHO_CELL_NUMBER },
	};
	const struct sekisho_ranking *ranking = &report->account.reasons;
	struct sekisho_report_table table;

	sekisho_report_table_begin(&table, &report->html, _("Denied packets by reason"), columns,
				   COUNT_OF(columns));
	for (size_t i = 0; i < ranking->count && i < SEKISHO_REPORT_ROWS_MAX; i++) {
		char packets[SEKISHO_NUMBER_TEXT], records[SEKISHO_NUMBER_TEXT];
		const char *text =
			sekisho_reason_text(sekisho_reason_find(ranking->items[i].key),
					    report->japanese ? SEKISHO_JAPANESE : SEKISHO_ENGLISH);

		sekisho_format_count(packets, ranking->items[i].sum);
		sekisho_format_count(records, ranking->items[i].records);
		sekisho_report_row(&table, (const char *const[]){ ranking->items[i].key, text,
								  packets, records });
	}
	sekisho_report_table_end(&table);
}

static void put_pairs(struct sekisho_report *report)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("No."), SEKISHO_CELL_NUMBER },	 { N_("From segment"), SEKISHO_CELL_TEXT },
		{ N_("To segment"), SEKISHO_CELL_TEXT }, { N_("Reason"), SEKISHO_CELL_TEXT },
		{ N_("Source"), SEKISHO_CELL_CODE },	 { N_("Destination"), SEKISHO_CELL_CODE },
		{ N_("Service"), SEKISHO_CELL_TEXT },	 { N_("Packets"), SEKISHO_CELL_NUMBER },
	};
	const struct sekisho_ranking *ranking = &report->account.denials;
	struct sekisho_report_table table;
	uint64_t packets = ranking->others.sum, keys = 0;

	sekisho_report_table_begin(&table, &report->html, _("What was denied most"), columns,
				   COUNT_OF(columns));
	for (size_t i = 0; i < ranking->count; i++) {
		char parts[SEKISHO_ACCOUNT_PARTS][SEKISHO_ACCOUNT_NAME_BYTES];
		char number[SEKISHO_NUMBER_TEXT], sum[SEKISHO_NUMBER_TEXT];

		if (i >= DENIED_SHOWN) {
			keys++;
			if (__builtin_add_overflow(packets, ranking->items[i].sum, &packets))
				packets = UINT64_MAX;
			continue;
		}
		for (int part = 0; part < SEKISHO_ACCOUNT_PARTS; part++)
			sekisho_account_part(&ranking->items[i], (enum sekisho_account_part)part,
					     parts[part], sizeof(parts[part]));
		sekisho_format_count(number, i + 1);
		sekisho_format_count(sum, ranking->items[i].sum);
		sekisho_report_row(&table,
				   (const char *const[]){
					   number, parts[SEKISHO_ACCOUNT_FROM],
					   parts[SEKISHO_ACCOUNT_TO], parts[SEKISHO_ACCOUNT_REASON],
					   parts[SEKISHO_ACCOUNT_SRC], parts[SEKISHO_ACCOUNT_DST],
					   parts[SEKISHO_ACCOUNT_SERVICE], sum });
	}
	if (keys || ranking->others.records) {
		char sum[SEKISHO_NUMBER_TEXT];

		sekisho_format_count(sum, packets);
		sekisho_report_row(&table, (const char *const[]){ "", _("(others)"), NULL, NULL,
								  NULL, NULL, NULL, sum });
	}
	sekisho_report_table_end(&table);
}

void sekisho_report_put_denied(struct sekisho_report *report)
{
	const struct sekisho_account *account = &report->account;

	sekisho_page_section(&report->html, &report->page, "denied", _("4. What was denied"));
	if (!account->denied) {
		sekisho_report_put_note(report, _("None."));
		sekisho_html_end(&report->html);
		return;
	}
	put_reasons(report);
	put_pairs(report);
	if (account->denials.others.records)
		sekisho_report_put_note(report,
					_("There were more pairs than are counted one by one: the "
					  "seldom ones are in (others), and the numbers of the "
					  "others may be too low by as much."));
	if (account->overflows)
		sekisho_report_put_note(report, _("Some records stand for further hosts whose "
						  "addresses were not written down one by one."));
	sekisho_html_end(&report->html);
}
