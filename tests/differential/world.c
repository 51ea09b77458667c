// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes worlds: segments with kinds, ports and networks, the host's own addresses, and flows. What
 * is made keeps the rules that a policy file is checked for: no networks overlap but with the
 * default ones, a port has one segment, flows are sorted by id.
 */
#include "world.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "world_build.h"

#define NETWORKS_IN_SLOT 5

void *world_grow(void *list, size_t *count, size_t element_bytes)
{
	char *grown = reallocarray(list, *count + 1, element_bytes);

	if (!grown)
		err(1, "no memory");
	memset(grown + *count * element_bytes, 0, element_bytes);
	(*count)++;
	return grown;
}

char *world_text(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		err(1, "no memory");
	return copy;
}

void world_ranges_add(struct sekisho_ranges *ranges, struct sekisho_range range)
{
	world_append(ranges->items, ranges->count);
	ranges->items[ranges->count - 1] = range;
}

struct sekisho_range world_prefix(uint8_t family, struct sekisho_address address,
				  unsigned int length)
{
	unsigned int host_bits = (family == 4 ? 32 : 128) - length;
	struct sekisho_address mask = { 0, 0 };

	if (host_bits >= 64)
		mask.low = UINT64_MAX;
	else
		mask.low = (1ull << host_bits) - 1;
	if (host_bits > 64)
		mask.high = host_bits == 128 ? UINT64_MAX : (1ull << (host_bits - 64)) - 1;
	return (struct sekisho_range){
		.first = { address.high & ~mask.high, address.low & ~mask.low },
		.last = { address.high | mask.high, address.low | mask.low },
		.family = family,
	};
}

static struct sekisho_address ipv4(unsigned int a, unsigned int b, unsigned int c, unsigned int d)
{
	return (struct sekisho_address){ 0, (uint64_t)(a << 24 | b << 16 | c << 8 | d) };
}

/* The networks that the plan has for a slot. */
static struct sekisho_range slot_network(unsigned int slot, unsigned int which)
{
	struct sekisho_address wide = { 0x20010db800000000ull | slot << 16, 0 };
	struct sekisho_address narrow = { 0xfd00000000000000ull | slot, 0 };

	switch (which) {
	case 0:
		return world_prefix(4, ipv4(10, slot, 1, 0), 24);
	case 1:
		return world_prefix(6, wide, 48);
	case 2:
		return world_prefix(4, ipv4(10, slot, 64, 0), 18);
	case 3:
		return world_prefix(6, narrow, 64);
	default:
		return world_prefix(4, ipv4(192, 168, slot * 16, 0), 20);
	}
}

unsigned int world_slot(const struct sekisho_segment *segment)
{
	return (unsigned int)(segment->name[3] - '0');
}

static int compare_networks(const void *left, const void *right)
{
	const struct sekisho_range *a = left, *b = right;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return sekisho_address_compare(a->first, b->first);
}

void world_networks_sort(struct sekisho_segment *segment)
{
	if (segment->networks.count)
		qsort(segment->networks.items, segment->networks.count,
		      sizeof(*segment->networks.items), compare_networks);
}

static void make_networks(struct random *random, struct sekisho_segment *segment, bool outside)
{
	unsigned int wanted = random_between(random, 1, (1u << NETWORKS_IN_SLOT) - 1);
	struct sekisho_address zero = { 0, 0 };

	/* Most have their first two networks, so that most hosts have somebody to talk to. */
	if (random_percent(random, 80))
		wanted |= 3;
	for (unsigned int i = 0; i < NETWORKS_IN_SLOT; i++)
		if (wanted >> i & 1)
			world_ranges_add(&segment->networks, slot_network(world_slot(segment), i));
	if (outside) {
		world_ranges_add(&segment->networks, world_prefix(4, zero, 0));
		if (random_percent(random, 70))
			world_ranges_add(&segment->networks, world_prefix(6, zero, 0));
	}
	world_networks_sort(segment);
}

void world_ethertypes(struct random *random, struct sekisho_segment *segment)
{
	static const uint16_t some[] = { 0x88cc, 0x8892, 0x0027, 0x8847, 0x6003, 0x88f7 };

	segment->ethertype_count = random_percent(random, 50) ? random_below(random, 4) : 0;
	/* Neighbours in the list, so that none is there twice. */
	for (size_t i = 0, first = random_below(random, sizeof(some) / sizeof(*some));
	     i < segment->ethertype_count; i++)
		segment->ethertypes[i] = some[(first + i) % (sizeof(some) / sizeof(*some))];
}

