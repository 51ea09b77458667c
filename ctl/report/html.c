// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes HTML element by element. Knows nothing of what is written.
 */
#include "report/html.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/utf8.h"

/* Within these a line break would be seen as a space. */
static const char *const inline_elements[] = { "a", "b", "code", "span", "strong" };

static void break_line(struct sekisho_html *html, const char *element)
{
	for (size_t i = 0; i < sizeof(inline_elements) / sizeof(inline_elements[0]); i++)
		if (!strcmp(inline_elements[i], element))
			return;
	putc('\n', html->stream);
}

static const char *entity(uint32_t character)
{
	switch (character) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void put_escaped(FILE *stream, const char *text)
{
	size_t length = strlen(text);

	for (size_t at = 0; at < length;) {
		uint32_t character = 0;
		size_t bytes = sekisho_utf8_next(text + at, length - at, &character);

		if (!bytes) {
			fputs("\xef\xbf\xbd", stream);
			at++;
			continue;
		}
		if (entity(character))
			fputs(entity(character), stream);
		else if (sekisho_utf8_control(character) && character != '\n' && character != '\t')
			fprintf(stream, "[U+%04X]", character);
		else
			fwrite(text + at, bytes, 1, stream);
		at += bytes;
	}
}

static void put_attributes(FILE *stream, va_list attributes)
{
	const char *name, *value;

	while ((name = va_arg(attributes, const char *))) {
		value = va_arg(attributes, const char *);
		if (!value)
			continue;
		fprintf(stream, " %s=\"", name);
		put_escaped(stream, value);
		putc('"', stream);
	}
}

static void push(struct sekisho_html *html, const char *element, va_list attributes)
{
	assert(html->depth < SEKISHO_HTML_DEPTH);
	html->open[html->depth++] = element;
	fprintf(html->stream, "<%s", element);
	put_attributes(html->stream, attributes);
	putc('>', html->stream);
}

void sekisho_html_begin(struct sekisho_html *html, const char *element, ...)
{
	va_list attributes;

	va_start(attributes, element);
	push(html, element, attributes);
	va_end(attributes);
}

void sekisho_html_empty(struct sekisho_html *html, const char *element, ...)
{
	va_list attributes;

	fprintf(html->stream, "<%s", element);
	va_start(attributes, element);
	put_attributes(html->stream, attributes);
	va_end(attributes);
	fputs("/>", html->stream);
	break_line(html, element);
}

void sekisho_html_end(struct sekisho_html *html)
{
	const char *element;

	assert(html->depth);
	element = html->open[--html->depth];
	fprintf(html->stream, "</%s>", element);
	break_line(html, element);
}

void sekisho_html_text(struct sekisho_html *html, const char *text)
{
	put_escaped(html->stream, text);
}

void sekisho_html_say(struct sekisho_html *html, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	put_escaped(html->stream, text);
	free(text);
}

void sekisho_html_element(struct sekisho_html *html, const char *element, const char *text, ...)
{
	va_list attributes;

	va_start(attributes, text);
	push(html, element, attributes);
	va_end(attributes);
	put_escaped(html->stream, text);
	sekisho_html_end(html);
}
