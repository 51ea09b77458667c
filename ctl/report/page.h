/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page that a report is: one file that loads nothing and runs nothing, reads well on a screen
 * and prints on A4 in black and white, with its label in the margin of every sheet. Knows nothing
 * of what is reported.
 */
#ifndef SEKISHO_REPORT_PAGE_H
#define SEKISHO_REPORT_PAGE_H

#include "report/html.h"

struct sekisho_page {
	const char *language; /* `ja` or `en` */
	const char *title;
	const char *label; /* how it is to be handled: on every sheet, and under every heading */
};

/* Begins the document, up to within its body. */
void sekisho_page_begin(struct sekisho_html *html, const struct sekisho_page *page);

/**
 * sekisho_page_section - begin a section, with its heading and the label
 * @id: unique
 * @heading: translated
 */
void sekisho_page_section(struct sekisho_html *html, const struct sekisho_page *page,
			  const char *id, const char *heading);

/* Ends what is open, and the document. */
void sekisho_page_end(struct sekisho_html *html);

#endif
