/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes the hash from interface and VLAN to segment. Must not know how interfaces are found.
 */
#ifndef SEKISHO_KERNEL_PORTS_H
#define SEKISHO_KERNEL_PORTS_H

#include "tables.h"

/**
 * sekisho_ports_build - make ports and its seed, and count the absent ones
 * @policy: the policy
 * @bindings: says which interfaces there are
 * @tables: where the table goes
 * @problem: filled in where -EEXIST or -E2BIG is returned
 *
 * Return: 0, -ENOMEM, -EEXIST (SEKISHO_TABLES_PORT_TWICE) or -E2BIG (SEKISHO_TABLES_HASH).
 */
int sekisho_ports_build(const struct sekisho_policy *policy,
			const struct sekisho_bindings *bindings, struct sekisho_tables *tables,
			struct sekisho_tables_problem *problem);

#endif
