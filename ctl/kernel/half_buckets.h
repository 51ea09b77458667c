/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single things into and out of the buckets of a half: see buckets.h for those that are placed all
 * at once. Knows rules and IPv6 hosts as things of a bucket only; must not know what they mean.
 */
#ifndef SEKISHO_KERNEL_HALF_BUCKETS_H
#define SEKISHO_KERNEL_HALF_BUCKETS_H

#include "half.h"

/* The rule of a key, or NULL. */
struct sekisho_rule_row *sekisho_half_rule(const struct sekisho_half *half, uint64_t key);

/* Place a rule that is not there. False where there is no room; the buckets are then spoilt. */
bool sekisho_half_add_rule(struct sekisho_half *half, const struct sekisho_rule_row *rule);

/* Where the class of an address of `hosts6` is, or NULL. */
uint32_t *sekisho_half_host6(const struct sekisho_half *half, uint64_t high, uint64_t low);

/* Place an address that is not there. False where there is no room; the buckets are then spoilt. */
bool sekisho_half_add_host6(struct sekisho_half *half, uint64_t high, uint64_t low, uint32_t class);

#endif
