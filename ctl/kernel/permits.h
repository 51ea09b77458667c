/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts the flows in the order in which a match decides, and writes what each demands beside hosts
 * and services. Must not know address sets or rules.
 */
#ifndef SEKISHO_KERNEL_PERMITS_H
#define SEKISHO_KERNEL_PERMITS_H

#include "tables.h"

/**
 * sekisho_permits_build - make permits, macs, permit_of_flow and flow_of_permit
 * @policy: the policy, its flows sorted by id
 * @bindings: counter and limit rows
 * @tables: where the tables go
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_permits_build(const struct sekisho_policy *policy,
			  const struct sekisho_bindings *bindings, struct sekisho_tables *tables);

#endif
