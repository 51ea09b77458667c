/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matching a packet against the flows (docs/semantics.md, lines 6 c and 13, and Judged again).
 * Knows nothing of frames' bytes, connections or isolation; shares no code with bpf/.
 * sekisho_model_match() in verdict.h is the public face of it.
 */
#ifndef SEKISHO_MODEL_MATCH_H
#define SEKISHO_MODEL_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"

/* What is asked of the flows: may @source in @from open this to @destination in @to? */
struct sekisho_query {
	uint16_t from;
	uint16_t to;
	uint8_t family;
	struct sekisho_address source;
	struct sekisho_address destination;
	uint8_t protocol;
	uint16_t service;
	uint16_t source_port;
	uint64_t mac;
	bool any_mac; /* the MAC is not asked */
	bool again; /* schedule, valid_from and source ports are not asked */
	bool restricted; /* only flows that survive isolation exist */
	int64_t wall; /* seconds since 1970 UTC */
};

/**
 * sekisho_query_match - line 13
 * @policy: the policy
 * @query: what is asked
 * @flow: set to the deciding flow, the nearest one where it is denied, or SEKISHO_NO_FLOW
 *
 * Return: permit-intra, permit-new, or the reason of the denial.
 */
uint8_t sekisho_query_match(const struct sekisho_policy *policy, const struct sekisho_query *query,
			    uint32_t *flow);

/**
 * sekisho_query_dhcp - line 6 c: hosts and source ports are not compared
 * @policy: the policy
 * @query: what is asked
 *
 * Return: whether some flow permits it.
 */
bool sekisho_query_dhcp(const struct sekisho_policy *policy, const struct sekisho_query *query);

/**
 * sekisho_flow_ended - whether a flow's validity is over
 * @flow: the flow
 * @wall: seconds since 1970 UTC
 */
bool sekisho_flow_ended(const struct sekisho_flow *flow, int64_t wall);

#endif