static void make_segment(struct world *world, struct random *random, unsigned int slot,
			 bool outside)
{
	struct sekisho_policy *policy = world->policy;
	struct sekisho_segment *segment;
	char name[8];

	snprintf(name, sizeof(name), "seg%u", slot);
	world_append(policy->segments, policy->segment_count);
	segment = &policy->segments[policy->segment_count - 1];
	segment->name = world_text(name);
	segment->label = world_text(name);
	segment->kind = (enum sekisho_segment_kind)random_between(random, SEKISHO_KIND_MYNUMBER,
								  SEKISHO_KIND_OTHER);
	segment->intra_permit = random_percent(random, 30);
	make_networks(random, segment, outside);
	world_ethertypes(random, segment);
}

static void add_port(struct random *random, struct sekisho_segment *segment, unsigned int *taken)
{
	static const uint16_t vlans[] = { 0, 10, 20 };
	unsigned int device = random_below(random, WORLD_DEVICES);
	unsigned int vlan = random_percent(random, 50) ? 0 : random_below(random, 3);
	struct sekisho_port *port;
	char name[8];

	if (taken[device] >> vlan & 1)
		return;
	taken[device] |= 1u << vlan;
	snprintf(name, sizeof(name), "p%u", device);
	world_append(segment->ports, segment->port_count);
	port = &segment->ports[segment->port_count - 1];
	port->interface = world_text(name);
	port->vlan = vlans[vlan];
}

void world_ports(struct world *world, struct random *random)
{
	struct sekisho_policy *policy = world->policy;
	unsigned int taken[WORLD_DEVICES] = { 0 };

	for (size_t i = 1; i < policy->segment_count; i++) {
		unsigned int wanted = random_between(random, 1, 3);

		for (int tries = 0; tries < 9 && policy->segments[i].port_count < wanted; tries++)
			add_port(random, &policy->segments[i], taken);
	}
}

static void own(struct sekisho_ranges *ranges, uint8_t family, struct sekisho_address address)
{
	world_ranges_add(ranges, (struct sekisho_range){ address, address, family });
}

static void make_self(struct world *world, struct random *random)
{
	for (size_t i = 1; i < world->policy->segment_count; i++) {
		unsigned int slot = world_slot(&world->policy->segments[i]);
		struct sekisho_address wide = { 0x20010db800000000ull | slot << 16, 0xfe };
		struct sekisho_address link = { 0xfe80000000000000ull, slot };

		if (random_percent(random, 80)) {
			own(&world->self.addresses, 4, ipv4(10, slot, 1, 254));
			own(&world->self.broadcasts, 4, ipv4(10, slot, 1, 255));
		}
		if (random_percent(random, 20)) {
			own(&world->self.addresses, 4, ipv4(10, slot, 64, 254));
			own(&world->self.broadcasts, 4, ipv4(10, slot, 127, 255));
		}
		if (random_percent(random, 70)) {
			own(&world->self.addresses, 6, wide);
			own(&world->self.addresses, 6, link);
		}
	}
}

void world_timeouts(struct random *random, struct sekisho_policy *policy)
{
	policy->timeouts = (struct sekisho_timeouts){
		.tcp_half_open = random_between(random, 2, 30),
		.tcp_established = random_between(random, 10, 300),
		.tcp_closing = random_between(random, 2, 60),
		.tcp_reset = random_between(random, 1, 10),
		.udp_unreplied = random_between(random, 2, 30),
		.udp_replied = random_between(random, 5, 180),
		.icmp = random_between(random, 2, 30),
		.other = random_between(random, 5, 200),
	};
}

static void make_zone(struct random *random, struct sekisho_policy *policy, int64_t now)
{
	static const int32_t offsets[] = { 9 * 3600, 0, -5 * 3600, 19800, 14 * 3600, -12 * 3600 };

	policy->zone[0].offset = random_pick(random, offsets);
	policy->zone_count = random_between(random, 1, 3);
	for (size_t i = 1; i < policy->zone_count; i++) {
		policy->zone[i].since =
			now + (int64_t)random_below(random, 200) + 200 * (int64_t)i - 400;
		policy->zone[i].offset =
			policy->zone[i - 1].offset + (random_percent(random, 50) ? 3600 : -1800);
	}
}

static void make_segments(struct world *world, struct random *random)
{
	unsigned int count = random_between(random, 2, WORLD_SLOTS), outside;
	unsigned int slots[WORLD_SLOTS];

	for (unsigned int i = 0; i < WORLD_SLOTS; i++)
		slots[i] = i + 1;
	for (unsigned int i = 0; i < WORLD_SLOTS; i++) {
		unsigned int other = random_below(random, WORLD_SLOTS), swap = slots[i];

		slots[i] = slots[other];
		slots[other] = swap;
	}
	outside = random_percent(random, 40) ? random_below(random, count) : WORLD_SLOTS;
	for (unsigned int i = 0; i < count; i++)
		make_segment(world, random, slots[i], i == outside);
}

