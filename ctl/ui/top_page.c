// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page that is watched, laid out for a terminal of whatever size. Knows nothing of what is
 * counted, nor of terminals.
 */
#include "ui/top_page.h"

#include <stdio.h>
#include <string.h>

#include "ui/cells.h"
#include "ui/sparkline.h"

#define GAP		2 /* cells between columns */
#define FIELD_GAP	3
#define PICTURE_LEAST	8
#define PICTURE_MOST	60
#define ROOMY		18 /* rows from which totals have a line each */
#define HEAD_ROWS_ROOMY 3
#define HEAD_ROWS_SMALL 2

#define LINE_BYTES (SEKISHO_TOP_CELLS_MAX * 4 + 4)

struct layout {
	const struct sekisho_top_page *page;
	const struct sekisho_top_canvas *canvas;
	unsigned int cells;
	unsigned int row; /* the next free one */
	unsigned int end; /* the foot's */
	bool roomy;
};

static const char *cut_mark(const struct layout *layout)
{
	return layout->canvas->unicode ? "…" : "~";
}

/* Text in @width cells at most; returns the cells it took. */
static unsigned int put(const struct layout *layout, unsigned int cell, unsigned int width,
			enum sekisho_top_style style, const char *text, bool right)
{
	char line[LINE_BYTES];
	size_t natural = sekisho_cells(text);

	if (cell >= layout->cells || layout->row >= layout->canvas->rows)
		return 0;
	if (width > layout->cells - cell)
		width = layout->cells - cell;
	if (!right && natural < width)
		width = (unsigned int)natural;
	sekisho_cells_fit(line, sizeof(line), text, width, right, cut_mark(layout));
	layout->canvas->put(layout->canvas->context, layout->row, cell, style, line);
	return width;
}

static unsigned int put_text(const struct layout *layout, unsigned int cell,
			     enum sekisho_top_style style, const char *text)
{
	return put(layout, cell, layout->cells, style, text, false);
}

static unsigned int put_picture(const struct layout *layout, unsigned int cell, unsigned int width,
				const uint64_t *values, size_t count)
{
	char text[SEKISHO_SPARKLINE_BYTES(PICTURE_MOST)];

	if (width > PICTURE_MOST)
		width = PICTURE_MOST;
	sekisho_sparkline(text, values, count, width, layout->canvas->unicode);
	return put_text(layout, cell, SEKISHO_TOP_PICTURE, text);
}

static void draw_title(struct layout *layout)
{
	const struct sekisho_top_page *page = layout->page;
	unsigned int used = put_text(layout, 0, SEKISHO_TOP_STRONG, page->title);
	unsigned int clock = (unsigned int)sekisho_cells(page->clock);

	if (used + 1 + clock <= layout->cells)
		put_text(layout, layout->cells - clock, SEKISHO_TOP_FAINT, page->clock);
	layout->row++;
}

/* Over the whole width, and between marks: it is seen without colours too. */
static void draw_alarm(struct layout *layout)
{
	char text[SEKISHO_TOP_TEXT_BYTES + 16], line[LINE_BYTES];

	if (!*layout->page->alarm)
		return;
	snprintf(text, sizeof(text), "!! %s", layout->page->alarm);
	sekisho_cells_fit(line, sizeof(line), text, layout->cells, false, cut_mark(layout));
	put_text(layout, 0, SEKISHO_TOP_ALARM, line);
	layout->row++;
}

static unsigned int field_cells(const struct sekisho_top_field *field)
{
	return (unsigned int)(sekisho_cells(field->label) + 1 + sekisho_cells(field->text) +
			      (field->alarm ? 4 : 0));
}

static unsigned int draw_field(struct layout *layout, unsigned int cell,
			       const struct sekisho_top_field *field)
{
	char text[2 * SEKISHO_TOP_TEXT_BYTES];

	if (field->alarm) {
		snprintf(text, sizeof(text), "! %s %s !", field->label, field->text);
		return cell + put_text(layout, cell, SEKISHO_TOP_ALARM, text);
	}
	cell += put_text(layout, cell, SEKISHO_TOP_FAINT, field->label) + 1;
	return cell + put_text(layout, cell, SEKISHO_TOP_PLAIN, field->text);
}

/* Facts, one after the other, in as many lines as there may be: first those that alarm. */
static void draw_fields(struct layout *layout)
{
	const struct sekisho_top_page *page = layout->page;
	unsigned int last = layout->row + (layout->roomy ? HEAD_ROWS_ROOMY : HEAD_ROWS_SMALL);
	unsigned int cell = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < page->field_count; i++) {
			const struct sekisho_top_field *field = &page->fields[i];

			if (field->alarm != !pass)
				continue;
			if (cell && cell + FIELD_GAP + field_cells(field) > layout->cells) {
				if (layout->row + 1 == last || layout->row + 1 >= layout->end)
					continue;
				layout->row++;
				cell = 0;
			}
			cell = draw_field(layout, cell ? cell + FIELD_GAP : 0, field);
		}
	}
	layout->row += cell ? 1 : 0;
}

