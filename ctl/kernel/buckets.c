/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places rules in their buckets: cuckoo hashing with two buckets a rule and bounded moves.
 * Must not know what a rule permits.
 */
#include "buckets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* At this load three misses in four read one bucket only, and a rule takes 27 bytes. */
#define LOAD_PERCENT 60
#define SEEDS	     8 /* tried before the buckets are doubled */
#define DOUBLINGS    3
#define MOVES	     512
#define AHEAD	     8 /* rules whose bucket is fetched before it is needed */

static bool put(struct sekisho_rule_bucket *bucket, const struct sekisho_rule_row *rule)
{
	for (int i = 0; i < SEKISHO_RULE_WAYS; i++) {
		if (bucket->way[i].key == SEKISHO_RULE_EMPTY) {
			bucket->way[i] = *rule;
			return true;
		}
	}
	return false;
}

static uint32_t first_bucket(const struct sekisho_buckets *buckets, uint32_t hash)
{
	return sekisho_rule_bucket_of(hash, buckets->count);
}

static uint32_t second_bucket(const struct sekisho_buckets *buckets, uint32_t hash)
{
	return sekisho_rule_bucket_of(sekisho_rule_hash_second(hash), buckets->count);
}

/* A full bucket stays full: a rule that has to go makes room for another one. */
static bool insert(struct sekisho_buckets *buckets, uint32_t hash,
		   const struct sekisho_rule_row *rule)
{
	uint32_t at = first_bucket(buckets, hash);
	struct sekisho_rule_row homeless = *rule;

	if (put(&buckets->items[at], rule) ||
	    put(&buckets->items[second_bucket(buckets, hash)], rule))
		return true;
	for (uint32_t move = 0; move < MOVES; move++) {
		/* Any choice does that does not go round in circles. */
		struct sekisho_rule_row *way =
			&buckets->items[at].way[(move ^ hash >> (move % 31)) % SEKISHO_RULE_WAYS];
		struct sekisho_rule_row evicted = *way;
		uint32_t evicted_hash, first;

		*way = homeless;
		homeless = evicted;
		evicted_hash = sekisho_rule_hash(homeless.key, buckets->seed);
		first = first_bucket(buckets, evicted_hash);
		at = at == first ? second_bucket(buckets, evicted_hash) : first;
		if (put(&buckets->items[at], &homeless))
			return true;
	}
	return false;
}

static bool insert_all(struct sekisho_buckets *buckets, const struct sekisho_rule_row *rules,
		       uint32_t count)
{
	static const struct sekisho_rule_row empty = { .key = SEKISHO_RULE_EMPTY };
	uint32_t coming[AHEAD] = { 0 };

	for (uint32_t i = 0; i < buckets->count; i++)
		for (int j = 0; j < SEKISHO_RULE_WAYS; j++)
			buckets->items[i].way[j] = empty;
	for (uint32_t i = 0; i < count + AHEAD; i++) {
		uint32_t hash = coming[i % AHEAD];

		if (i < count) {
			coming[i % AHEAD] = sekisho_rule_hash(rules[i].key, buckets->seed);
			__builtin_prefetch(
				&buckets->items[first_bucket(buckets, coming[i % AHEAD])], 1);
		}
		if (i >= AHEAD && !insert(buckets, hash, &rules[i - AHEAD]))
			return false;
	}
	return true;
}

int sekisho_buckets_place(const struct sekisho_rule_row *rules, uint32_t count,
			  struct sekisho_buckets *buckets)
{
	struct sekisho_buckets placed = {
		.count = (uint32_t)((uint64_t)count * 100 / (LOAD_PERCENT * SEKISHO_RULE_WAYS) + 1),
	};

	for (int doubling = 0; doubling <= DOUBLINGS; doubling++, placed.count *= 2) {
		placed.items = reallocarray(NULL, placed.count, sizeof(*placed.items));
		if (!placed.items)
			return -ENOMEM;
		for (uint32_t i = 0; i < SEEDS; i++) {
			placed.seed = i * 0x9e3779b9u;
			if (insert_all(&placed, rules, count)) {
				*buckets = placed;
				return 0;
			}
		}
		free(placed.items);
	}
	return -E2BIG;
}
