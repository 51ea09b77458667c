// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a person at `top` sees and asks for. Knows nothing of maps or terminals.
 */
#include "command/top_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/format.h"
#include "ui/message.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DIGEST_SHOWN 12

enum form {
	FORM_TEXT, /* marked where it alarms */
	FORM_RATE,
	FORM_DENIED, /* a rate that is remarkable above 0 */
	FORM_BYTES, /* a rate */
	FORM_COUNT,
	FORM_VERDICT,
	FORM_PICTURE,
};

struct column {
	const char *label;
	enum form form;
	unsigned int which; /* text or count */
	unsigned int least, most; /* cells */
	unsigned int rank;
};

static const struct column pair_columns[] = {
	{ N_("From"), FORM_TEXT, 0, 4, 24, 0 },
	{ N_("To"), FORM_TEXT, 1, 4, 24, 0 },
	{ N_("Packets/s"), FORM_RATE, 0, 9, 12, 0 },
	{ N_("Bytes/s"), FORM_BYTES, 1, 10, 12, 3 },
	{ N_("Denied/s"), FORM_DENIED, 2, 8, 12, 1 },
	{ N_("Packets"), FORM_COUNT, 0, 9, 20, 5 },
	{ N_("Last minute"), FORM_PICTURE, 0, 8, 60, 2 },
};

static const struct column flow_columns[] = {
	{ N_("Flow"), FORM_TEXT, 0, 4, 31, 0 },
	{ N_("From"), FORM_TEXT, 2, 4, 16, 5 },
	{ N_("To"), FORM_TEXT, 3, 4, 16, 5 },
	{ N_("New/s"), FORM_RATE, 2, 6, 12, 1 },
	{ N_("Packets/s"), FORM_RATE, 0, 9, 12, 0 },
	{ N_("Bytes/s"), FORM_BYTES, 1, 10, 12, 2 },
	{ N_("Last minute"), FORM_PICTURE, 0, 8, 60, 3 },
	{ N_("Purpose"), FORM_TEXT, 4, 8, 40, 6 },
};

static const struct column reason_columns[] = {
	{ N_("Reason"), FORM_VERDICT, 0, 8, 24, 0 },
	{ N_("Packets/s"), FORM_RATE, 0, 9, 12, 0 },
	{ N_("Bytes/s"), FORM_BYTES, 1, 10, 12, 4 },
	{ N_("Packets"), FORM_COUNT, 0, 9, 20, 3 },
	{ N_("Last minute"), FORM_PICTURE, 0, 8, 60, 2 },
	{ N_("Meaning"), FORM_TEXT, 3, 10, 60, 5 },
};

static const struct column port_columns[] = {
	{ N_("Interface"), FORM_TEXT, 0, 6, 16, 0 },
	{ N_("VLAN"), FORM_TEXT, 1, 4, 4, 7 },
	{ N_("Segment"), FORM_TEXT, 2, 6, 24, 1 },
	{ N_("In"), FORM_TEXT, 3, 6, 8, 4 },
	{ N_("Out"), FORM_TEXT, 4, 5, 8, 5 },
	{ N_("Received/s"), FORM_RATE, 0, 9, 12, 0 },
	{ N_("Bytes/s"), FORM_BYTES, 1, 10, 12, 6 },
	{ N_("Sent/s"), FORM_RATE, 2, 7, 12, 2 },
	{ N_("Bytes/s"), FORM_BYTES, 3, 10, 12, 6 },
	{ N_("Last minute"), FORM_PICTURE, 0, 8, 60, 3 },
};

static const struct table {
	const char *label;
	const struct column *columns;
	size_t count;
	size_t sorted; /* column, unless another is asked for */
} tables[SEKISHO_TOP_TOTALS] = {
	[SEKISHO_TOP_PAIRS] = { N_("Pairs"), pair_columns, COUNT(pair_columns), 2 },
	[SEKISHO_TOP_FLOWS] = { N_("Flows"), flow_columns, COUNT(flow_columns), 4 },
	[SEKISHO_TOP_REASONS] = { N_("Reasons"), reason_columns, COUNT(reason_columns), 1 },
	[SEKISHO_TOP_PORTS] = { N_("Ports"), port_columns, COUNT(port_columns), 0 },
};

static bool is_right(enum form form)
{
	return form == FORM_RATE || form == FORM_DENIED || form == FORM_BYTES || form == FORM_COUNT;
}

