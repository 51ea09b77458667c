/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flows of a policy, ordered so that few are asked: by the numbers of their hosts and segments
 * in a hash, then by protocol, then by disjoint intervals of service numbers; the flows of an
 * interval lie in the order in which they decide. Knows nothing of addresses, packets or time.
 */
#ifndef SEKISHO_KMOD_RULES_H
#define SEKISHO_KMOD_RULES_H

#include "leases.h"
#include "policy.h"

/* Flows that name the same hosts. */
struct sekisho_pair {
	u32 from_hosts;
	u32 to_hosts;
	u16 from;
	u16 to;
	u32 flow; /* the first of them */
	u32 survivor; /* the first that survives isolation, or U32_MAX */
	u32 rule; /* where its rules begin; while they are made: its latest claim */
	u16 rule_count; /* one a protocol, ascending */
};

struct sekisho_rule {
	u32 interval;
	u32 interval_count; /* ascending, disjoint */
	u8 protocol;
};

struct sekisho_interval {
	u32 candidate; /* where its flows begin in the candidates */
	u16 first;
	u16 last;
	u16 candidate_count;
};

#define SEKISHO_BETWEEN_FLOWS	  0x01
#define SEKISHO_BETWEEN_SURVIVORS 0x02

struct sekisho_rules {
	struct sekisho_rows pairs; /* struct sekisho_pair */
	struct sekisho_rows rules; /* struct sekisho_rule */
	struct sekisho_rows intervals; /* struct sekisho_interval */
	struct sekisho_rows candidates; /* u32: flows */
	struct sekisho_rows leases; /* struct sekisho_lease, ascending */
	struct sekisho_rows slots; /* u32: number of a pair + 1, or 0; at most half are used */
	struct sekisho_rows between; /* u8: SEKISHO_BETWEEN_*, by segments */
	u32 slot_mask;
	u32 seed;
	u32 segment_count;
};

/**
 * sekisho_rules_make - order the flows of a policy
 * @rules: set; to be freed where it fails, too
 * @policy: its flows and segments are there
 * @fault: set where it is refused
 *
 * Return: 0, -ENOMEM, -EINTR, or -E2BIG with @fault.
 */
int sekisho_rules_make(struct sekisho_rules *rules, const struct sekisho_policy *policy,
		       struct sekisho_policy_fault *fault);
void sekisho_rules_free(struct sekisho_rules *rules);
size_t sekisho_rules_bytes(const struct sekisho_rules *rules);

/* SEKISHO_BETWEEN_* of two segments. */
u8 sekisho_rules_between(const struct sekisho_rules *rules, u16 from, u16 to);

/* The flows of these hosts (numbers of sets, 0: every host) and segments, or NULL. */
const struct sekisho_pair *sekisho_rules_pair(const struct sekisho_rules *rules, u16 from, u16 to,
					      u32 from_hosts, u32 to_hosts);

/* Where a pair's flows permit a protocol and service number; NULL where none does. */
const struct sekisho_interval *sekisho_rules_interval(const struct sekisho_rules *rules,
						      const struct sekisho_pair *pair, u8 protocol,
						      u16 service);

/* Of two flows of one policy that match, whether the first decides. */
bool sekisho_flow_decides(const struct sekisho_flow *flow, const struct sekisho_flow *other);

#endif
