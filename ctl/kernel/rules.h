/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes what the flows between two address sets permit. Must not know what the sets hold.
 */
#ifndef SEKISHO_KERNEL_RULES_H
#define SEKISHO_KERNEL_RULES_H

#include <stdbool.h>

#include "objects.h"
#include "order.h"
#include "rows.h"
#include "tables.h"

/**
 * struct sekisho_rules - rules in the making
 * @rules: struct sekisho_rule_row, one a key, not yet in buckets
 * @services: struct sekisho_service_row
 * @candidates: struct sekisho_candidate_row
 */
struct sekisho_rules {
	struct sekisho_rows rules;
	struct sekisho_rows services;
	struct sekisho_rows candidates;
};

/**
 * sekisho_rules_build - make rules, services and candidates, and the keys in prints
 * @policy: the policy
 * @objects: its address sets
 * @tables: where the tables go; what permits.h and the pairs make is there already
 * @problem: filled in where -E2BIG is returned
 *
 * Return: 0, -ENOMEM or -E2BIG (SEKISHO_TABLES_CANDIDATES, SEKISHO_TABLES_HASH).
 */
int sekisho_rules_build(const struct sekisho_policy *policy, const struct sekisho_objects *objects,
			struct sekisho_tables *tables, struct sekisho_tables_problem *problem);

/* Whether a flow lets hosts ask for an address (line 6c): then it has part in a second rule. */
bool sekisho_rules_serve_dhcp(const struct sekisho_flow *flow);

/**
 * sekisho_rules_make - make rules by their keys
 * @policy: the policy
 * @flow_of_permit: the flows of the permits
 * @keys: key in @low, permit in @subject; ascending by key, then by permit
 * @count: how many
 * @made: set, on failure too; freed with sekisho_rules_free()
 * @problem: filled in where -E2BIG is returned
 *
 * Return: 0, -ENOMEM or -E2BIG (SEKISHO_TABLES_CANDIDATES).
 */
int sekisho_rules_make(const struct sekisho_policy *policy, const uint32_t *flow_of_permit,
		       const struct sekisho_order *keys, uint32_t count, struct sekisho_rules *made,
		       struct sekisho_tables_problem *problem);

void sekisho_rules_free(struct sekisho_rules *made);

#endif
