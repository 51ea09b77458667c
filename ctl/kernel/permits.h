/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts the flows in the order in which a match decides, and writes what each demands beside hosts
 * and services. Must not know address sets or rules.
 */
#ifndef SEKISHO_KERNEL_PERMITS_H
#define SEKISHO_KERNEL_PERMITS_H

#include "order.h"
#include "tables.h"

/**
 * sekisho_permits_build - make permits, macs, prints, permit_of_flow and flow_of_permit
 * @policy: the policy, its flows sorted by id
 * @bindings: counter and limit rows
 * @tables: where the tables go
 *
 * Prints have no key yet.
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_permits_build(const struct sekisho_policy *policy,
			  const struct sekisho_bindings *bindings, struct sekisho_tables *tables);

/**
 * sekisho_permit_rank - where a flow decides
 * @flow: the flow
 * @index: its index in its policy, whose flows are sorted by id
 *
 * Return: a key, and @index as its subject: of two flows that match a packet that one decides whose
 * key is lower, and of equal keys the lower index (semantics.md, line 13).
 */
struct sekisho_order sekisho_permit_rank(const struct sekisho_flow *flow, uint32_t index);

/**
 * sekisho_permit_fill - make the row of one flow
 * @flow: the flow
 * @index: its index in its policy
 * @bindings: counter and limit rows
 * @mac_first: where its MACs begin in the table, if it has some
 * @row: set
 */
void sekisho_permit_fill(const struct sekisho_flow *flow, uint32_t index,
			 const struct sekisho_bindings *bindings, uint32_t mac_first,
			 struct sekisho_permit_row *row);

/* Make a row that no flow has. */
void sekisho_permit_clear(struct sekisho_permit_row *row);

#endif
