/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays that grow while a table is compiled. Must not know what their rows mean.
 */
#include "rows.h"

#include <stdlib.h>

#include "memory/huge.h"

#define FIRST_ROOM 16

void *sekisho_rows_add(struct sekisho_rows *rows, uint32_t count)
{
	uint64_t needed = (uint64_t)rows->count + count;
	char *first;

	if (needed > rows->room || !rows->items) {
		uint64_t room = rows->room ? rows->room : FIRST_ROOM;
		void *items;

		while (room < needed)
			room *= 2;
		if (room > UINT32_MAX)
			return NULL;
		items = reallocarray(rows->items, room, rows->size);
		if (!items)
			return NULL;
		rows->items = sekisho_huge(items, room * rows->size);
		rows->room = (uint32_t)room;
	}
	first = (char *)rows->items + (size_t)rows->count * rows->size;
	rows->count += count;
	return first;
}

void *sekisho_rows_take(struct sekisho_rows *rows, uint32_t *count)
{
	void *items = reallocarray(rows->items, rows->count ? rows->count : 1, rows->size);

	if (!items)
		return NULL;
	*count = rows->count;
	*rows = (struct sekisho_rows){ .size = rows->size };
	return items;
}

void sekisho_rows_free(struct sekisho_rows *rows)
{
	free(rows->items);
	*rows = (struct sekisho_rows){ .size = rows->size };
}
