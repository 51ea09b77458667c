/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of what grows while a policy is made: an array that may move, and a store whose pieces
 * stay where they are. Knows nothing of what is put there. Process context; sleeps.
 */
#ifndef SEKISHO_KMOD_ROWS_H
#define SEKISHO_KMOD_ROWS_H

#include <linux/types.h>

/* An array. @items moves when it grows: keep numbers, not pointers. */
struct sekisho_rows {
	void *items;
	u32 count;
	u32 room;
	u32 size; /* of one item */
};

#define SEKISHO_ROWS(type)            \
	((struct sekisho_rows){       \
		.size = sizeof(type), \
	})

/* Room for @count more, so that adding these neither fails nor moves the array. 0 or -ENOMEM. */
int sekisho_rows_reserve(struct sekisho_rows *rows, u32 count);

/* Add @count zeroed items; the first of them, or NULL without memory. */
void *sekisho_rows_add(struct sekisho_rows *rows, u32 count);

/* Give back what is not used, as far as there is memory to move to. */
void sekisho_rows_trim(struct sekisho_rows *rows);

size_t sekisho_rows_bytes(const struct sekisho_rows *rows);
void sekisho_rows_free(struct sekisho_rows *rows);

/* Between the many steps of long work: lets others run at times. 0, or -EINTR: give it up. */
int sekisho_rows_give_way(u32 step);

/* A store: pieces are taken one by one and freed all at once. Zeroed is an empty one. */
struct sekisho_store {
	struct sekisho_store_part *latest;
	size_t bytes; /* of all parts */
};

/**
 * sekisho_store_copy - take a piece and fill it
 * @store: the store
 * @source: what to copy there
 * @count: items; at least one
 * @size: of one
 * @copy: set to the piece, aligned for 64 bits
 *
 * Return: 0, or -ENOMEM; then @copy is as it was.
 */
int sekisho_store_copy(struct sekisho_store *store, const void *source, size_t count, size_t size,
		       void **copy);
void sekisho_store_free(struct sekisho_store *store);

#endif
