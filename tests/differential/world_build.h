/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What world.c, its flows and its changes share: lists that grow by one, and the parts of a policy
 * made at random. Without memory the process ends.
 */
#ifndef SEKISHO_DIFFERENTIAL_WORLD_BUILD_H
#define SEKISHO_DIFFERENTIAL_WORLD_BUILD_H

#include "world.h"

/* Room for one more element at the end of a list, zeroed. */
void *world_grow(void *list, size_t *count, size_t element_bytes);
#define world_append(list, count) ((list) = world_grow(list, &(count), sizeof(*(list))))

void world_ranges_add(struct sekisho_ranges *ranges, struct sekisho_range range);
struct sekisho_range world_prefix(uint8_t family, struct sekisho_address address,
				  unsigned int length);
char *world_text(const char *text);

/* Which of the eight plans a segment follows: the number in its name. */
unsigned int world_slot(const struct sekisho_segment *segment);

/* The parts of a flow, each replacing what was there. */
void world_flow_hosts(const struct world *world, struct random *random,
		      struct sekisho_endpoint *endpoint);
void world_flow_services(struct random *random, struct sekisho_flow *flow);
void world_flow_macs(const struct world *world, struct random *random, struct sekisho_flow *flow);
void world_flow_validity(struct random *random, struct sekisho_flow *flow, int64_t now);
void world_flow_schedule(const struct world *world, struct random *random,
			 struct sekisho_flow *flow, int64_t now);
void world_flow_limit(struct random *random, struct sekisho_flow *flow);

/* A whole flow under an id that is free, where one is. */
void world_flow_add(struct world *world, struct random *random, int64_t now);
void world_flow_remove(struct sekisho_policy *policy, size_t index);

void world_timeouts(struct random *random, struct sekisho_policy *policy);
void world_ethertypes(struct random *random, struct sekisho_segment *segment);
void world_ports(struct world *world, struct random *random);
void world_networks_sort(struct sekisho_segment *segment);

/* One change of a policy in force. @renumbers: it may change the segments' numbers. */
void world_change(struct world *world, const struct world_step *step, bool renumbers);

#endif
