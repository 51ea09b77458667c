// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of what grows while a policy is made: an array that may move, and a store whose pieces
 * stay where they are. Knows nothing of what is put there.
 */
#include "rows.h"

#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#define ROWS_FIRST_ROOM 8
#define STEPS		1024

/* Parts double up to this, so that a small policy takes little and a large one few. */
#define STORE_PART_FIRST (4096 - 64)
#define STORE_PART_MOST	 (1 << 20)

struct sekisho_store_part {
	struct sekisho_store_part *before;
	size_t room;
	size_t used;
	u64 memory[];
};

/* The kernel allocates nothing beyond INT_MAX bytes, and says so loudly. */
static void *allocate(size_t count, size_t size)
{
	size_t bytes;

	if (check_mul_overflow(count, size, &bytes) || bytes > INT_MAX)
		return NULL;
	return kvzalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
}

static int resize(struct sekisho_rows *rows, u32 room)
{
	void *items = allocate(room, rows->size);

	if (!items)
		return -ENOMEM;
	if (rows->count)
		memcpy(items, rows->items, (size_t)rows->count * rows->size);
	kvfree(rows->items);
	rows->items = items;
	rows->room = room;
	return 0;
}

int sekisho_rows_reserve(struct sekisho_rows *rows, u32 count)
{
	u32 room = rows->room > ROWS_FIRST_ROOM / 2 ? rows->room : ROWS_FIRST_ROOM / 2;

	if (count <= rows->room - rows->count)
		return 0;
	if (count > U32_MAX / 4 || room > U32_MAX / 4)
		return -ENOMEM;
	while (room - rows->count < count)
		room *= 2;
	return resize(rows, room);
}

void *sekisho_rows_add(struct sekisho_rows *rows, u32 count)
{
	void *first;

	if (sekisho_rows_reserve(rows, count))
		return NULL;
	first = (char *)rows->items + (size_t)rows->count * rows->size;
	/* An array that was emptied for another use is not all zero any more. */
	memset(first, 0, (size_t)count * rows->size);
	rows->count += count;
	return first;
}

void sekisho_rows_trim(struct sekisho_rows *rows)
{
	if (!rows->count)
		sekisho_rows_free(rows);
	else if (rows->room - rows->count > rows->room / 16)
		(void)resize(rows, rows->count);
}

size_t sekisho_rows_bytes(const struct sekisho_rows *rows)
{
	return (size_t)rows->room * rows->size;
}

void sekisho_rows_free(struct sekisho_rows *rows)
{
	kvfree(rows->items);
	rows->items = NULL;
	rows->count = 0;
	rows->room = 0;
}

int sekisho_rows_give_way(u32 step)
{
	if (step % STEPS)
		return 0;
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

static int add_part(struct sekisho_store *store, size_t bytes)
{
	struct sekisho_store_part *part;
	size_t room = STORE_PART_FIRST;

	if (store->latest)
		room = min_t(size_t, 2 * store->latest->room, STORE_PART_MOST);
	room = max(room, bytes);
	part = allocate(1, sizeof(*part) + room);
	if (!part)
		return -ENOMEM;
	part->before = store->latest;
	part->room = room;
	store->latest = part;
	store->bytes += sizeof(*part) + room;
	return 0;
}

int sekisho_store_copy(struct sekisho_store *store, const void *source, size_t count, size_t size,
		       void **copy)
{
	struct sekisho_store_part *part;
	size_t bytes;

	if (check_mul_overflow(count, size, &bytes) || bytes > INT_MAX / 2)
		return -ENOMEM;
	bytes = ALIGN(bytes, sizeof(u64));
	part = store->latest;
	if (!part || part->room - part->used < bytes) {
		if (add_part(store, bytes))
			return -ENOMEM;
		part = store->latest;
	}
	*copy = (char *)part->memory + part->used;
	part->used += bytes;
	memcpy(*copy, source, count * size);
	return 0;
}

void sekisho_store_free(struct sekisho_store *store)
{
	struct sekisho_store_part *part = store->latest, *before;

	for (; part; part = before) {
		before = part->before;
		kvfree(part);
	}
	store->latest = NULL;
	store->bytes = 0;
}
