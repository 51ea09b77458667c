/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The segments with their ports and networks.
 * Knows nothing of flows.
 */
#ifndef SEKISHO_POLICY_SEGMENTS_H
#define SEKISHO_POLICY_SEGMENTS_H

#include "policy/load.h"

/* Reads `segments` into the policy, sorted by name behind `self`. */
void sekisho_segments_read(struct sekisho_load *load, const struct sekisho_node *node);

#endif