static size_t sorted_column(const struct sekisho_top_view *view)
{
	size_t asked = view->column[view->kind];

	return asked ? asked - 1 : tables[view->kind].sorted;
}

/* Texts from A on, numbers from the largest on, unless it is reversed. */
static struct sekisho_top_order order_of(const struct sekisho_top_view *view)
{
	const struct column *column = &tables[view->kind].columns[sorted_column(view)];
	struct sekisho_top_order order = { .which = column->which };

	if (is_right(column->form))
		order.by = column->form == FORM_COUNT ? SEKISHO_TOP_BY_COUNT : SEKISHO_TOP_BY_RATE;
	order.descending = is_right(column->form) != view->reversed[view->kind];
	return order;
}

static void fill_rate(struct sekisho_top_cell *cell, const struct sekisho_top_row *row,
		      const struct column *column, bool known)
{
	uint64_t rate = row->rates[column->which];

	if (!known)
		snprintf(cell->text, sizeof(cell->text), "-");
	else if (column->form == FORM_BYTES)
		sekisho_format_bytes(cell->text, rate / 1000);
	else
		sekisho_format_rate(cell->text, rate);
	if (!rate)
		cell->style = SEKISHO_TOP_FAINT;
	else if (column->form == FORM_DENIED)
		cell->style = SEKISHO_TOP_WARNING;
}

static void fill_text(struct sekisho_top_cell *cell, const struct sekisho_top_row *row,
		      const struct column *column)
{
	const char *text = row->sample.texts[column->which];
	bool marked = row->sample.alarms >> column->which & 1;

	snprintf(cell->text, sizeof(cell->text), "%s%s", marked ? "! " : "", text ? text : "");
	if (marked)
		cell->style = SEKISHO_TOP_ALARM;
	else if (column->form == FORM_VERDICT && !strcmp(row->sample.texts[2], "deny"))
		cell->style = SEKISHO_TOP_WARNING;
}

static void fill_cell(void *context, size_t which, size_t number, struct sekisho_top_cell *cell)
{
	const struct sekisho_top_view *view = context;
	const struct sekisho_top_row *row = view->list[which];
	const struct column *column = &tables[view->kind].columns[number];

	switch (column->form) {
	case FORM_PICTURE:
		cell->history = row->history;
		cell->points = row->history ? SEKISHO_TOP_SECONDS : 0;
		break;
	case FORM_COUNT:
		sekisho_format_count(cell->text, row->sample.counts[column->which]);
		break;
	case FORM_RATE:
	case FORM_DENIED:
	case FORM_BYTES:
		fill_rate(cell, row, column, view->known);
		break;
	default:
		fill_text(cell, row, column);
		break;
	}
}

static void fill_columns(const struct sekisho_top_view *view, struct sekisho_top_page *page)
{
	const struct table *table = &tables[view->kind];

	page->column_count = table->count;
	for (size_t i = 0; i < table->count; i++) {
		const struct column *column = &table->columns[i];

		page->columns[i] = (struct sekisho_top_column){
			.label = _(column->label),
			.least = column->least,
			.most = column->most,
			.rank = column->rank,
			.right = is_right(column->form),
			.picture = column->form == FORM_PICTURE,
		};
	}
	page->sorted = sorted_column(view);
	page->descending = order_of(view).descending;
}

static void fill_totals(const struct sekisho_top_model *model, struct sekisho_top_page *page)
{
	static const uint64_t nothing[SEKISHO_TOP_SECONDS];
	static const struct {
		const char *name, *label;
	} totals[] = {
		{ "permitted", N_("Permitted") },
		{ "denied", N_("Denied") },
		{ "new", N_("New") },
	};

	page->total_count = COUNT(totals);
	for (size_t i = 0; i < COUNT(totals); i++) {
		const struct sekisho_top_row *row =
			sekisho_top_model_find(model, SEKISHO_TOP_TOTALS, totals[i].name, NULL);
		struct sekisho_top_total *total = &page->totals[i];
		char text[SEKISHO_NUMBER_TEXT] = "-";

		total->label = _(totals[i].label);
		total->history = row && row->history ? row->history : nothing;
		total->points = SEKISHO_TOP_SECONDS;
		if (row && model->elapsed_ns)
			sekisho_format_rate(text, row->rates[SEKISHO_TOP_PACKETS]);
		snprintf(total->rate, sizeof(total->rate), "%s/s", text);
		total->style = SEKISHO_TOP_STRONG;
		if (row && i == 1 && row->rates[SEKISHO_TOP_PACKETS])
			total->style = SEKISHO_TOP_WARNING;
		if (!row || !model->elapsed_ns || i == 2)
			continue;
		sekisho_format_bytes(text, row->rates[SEKISHO_TOP_BYTES] / 1000);
		snprintf(total->bytes, sizeof(total->bytes), "%s/s", text);
	}
}

