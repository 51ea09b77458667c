/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies that make sense, as the messages of a transaction. Knows what a policy may be; nothing
 * of sockets or of spoiling.
 */
#ifndef SEKISHO_FUZZ_POLICY_H
#define SEKISHO_FUZZ_POLICY_H

#include "fuzz_tree.h"

struct policy_counts {
	uint32_t segments;
	uint32_t networks;
	uint32_t ports;
	uint32_t addresses;
	uint32_t hosts;
	uint32_t flows;
};

/* What is where the policy is to be in force. */
struct policy_place {
	uint32_t left; /* number of the interface fuzz-l, or 0 */
	uint32_t right;
};

/* The objects, in the order of adding, become the children of the root. */
void policy_make(struct tree *tree, struct random *random, const struct policy_place *place,
		 struct policy_counts *counts);

/* The attributes of a commit. */
void policy_commit(struct tree *tree, struct random *random, const struct policy_counts *counts,
		   uint32_t generation, uint32_t confirm_seconds);

#endif
