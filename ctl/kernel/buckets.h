/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places rules in their buckets. Must not know what a rule permits.
 */
#ifndef SEKISHO_KERNEL_BUCKETS_H
#define SEKISHO_KERNEL_BUCKETS_H

#include <stdint.h>

#include "sekisho/tables.h"

/* A placed hash. */
struct sekisho_buckets {
	struct sekisho_rule_bucket *items;
	uint32_t count;
	uint32_t seed;
};

/**
 * sekisho_buckets_place - place rules so that each lies in one of its two buckets
 * @rules: rules with different keys
 * @count: how many
 * @buckets: set to the buckets, which the caller frees; untouched on failure
 *
 * A rule lies in its second bucket only if its first one is full: who finds a free way in the
 * first bucket need not look at the second.
 *
 * Return: 0, -ENOMEM or -E2BIG (keys that no seed tells apart, not to be expected).
 */
int sekisho_buckets_place(const struct sekisho_rule_row *rules, uint32_t count,
			  struct sekisho_buckets *buckets);

#endif
