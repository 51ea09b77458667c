// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places things in buckets: cuckoo hashing with two buckets a thing and bounded moves.
 * Must not know what they are.
 */
#include "buckets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/tables.h"

/* At this load three misses in four read one bucket of four ways only; a rule takes 27 bytes. */
#define LOAD_PERCENT 60
#define SEEDS	     8 /* tried before the buckets are doubled */
#define DOUBLINGS    3
#define MOVES	     512
#define AHEAD	     8 /* things whose bucket is fetched before it is needed */

struct placing {
	struct sekisho_buckets to;
	const uint32_t *hashes; /* of each thing, under this seed */
	uint32_t ways;
};

static bool put(const struct placing *placing, uint32_t bucket, uint32_t thing)
{
	uint32_t *places = &placing->to.places[(size_t)bucket * placing->ways];

	for (uint32_t i = 0; i < placing->ways; i++) {
		if (places[i] == SEKISHO_BUCKETS_FREE) {
			places[i] = thing;
			return true;
		}
	}
	return false;
}

static uint32_t first_bucket(const struct placing *placing, uint32_t hash)
{
	return sekisho_bucket_of(hash, placing->to.count);
}

static uint32_t second_bucket(const struct placing *placing, uint32_t hash)
{
	return sekisho_bucket_of(sekisho_bucket_hash_second(hash), placing->to.count);
}

/* A full bucket stays full: a thing that has to go makes room for another one. */
static bool insert(const struct placing *placing, uint32_t thing)
{
	uint32_t hash = placing->hashes[thing];
	uint32_t at = first_bucket(placing, hash);

	if (put(placing, at, thing) || put(placing, second_bucket(placing, hash), thing))
		return true;
	for (uint32_t move = 0; move < MOVES; move++) {
		/* Any choice does that does not go round in circles. */
		uint32_t way = (move ^ hash >> (move % 31)) % placing->ways;
		uint32_t *place = &placing->to.places[(size_t)at * placing->ways + way];
		uint32_t evicted = *place, first;

		*place = thing;
		thing = evicted;
		first = first_bucket(placing, placing->hashes[thing]);
		at = at == first ? second_bucket(placing, placing->hashes[thing]) : first;
		if (put(placing, at, thing))
			return true;
	}
	return false;
}

static bool insert_all(const struct placing *placing, uint32_t count)
{
	memset(placing->to.places, 0xff,
	       (size_t)placing->to.count * placing->ways * sizeof(*placing->to.places));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t coming = i + AHEAD < count ? i + AHEAD : i;
		uint32_t bucket = first_bucket(placing, placing->hashes[coming]);

		__builtin_prefetch(&placing->to.places[(size_t)bucket * placing->ways], 1);
		if (!insert(placing, i))
			return false;
	}
	return true;
}

static bool try_seeds(const struct sekisho_buckets_things *things, struct placing *placing,
		      uint32_t *hashes)
{
	placing->hashes = hashes;
	for (uint32_t i = 0; i < SEEDS; i++) {
		placing->to.seed = i * 0x9e3779b9u;
		for (uint32_t j = 0; j < things->count; j++)
			hashes[j] = things->hash(things->things, j, placing->to.seed);
		if (insert_all(placing, things->count))
			return true;
	}
	return false;
}

int sekisho_buckets_place(const struct sekisho_buckets_things *things,
			  struct sekisho_buckets *buckets)
{
	uint64_t ways_needed = (uint64_t)things->count * 100 / LOAD_PERCENT;
	struct placing placing = {
		.to.count = (uint32_t)(ways_needed / things->ways + 1),
		.ways = things->ways,
	};
	uint32_t *hashes = reallocarray(NULL, things->count + 1ul, sizeof(*hashes));
	int error = hashes ? -E2BIG : -ENOMEM;

	for (int i = 0; i <= DOUBLINGS && error == -E2BIG; i++, placing.to.count *= 2) {
		placing.to.places = reallocarray(NULL, (size_t)placing.to.count * placing.ways,
						 sizeof(*placing.to.places));
		if (!placing.to.places) {
			error = -ENOMEM;
		} else if (try_seeds(things, &placing, hashes)) {
			*buckets = placing.to;
			error = 0;
		} else {
			free(placing.to.places);
		}
	}
	free(hashes);
	return error;
}
