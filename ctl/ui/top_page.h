/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page that is watched: a head of facts, totals with their pictures, and one table of several,
 * laid out for a terminal of whatever size. Pure: it is drawn by the caller's function. Knows
 * nothing of what is counted, nor of terminals.
 */
#ifndef SEKISHO_UI_TOP_PAGE_H
#define SEKISHO_UI_TOP_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEKISHO_TOP_TEXT_BYTES	256
#define SEKISHO_TOP_FIELDS_MAX	10
#define SEKISHO_TOP_TOTALS_MAX	3
#define SEKISHO_TOP_TABS_MAX	4
#define SEKISHO_TOP_COLUMNS_MAX 10
#define SEKISHO_TOP_CELLS_MAX	512 /* what is wider stays blank */

enum sekisho_top_style {
	SEKISHO_TOP_PLAIN,
	SEKISHO_TOP_FAINT, /* labels, what is idle */
	SEKISHO_TOP_STRONG,
	SEKISHO_TOP_HEADING,
	SEKISHO_TOP_CURRENT, /* the table that is shown */
	SEKISHO_TOP_PICTURE,
	SEKISHO_TOP_WARNING, /* what was denied */
	SEKISHO_TOP_ALARM,
	SEKISHO_TOP_STYLES
};

struct sekisho_top_canvas {
	unsigned int rows;
	unsigned int cells;
	bool unicode; /* else ASCII is drawn with; texts are what they are */
	/* Text that fits at that place. */
	void (*put)(void *context, unsigned int row, unsigned int cell,
		    enum sekisho_top_style style, const char *text);
	void *context;
};

/* A fact of the head. What alarms is shown first, between marks. */
struct sekisho_top_field {
	const char *label;
	char text[SEKISHO_TOP_TEXT_BYTES];
	bool alarm;
};

struct sekisho_top_total {
	const char *label;
	char rate[40];
	char bytes[40]; /* or empty */
	const uint64_t *history; /* oldest first */
	size_t points;
	enum sekisho_top_style style; /* of its rate */
};

struct sekisho_top_column {
	const char *label;
	unsigned int least; /* cells */
	unsigned int most;
	unsigned int rank; /* the highest goes first where the terminal is narrow; 0 never goes */
	bool right;
	bool picture; /* takes what is left of the line */
};

struct sekisho_top_cell {
	char text[SEKISHO_TOP_TEXT_BYTES];
	enum sekisho_top_style style;
	const uint64_t *history; /* of a picture; NULL: nothing */
	size_t points;
};

struct sekisho_top_help {
	const char *keys;
	const char *text;
};

struct sekisho_top_page {
	const char *title;
	char clock[32];
	char alarm[SEKISHO_TOP_TEXT_BYTES]; /* a line of its own; or empty */
	struct sekisho_top_field fields[SEKISHO_TOP_FIELDS_MAX];
	size_t field_count;
	struct sekisho_top_total totals[SEKISHO_TOP_TOTALS_MAX];
	size_t total_count;
	const char *tabs[SEKISHO_TOP_TABS_MAX];
	size_t tab_count;
	size_t tab; /* the one shown */
	char note[SEKISHO_TOP_TEXT_BYTES]; /* beside the tabs */
	struct sekisho_top_column columns[SEKISHO_TOP_COLUMNS_MAX];
	size_t column_count;
	size_t sorted; /* column */
	bool descending;
	size_t row_count;
	size_t first; /* row shown at the top */
	void (*cell)(void *context, size_t row, size_t column, struct sekisho_top_cell *cell);
	void *context;
	const char *empty; /* said where there are no rows */
	char foot[SEKISHO_TOP_TEXT_BYTES]; /* the last line */
	bool foot_strong;
	const struct sekisho_top_help *help; /* shown in place of the table; ended by NULL */
};

/**
 * sekisho_top_page_draw - lay a page out and draw it
 * @page: the page
 * @canvas: the terminal; blank
 *
 * Return: how many rows of the table there was room for.
 */
size_t sekisho_top_page_draw(const struct sekisho_top_page *page,
			     const struct sekisho_top_canvas *canvas);

#endif
