/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which segment an address is in, and that no two claim the same.
 * Knows nothing of flows.
 */
#ifndef SEKISHO_POLICY_NETWORKS_H
#define SEKISHO_POLICY_NETWORKS_H

#include "policy/load.h"

/* A network and where it stands. */
struct sekisho_network_place {
	struct sekisho_range range;
	uint16_t segment;
	const struct sekisho_node *node;
};

/* Reports networks of two segments that overlap, and of one that nest; sorts @places. */
void sekisho_networks_check(struct sekisho_load *load, struct sekisho_network_place *places,
			    size_t count);

/* Could a host of @range be in segment @index? Its networks must be read and sorted. */
bool sekisho_networks_hold(const struct sekisho_policy *policy, uint16_t index,
			   const struct sekisho_range *range);

/* Does @range take in a whole network of segment @index? */
bool sekisho_networks_swallowed(const struct sekisho_policy *policy, uint16_t index,
				const struct sekisho_range *range);

#endif