static void draw_totals_roomy(struct layout *layout)
{
	const struct sekisho_top_page *page = layout->page;
	unsigned int label = 0;

	for (size_t i = 0; i < page->total_count; i++) {
		unsigned int width = (unsigned int)sekisho_cells(page->totals[i].label);

		label = width > label ? width : label;
	}
	layout->row++;
	for (size_t i = 0; i < page->total_count; i++) {
		const struct sekisho_top_total *total = &page->totals[i];
		unsigned int cell = label + GAP;

		put_text(layout, 0, SEKISHO_TOP_FAINT, total->label);
		put(layout, cell, 10, total->style, total->rate, true);
		put(layout, cell + 12, 12, SEKISHO_TOP_PLAIN, total->bytes, true);
		cell += 28;
		if (cell + PICTURE_LEAST <= layout->cells)
			put_picture(layout, cell, layout->cells - cell, total->history,
				    total->points);
		layout->row++;
	}
	layout->row++;
}

static void draw_totals(struct layout *layout)
{
	const struct sekisho_top_page *page = layout->page;
	unsigned int cell = 0;

	if (layout->roomy) {
		draw_totals_roomy(layout);
		return;
	}
	for (size_t i = 0; i < page->total_count; i++) {
		const struct sekisho_top_total *total = &page->totals[i];

		cell += put_text(layout, cell, SEKISHO_TOP_FAINT, total->label) + 1;
		cell += put_text(layout, cell, total->style, total->rate) + GAP;
	}
	layout->row++;
}

/*
 * Beside the tabs, or else below them; where there is no line to spare, in the title's, for what is
 * left out must be known.
 */
static void draw_note(struct layout *layout, unsigned int used)
{
	const char *note = layout->page->note;
	unsigned int cells = (unsigned int)sekisho_cells(note), row = layout->row;
	unsigned int title = (unsigned int)sekisho_cells(layout->page->title) + GAP;
	unsigned int clock = (unsigned int)sekisho_cells(layout->page->clock) + GAP;

	layout->row++;
	if (!cells)
		return;
	if (used + GAP + cells <= layout->cells) {
		layout->row = row;
		put_text(layout, layout->cells - cells, SEKISHO_TOP_PLAIN, note);
		layout->row++;
	} else if (layout->roomy) {
		put_text(layout, 0, SEKISHO_TOP_PLAIN, note);
		layout->row++;
	} else if (row && title + clock < layout->cells) {
		row = layout->row;
		layout->row = 0;
		put(layout, title, layout->cells - title - clock, SEKISHO_TOP_PLAIN, note, false);
		layout->row = row;
	}
}

static void draw_tabs(struct layout *layout)
{
	const struct sekisho_top_page *page = layout->page;
	unsigned int cell = 0;

	for (size_t i = 0; i < page->tab_count; i++) {
		char text[SEKISHO_TOP_TEXT_BYTES];
		bool current = i == page->tab;

		snprintf(text, sizeof(text), current ? "[%zu %s]" : " %zu %s ", i + 1,
			 page->tabs[i]);
		cell += put_text(layout, cell, current ? SEKISHO_TOP_CURRENT : SEKISHO_TOP_FAINT,
				 text);
	}
	draw_note(layout, cell);
}

static void heading_of(const struct layout *layout, size_t column, char *text, size_t size)
{
	const struct sekisho_top_page *page = layout->page;
	const char *mark = "";

	if (column == page->sorted && layout->canvas->unicode)
		mark = page->descending ? "▼" : "▲";
	else if (column == page->sorted)
		mark = page->descending ? " v" : " ^";
	snprintf(text, size, "%s%s", page->columns[column].label, mark);
}

/* What a column would like to have, by its heading and the rows that are shown. */
static unsigned int natural_cells(const struct layout *layout, size_t column, size_t first,
				  size_t rows)
{
	const struct sekisho_top_page *page = layout->page;
	const struct sekisho_top_column *one = &page->columns[column];
	char heading[SEKISHO_TOP_TEXT_BYTES];
	size_t widest;

	heading_of(layout, column, heading, sizeof(heading));
	widest = sekisho_cells(heading);
	if (widest < one->least)
		widest = one->least;
	for (size_t i = 0; i < rows && !one->picture; i++) {
		struct sekisho_top_cell cell = { .text = "" };
		size_t cells;

		page->cell(page->context, first + i, column, &cell);
		cells = sekisho_cells(cell.text);
		if (cells > one->most)
			cells = one->most;
		widest = cells > widest ? cells : widest;
	}
	return (unsigned int)widest;
}

static unsigned int sum_cells(const unsigned int *widths, size_t count)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += widths[i] ? widths[i] + (sum ? GAP : 0) : 0;
	return sum;
}

/* The column to leave out next; @count where none may be. */
static size_t least_wanted(const struct sekisho_top_page *page, const unsigned int *widths)
{
	size_t found = page->column_count;

	for (size_t i = 0; i < page->column_count; i++) {
		if (widths[i] && page->columns[i].rank &&
		    (found == page->column_count ||
		     page->columns[i].rank > page->columns[found].rank))
			found = i;
	}
	return found;
}

