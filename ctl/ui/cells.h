/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How wide a text is on a terminal, where full-width characters take two cells, and texts made to
 * fit. What cannot be shown safely becomes U+FFFD. Pure; wants a locale of UTF-8, as language.h
 * sets it. Knows nothing of what is said.
 */
#ifndef SEKISHO_UI_CELLS_H
#define SEKISHO_UI_CELLS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * sekisho_cells - the width of a text
 * @text: UTF-8 or not
 *
 * Return: terminal cells.
 */
size_t sekisho_cells(const char *text);

/**
 * sekisho_cells_fit - a text in exactly so many cells
 * @buffer: receives it
 * @size: of @buffer; 4 * @cells + 4 is enough, combining characters apart
 * @text: UTF-8 or not
 * @cells: width
 * @right: blanks go to its left
 * @mark: one cell that stands for what was cut off
 */
void sekisho_cells_fit(char *buffer, size_t size, const char *text, size_t cells, bool right,
		       const char *mark);

#endif
