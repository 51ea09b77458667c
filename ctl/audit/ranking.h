/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts by key in bounded memory, for asking which keys count most. Where there are too many, the
 * smaller half is folded into others: never in silence, and what counts much stays. Knows nothing of
 * what is counted.
 */
#ifndef SEKISHO_AUDIT_RANKING_H
#define SEKISHO_AUDIT_RANKING_H

#include <stddef.h>
#include <stdint.h>

struct sekisho_ranked {
	char *key;
	size_t length;
	uint64_t hash;
	uint64_t records;
	uint64_t sum; /* or the most that fits */
};

struct sekisho_ranking {
	size_t most; /* keys that are kept; set by the caller, above 1 */
	size_t count;
	struct sekisho_ranked *items; /* in any order; by sum after sekisho_ranking_sort() */
	struct sekisho_ranked others; /* of keys that were folded; they may have come back */
	/* private */
	size_t *slots; /* of the hash table: 0, or an item's place and 1 */
	size_t slot_count;
	uint64_t seed;
};

/**
 * sekisho_ranking_add - count
 * @key: of @length bytes, any
 * @sum: what is counted
 * Return: 0 or -ENOMEM.
 */
int sekisho_ranking_add(struct sekisho_ranking *ranking, const void *key, size_t length,
			uint64_t sum);

/* The item of a key, or NULL. */
const struct sekisho_ranked *sekisho_ranking_find(const struct sekisho_ranking *ranking,
						  const void *key, size_t length);

/* The largest sum first, those alike by their keys. Nothing can be added or found any more. */
void sekisho_ranking_sort(struct sekisho_ranking *ranking);
void sekisho_ranking_free(struct sekisho_ranking *ranking);

#endif