static struct sekisho_top_field *add_field(struct sekisho_top_page *page, const char *label,
					   bool alarm)
{
	struct sekisho_top_field *field = &page->fields[page->field_count++];

	field->label = label;
	field->alarm = alarm;
	return field;
}

static void set_text(struct sekisho_top_field *field, const char *text)
{
	snprintf(field->text, sizeof(field->text), "%s", text);
}

static void fill_guard(const struct sekisho_top_facts *facts, struct sekisho_top_page *page)
{
	bool alarm = facts->guard == SEKISHO_TOP_GUARD_DIFFERS ||
		     facts->guard == SEKISHO_TOP_GUARD_UNKNOWN;
	struct sekisho_top_field *field = add_field(page, _("guard"), alarm);

	switch (facts->guard) {
	case SEKISHO_TOP_GUARD_ABSENT:
		set_text(field, _("absent"));
		break;
	case SEKISHO_TOP_GUARD_PRESENT:
		set_text(field, facts->sealed ? _("sealed") : _("present"));
		break;
	case SEKISHO_TOP_GUARD_DIFFERS:
		set_text(field, _("has another policy"));
		break;
	default:
		set_text(field, _("does not answer"));
		break;
	}
}

static void fill_log(const struct sekisho_top_view *view, const struct sekisho_top_facts *facts,
		     struct sekisho_top_page *page)
{
	uint64_t lost = facts->lost_events;
	bool more = lost > view->lost_before;
	struct sekisho_top_field *field;

	field = add_field(page, _("log"), !facts->recorded || facts->log_failed);
	if (facts->log_failed)
		set_text(field, _("cannot be written"));
	else
		set_text(field, facts->recorded ? _("recording") : _("no collector runs"));
	field = add_field(page, _("lost events"), more);
	sekisho_format_count(field->text, lost);
	if (more)
		snprintf(field->text + strlen(field->text), 32, " (+%llu)",
			 (unsigned long long)(lost - view->lost_before));
}

static void fill_fields(const struct sekisho_top_view *view, const struct sekisho_top_facts *facts,
			struct sekisho_top_page *page)
{
	struct sekisho_top_field *field;

	if (facts->generation) {
		field = add_field(page, _("generation"), false);
		snprintf(field->text, sizeof(field->text), "%u %.*s", facts->generation,
			 DIGEST_SHOWN, facts->digest);
	}
	if (facts->confirm_seconds) {
		field = add_field(page, _("not confirmed, seconds left"), true);
		snprintf(field->text, sizeof(field->text), "%u", facts->confirm_seconds);
	}
	fill_guard(facts, page);
	field = add_field(page, _("ports guarded"), facts->guarded != facts->ports);
	snprintf(field->text, sizeof(field->text), "%zu/%zu", facts->guarded, facts->ports);
	if (!facts->isolated_all && !facts->isolated_count)
		set_text(add_field(page, _("isolated"), false), _("none"));
	fill_log(view, facts, page);
	if (facts->suspended) {
		field = add_field(page, _("suspended hosts"), false);
		snprintf(field->text, sizeof(field->text), "%u", facts->suspended);
	}
	field = add_field(page, _("every"), view->paused);
	snprintf(field->text, sizeof(field->text), view->paused ? _("%u s, paused") : _("%u s"),
		 view->interval);
}

static void fill_alarm(const struct sekisho_top_facts *facts, struct sekisho_top_page *page)
{
	size_t used;

	if (!facts->generation) {
		snprintf(page->alarm, sizeof(page->alarm), "%s",
			 _("No policy is in force: waiting for one"));
		return;
	}
	if (!facts->isolated_all && !facts->isolated_count)
		return;
	used = (size_t)snprintf(page->alarm, sizeof(page->alarm), "%s", _("ISOLATED: "));
	if (facts->isolated_all)
		used += (size_t)snprintf(page->alarm + used, sizeof(page->alarm) - used, "%s",
					 _("every segment"));
	for (size_t i = 0;
	     !facts->isolated_all && i < facts->isolated_count && used < sizeof(page->alarm); i++)
		used += (size_t)snprintf(page->alarm + used, sizeof(page->alarm) - used, "%s%s",
					 i ? ", " : "", facts->isolated[i]);
}

