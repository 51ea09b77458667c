/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places things in buckets, two to choose from for each. Must not know what they are.
 */
#ifndef SEKISHO_KERNEL_BUCKETS_H
#define SEKISHO_KERNEL_BUCKETS_H

#include <stdint.h>

#define SEKISHO_BUCKETS_FREE UINT32_MAX

/**
 * struct sekisho_buckets_things - what is to be placed
 * @things: handed to @hash
 * @hash: the hash of one of them under a seed
 * @count: how many, all different
 * @ways: how many a bucket takes
 */
struct sekisho_buckets_things {
	const void *things;
	uint32_t (*hash)(const void *things, uint32_t number, uint32_t seed);
	uint32_t count;
	uint32_t ways;
};

/* Placed things: @places has the number of one, or SEKISHO_BUCKETS_FREE, for each way in turn. */
struct sekisho_buckets {
	uint32_t *places;
	uint32_t count;
	uint32_t seed;
};

/**
 * sekisho_buckets_place - place things so that each lies in one of its two buckets
 * @things: the things
 * @buckets: set to the buckets, whose places the caller frees; untouched on failure
 *
 * A thing lies in its second bucket only if its first one is full: who finds a free way in the
 * first bucket need not look at the second. Ways are taken in order.
 *
 * Return: 0, -ENOMEM or -E2BIG (keys that no seed tells apart, not to be expected).
 */
int sekisho_buckets_place(const struct sekisho_buckets_things *things,
			  struct sekisho_buckets *buckets);

#endif
