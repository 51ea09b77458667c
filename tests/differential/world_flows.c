// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random flows of a world: who, over what, when and how often.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/addresses.h"

#include "world_build.h"

static bool same_range(const struct sekisho_range *a, const struct sekisho_range *b)
{
	return a->family == b->family && !sekisho_address_compare(a->first, b->first) &&
	       !sekisho_address_compare(a->last, b->last);
}

static bool same_list(const struct sekisho_ranges *a, const struct sekisho_ranges *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (!same_range(&a->items[i], &b->items[i]))
			return false;
	return a->count == b->count;
}

/* How many different lists of hosts the flows have: an address must not lie in too many. */
static unsigned int distinct_lists(const struct sekisho_policy *policy)
{
	const struct sekisho_ranges *seen[2 * WORLD_FLOWS];
	unsigned int count = 0;

	for (size_t i = 0; i < 2 * policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i / 2];
		const struct sekisho_ranges *hosts = i % 2 ? &flow->to.hosts : &flow->from.hosts;
		unsigned int known = 0;

		while (known < count && !same_list(hosts, seen[known]))
			known++;
		if (hosts->count && known == count)
			seen[count++] = hosts;
	}
	return count;
}

static void copy_hosts(const struct world *world, struct random *random,
		       struct sekisho_endpoint *endpoint)
{
	const struct sekisho_policy *policy = world->policy;
	size_t start = random_below(random, 2 * policy->flow_count);

	for (size_t i = 0; i < 2 * policy->flow_count; i++) {
		size_t at = (start + i) % (2 * policy->flow_count);
		const struct sekisho_flow *flow = &policy->flows[at / 2];
		const struct sekisho_endpoint *other = at % 2 ? &flow->to : &flow->from;

		if (other == endpoint || other->segment != endpoint->segment)
			continue;
		for (size_t j = 0; j < other->hosts.count; j++)
			world_ranges_add(&endpoint->hosts, other->hosts.items[j]);
		return;
	}
}

static bool make_range(const struct world *world, struct random *random, uint16_t segment,
		       struct sekisho_range *range)
{
	uint8_t family = random_percent(random, 55) ? 4 : 6;
	struct sekisho_address address;

	if (!world_host(world, random, segment, family, &address))
		return false;
	*range = (struct sekisho_range){ address, address, family };
	if (segment == SEKISHO_SEGMENT_SELF)
		return true;
	if (random_percent(random, 30))
		*range = world_prefix(family, address, family == 4 ? 29 : 125);
	else if (random_percent(random, 40))
		range->last.low += random_below(random, 6) & ~address.low;
	else if (random_percent(random, 10))
		*range = world_prefix(family, address, family == 4 ? 24 : 64);
	return true;
}

static bool apart(const struct sekisho_ranges *ranges, const struct sekisho_range *range)
{
	for (size_t i = 0; i < ranges->count; i++) {
		const struct sekisho_range *other = &ranges->items[i];

		if (other->family == range->family &&
		    sekisho_address_compare(range->first, other->last) <= 0 &&
		    sekisho_address_compare(other->first, range->last) <= 0)
			return false;
	}
	return true;
}

/* Groups that a flow may name as responders in `self`. */
static void add_group(struct random *random, struct sekisho_endpoint *endpoint)
{
	struct sekisho_address four = { 0, 0xe00000fb }, six = { 0xff02000000000000ull, 0xfb };
	struct sekisho_range range = random_percent(random, 50)
					     ? (struct sekisho_range){ four, four, 4 }
					     : (struct sekisho_range){ six, six, 6 };

	if (apart(&endpoint->hosts, &range))
		world_ranges_add(&endpoint->hosts, range);
}

void world_flow_hosts(const struct world *world, struct random *random,
		      struct sekisho_endpoint *endpoint)
{
	unsigned int wanted = random_between(random, 1, 3);
	struct sekisho_range range;

	endpoint->hosts.count = 0;
	if (random_percent(random, 40))
		return;
	if (random_percent(random, 40) || distinct_lists(world->policy) >= SEKISHO_COVER_MAX - 2) {
		copy_hosts(world, random, endpoint);
		return;
	}
	while (wanted--)
		if (make_range(world, random, endpoint->segment, &range) &&
		    apart(&endpoint->hosts, &range))
			world_ranges_add(&endpoint->hosts, range);
	if (endpoint->segment == SEKISHO_SEGMENT_SELF && random_percent(random, 20))
		add_group(random, endpoint);
	/* As they are once a policy file has been read. */
	sekisho_ranges_normalise(&endpoint->hosts);
}