static void fill_note(const struct sekisho_top_view *view, size_t all,
		      struct sekisho_top_page *page)
{
	if (*view->filter)
		snprintf(page->note, sizeof(page->note), _("'%s': %zu of %zu"), view->filter,
			 view->rows, all);
	else if (view->room && view->rows > view->room)
		snprintf(page->note, sizeof(page->note), _("from %zu of %zu"), view->first + 1,
			 view->rows);
}

static void fill_foot(const struct sekisho_top_view *view, const char *said,
		      struct sekisho_top_page *page)
{
	page->foot_strong = view->typing || *said;
	if (view->typing)
		snprintf(page->foot, sizeof(page->foot), "/%s_   %s", view->filter,
			 _("Enter: keep   Esc: as before"));
	else if (*said)
		snprintf(page->foot, sizeof(page->foot), "%s", said);
	else
		snprintf(page->foot, sizeof(page->foot), "%s",
			 view->help ? _("any key: back")
				    : _("q quit  ? help  1-4 table  s sort  r reverse  "
					"/ filter  p pause  +/- pace"));
}

static const struct sekisho_top_help help_lines[] = {
	{ "1 2 3 4  Tab", N_("pairs, flows, reasons, ports; the next table") },
	{ "s S  < >", N_("sort by the next column, by the one before") },
	{ "r", N_("reverse the order") },
	{ "/", N_("only rows with a text; an empty text: all rows") },
	{ "Up Down  PgUp PgDn", N_("other rows") },
	{ "p  Space", N_("pause, go on") },
	{ "+ -", N_("look less often, more often") },
	{ "q  Ctrl-C", N_("quit") },
	{ "", "" },
	{ "!", N_("isolated segment, or a port without a program") },
	{ NULL, NULL },
};

static const struct sekisho_top_help *translated_help(void)
{
	static struct sekisho_top_help lines[COUNT(help_lines)];

	for (size_t i = 0; i < COUNT(help_lines); i++) {
		lines[i] = help_lines[i];
		if (lines[i].text && *lines[i].text)
			lines[i].text = _(help_lines[i].text);
	}
	return lines;
}

void sekisho_top_view_clamp(struct sekisho_top_view *view)
{
	size_t last = view->rows > view->room ? view->rows - view->room : 0;

	if (view->first > last)
		view->first = last;
}

int sekisho_top_view_page(struct sekisho_top_view *view, const struct sekisho_top_model *model,
			  const struct sekisho_top_facts *facts, const char *said,
			  struct sekisho_top_page *page)
{
	struct sekisho_top_order order = order_of(view);
	time_t now = time(NULL) + facts->zone;
	struct tm parts;
	int error;

	memset(page, 0, sizeof(*page));
	sekisho_top_view_free(view);
	error = sekisho_top_model_select(model, view->kind, &order, view->filter, &view->list,
					 &view->rows);
	if (error)
		return error;
	sekisho_top_view_clamp(view);
	view->known = model->elapsed_ns;
	page->title = _("Sekisho");
	gmtime_r(&now, &parts);
	strftime(page->clock, sizeof(page->clock), "%H:%M:%S", &parts);
	fill_alarm(facts, page);
	fill_fields(view, facts, page);
	fill_totals(model, page);
	page->tab_count = SEKISHO_TOP_TOTALS;
	for (size_t i = 0; i < page->tab_count; i++)
		page->tabs[i] = _(tables[i].label);
	page->tab = view->kind;
	fill_note(view, model->tables[view->kind].count, page);
	fill_columns(view, page);
	page->row_count = view->rows;
	page->first = view->first;
	page->cell = fill_cell;
	page->context = view;
	page->empty = *view->filter ? _("no row has this text") : _("nothing was counted yet");
	page->help = view->help ? translated_help() : NULL;
	fill_foot(view, said, page);
	return 0;
}

void sekisho_top_view_free(struct sekisho_top_view *view)
{
	free((void *)view->list);
	view->list = NULL;
}

void sekisho_top_view_sort(struct sekisho_top_view *view, int step)
{
	const struct table *table = &tables[view->kind];
	size_t column = sorted_column(view);

	/* Pictures have no order. */
	do
		column = (column + table->count + (size_t)step) % table->count;
	while (table->columns[column].form == FORM_PICTURE);
	view->column[view->kind] = column + 1;
	view->reversed[view->kind] = false;
	view->first = 0;
}
