/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named sets of addresses, and lists that mix names and addresses.
 * Knows nothing of segments or flows.
 */
#ifndef SEKISHO_POLICY_HOSTS_H
#define SEKISHO_POLICY_HOSTS_H

#include "policy/load.h"

/* Reads `hosts`; the sets may name each other in any order. */
void sekisho_hosts_read(struct sekisho_load *load, const struct sekisho_node *node);

/* A list of names and addresses as a normalised set that the caller frees. */
bool sekisho_take_hosts(struct sekisho_load *load, const struct sekisho_node *node,
			struct sekisho_ranges *ranges);

void sekisho_hosts_free(struct sekisho_load *load);

#endif
