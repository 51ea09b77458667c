/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small random world for the tests of the tables: policies whose host lists, networks and services
 * meet in every way, and the border host they are for. Must not know the tables' form.
 */
#ifndef SEKISHO_TESTS_TABLES_WORLD_H
#define SEKISHO_TESTS_TABLES_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/tables.h"

#define WORLD_SEED 20250612u
#define FLOWS_MOST 48
#define POOL	   12 /* host lists that several flows name */

static uint64_t random_state = WORLD_SEED;

static inline uint32_t random_below(uint32_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 16) % bound);
}

static inline bool chance(uint32_t percent)
{
	return random_below(100) < percent;
}

/* A small world, so that host lists meet. */
static inline struct sekisho_address random_address(uint8_t family)
{
	struct sekisho_address address = { 0, 0 };

	if (family == 4) {
		address.low = 0x0a000000u | random_below(4) << 16 | random_below(2) << 8 |
			      random_below(8);
		return address;
	}
	address.high = 0xfd00000000000000ull | random_below(3);
	address.low = chance(20) ? UINT64_MAX - random_below(4) : random_below(24);
	return address;
}

static inline struct sekisho_range random_range(void)
{
	uint8_t family = chance(60) ? 4 : 6;
	struct sekisho_address a = random_address(family), b = a, swap;

	if (chance(40))
		b = random_address(family);
	if (sekisho_address_compare(a, b) > 0) {
		swap = a;
		a = b;
		b = swap;
	}
	if (chance(15)) {
		a.low &= ~(uint64_t)0xff;
		b = a;
		b.low |= 0xff;
	}
	if (chance(2))
		b = family == 4 ? (struct sekisho_address){ 0, UINT32_MAX }
				: (struct sekisho_address){ UINT64_MAX, UINT64_MAX };
	return (struct sekisho_range){ a, b, family };
}

static inline struct sekisho_ranges new_ranges(size_t count)
{
	return (struct sekisho_ranges){ calloc(count + 1, sizeof(struct sekisho_range)), count };
}

static inline struct sekisho_ranges random_ranges(void)
{
	struct sekisho_ranges ranges = new_ranges(1 + random_below(4));

	for (size_t i = 0; i < ranges.count; i++)
		ranges.items[i] = random_range();
	return ranges;
}

/* The same addresses in another order, at times with one range twice. */
static inline struct sekisho_ranges shuffled(const struct sekisho_ranges *ranges)
{
	struct sekisho_ranges copy = new_ranges(ranges->count + chance(30));

	for (size_t i = 0; i < copy.count; i++)
		copy.items[i] = ranges->items[i % ranges->count];
	for (size_t i = copy.count; i > 1; i--) {
		struct sekisho_range *other = &copy.items[random_below((uint32_t)i)];
		struct sekisho_range swap = copy.items[i - 1];

		copy.items[i - 1] = *other;
		*other = swap;
	}
	return copy;
}

static inline uint16_t random_port(void)
{
	static const uint16_t ports[] = { 0, 1, 8, 22, 66, 67, 68, 80, 81, 128, 443, 547, 65535 };

	return chance(80) ? ports[random_below(sizeof(ports) / sizeof(*ports))]
			  : (uint16_t)random_below(65536);
}

static inline void random_interval(uint16_t *first, uint16_t *last)
{
	uint16_t a = random_port(), b = chance(50) ? a : random_port();

	*first = a < b ? a : b;
	*last = a < b ? b : a;
}

static const uint8_t protocols[] = { 6, 6, 17, 17, 1, 58, 47, 50 };

static inline void random_demands(struct sekisho_flow *flow)
{
	static const int64_t ends[] = { -5, 100, 2000000000, 1ll << 33, 1ll << 40, INT64_MAX };

	flow->mac_count = chance(30) ? 1 + random_below(3) : 0;
	flow->macs = calloc(flow->mac_count + 1, sizeof(*flow->macs));
	for (size_t i = 0; i < flow->mac_count; i++)
		flow->macs[i] = 0x020000000000ull + i * 7 + random_below(7);
	flow->valid_from = chance(50) ? INT64_MIN : random_below(1000);
	flow->valid_until = ends[random_below(sizeof(ends) / sizeof(*ends))];
	flow->schedule.present = chance(20);
	flow->schedule.days = (uint8_t)random_below(128);
	flow->schedule.start_minute = (uint16_t)random_below(1440);
	flow->schedule.end_minute = (uint16_t)random_below(1440);
	flow->limit.new_per_second = chance(15) ? 10 : 0;
	flow->limit.concurrent = chance(15) ? 20 : 0;
	flow->log = (enum sekisho_flow_log)random_below(3);
	flow->survives_isolation = chance(20);
}