static struct world *world_new(const struct world_step *step)
{
	struct world *world = calloc(1, sizeof(*world));
	struct random random = { step->seed };
	unsigned int flows;

	if (!world)
		err(1, "no memory");
	world->policy = sekisho_policy_new();
	if (!world->policy)
		err(1, "no memory");
	make_zone(&random, world->policy, step->now);
	world_timeouts(&random, world->policy);
	make_segments(world, &random);
	world_ports(world, &random);
	make_self(world, &random);
	flows = random_between(&random, 4, 40);
	for (unsigned int i = 0; i < flows; i++)
		world_flow_add(world, &random, step->now);
	return world;
}

struct world *world_make(const struct world_recipe *recipe)
{
	struct world *world = world_new(&recipe->steps[0]);

	for (unsigned int i = 1; i < recipe->step_count; i++)
		world_change(world, &recipe->steps[i], recipe->renumbers);
	for (size_t i = world->policy->flow_count; i-- > 0;)
		if (recipe->dropped >> world_flow_number(&world->policy->flows[i]) & 1)
			world_flow_remove(world->policy, i);
	return world;
}

void world_free(struct world *world)
{
	if (!world)
		return;
	sekisho_policy_free(world->policy);
	free(world->self.addresses.items);
	free(world->self.broadcasts.items);
	free(world);
}

unsigned int world_flow_number(const struct sekisho_flow *flow)
{
	return (unsigned int)(flow->id[1] - '0') * 10 + (unsigned int)(flow->id[2] - '0');
}

uint16_t world_port_segment(const struct world *world, unsigned int device, uint16_t vlan)
{
	for (size_t i = 1; i < world->policy->segment_count; i++) {
		const struct sekisho_segment *segment = &world->policy->segments[i];

		for (size_t j = 0; j < segment->port_count; j++)
			if ((unsigned int)(segment->ports[j].interface[1] - '0') == device &&
			    segment->ports[j].vlan == vlan)
				return (uint16_t)i;
	}
	return SEKISHO_SEGMENT_NONE;
}

uint64_t world_mac(struct sekisho_address address)
{
	uint64_t mixed = (address.high * 31 + address.low) * 0x9e3779b97f4a7c15ull;

	return 0x020000000000ull | (mixed >> 40 & 0xffffff);
}

struct sekisho_address world_address_in(struct random *random, const struct sekisho_range *range)
{
	struct sekisho_address address = range->first;
	uint64_t span = range->last.low - range->first.low;

	if (range->last.high != range->first.high)
		span = UINT64_MAX;
	/* The default networks begin where no host is. */
	if (!address.high && !address.low)
		address = range->family == 4 ? ipv4(198, 51, 100, 0)
					     : (struct sekisho_address){ 0x2001486000000000ull, 0 };
	if (random_percent(random, 90))
		address.low += random_below(random, span < 8 ? span + 1 : 8);
	else if (random_percent(random, 50))
		address.low += random_below(random, span < 4000 ? span + 1 : 4000);
	else
		address = range->last;
	return address;
}

static bool pick_range(struct random *random, const struct sekisho_ranges *ranges, uint8_t family,
		       struct sekisho_address *address)
{
	size_t start = random_below(random, ranges->count);

	for (size_t i = 0; i < ranges->count; i++) {
		const struct sekisho_range *range = &ranges->items[(start + i) % ranges->count];

		if (range->family != family)
			continue;
		*address = world_address_in(random, range);
		return true;
	}
	return false;
}

bool world_host(const struct world *world, struct random *random, uint16_t segment, uint8_t family,
		struct sekisho_address *address)
{
	if (segment == SEKISHO_SEGMENT_SELF)
		return pick_range(random, &world->self.addresses, family, address);
	return pick_range(random, &world->policy->segments[segment].networks, family, address);
}

const char *world_address_text(uint8_t family, struct sekisho_address address, char *text)
{
	uint32_t words[4] = {
		htonl((uint32_t)(address.high >> 32)),
		htonl((uint32_t)address.high),
		htonl((uint32_t)(address.low >> 32)),
		htonl((uint32_t)address.low),
	};

	inet_ntop(family == 4 ? AF_INET : AF_INET6, family == 4 ? &words[3] : words, text,
		  INET6_ADDRSTRLEN);
	return text;
}
