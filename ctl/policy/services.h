/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Services: protocols with ports or types, and named lists of them.
 * Knows nothing of flows.
 */
#ifndef SEKISHO_POLICY_SERVICES_H
#define SEKISHO_POLICY_SERVICES_H

#include "policy/load.h"

/* Reads `services`. */
void sekisho_services_read(struct sekisho_load *load, const struct sekisho_node *node);

/* A list of services and names as a sorted array without overlaps that the caller frees. */
bool sekisho_take_services(struct sekisho_load *load, const struct sekisho_node *node,
			   struct sekisho_service **services, size_t *count);

/* `8080` or `1024-65535`; @text is all of it. */
bool sekisho_port_range_parse(const char *text, struct sekisho_port_range *range);

void sekisho_services_free(struct sekisho_load *load);

#endif
