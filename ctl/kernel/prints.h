/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints by which a commit finds what has changed since the last one. Knows the model only; must not
 * know tables.
 */
#ifndef SEKISHO_KERNEL_PRINTS_H
#define SEKISHO_KERNEL_PRINTS_H

#include <stdint.h>

#include "model/policy.h"
#include "model/verdict.h"

/*
 * All prints are 64 bits under a random seed of the table that they are in: two things of one print
 * are equal, but for once in some 10^19 pairs, and nobody can choose them.
 */

/* Of all that a flow's rows are made of, counter and limit rows aside. */
uint64_t sekisho_print_flow(const struct sekisho_flow *flow, uint32_t seed);

/* Of an address set, as struct sekisho_object has it. */
uint64_t sekisho_print_ranges(const struct sekisho_range *ranges, uint32_t count, uint32_t seed);

/* Of what all rows depend on: the segments in their order, their networks, the host's addresses. */
uint64_t sekisho_print_base(const struct sekisho_policy *policy, const struct sekisho_self *self,
			    uint32_t seed);

#endif
