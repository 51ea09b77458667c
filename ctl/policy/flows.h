/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flows as they are written.
 * Knows nothing of what the guideline asks of them.
 */
#ifndef SEKISHO_POLICY_FLOWS_H
#define SEKISHO_POLICY_FLOWS_H

#include "policy/load.h"

/* Reads `flows` into the policy, in the order of the file, with load->places beside them. */
void sekisho_flows_read(struct sekisho_load *load, const struct sekisho_node *node);

#endif