static struct sekisho_service make_service(struct random *random)
{
	static const struct sekisho_service some[] = {
		{ 6, 80, 80 },	    { 6, 443, 443 },   { 6, 22, 22 },	 { 6, 1, 65535 },
		{ 6, 8000, 8010 },  { 6, 8005, 8020 }, { 17, 53, 53 },	 { 17, 123, 123 },
		{ 17, 5000, 5010 }, { 17, 1, 65535 },  { 17, 67, 67 },	 { 17, 547, 547 },
		{ 1, 8, 8 },	    { 1, 0, 255 },     { 1, 13, 14 },	 { 58, 128, 128 },
		{ 58, 0, 255 },	    { 58, 128, 129 },  { 47, 0, 65535 }, { 50, 0, 65535 },
		{ 132, 0, 65535 },  { 59, 0, 65535 },  { 58, 0, 0 },	 { 6, 80, 443 },
	};

	return random_pick(random, some);
}

void world_flow_services(struct random *random, struct sekisho_flow *flow)
{
	unsigned int wanted = random_percent(random, 50) ? 1 : random_between(random, 2, 6);

	flow->service_count = 0;
	while (wanted--) {
		world_append(flow->services, flow->service_count);
		flow->services[flow->service_count - 1] = make_service(random);
	}
}

