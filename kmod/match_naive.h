/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The matcher's naive twin, for its self-test alone: docs/semantics.md written down flow by flow
 * and range by range. Shares no code with the matcher.
 */
#ifndef SEKISHO_KMOD_MATCH_NAIVE_H
#define SEKISHO_KMOD_MATCH_NAIVE_H

#include "match.h"

/* A question with addresses in the place of places. */
struct sekisho_naive_question {
	struct sekisho_address source;
	struct sekisho_address destination;
	u8 family;
	struct sekisho_question asked;
};

bool sekisho_naive_holds(const struct sekisho_range *range, u8 family,
			 struct sekisho_address address);

/* The segment whose networks hold an address, the longest prefix winning. */
u16 sekisho_naive_network(const struct sekisho_policy *policy, u8 family,
			  struct sekisho_address address);

/* SEKISHO_IS_* */
u8 sekisho_naive_is(const struct sekisho_policy *policy, u8 family, struct sekisho_address address);

bool sekisho_naive_in_hosts(const struct sekisho_policy *policy, u32 hosts, u8 family,
			    struct sekisho_address address);

/* Whether a flow permits a protocol and service number. */
bool sekisho_naive_serves(const struct sekisho_flow *flow, u8 protocol, u16 number);

/* What one flow, were it alone, makes of a question: enum sekisho_reason, as it is shown. */
u8 sekisho_naive_flow(const struct sekisho_policy *policy, u32 flow,
		      const struct sekisho_naive_question *question);

/* Line 13; @flow is set to the deciding one of a match. */
u8 sekisho_naive_match(const struct sekisho_policy *policy,
		       const struct sekisho_naive_question *question, u32 *flow);

/* Line 6c. */
bool sekisho_naive_dhcp(const struct sekisho_policy *policy,
			const struct sekisho_naive_question *question);

/* Whether two segments' networks overlap, those that hold everything aside. */
bool sekisho_naive_overlap(const struct sekisho_segment *segments, u32 count);

#endif
