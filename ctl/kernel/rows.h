/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays that grow while a table is compiled. Must not know what their rows mean.
 */
#ifndef SEKISHO_KERNEL_ROWS_H
#define SEKISHO_KERNEL_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* @size is a row's; the rest starts as 0. A count may be lowered by its owner at any time. */
struct sekisho_rows {
	void *items;
	size_t size;
	uint32_t count;
	uint32_t room;
};

#define SEKISHO_ROWS(type)           \
	(struct sekisho_rows)        \
	{                            \
		.size = sizeof(type) \
	}

/**
 * sekisho_rows_add - make an array longer
 * @rows: the array; its rows may move
 * @count: by how many rows
 *
 * Return: the new rows, not initialised, or NULL without memory.
 */
void *sekisho_rows_add(struct sekisho_rows *rows, uint32_t count);

/**
 * sekisho_rows_take - end an array's growth
 * @rows: the array; empty afterwards
 * @count: set to its length
 *
 * Return: its rows (never NULL, even for none), to be freed with free(), or NULL without memory.
 */
void *sekisho_rows_take(struct sekisho_rows *rows, uint32_t *count);

void sekisho_rows_free(struct sekisho_rows *rows);

#endif
