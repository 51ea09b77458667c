// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts by key in bounded memory. Knows nothing of what is counted.
 */
#include "ranking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Whoever sends packets chooses keys: with a seed of its own nobody can make them meet. */
static uint64_t hash_of(const struct sekisho_ranking *ranking, const unsigned char *key,
			size_t length)
{
	uint64_t hash = ranking->seed;

	for (size_t i = 0; i < length; i++) {
		hash = (hash ^ key[i]) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 29;
	}
	return hash;
}

/* The slot of a key, or the free one where it belongs. */
static size_t *slot_of(const struct sekisho_ranking *ranking, uint64_t hash, const void *key,
		       size_t length)
{
	size_t mask = ranking->slot_count - 1;

	for (size_t at = hash & mask;; at = (at + 1) & mask) {
		size_t place = ranking->slots[at];
		const struct sekisho_ranked *item = &ranking->items[place - 1];

		if (!place || (item->hash == hash && item->length == length &&
			       !memcmp(item->key, key, length)))
			return &ranking->slots[at];
	}
}

static void place_all(struct sekisho_ranking *ranking)
{
	memset(ranking->slots, 0, ranking->slot_count * sizeof(*ranking->slots));
	for (size_t i = 0; i < ranking->count; i++) {
		const struct sekisho_ranked *item = &ranking->items[i];

		*slot_of(ranking, item->hash, item->key, item->length) = i + 1;
	}
}

/* Room for one more, with at least half of the slots free. */
static int grow(struct sekisho_ranking *ranking)
{
	size_t room = ranking->slot_count ? ranking->slot_count : 64;
	struct sekisho_ranked *items;
	size_t *slots;

	if (2 * (ranking->count + 1) <= ranking->slot_count)
		return 0;
	if (!ranking->slot_count &&
	    getrandom(&ranking->seed, sizeof(ranking->seed), 0) != sizeof(ranking->seed))
		return -ENOMEM;
	items = reallocarray(ranking->items, room, sizeof(*items));
	if (!items)
		return -ENOMEM;
	ranking->items = items;
	slots = calloc(2 * room, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(ranking->slots);
	ranking->slots = slots;
	ranking->slot_count = 2 * room;
	place_all(ranking);
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct sekisho_ranked *a = left, *b = right;
	size_t shorter = a->length < b->length ? a->length : b->length;
	int order;

	if (a->sum != b->sum)
		return a->sum < b->sum ? 1 : -1;
	order = memcmp(a->key, b->key, shorter);
	return order ? order : (a->length > b->length) - (a->length < b->length);
}

static void add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

static void fold(struct sekisho_ranking *ranking)
{
	size_t kept = ranking->most / 2;

	qsort(ranking->items, ranking->count, sizeof(*ranking->items), compare);
	for (size_t i = kept; i < ranking->count; i++) {
		add(&ranking->others.records, ranking->items[i].records);
		add(&ranking->others.sum, ranking->items[i].sum);
		free(ranking->items[i].key);
	}
	ranking->count = kept;
	place_all(ranking);
}

/* Puts a new key into its slot. */
static int insert(struct sekisho_ranking *ranking, uint64_t hash, const void *key, size_t length)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, key, length);
	copy[length] = '\0';
	if (ranking->count == ranking->most)
		fold(ranking);
	*slot_of(ranking, hash, key, length) = ranking->count + 1;
	ranking->items[ranking->count++] =
		(struct sekisho_ranked){ .key = copy, .length = length, .hash = hash };
	return 0;
}

int sekisho_ranking_add(struct sekisho_ranking *ranking, const void *key, size_t length,
			uint64_t sum)
{
	struct sekisho_ranked *item;
	uint64_t hash;
	int error = grow(ranking);

	if (error)
		return error;
	hash = hash_of(ranking, key, length);
	if (!*slot_of(ranking, hash, key, length)) {
		error = insert(ranking, hash, key, length);
		if (error)
			return error;
	}
	item = &ranking->items[*slot_of(ranking, hash, key, length) - 1];
	item->records++;
	add(&item->sum, sum);
	return 0;
}

const struct sekisho_ranked *sekisho_ranking_find(const struct sekisho_ranking *ranking,
						  const void *key, size_t length)
{
	size_t place;

	if (!ranking->slot_count)
		return NULL;
	place = *slot_of(ranking, hash_of(ranking, key, length), key, length);
	return place ? &ranking->items[place - 1] : NULL;
}

void sekisho_ranking_sort(struct sekisho_ranking *ranking)
{
	if (ranking->count)
		qsort(ranking->items, ranking->count, sizeof(*ranking->items), compare);
}

void sekisho_ranking_free(struct sekisho_ranking *ranking)
{
	for (size_t i = 0; i < ranking->count; i++)
		free(ranking->items[i].key);
	free(ranking->items);
	free(ranking->slots);
	ranking->items = NULL;
	ranking->slots = NULL;
	ranking->count = ranking->slot_count = 0;
}
