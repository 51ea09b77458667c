/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes what the flows between two address sets permit. Must not know what the sets hold.
 */
#ifndef SEKISHO_KERNEL_RULES_H
#define SEKISHO_KERNEL_RULES_H

#include "objects.h"
#include "tables.h"

/**
 * sekisho_rules_build - make rules, services and candidates
 * @policy: the policy
 * @objects: its address sets
 * @tables: where the tables go; flow_of_permit is there already
 * @problem: filled in where -E2BIG is returned
 *
 * Return: 0, -ENOMEM or -E2BIG (SEKISHO_TABLES_CANDIDATES, SEKISHO_TABLES_HASH).
 */
int sekisho_rules_build(const struct sekisho_policy *policy, const struct sekisho_objects *objects,
			struct sekisho_tables *tables, struct sekisho_tables_problem *problem);

#endif
