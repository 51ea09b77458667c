/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of a report: a caption, headings, and rows whose first cell names them, each marked as
 * such for those who do not see the table. Knows nothing of what is in them.
 */
#ifndef SEKISHO_REPORT_TABLE_H
#define SEKISHO_REPORT_TABLE_H

#include "report/html.h"

enum sekisho_report_cell {
	SEKISHO_CELL_TEXT,
	SEKISHO_CELL_NUMBER, /* to the right */
	SEKISHO_CELL_CODE, /* of one width, and broken anywhere */
	SEKISHO_CELL_SHORT, /* a time or a name that stays on one line */
};

struct sekisho_report_column {
	const char *heading; /* N_() */
	enum sekisho_report_cell kind;
};

struct sekisho_report_table {
	struct sekisho_html *html;
	const struct sekisho_report_column *columns;
	size_t count;
};

/**
 * sekisho_report_table_begin - begin a table
 * @table: filled in
 * @caption: translated
 * @columns: stay as long as the table
 */
void sekisho_report_table_begin(struct sekisho_report_table *table, struct sekisho_html *html,
				const char *caption, const struct sekisho_report_column *columns,
				size_t count);

/* One cell a column; NULL: an empty one. */
void sekisho_report_row(struct sekisho_report_table *table, const char *const *cells);
void sekisho_report_table_end(struct sekisho_report_table *table);

#endif