static int compare_macs(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

void world_flow_macs(const struct world *world, struct random *random, struct sekisho_flow *flow)
{
	unsigned int wanted = random_between(random, 1, 5);

	flow->mac_count = 0;
	if (random_percent(random, 75))
		return;
	while (wanted--) {
		uint8_t family = random_percent(random, 50) ? 4 : 6;
		struct sekisho_address address;
		uint64_t mac;
		bool known = false;

		if (!world_host(world, random, flow->from.segment, family, &address))
			continue;
		mac = world_mac(address);
		for (size_t i = 0; i < flow->mac_count; i++)
			known |= flow->macs[i] == mac;
		if (known)
			continue;
		world_append(flow->macs, flow->mac_count);
		flow->macs[flow->mac_count - 1] = mac;
	}
	if (flow->mac_count)
		qsort(flow->macs, flow->mac_count, sizeof(*flow->macs), compare_macs);
}

void world_flow_validity(struct random *random, struct sekisho_flow *flow, int64_t now)
{
	flow->valid_from = now - random_between(random, 1, 100000);
	flow->valid_until = now + random_between(random, 50000000, 50000003);
	if (random_percent(random, 35))
		flow->valid_until = now + random_between(random, 1, 200);
	else if (random_percent(random, 12))
		flow->valid_until = now - random_below(random, 3);
	if (random_percent(random, 12))
		flow->valid_from = now + random_between(random, 0, 60);
	if (flow->valid_from >= flow->valid_until)
		flow->valid_from = flow->valid_until - 1;
}

/* Hours whose edges the clock of an episode crosses. */
void world_flow_schedule(const struct world *world, struct random *random,
			 struct sekisho_flow *flow, int64_t now)
{
	int64_t local = now + sekisho_policy_utc_offset(world->policy, now) + 86400;
	uint16_t minute = (uint16_t)(local % 86400 / 60);

	flow->schedule = (struct sekisho_schedule){ 0 };
	if (random_percent(random, 75))
		return;
	flow->schedule.present = true;
	flow->schedule.days = (uint8_t)random_between(random, 1, 127);
	if (random_percent(random, 60))
		flow->schedule.days = 127;
	flow->schedule.start_minute = (uint16_t)random_below(random, 1440);
	flow->schedule.end_minute = (uint16_t)random_below(random, 1440);
	if (random_percent(random, 40))
		flow->schedule.start_minute =
			(uint16_t)((minute + 1439 + random_below(random, 4)) % 1440);
	if (random_percent(random, 40))
		flow->schedule.end_minute =
			(uint16_t)((minute + 1439 + random_below(random, 4)) % 1440);
	if (flow->schedule.end_minute == flow->schedule.start_minute)
		flow->schedule.end_minute = (uint16_t)((flow->schedule.start_minute + 1) % 1440);
}

/*
 * An id has limits in all policies or in none: the programs count the connections of a flow that
 * gets a limit from their next frame on, the model from the commit on.
 */
void world_flow_limit(struct random *random, struct sekisho_flow *flow)
{
	flow->limit = (struct sekisho_limit){ 0 };
	if (world_flow_number(flow) % 4)
		return;
	if (random_percent(random, 60))
		flow->limit.new_per_second = random_between(random, 1, 3);
	if (random_percent(random, 60) || !flow->limit.new_per_second)
		flow->limit.concurrent = random_between(random, 1, 5);
}

static void make_source_ports(struct random *random, struct sekisho_flow *flow)
{
	if (random_percent(random, 85))
		return;
	for (unsigned int wanted = random_between(random, 1, 2); wanted--;) {
		uint16_t first = (uint16_t)(wanted ? random_between(random, 1, 1023)
						   : random_between(random, 1025, 40000));

		world_append(flow->source_ports, flow->source_port_count);
		flow->source_ports[flow->source_port_count - 1] = (struct sekisho_port_range){
			first, (uint16_t)(first + random_below(random, wanted ? 1 : 20000))
		};
	}
}

static void choose_ends(const struct sekisho_policy *policy, struct random *random,
			struct sekisho_flow *flow)
{
	flow->from.segment = (uint16_t)random_below(random, policy->segment_count);
	flow->to.segment = (uint16_t)random_below(random, policy->segment_count);
	if (random_percent(random, 25))
		flow->to.segment = SEKISHO_SEGMENT_SELF;
	if (flow->from.segment == SEKISHO_SEGMENT_SELF && flow->to.segment == SEKISHO_SEGMENT_SELF)
		flow->from.segment = 1;
}

/* Where the new flow belongs among the sorted ids. */
static struct sekisho_flow *insert(struct sekisho_policy *policy, unsigned int number)
{
	struct sekisho_flow *flow;
	char id[8];
	size_t at;

	snprintf(id, sizeof(id), "f%02u", number);
	world_append(policy->flows, policy->flow_count);
	for (at = policy->flow_count - 1; at && strcmp(policy->flows[at - 1].id, id) > 0; at--)
		policy->flows[at] = policy->flows[at - 1];
	flow = &policy->flows[at];
	memset(flow, 0, sizeof(*flow));
	flow->id = world_text(id);
	flow->purpose = world_text("");
	flow->requested_by = world_text("");
	flow->approved_by = world_text("");
	flow->approved_on = INT64_MIN;
	return flow;
}

void world_flow_add(struct world *world, struct random *random, int64_t now)
{
	struct sekisho_policy *policy = world->policy;
	uint64_t used = 0;
	unsigned int number;
	struct sekisho_flow *flow;

	for (size_t i = 0; i < policy->flow_count; i++)
		used |= 1ull << world_flow_number(&policy->flows[i]);
	number = random_below(random, WORLD_FLOWS);
	if (used >> number & 1)
		return;
	flow = insert(policy, number);
	choose_ends(policy, random, flow);
	world_flow_hosts(world, random, &flow->from);
	world_flow_hosts(world, random, &flow->to);
	world_flow_services(random, flow);
	world_flow_macs(world, random, flow);
	make_source_ports(random, flow);
	world_flow_validity(random, flow, now);
	world_flow_schedule(world, random, flow, now);
	world_flow_limit(random, flow);
	flow->log = (enum sekisho_flow_log)random_below(random, 3);
	flow->survives_isolation = random_percent(random, 30);
}

void world_flow_remove(struct sekisho_policy *policy, size_t index)
{
	struct sekisho_flow *flow = &policy->flows[index];

	free(flow->id);
	free(flow->from.hosts.items);
	free(flow->to.hosts.items);
	free(flow->macs);
	free(flow->source_ports);
	free(flow->services);
	free(flow->purpose);
	free(flow->requested_by);
	free(flow->approved_by);
	policy->flow_count--;
	memmove(flow, flow + 1, (policy->flow_count - index) * sizeof(*flow));
}