/* Zero: left out. */
static void choose_widths(const struct layout *layout, size_t first, size_t rows,
			  unsigned int *widths)
{
	const struct sekisho_top_page *page = layout->page;
	size_t count = page->column_count;

	for (size_t i = 0; i < count; i++)
		widths[i] = natural_cells(layout, i, first, rows);
	while (sum_cells(widths, count) > layout->cells) {
		unsigned int over = sum_cells(widths, count) - layout->cells;
		size_t column = least_wanted(page, widths);

		if (column == count)
			break;
		/* Narrower, if that is enough; else not at all. */
		if (widths[column] >= page->columns[column].least + over)
			widths[column] -= over;
		else
			widths[column] = 0;
	}
	for (size_t i = 0; i < count; i++) {
		unsigned int sum = sum_cells(widths, count);

		if (page->columns[i].picture && widths[i] && sum < layout->cells)
			widths[i] += layout->cells - sum;
		if (page->columns[i].picture && widths[i] > PICTURE_MOST / 2)
			widths[i] = PICTURE_MOST / 2;
	}
}

static void draw_row(const struct layout *layout, size_t row, const unsigned int *widths)
{
	const struct sekisho_top_page *page = layout->page;
	unsigned int at = 0;

	for (size_t i = 0; i < page->column_count; i++) {
		struct sekisho_top_cell cell = { .text = "" };

		if (!widths[i])
			continue;
		page->cell(page->context, row, i, &cell);
		if (page->columns[i].picture && cell.history)
			put_picture(layout, at, widths[i], cell.history, cell.points);
		else if (!page->columns[i].picture)
			put(layout, at, widths[i], cell.style, cell.text, page->columns[i].right);
		at += widths[i] + GAP;
	}
}

static void draw_headings(struct layout *layout, const unsigned int *widths)
{
	const struct sekisho_top_page *page = layout->page;
	unsigned int at = 0;

	for (size_t i = 0; i < page->column_count; i++) {
		char text[SEKISHO_TOP_TEXT_BYTES];

		if (!widths[i])
			continue;
		heading_of(layout, i, text, sizeof(text));
		put(layout, at, widths[i], SEKISHO_TOP_HEADING, text, page->columns[i].right);
		at += widths[i] + GAP;
	}
	layout->row++;
}

static size_t draw_table(struct layout *layout)
{
	const struct sekisho_top_page *page = layout->page;
	size_t room = layout->row + 1 < layout->end ? layout->end - layout->row - 1 : 0;
	/* A terminal that grew shows all the rows that it can. */
	size_t last = page->row_count > room ? page->row_count - room : 0;
	size_t first = page->first < last ? page->first : last;
	size_t rows = page->row_count - first < room ? page->row_count - first : room;
	unsigned int widths[SEKISHO_TOP_COLUMNS_MAX];

	choose_widths(layout, first, rows, widths);
	if (layout->row < layout->end)
		draw_headings(layout, widths);
	for (size_t i = 0; i < rows; i++) {
		draw_row(layout, first + i, widths);
		layout->row++;
	}
	if (!page->row_count && room && page->empty)
		put_text(layout, 0, SEKISHO_TOP_FAINT, page->empty);
	return room;
}

static void draw_help(struct layout *layout)
{
	unsigned int widest = 0;

	for (const struct sekisho_top_help *line = layout->page->help; line->keys; line++) {
		unsigned int cells = (unsigned int)sekisho_cells(line->keys);

		widest = cells > widest ? cells : widest;
	}
	for (const struct sekisho_top_help *line = layout->page->help;
	     line->keys && layout->row < layout->end; line++) {
		put_text(layout, 1, SEKISHO_TOP_STRONG, line->keys);
		put_text(layout, widest + 1 + GAP, SEKISHO_TOP_PLAIN, line->text);
		layout->row++;
	}
}

size_t sekisho_top_page_draw(const struct sekisho_top_page *page,
			     const struct sekisho_top_canvas *canvas)
{
	struct layout layout = { .page = page, .canvas = canvas, .cells = canvas->cells };
	size_t room = 0;

	if (!canvas->rows || !canvas->cells)
		return 0;
	if (layout.cells > SEKISHO_TOP_CELLS_MAX)
		layout.cells = SEKISHO_TOP_CELLS_MAX;
	layout.roomy = canvas->rows >= ROOMY;
	layout.end = canvas->rows - 1;
	if (layout.end)
		draw_title(&layout);
	if (layout.row < layout.end)
		draw_alarm(&layout);
	if (page->help) {
		layout.row += layout.roomy ? 1 : 0;
		draw_help(&layout);
	} else {
		if (layout.row + 3 < layout.end)
			draw_fields(&layout);
		if (layout.row + 3 < layout.end)
			draw_totals(&layout);
		if (layout.row < layout.end)
			draw_tabs(&layout);
		room = draw_table(&layout);
	}
	layout.row = layout.end;
	put_text(&layout, 0, page->foot_strong ? SEKISHO_TOP_STRONG : SEKISHO_TOP_FAINT,
		 page->foot);
	return room;
}
