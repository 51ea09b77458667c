// SPDX-License-Identifier: GPL-2.0-only
/*
 * A row of numbers as a small picture of one line. Knows nothing of what the numbers count.
 */
#include "ui/sparkline.h"

#include <stdio.h>
#include <string.h>

static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
static const char *const characters[] = { ".", ":", "-", "=", "+", "*", "#" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The largest of a cell's share of the values. */
static uint64_t share(const uint64_t *values, size_t count, size_t cells, size_t cell)
{
	uint64_t largest = 0;

	for (size_t i = cell * count / cells; i < (cell + 1) * count / cells; i++)
		largest = values[i] > largest ? values[i] : largest;
	return largest;
}

/* 1 to @levels, for what is not zero. */
static size_t level(uint64_t value, uint64_t largest, size_t levels)
{
	/* The product must fit. */
	while (largest > UINT64_MAX / 16) {
		largest >>= 1;
		value >>= 1;
	}
	value = (value * levels + largest - 1) / largest;
	return value ? value : 1;
}

void sekisho_sparkline(char *text, const uint64_t *values, size_t count, size_t cells, bool unicode)
{
	const char *const *marks = unicode ? blocks : characters;
	size_t levels = unicode ? COUNT(blocks) : COUNT(characters);
	size_t drawn = count < cells ? count : cells;
	uint64_t largest = 0;

	for (size_t i = 0; i < count; i++)
		largest = values[i] > largest ? values[i] : largest;
	memset(text, ' ', cells - drawn);
	text += cells - drawn;
	for (size_t cell = 0; cell < drawn; cell++) {
		uint64_t value = share(values, count, drawn, cell);
		const char *mark = value ? marks[level(value, largest, levels) - 1] : " ";
		size_t bytes = strlen(mark);

		memcpy(text, mark, bytes);
		text += bytes;
	}
	*text = '\0';
}
