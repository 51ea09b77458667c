// SPDX-License-Identifier: GPL-2.0-only
/*
 * What counters were at the last look. Knows nothing of what is counted.
 */
#include "ui/monotone.h"

#include <stdbool.h>
#include <stdlib.h>

struct seen {
	uint64_t key; /* of the series */
	uint64_t value; /* as told */
	uint64_t fell_at; /* seconds + 1; 0: it did not */
};

struct list {
	struct seen *items;
	size_t count, room;
};

struct sekisho_monotone {
	struct list before, now; /* @before is sorted */
	uint64_t lineage;
	uint64_t seconds;
};

struct sekisho_monotone *sekisho_monotone_new(void)
{
	return calloc(1, sizeof(struct sekisho_monotone));
}

void sekisho_monotone_free(struct sekisho_monotone *monotone)
{
	if (!monotone)
		return;
	free(monotone->before.items);
	free(monotone->now.items);
	free(monotone);
}

static int compare_seen(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

void sekisho_monotone_look(struct sekisho_monotone *monotone, uint64_t lineage, uint64_t now)
{
	struct list old = monotone->before;

	monotone->before = monotone->now;
	monotone->now = old;
	monotone->now.count = 0;
	if (lineage != monotone->lineage)
		monotone->before.count = 0;
	if (monotone->before.count)
		qsort(monotone->before.items, monotone->before.count,
		      sizeof(*monotone->before.items), compare_seen);
	monotone->lineage = lineage;
	monotone->seconds = now;
}

/* FNV-1a. Two series with one key would only be held back a minute too long. */
static uint64_t key_of(const char *series, size_t length)
{
	uint64_t key = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < length; i++)
		key = (key ^ (unsigned char)series[i]) * 0x100000001b3ull;
	return key;
}

static void remember(struct list *list, const struct seen *seen)
{
	size_t room = list->room ? 2 * list->room : 1024;
	struct seen *items;

	if (list->count >= SEKISHO_MONOTONE_MAX)
		return;
	if (list->count == list->room) {
		items = realloc(list->items, room * sizeof(*items));
		if (!items)
			return;
		list->items = items;
		list->room = room;
	}
	list->items[list->count++] = *seen;
}

uint64_t sekisho_monotone_value(struct sekisho_monotone *monotone, const char *series,
				size_t length, uint64_t value)
{
	struct seen seen = { .key = key_of(series, length), .value = value };
	const struct list *before = &monotone->before;
	const struct seen *old = NULL;

	if (before->count)
		old = bsearch(&seen, before->items, before->count, sizeof(*before->items),
			      compare_seen);
	if (old && value < old->value) {
		uint64_t fell_at = old->fell_at ? old->fell_at : monotone->seconds + 1;

		if (monotone->seconds + 1 - fell_at < SEKISHO_MONOTONE_SECONDS) {
			seen.value = old->value;
			seen.fell_at = fell_at;
		}
	}
	remember(&monotone->now, &seen);
	return seen.value;
}
