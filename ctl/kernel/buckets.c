/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places rules in their buckets: cuckoo hashing with two buckets a rule and bounded moves.
 * Must not know what a rule permits.
 */
#include "buckets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* Doubling at this load leaves it between 30 and 60: most misses then read one bucket only. */
#define MOST_LOAD_PERCENT 60
#define SEEDS		  8 /* tried before the buckets are doubled */
#define DOUBLINGS	  3
#define MOVES		  512
#define AHEAD		  8 /* rules whose bucket is fetched before it is needed */

static const struct sekisho_rule_row empty = { .protocol = SEKISHO_RULE_EMPTY };

static uint32_t hash_rule(const struct sekisho_rule_row *rule, uint32_t seed)
{
	return sekisho_rule_hash(rule->from_object, rule->to_object,
				 (uint32_t)rule->from_segment << 16 | rule->to_segment,
				 rule->protocol, seed);
}

static bool put(struct sekisho_rule_bucket *bucket, const struct sekisho_rule_row *rule)
{
	for (int i = 0; i < SEKISHO_RULE_WAYS; i++) {
		if (bucket->way[i].protocol == SEKISHO_RULE_EMPTY) {
			bucket->way[i] = *rule;
			return true;
		}
	}
	return false;
}

/* A full bucket stays full: a rule that has to go makes room for another one. */
static bool insert(struct sekisho_buckets *buckets, uint32_t hash,
		   const struct sekisho_rule_row *rule)
{
	uint32_t mask = buckets->count - 1;
	uint32_t at = hash & mask;
	struct sekisho_rule_row homeless = *rule;

	if (put(&buckets->items[at], rule) ||
	    put(&buckets->items[sekisho_rule_hash_second(hash) & mask], rule))
		return true;
	for (uint32_t move = 0; move < MOVES; move++) {
		/* Any choice does that does not go round in circles. */
		struct sekisho_rule_row *way =
			&buckets->items[at].way[(move ^ hash >> (move % 32)) % SEKISHO_RULE_WAYS];
		struct sekisho_rule_row evicted = *way;
		uint32_t first, second;

		*way = homeless;
		homeless = evicted;
		first = hash_rule(&homeless, buckets->seed);
		second = sekisho_rule_hash_second(first) & mask;
		first &= mask;
		at = at == first ? second : first;
		if (put(&buckets->items[at], &homeless))
			return true;
	}
	return false;
}

static bool insert_all(struct sekisho_buckets *buckets, const struct sekisho_rule_row *rules,
		       uint32_t count)
{
	uint32_t mask = buckets->count - 1;
	uint32_t coming[AHEAD] = { 0 };

	for (uint32_t i = 0; i < buckets->count; i++)
		for (int j = 0; j < SEKISHO_RULE_WAYS; j++)
			buckets->items[i].way[j] = empty;
	for (uint32_t i = 0; i < count + AHEAD; i++) {
		uint32_t hash = coming[i % AHEAD];

		if (i < count) {
			coming[i % AHEAD] = hash_rule(&rules[i], buckets->seed);
			__builtin_prefetch(&buckets->items[coming[i % AHEAD] & mask], 1);
		}
		if (i >= AHEAD && !insert(buckets, hash, &rules[i - AHEAD]))
			return false;
	}
	return true;
}

int sekisho_buckets_place(const struct sekisho_rule_row *rules, uint32_t count,
			  struct sekisho_buckets *buckets)
{
	uint64_t least = (uint64_t)count * 100 / (MOST_LOAD_PERCENT * SEKISHO_RULE_WAYS) + 1;
	struct sekisho_buckets placed = { .count = 1 };

	while (placed.count < least)
		placed.count *= 2;
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
