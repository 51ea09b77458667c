/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of a half that a change concerns, and how they are made anew. Must not know address
 * sets.
 */
#ifndef SEKISHO_KERNEL_PATCH_KEYS_H
#define SEKISHO_KERNEL_PATCH_KEYS_H

#include "half.h"
#include "order.h"
#include "patch.h"
#include "rows.h"

/* Keys of rules, in @low; some more than once. */
struct sekisho_patch_keys {
	struct sekisho_rows list; /* struct sekisho_order */
};

#define SEKISHO_PATCH_KEYS { .list = SEKISHO_ROWS(struct sekisho_order) }

/* A key, and that of the rule for hosts without address where the same pair has one: 0 or -ENOMEM. */
int sekisho_patch_keys_add(struct sekisho_patch_keys *keys, const struct sekisho_half *half,
			   uint64_t key);

/* Those of a new flow: likewise, and the latter one where the flow is such a one. 0 or -ENOMEM. */
int sekisho_patch_keys_add_flow(struct sekisho_patch_keys *keys, const struct sekisho_half *half,
				uint64_t key, const struct sekisho_flow *flow);

/**
 * sekisho_patch_make_rules - make the rules of some keys anew
 * @patch: the change; all permits of the half are where they stay
 * @half: the half
 * @keys: the keys; they are put in order
 *
 * Return: 0, -ENOMEM, -ENOSPC or -E2BIG (what is wrong, building the tables will say).
 */
int sekisho_patch_make_rules(const struct sekisho_patch *patch, struct sekisho_half *half,
			     struct sekisho_patch_keys *keys);

void sekisho_patch_keys_free(struct sekisho_patch_keys *keys);

#endif
