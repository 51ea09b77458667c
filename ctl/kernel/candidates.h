/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cuts the services of a rule into disjoint intervals and lists the flows that permit each.
 * Knows flows and permits; must not know hosts or keys.
 */
#ifndef SEKISHO_KERNEL_CANDIDATES_H
#define SEKISHO_KERNEL_CANDIDATES_H

#include "order.h"
#include "rows.h"
#include "tables.h"

/**
 * struct sekisho_candidates - the tables in the making
 * @policy: borrowed
 * @flow_of_permit: borrowed
 * @any_source: leave source ports out of account
 * @services: struct sekisho_service_row
 * @rows: struct sekisho_candidate_row
 * @parties: the flows of the rule at hand
 * @sources: their source port ranges
 * @edges: where their services begin and end
 * @last_first: the latest list of candidates, which the next interval may well share
 * @last_count: its length
 */
struct sekisho_candidates {
	const struct sekisho_policy *policy;
	const uint32_t *flow_of_permit;
	bool any_source;
	struct sekisho_rows services;
	struct sekisho_rows rows;
	struct sekisho_rows parties;
	struct sekisho_rows sources;
	struct sekisho_rows edges;
	uint32_t last_first;
	uint32_t last_count;
};

void sekisho_candidates_begin(struct sekisho_candidates *candidates,
			      const struct sekisho_policy *policy, const uint32_t *flow_of_permit);

/**
 * sekisho_candidates_inline - write a rule that needs no other table, where it is one
 * @candidates: the tables
 * @claims: as in sekisho_candidates_add(), of all protocols
 * @count: how many, at least one
 * @rule: the rule; all but its key is filled in
 *
 * Return: whether it is one flow with one interval of services and any source port.
 */
bool sekisho_candidates_inline(const struct sekisho_candidates *candidates,
			       const struct sekisho_order *claims, uint32_t count,
			       struct sekisho_rule_row *rule);

/**
 * sekisho_candidates_add - list the services of one rule and protocol, and their candidates
 * @candidates: the tables
 * @claims: protocol << 32 | permit, first << 16 | last, and the permit again; all of one protocol,
 *	ascending, those of one permit neither overlapping nor touching
 * @count: how many, at least one
 * @problem: filled in where -E2BIG is returned
 *
 * Return: 0, -ENOMEM or -E2BIG (SEKISHO_TABLES_CANDIDATES).
 */
int sekisho_candidates_add(struct sekisho_candidates *candidates,
			   const struct sekisho_order *claims, uint32_t count,
			   struct sekisho_tables_problem *problem);

void sekisho_candidates_end(struct sekisho_candidates *candidates);

#endif
