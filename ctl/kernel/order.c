/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A radix sort, byte by byte from the lowest, that skips bytes in which all keys agree: addresses
 * of a site differ in a few. Must not know what is sorted.
 */
#include "order.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory/huge.h"

/* Below this, counting 256 buckets a byte costs more than comparing. */
#define FEW 48

#define KEY_BYTES 16

static bool is_sorted(const struct sekisho_order *items, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (sekisho_order_after(&items[i - 1], &items[i]))
			return false;
	return true;
}

static void sort_few(struct sekisho_order *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct sekisho_order item = items[i];
		size_t at = i;

		for (; at && sekisho_order_after(&items[at - 1], &item); at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

static inline unsigned int digit(const struct sekisho_order *item, unsigned int byte)
{
	return (byte < 8 ? item->low >> (8 * byte) : item->high >> (8 * (byte - 8))) & 0xff;
}

/* Where in the sorted array the items with each value of a byte begin. */
struct starts {
	size_t at[256];
};

static void find_starts(const struct sekisho_order *items, size_t count, const unsigned int *bytes,
			unsigned int byte_count, struct starts *starts)
{
	for (size_t i = 0; i < count; i++)
		for (unsigned int j = 0; j < byte_count; j++)
			starts[j].at[digit(&items[i], bytes[j])]++;
	for (unsigned int j = 0; j < byte_count; j++) {
		size_t sum = 0;

		for (unsigned int i = 0; i < 256; i++) {
			size_t here = starts[j].at[i];

			starts[j].at[i] = sum;
			sum += here;
		}
	}
}

/* The bytes in which the keys differ, lowest first. */
static unsigned int find_bytes(const struct sekisho_order *items, size_t count, unsigned int *bytes)
{
	struct sekisho_order differ = { 0 };
	unsigned int found = 0;

	for (size_t i = 1; i < count; i++) {
		differ.high |= items[i].high ^ items[0].high;
		differ.low |= items[i].low ^ items[0].low;
	}
	for (unsigned int byte = 0; byte < KEY_BYTES; byte++)
		if (digit(&differ, byte))
			bytes[found++] = byte;
	return found;
}

static void sort_many(struct sekisho_order *items, struct sekisho_order *scratch, size_t count)
{
	struct sekisho_order *from = items, *to = scratch;
	struct starts starts[KEY_BYTES] = { 0 };
	unsigned int bytes[KEY_BYTES];
	unsigned int byte_count = find_bytes(items, count, bytes);

	find_starts(items, count, bytes, byte_count, starts);
	for (unsigned int j = 0; j < byte_count; j++) {
		struct sekisho_order *sorted = to;

		for (size_t i = 0; i < count; i++)
			to[starts[j].at[digit(&from[i], bytes[j])]++] = from[i];
		to = from;
		from = sorted;
	}
	if (from != items)
		memcpy(items, from, count * sizeof(*items));
}

int sekisho_order_sort(struct sekisho_order *items, size_t count)
{
	struct sekisho_order *scratch;

	if (is_sorted(items, count))
		return 0;
	if (count <= FEW) {
		sort_few(items, count);
		return 0;
	}
	scratch = sekisho_huge(malloc(count * sizeof(*scratch)), count * sizeof(*scratch));
	if (!scratch)
		return -ENOMEM;
	sort_many(items, scratch, count);
	free(scratch);
	return 0;
}
