// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of a report. Knows nothing of what is in them.
 */
#include "report/table.h"

#include "ui/message.h"

static const char *const classes[] = {
	[SEKISHO_CELL_TEXT] = NULL,
	[SEKISHO_CELL_NUMBER] = "number",
	[SEKISHO_CELL_CODE] = "code",
	[SEKISHO_CELL_SHORT] = "short",
};

void sekisho_report_table_begin(struct sekisho_report_table *table, struct sekisho_html *html,
				const char *caption, const struct sekisho_report_column *columns,
				size_t count)
{
	*table = (struct sekisho_report_table){ html, columns, count };
	sekisho_html_begin(html, "table", NULL);
	sekisho_html_element(html, "caption", caption, NULL);
	sekisho_html_begin(html, "thead", NULL);
	sekisho_html_begin(html, "tr", NULL);
	for (size_t i = 0; i < count; i++)
		sekisho_html_element(html, "th", _(columns[i].heading), "scope", "col", "class",
				     classes[columns[i].kind], NULL);
	sekisho_html_end(html);
	sekisho_html_end(html);
	sekisho_html_begin(html, "tbody", NULL);
}

void sekisho_report_row(struct sekisho_report_table *table, const char *const *cells)
{
	sekisho_html_begin(table->html, "tr", NULL);
	for (size_t i = 0; i < table->count; i++)
		sekisho_html_element(table->html, i ? "td" : "th", cells[i] ? cells[i] : "",
				     "scope", i ? NULL : "row", "class",
				     classes[table->columns[i].kind], NULL);
	sekisho_html_end(table->html);
}

void sekisho_report_table_end(struct sekisho_report_table *table)
{
	sekisho_html_end(table->html);
	sekisho_html_end(table->html);
}