static inline void random_flow(struct sekisho_policy *policy, size_t index,
			       const struct sekisho_ranges *pool, uint32_t sharing)
{
	struct sekisho_flow *flow = &policy->flows[index];
	struct sekisho_endpoint *ends[] = { &flow->from, &flow->to };

	flow->id = malloc(16);
	snprintf(flow->id, 16, "flow-%05u", (unsigned int)index);
	for (int i = 0; i < 2; i++) {
		ends[i]->segment = (uint16_t)random_below((uint32_t)policy->segment_count);
		if (chance(60))
			ends[i]->segment = (uint16_t)(i ? 0 : 1);
		if (chance(sharing))
			ends[i]->hosts = shuffled(&pool[random_below(POOL)]);
		else if (chance(100 - sharing))
			ends[i]->hosts = random_ranges();
	}
	flow->service_count = random_below(5);
	flow->services = calloc(flow->service_count + 1, sizeof(*flow->services));
	for (size_t i = 0; i < flow->service_count; i++) {
		flow->services[i].protocol = protocols[random_below(sizeof(protocols))];
		random_interval(&flow->services[i].first, &flow->services[i].last);
	}
	flow->source_port_count = chance(30) ? 1 + random_below(3) : 0;
	flow->source_ports = calloc(flow->source_port_count + 1, sizeof(*flow->source_ports));
	for (size_t i = 0; i < flow->source_port_count; i++)
		random_interval(&flow->source_ports[i].first, &flow->source_ports[i].last);
	random_demands(flow);
}

static inline void add_segment(struct sekisho_policy *policy, enum sekisho_segment_kind kind,
			       const struct sekisho_range *networks, size_t network_count)
{
	struct sekisho_segment *segment;
	char text[32];

	policy->segments = reallocarray(policy->segments, policy->segment_count + 1,
					sizeof(*policy->segments));
	segment = &policy->segments[policy->segment_count];
	snprintf(text, sizeof(text), "segment-%zu", policy->segment_count++);
	*segment = (struct sekisho_segment){ .name = strdup(text), .label = strdup(text) };
	segment->kind = kind;
	segment->intra_permit = chance(50);
	segment->networks = new_ranges(network_count);
	memcpy(segment->networks.items, networks, network_count * sizeof(*networks));
	segment->port_count = random_below(6);
	segment->ports = calloc(segment->port_count + 1, sizeof(*segment->ports));
	for (size_t i = 0; i < segment->port_count; i++) {
		snprintf(text, sizeof(text), "%s%zu", chance(80) ? "eth" : "gone",
			 policy->segment_count * 8 + i);
		segment->ports[i].interface = strdup(text);
		segment->ports[i].vlan = (uint16_t)(chance(50) ? random_below(4095) : 0);
	}
}

#define V4(first, last) { { 0, first }, { 0, last }, 4 }
#define V6(first, last) { { first, 0 }, { last, UINT64_MAX }, 6 }

static inline void add_segments(struct sekisho_policy *policy)
{
	static const struct sekisho_range world[] = { V4(0, UINT32_MAX), V6(0, UINT64_MAX) };
	static const struct sekisho_range wide[] = { V4(0x0a000000, 0x0a03ffff),
						     V6(0xfd00000000000000, 0xfd00000000000001) };
	static const struct sekisho_range inner[] = { V4(0x0a010000, 0x0a01ffff),
						      V4(0x0a030000, 0x0a0300ff),
						      V6(0xfd00000000000000, 0xfd00000000000000) };
	static const struct sekisho_range host[] = { V4(0x0a010103, 0x0a010103) };

	add_segment(policy, SEKISHO_KIND_LGWAN, wide, 2);
	add_segment(policy, SEKISHO_KIND_INTERNET, inner, 3);
	add_segment(policy, SEKISHO_KIND_EXTERNAL, host, 1);
	if (chance(50))
		add_segment(policy, SEKISHO_KIND_MANAGEMENT, world, 2);
}

static inline struct sekisho_policy *random_policy(void)
{
	struct sekisho_policy *policy = sekisho_policy_new();
	struct sekisho_ranges pool[POOL];
	uint32_t sharing = chance(75) ? 80 : 30; /* with little of it some policies do not fit */

	add_segments(policy);
	for (int i = 0; i < POOL; i++)
		pool[i] = random_ranges();
	policy->flow_count = random_below(FLOWS_MOST);
	policy->flows = calloc(policy->flow_count + 1, sizeof(*policy->flows));
	for (size_t i = 0; i < policy->flow_count; i++)
		random_flow(policy, i, pool, sharing);
	for (int i = 0; i < POOL; i++)
		free(pool[i].items);
	return policy;
}

static struct sekisho_range own_addresses[] = {
	V4(0x0a000001, 0x0a000001),
	V4(0x0a010001, 0x0a010001),
	{ { 0xfd00000000000000, 1 }, { 0xfd00000000000000, 1 }, 6 }
};
static struct sekisho_range own_broadcasts[] = { V4(0x0a0000ff, 0x0a0000ff) };
static const struct sekisho_self host_self = { { own_addresses, 3 }, { own_broadcasts, 1 } };

static inline uint32_t interface_number(void *context, const char *interface)
{
	(void)context;
	return strncmp(interface, "eth", 3) ? 0 : (uint32_t)strtoul(interface + 3, NULL, 10);
}

static const struct sekisho_bindings bindings = { .ifindex = interface_number, .generation = 7 };

#endif
