/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sanitising gateways (R5).
 * Knows nothing of flows.
 */
#ifndef SEKISHO_POLICY_GATEWAYS_H
#define SEKISHO_POLICY_GATEWAYS_H

#include "policy/load.h"

/* Reads `gateways` into the policy, sorted by name. */
void sekisho_gateways_read(struct sekisho_load *load, const struct sekisho_node *node);

/* The words of enum sekisho_sanitize, from SEKISHO_SANITIZE_MAIL_TEXT on. */
#define SEKISHO_SANITIZE_WORDS 3
extern const char *const sekisho_sanitize_words[SEKISHO_SANITIZE_WORDS];

/* All hosts that are gateways for @method; the caller frees the set. */
bool sekisho_gateways_of(struct sekisho_load *load, enum sekisho_sanitize method,
			 struct sekisho_ranges *ranges);

#endif
