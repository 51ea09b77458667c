// SPDX-License-Identifier: GPL-2.0-only
/*
 * How wide a text is on a terminal, and texts made to fit. Knows nothing of what is said.
 */
#include "ui/cells.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "policy/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* One character: its bytes, what is shown of it, and the cells that takes. */
struct character {
	size_t bytes;
	const char *shown;
	size_t shown_bytes;
	size_t cells;
};

static struct character next(const char *text, size_t length)
{
	uint32_t code = 0;
	size_t bytes = sekisho_utf8_next(text, length, &code);
	int width = bytes ? wcwidth((wchar_t)code) : -1;

	if (!bytes || width < 0 || sekisho_utf8_control(code))
		return (struct character){ bytes ? bytes : 1, REPLACEMENT, 3, 1 };
	return (struct character){ bytes, text, bytes, (size_t)width };
}

size_t sekisho_cells(const char *text)
{
	size_t length = strlen(text), used = 0;

	for (size_t at = 0; at < length;) {
		struct character one = next(text + at, length - at);

		used += one.cells;
		at += one.bytes;
	}
	return used;
}

/* As much of @text as fits into @cells; returns the cells left over. */
static size_t copy(char **to, const char *end, const char *text, size_t cells)
{
	size_t length = strlen(text);

	for (size_t at = 0; at < length;) {
		struct character one = next(text + at, length - at);

		if (one.cells > cells || one.shown_bytes >= (size_t)(end - *to))
			break;
		memcpy(*to, one.shown, one.shown_bytes);
		*to += one.shown_bytes;
		cells -= one.cells;
		at += one.bytes;
	}
	**to = '\0';
	return cells;
}

static size_t blanks(char **to, const char *end, size_t count)
{
	for (; count && *to + 1 < end; count--)
		*(*to)++ = ' ';
	**to = '\0';
	return count;
}

void sekisho_cells_fit(char *buffer, size_t size, const char *text, size_t cells, bool right,
		       const char *mark)
{
	size_t width = sekisho_cells(text), left;
	const char *end = buffer + size;

	*buffer = '\0';
	if (width <= cells) {
		if (right)
			blanks(&buffer, end, cells - width);
		copy(&buffer, end, text, width);
		if (!right)
			blanks(&buffer, end, cells - width);
		return;
	}
	if (!cells)
		return;
	left = copy(&buffer, end, text, cells - 1);
	copy(&buffer, end, mark, 1);
	/* A full-width character may have left one cell. */
	blanks(&buffer, end, left);
}
