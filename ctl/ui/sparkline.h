/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A row of numbers as a small picture of one line. Pure. Knows nothing of what the numbers count.
 */
#ifndef SEKISHO_UI_SPARKLINE_H
#define SEKISHO_UI_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a picture of @cells cells. */
#define SEKISHO_SPARKLINE_BYTES(cells) ((cells) * 3 + 1)

/**
 * sekisho_sparkline - draw numbers, the largest of them in full height
 * @text: receives it, @cells cells wide; SEKISHO_SPARKLINE_BYTES(@cells)
 * @values: oldest first
 * @count: how many; where there are more than cells, a cell shows the largest of its share
 * @cells: width; values that are fewer stand at its right end
 * @unicode: with blocks; else with ASCII
 *
 * Zero is a blank, and only zero is.
 */
void sekisho_sparkline(char *text, const uint64_t *values, size_t count, size_t cells,
		       bool unicode);

#endif
