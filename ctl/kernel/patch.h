/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes of a half that holds one policy a half that holds another one, where few flows differ.
 * Knows the model, prints and tables; must not know maps, or which half is in force.
 */
#ifndef SEKISHO_KERNEL_PATCH_H
#define SEKISHO_KERNEL_PATCH_H

#include "half.h"
#include "tables.h"

/* If more flows differ, making all tables anew is hardly slower. */
#define SEKISHO_PATCH_FLOWS_MAX 256

/**
 * struct sekisho_patch - a change of a half
 * @policy: what the half is to hold
 * @self: the host's addresses
 * @bindings: as for sekisho_tables_build(); a flow that stays has the counter row that it had.
 *	print_seed is that of the half
 * @begun: from sekisho_tables_begin() for the same policy
 * @flow_of_permit: set by sekisho_patch_compare(): the flow of each row of the half, with room for
 *	rows that are added; SEKISHO_NO_FLOW for none
 * @pairs: set likewise: rows of the segment pairs, numbered as in the half
 * @gone: permits whose flow is not in the policy any more, or another one
 * @gone_count: how many
 * @fresh: flows that are not in the half, or other ones there
 * @fresh_count: how many
 *
 * What the caller sets is borrowed.
 */
struct sekisho_patch {
	const struct sekisho_policy *policy;
	const struct sekisho_self *self;
	const struct sekisho_bindings *bindings;
	const struct sekisho_tables *begun;
	uint32_t *flow_of_permit;
	struct sekisho_pair_row *pairs;
	uint32_t gone[SEKISHO_PATCH_FLOWS_MAX];
	uint32_t gone_count;
	uint32_t fresh[SEKISHO_PATCH_FLOWS_MAX];
	uint32_t fresh_count;
};

/**
 * sekisho_patch_compare - find what differs between a half and a policy
 * @patch: the change; freed with sekisho_patch_free(), on failure too
 * @half: only read
 *
 * Return: 0, -ENOMEM, or -ENOTSUP (too much differs; tables must be built anew).
 */
int sekisho_patch_compare(struct sekisho_patch *patch, const struct sekisho_half *half);

/**
 * sekisho_patch_apply - change a half that nobody reads
 * @patch: compared with the half, or with the one it was copied from
 * @half: the half
 *
 * Return: 0, -ENOMEM, or another error (the change does not fit into this half; what is wrong with
 * the policy, if anything is, building the tables anew will say). On failure the half is spoilt.
 */
int sekisho_patch_apply(struct sekisho_patch *patch, struct sekisho_half *half);

void sekisho_patch_free(struct sekisho_patch *patch);

#endif
