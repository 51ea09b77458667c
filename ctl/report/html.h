/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes HTML, and SVG within it, to a stream, element by element. Whatever is given as text or
 * value is written so that it stays one: nothing in it can become an element, steer a terminal or
 * reorder what is read. Knows nothing of what is written; errors are the stream's.
 */
#ifndef SEKISHO_REPORT_HTML_H
#define SEKISHO_REPORT_HTML_H

#include <stddef.h>
#include <stdio.h>

#define SEKISHO_HTML_DEPTH 32

struct sekisho_html {
	FILE *stream;
	size_t depth;
	const char *open[SEKISHO_HTML_DEPTH]; /* elements that are to be ended; borrowed */
};

/**
 * sekisho_html_begin - begin an element
 * @element: its name, as HTML has it; static
 *
 * Then names and values of its attributes, and NULL. An attribute whose value is NULL is left out.
 */
void sekisho_html_begin(struct sekisho_html *html, const char *element, ...)
	__attribute__((sentinel));

/* Likewise an element that has no content. */
void sekisho_html_empty(struct sekisho_html *html, const char *element, ...)
	__attribute__((sentinel));

/* Ends the element that was begun last. */
void sekisho_html_end(struct sekisho_html *html);

/**
 * sekisho_html_text - text within the element that is open
 * @text: UTF-8; what is none becomes U+FFFD. Control characters, and those that reorder or hide
 *	text, are shown as `[U+202E]`; tab and LF stay
 */
void sekisho_html_text(struct sekisho_html *html, const char *text);

/* Likewise, as printf() makes it. */
void sekisho_html_say(struct sekisho_html *html, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * sekisho_html_element - an element with text and nothing else
 * @text: as sekisho_html_text() takes it; attributes follow, and NULL
 */
void sekisho_html_element(struct sekisho_html *html, const char *element, const char *text, ...)
	__attribute__((sentinel));

#endif
