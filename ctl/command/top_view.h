/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a person at `top` sees and asks for: which table, in which order, of what; made into a page.
 * Pure: knows the model and the page; nothing of maps or terminals.
 */
#ifndef SEKISHO_COMMAND_TOP_VIEW_H
#define SEKISHO_COMMAND_TOP_VIEW_H

#include "command/top_model.h"
#include "command/top_read.h"
#include "ui/top_page.h"

#define SEKISHO_TOP_FILTER_BYTES 64
#define SEKISHO_TOP_INTERVAL_MAX 60 /* seconds */

/* Zeroed but for the interval: begin with the pairs. */
struct sekisho_top_view {
	enum sekisho_top_kind kind;
	size_t column[SEKISHO_TOP_TOTALS]; /* sorted by: one more than its place; 0: as it comes */
	bool reversed[SEKISHO_TOP_TOTALS];
	char filter[SEKISHO_TOP_FILTER_BYTES];
	char filter_before[SEKISHO_TOP_FILTER_BYTES]; /* while another is being typed */
	bool typing;
	bool help;
	bool paused;
	bool ended;
	unsigned int interval; /* seconds */
	size_t first; /* row at the top */
	size_t rows; /* as of the last page */
	size_t room; /* for rows, on the terminal */
	uint64_t lost_before; /* events, when it began */
	bool known; /* there are rates */
	const struct sekisho_top_row **list; /* the page's */
};

/**
 * sekisho_top_view_page - the page that is asked for
 * @view: the view; keeps what the page borrows until the next page or sekisho_top_view_free()
 * @model: what was counted
 * @facts: what is in force
 * @said: a sentence for the last line, or an empty text
 * @page: filled in
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_top_view_page(struct sekisho_top_view *view, const struct sekisho_top_model *model,
			  const struct sekisho_top_facts *facts, const char *said,
			  struct sekisho_top_page *page);
void sekisho_top_view_free(struct sekisho_top_view *view);

/* Sort by the column @step further on, which may be -1. */
void sekisho_top_view_sort(struct sekisho_top_view *view, int step);

/* The rows that are there, or the room for them, may have become fewer. */
void sekisho_top_view_clamp(struct sekisho_top_view *view);

#endif
