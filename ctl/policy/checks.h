/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is asked of a flow beyond being well-formed: the guideline, and that it can do something.
 * Knows nothing of YAML.
 */
#ifndef SEKISHO_POLICY_CHECKS_H
#define SEKISHO_POLICY_CHECKS_H

#include "policy/load.h"

/* Checks every flow that could be read whole. */
void sekisho_checks_flows(struct sekisho_load *load);

/* Looks for flows that say the same, or the same the other way round. */
void sekisho_checks_pairs(struct sekisho_load *load);

#endif
