/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The site: who it is, its zone and what holds for the whole border host.
 * Knows nothing of segments or flows.
 */
#ifndef SEKISHO_POLICY_SITE_H
#define SEKISHO_POLICY_SITE_H

#include "policy/load.h"

/* Reads `site` into the policy; the zone is known afterwards, if only the default one. */
void sekisho_site_read(struct sekisho_load *load, const struct sekisho_node *node);

#endif
