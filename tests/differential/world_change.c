// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an administrator does to a policy between two commits, one small thing at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "world_build.h"

static struct sekisho_flow *any_flow(struct world *world, struct random *random)
{
	struct sekisho_policy *policy = world->policy;

	if (!policy->flow_count)
		return NULL;
	return &policy->flows[random_below(random, policy->flow_count)];
}

static struct sekisho_segment *any_segment(struct world *world, struct random *random)
{
	struct sekisho_policy *policy = world->policy;

	return &policy->segments[1 + random_below(random, policy->segment_count - 1)];
}

static void change_flow(struct world *world, struct random *random, int64_t now)
{
	struct sekisho_flow *flow = any_flow(world, random);

	if (!flow)
		return;
	switch (random_below(random, 9)) {
	case 0:
		world_flow_validity(random, flow, now);
		break;
	case 1:
		world_flow_services(random, flow);
		break;
	case 2:
		world_flow_hosts(world, random, &flow->from);
		break;
	case 3:
		world_flow_hosts(world, random, &flow->to);
		break;
	case 4:
		world_flow_macs(world, random, flow);
		break;
	case 5:
		world_flow_schedule(world, random, flow, now);
		break;
	case 6:
		world_flow_limit(random, flow);
		break;
	case 7:
		flow->survives_isolation = !flow->survives_isolation;
		break;
	case 8:
		world_flow_remove(world->policy, (size_t)(flow - world->policy->flows));
		break;
	}
}

/* A network changes hands, as it does when a house is rewired. */
static void move_network(struct world *world, struct random *random)
{
	struct sekisho_segment *from = any_segment(world, random);
	struct sekisho_segment *to = any_segment(world, random);
	struct sekisho_range range;
	size_t index;

	if (from == to || from->networks.count < 2)
		return;
	index = random_below(random, from->networks.count);
	range = from->networks.items[index];
	from->networks.count--;
	memmove(&from->networks.items[index], &from->networks.items[index + 1],
		(from->networks.count - index) * sizeof(range));
	world_ranges_add(&to->networks, range);
	world_networks_sort(to);
}

static void remove_segment(struct world *world, struct random *random, bool renumbers)
{
	struct sekisho_policy *policy = world->policy;
	struct sekisho_segment *segment;
	size_t index;

	if (policy->segment_count < 4)
		return;
	segment = renumbers ? any_segment(world, random)
			    : &policy->segments[policy->segment_count - 1];
	index = (size_t)(segment - policy->segments);
	for (size_t i = policy->flow_count; i-- > 0;) {
		struct sekisho_flow *flow = &policy->flows[i];

		if (flow->from.segment == index || flow->to.segment == index) {
			world_flow_remove(policy, i);
			continue;
		}
		flow->from.segment -= flow->from.segment > index;
		flow->to.segment -= flow->to.segment > index;
	}
	for (size_t i = 0; i < segment->port_count; i++)
		free(segment->ports[i].interface);
	free(segment->ports);
	free(segment->networks.items);
	free(segment->name);
	free(segment->label);
	policy->segment_count--;
	memmove(segment, segment + 1, (policy->segment_count - index) * sizeof(*segment));
}

static void change_ports(struct world *world, struct random *random)
{
	for (size_t i = 1; i < world->policy->segment_count; i++) {
		struct sekisho_segment *segment = &world->policy->segments[i];

		for (size_t j = 0; j < segment->port_count; j++)
			free(segment->ports[j].interface);
		segment->port_count = 0;
	}
	world_ports(world, random);
}

static void change_self(struct world *world, struct random *random)
{
	struct sekisho_ranges *addresses = &world->self.addresses;
	struct sekisho_address address;
	uint8_t family = random_percent(random, 50) ? 4 : 6;

	if (random_percent(random, 50) && addresses->count) {
		addresses->items[random_below(random, addresses->count)] =
			addresses->items[addresses->count - 1];
		addresses->count--;
		return;
	}
	if (world_host(world, random, (uint16_t)random_below(random, world->policy->segment_count),
		       family, &address))
		world_ranges_add(addresses, (struct sekisho_range){ address, address, family });
}

static void change_segment(struct world *world, struct random *random, bool renumbers)
{
	struct sekisho_segment *segment = any_segment(world, random);

	switch (random_below(random, 7)) {
	case 0:
		segment->intra_permit = !segment->intra_permit;
		break;
	case 1:
		segment->kind = (enum sekisho_segment_kind)random_between(
			random, SEKISHO_KIND_MYNUMBER, SEKISHO_KIND_OTHER);
		break;
	case 2:
		world_ethertypes(random, segment);
		break;
	case 3:
		move_network(world, random);
		break;
	case 4:
		remove_segment(world, random, renumbers);
		break;
	case 5:
		change_ports(world, random);
		break;
	case 6:
		change_self(world, random);
		break;
	}
}

void world_change(struct world *world, const struct world_step *step, bool renumbers)
{
	struct random random = { step->seed };

	for (unsigned int changes = random_below(&random, 9); changes--;) {
		if (random_percent(&random, 60))
			change_flow(world, &random, step->now);
		else if (random_percent(&random, 40))
			world_flow_add(world, &random, step->now);
		else if (random_percent(&random, 15))
			world_timeouts(&random, world->policy);
		else
			change_segment(world, &random, renumbers);
	}
}
