/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy compiled for the packet path: one plain array a table of sekisho/tables.h.
 * Knows the model and the tables' layout; must not know BPF, maps, files or the network.
 */
#ifndef SEKISHO_KERNEL_TABLES_H
#define SEKISHO_KERNEL_TABLES_H

#include <stdint.h>

#include "model/policy.h"
#include "model/verdict.h"
#include "sekisho/tables.h"

/* A packet finds its IPv6 range in this many halvings. */
#define SEKISHO_RANGES6_STEPS 22
#define SEKISHO_RANGES6_MAX   (1u << SEKISHO_RANGES6_STEPS)

/**
 * struct sekisho_bindings - what the tables need beside the policy
 * @ifindex: the number of an interface, 0 while there is none; its ports are then left out
 * @context: handed to @ifindex
 * @counters: row in `flow_counters` of each flow of the policy; NULL: the flow's index
 * @limits: row in `limits` of each flow, or SEKISHO_LIMIT_NONE; NULL: no limits
 * @generation: number of the policy
 * @print_seed: what prints are made with
 *
 * All borrowed for the call.
 */
struct sekisho_bindings {
	uint32_t (*ifindex)(void *context, const char *interface);
	void *context;
	const uint32_t *counters;
	const uint32_t *limits;
	uint32_t generation;
	uint32_t print_seed;
};

/**
 * struct sekisho_tables - one half's worth of every table
 * @row: the policy row; each span has base 0 and the length of the array of its name
 * @permit_of_flow: the permit row of each flow of the policy
 * @flow_of_permit: the inverse; SEKISHO_NO_FLOW where no flow has the row
 * @rule_count: rules in the buckets
 * @host6_count: IPv6 addresses in theirs
 * @ports_missing: ports left out, their interface being absent
 *
 * No array is NULL, and no pointer leads into the policy.
 */
struct sekisho_tables {
	struct sekisho_policy_row row;
	struct sekisho_port_row *ports;
	struct sekisho_segment_row *segments;
	struct sekisho_pair_row *pairs;
	struct sekisho_index4_row *index4;
	struct sekisho_node4_row *nodes4;
	struct sekisho_host6_bucket *hosts6;
	struct sekisho_range6_row *ranges6;
	struct sekisho_class_row *classes;
	struct sekisho_cover_row *covers;
	struct sekisho_rule_bucket *rules;
	struct sekisho_service_row *services;
	struct sekisho_candidate_row *candidates;
	struct sekisho_permit_row *permits;
	struct sekisho_mac_row *macs;
	struct sekisho_print_row *prints;
	struct sekisho_object_row *objects;
	uint32_t *permit_of_flow;
	uint32_t *flow_of_permit;
	uint32_t rule_count;
	uint32_t host6_count;
	uint32_t ports_missing;
};

enum sekisho_tables_fault {
	SEKISHO_TABLES_FINE,
	SEKISHO_TABLES_COVERS, /* too many address sets hold one address */
	SEKISHO_TABLES_CANDIDATES, /* too many flows with the same hosts permit one service */
	SEKISHO_TABLES_RANGES, /* too many address ranges */
	SEKISHO_TABLES_PORT_TWICE, /* two segments have one port, under different names */
	SEKISHO_TABLES_HASH, /* a hash table could not be filled */
};

/**
 * struct sekisho_tables_problem - why a policy does not fit the tables
 * @fault: what is wrong
 * @family: COVERS: 4 or 6
 * @protocol: CANDIDATES: of the service
 * @service: CANDIDATES: its number
 * @address: COVERS: the lowest such address
 * @flow: COVERS, CANDIDATES: a flow that has part in it; else SEKISHO_NO_FLOW
 * @count: how many there are; CANDIDATES: at least
 * @interface: PORT_TWICE: its second name, borrowed from the policy; else NULL
 */
struct sekisho_tables_problem {
	enum sekisho_tables_fault fault;
	uint8_t family;
	uint8_t protocol;
	uint16_t service;
	struct sekisho_address address;
	uint32_t flow;
	uint32_t count;
	const char *interface;
};

/* After so many permits a row is left free. */
#define SEKISHO_PERMITS_TOGETHER 8

/* The row of the permit that is the @rank-th to decide, of tables that are built as a whole. */
static inline uint32_t sekisho_permit_of_rank(uint32_t rank)
{
	return rank + rank / SEKISHO_PERMITS_TOGETHER;
}

/* Times of the model as the tables hold them. */
static inline uint32_t sekisho_tables_time(int64_t seconds)
{
	if (seconds < 0)
		return 0;
	return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

/**
 * sekisho_tables_build - compile a policy
 * @policy: a checked policy
 * @self: the host's own and broadcast addresses
 * @bindings: interfaces, counter and limit rows, generation
 * @out: set to the tables, to be freed with sekisho_tables_free(); untouched on failure
 * @problem: filled in; says more where -E2BIG or -EEXIST is returned
 *
 * Return: 0, -ENOMEM, -E2BIG (the policy does not fit) or -EEXIST (SEKISHO_TABLES_PORT_TWICE).
 */
int sekisho_tables_build(const struct sekisho_policy *policy, const struct sekisho_self *self,
			 const struct sekisho_bindings *bindings, struct sekisho_tables **out,
			 struct sekisho_tables_problem *problem);

/**
 * sekisho_tables_begin - sekisho_tables_build(), but for what grows with the flows
 *
 * Makes the row, segments, pairs and ports; all other tables are NULL. For who changes tables that
 * are there already.
 */
int sekisho_tables_begin(const struct sekisho_policy *policy, const struct sekisho_self *self,
			 const struct sekisho_bindings *bindings, struct sekisho_tables **out,
			 struct sekisho_tables_problem *problem);

/**
 * sekisho_tables_free - free tables
 * @tables: the tables, or NULL
 */
void sekisho_tables_free(struct sekisho_tables *tables);

#endif
