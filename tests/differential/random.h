/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers that only look random: the same seed gives the same run on every machine.
 */
#ifndef SEKISHO_DIFFERENTIAL_RANDOM_H
#define SEKISHO_DIFFERENTIAL_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_number(struct random *random)
{
	uint64_t mixed = random->state += 0x9e3779b97f4a7c15ull;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ull;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebull;
	return mixed ^ mixed >> 31;
}

/* 0..@bound - 1 */
static inline uint32_t random_below(struct random *random, size_t bound)
{
	return bound ? (uint32_t)(random_number(random) % bound) : 0;
}

/* @first..@last, both included */
static inline uint32_t random_between(struct random *random, uint32_t first, uint32_t last)
{
	return first + random_below(random, (size_t)last - first + 1);
}

static inline bool random_percent(struct random *random, unsigned int percent)
{
	return random_below(random, 100) < percent;
}

/* One of the elements of an array. */
#define random_pick(random, array) ((array)[random_below(random, sizeof(array) / sizeof(*(array)))])

#endif
