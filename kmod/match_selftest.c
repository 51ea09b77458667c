// SPDX-License-Identifier: GPL-2.0-only
/*
 * The matcher against its naive twin: policies from a seed, small enough that addresses, services
 * and times meet often, and questions about them. Also that what a policy must not have is found
 * where the twin finds it. Knows the matcher by match.h and policy.h alone.
 */
#ifdef SEKISHO_SELFTEST

#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "sekisho/reasons.h"

#include "match.h"
#include "match_naive.h"
#include "names.h"

#define SEGMENTS  6
#define NETWORKS  4
#define SETS	  24
#define RANGES	  5
#define FLOWS	  150
#define SERVICES  3
#define MACS	  3
#define PORTS	  2
#define QUESTIONS 2000
#define NOON	  1790000000ll /* about which everything is valid, or not */

/* What a policy is made of, kept so that the twin can look at what was refused. */
struct world {
	u64 state; /* of the random numbers */
	u32 segment_count; /* declared */
	struct sekisho_segment segments[SEGMENTS];
	struct sekisho_range networks[SEGMENTS][NETWORKS];
	u32 set_count;
	struct sekisho_hosts sets[SETS + 1]; /* from 1 */
	struct sekisho_range ranges[SETS + 1][RANGES];
	u32 flow_count;
	struct sekisho_flow flows[FLOWS];
	struct sekisho_service services[FLOWS][SERVICES];
	u64 macs[FLOWS][MACS];
	struct sekisho_port_range ports[FLOWS][PORTS];
};

static u64 draw(struct world *world)
{
	u64 value;

	world->state += 0x9e3779b97f4a7c15ull;
	value = world->state;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
	value = (value ^ value >> 27) * 0x94d049bb133111ebull;
	return value ^ value >> 31;
}

static u32 below(struct world *world, u32 bound)
{
	return (u32)draw(world) % bound;
}

static bool chance(struct world *world, u32 percent)
{
	return below(world, 100) < percent;
}

static u8 draw_family(struct world *world)
{
	return chance(world, 60) ? 4 : 6;
}

/* Few bits vary, so that addresses meet; sometimes one that is special, or any. */
static struct sekisho_address draw_address(struct world *world, u8 family)
{
	static const struct sekisho_address ipv4[] = {
		{ 0, 0 },	   { 0, 1 },	      { 0, 0x7f000001 }, { 0, 0x7fffffff },
		{ 0, 0xdfffffff }, { 0, 0xe0000000 }, { 0, 0xefffffff }, { 0, 0xf0000000 },
		{ 0, 0xfffffffe }, { 0, 0xffffffff },
	};
	static const struct sekisho_address ipv6[] = {
		{ 0, 0 },
		{ 0, 1 },
		{ 0, 0xfffeffffffff },
		{ 0, 0xffff00000000 },
		{ 0, 0xffffffffffff },
		{ 0, 0x1000000000000 },
		{ 0xfe7fffffffffffff, U64_MAX },
		{ 0xfe80000000000000, 0 },
		{ 0xfebfffffffffffff, U64_MAX },
		{ 0xfec0000000000000, 0 },
		{ 0xff00000000000000, 0 },
		{ U64_MAX, U64_MAX },
	};
	u32 segment = below(world, SEGMENTS + 1), low = below(world, 64);

	if (chance(world, 3))
		return family == 4 ? ipv4[below(world, ARRAY_SIZE(ipv4))]
				   : ipv6[below(world, ARRAY_SIZE(ipv6))];
	if (chance(world, 2))
		return family == 4 ? (struct sekisho_address){ 0, (u32)draw(world) }
				   : (struct sekisho_address){ draw(world), draw(world) };
	if (family == 4)
		return (struct sekisho_address){ 0, 0x0a000000 | segment << 16 | low };
	if (chance(world, 50))
		return (struct sekisho_address){ 0xfd00000000000000 | (u64)segment << 32 | low, 0 };
	return (struct sekisho_address){ 0xfd00000000000000 | (u64)segment << 32, low };
}

/* The prefix of @length bits that holds @address. */
static struct sekisho_range prefix_of(u8 family, struct sekisho_address address, u32 length)
{
	struct sekisho_range range = { address, address, family };
	u32 bits = family == 4 ? 32 : 128, i;

	for (i = 0; i < bits - length; i++) {
		if (i < 64) {
			range.first.low &= ~(1ull << i);
			range.last.low |= 1ull << i;
		} else {
			range.first.high &= ~(1ull << (i - 64));
			range.last.high |= 1ull << (i - 64);
		}
	}
	return range;
}

/* Mostly a segment's own corner of the addresses; rarely one that may lie in another's. */
static struct sekisho_range draw_network(struct world *world, u32 segment)
{
	u8 family = draw_family(world);
	struct sekisho_address address = draw_address(world, family);
	u32 whole = family == 4 ? 16 : 32, bits = family == 4 ? 32 : 128;

	if (chance(world, 2))
		return prefix_of(family, address, below(world, bits + 1));
	address.low = family == 4 ? 0x0a000000 | segment << 16 | below(world, 64) : address.low;
	address.high = family == 4 ? 0 : 0xfd00000000000000 | (u64)segment << 32;
	return prefix_of(family, address, whole + below(world, bits - whole + 1));
}

static void draw_segments(struct world *world)
{
	u32 i, k, everything;

	world->segment_count = 2 + below(world, SEGMENTS - 1);
	everything = below(world, 2 * world->segment_count);
	for (i = 0; i < world->segment_count; i++) {
		struct sekisho_segment *segment = &world->segments[i];

		*segment = (struct sekisho_segment){
			.meaning = below(world, SEKISHO_MEANING_COUNT),
			.networks = world->networks[i],
			.network_count = below(world, NETWORKS + 1),
		};
		for (k = 0; k < segment->network_count; k++)
			segment->networks[k] = draw_network(world, i);
		if (i == everything && segment->network_count)
			segment->networks[0] =
				prefix_of(draw_family(world), (struct sekisho_address){ 0, 0 }, 0);
	}
}

/* Put a range in order; left out where it meets one that is there. */
static void insert_range(struct sekisho_hosts *hosts, const struct sekisho_range *range)
{
	u32 i, at = hosts->range_count;

	for (i = 0; i < hosts->range_count; i++)
		if (hosts->ranges[i].family == range->family &&
		    sekisho_address_compare(hosts->ranges[i].first, range->last) <= 0 &&
		    sekisho_address_compare(range->first, hosts->ranges[i].last) <= 0)
			return;
	for (; at && sekisho_address_compare(hosts->ranges[at - 1].first, range->first) > 0; at--)
		hosts->ranges[at] = hosts->ranges[at - 1];
	hosts->ranges[at] = *range;
	hosts->range_count++;
}

static void draw_sets(struct world *world)
{
	bool heavy = chance(world, 10);
	u32 i, k;

	world->set_count = heavy ? SETS - below(world, 8) : below(world, SEKISHO_COVER_MAX + 1);
	for (i = 1; i <= world->set_count; i++) {
		struct sekisho_hosts *hosts = &world->sets[i];

		*hosts = (struct sekisho_hosts){
			.ranges = world->ranges[i],
			.segment = below(world, world->segment_count + 1),
		};
		for (k = 1 + below(world, RANGES); k; k--) {
			struct sekisho_range range = { .family = draw_family(world) };

			range.first = draw_address(world, range.family);
			range.last = chance(world, heavy ? 5 : 50)
					     ? range.first
					     : draw_address(world, range.family);
			if (sekisho_address_compare(range.first, range.last) > 0)
				swap(range.first, range.last);
			insert_range(hosts, &range);
		}
	}
}

/* A set of the segment, or 0. */
static u32 draw_set(struct world *world, u16 segment)
{
	u32 set = below(world, world->set_count + 1);

	return chance(world, 80) && set && world->sets[set].segment == segment ? set : 0;
}

static const u8 protocols[] = { 1, 6, 17, 17, 50, 58 };

static u8 draw_protocol(struct world *world)
{
	return protocols[below(world, ARRAY_SIZE(protocols))];
}

static u16 draw_number(struct world *world, u8 protocol)
{
	static const u16 numbers[] = { 0, 66, 67, 68, 546, 547, 548, 32768, 65534, 65535 };

	if (protocol == 50)
		return 0;
	if ((protocol == 6 || protocol == 17) && chance(world, 30))
		return numbers[below(world, ARRAY_SIZE(numbers))];
	return below(world, 10);
}

static struct sekisho_service draw_service(struct world *world, u32 whole)
{
	struct sekisho_service service = { .protocol = draw_protocol(world) };

	service.first = draw_number(world, service.protocol);
	service.last = service.first;
	service.all = chance(world, whole);
	if (chance(world, 50))
		service.last = draw_number(world, service.protocol);
	if (service.first > service.last)
		swap(service.first, service.last);
	if (service.protocol == 50 && chance(world, 50))
		service.last = U16_MAX;
	return service;
}

static void draw_senders(struct world *world, u32 i)
{
	struct sekisho_flow *flow = &world->flows[i];
	u32 mac, port = 0;

	flow->macs = world->macs[i];
	flow->source_ports = world->ports[i];
	for (mac = 0; mac < MACS && chance(world, 15); mac++)
		flow->macs[flow->mac_count++] = 2 * mac + below(world, 2);
	while (flow->source_port_count < PORTS && chance(world, 15)) {
		struct sekisho_port_range *range = &flow->source_ports[flow->source_port_count++];

		range->first = port + below(world, 3);
		range->last = range->first + below(world, 3);
		port = range->last + 1;
	}
}

static void draw_time(struct world *world, struct sekisho_flow *flow)
{
	flow->valid_from = chance(world, 60) ? S64_MIN : NOON - 4 + below(world, 8);
	flow->valid_until = chance(world, 60) ? S64_MAX : NOON + 5 + below(world, 6);
	if (chance(world, 10)) {
		flow->valid_from = S64_MIN;
		flow->valid_until = NOON - below(world, 4);
	}
	if (chance(world, 70))
		return;
	flow->days = 1 + below(world, 127);
	flow->start_minute = below(world, 1440);
	flow->end_minute = chance(world, 20) ? flow->start_minute : below(world, 1441);
}

static void draw_flows(struct world *world)
{
	bool crowded = chance(world, 10);
	u32 i, k;

	world->flow_count = below(world, crowded ? FLOWS + 1 : 41);
	for (i = 0; i < world->flow_count; i++) {
		struct sekisho_flow *flow = &world->flows[i];

		*flow = (struct sekisho_flow){
			.from = below(world, world->segment_count + 1),
			.to = crowded ? 1 : below(world, world->segment_count + 1),
			.services = world->services[i],
			.service_count = 1 + below(world, SERVICES),
			.new_per_second = chance(world, 15),
			.concurrent = chance(world, 15),
			.survives = chance(world, 30),
			.log = below(world, SEKISHO_FLOW_LOG_COUNT),
		};
		if (crowded)
			flow->from = 1 + chance(world, 20);
		flow->from_hosts = crowded ? 0 : draw_set(world, flow->from);
		flow->to_hosts = crowded ? 0 : draw_set(world, flow->to);
		for (k = 0; k < flow->service_count; k++)
			flow->services[k] = draw_service(world, crowded ? 50 : 15);
		draw_senders(world, i);
		draw_time(world, flow);
	}
}

/* Is any address in more sets than may be? Most lie over one where some range begins. */
static bool covered_too_often(const struct world *world)
{
	u32 i, k, set, range, count;

	for (i = 1; i <= world->set_count; i++) {
		for (k = 0; k < world->sets[i].range_count; k++) {
			const struct sekisho_range *begin = &world->ranges[i][k];

			count = 0;
			for (set = 1; set <= world->set_count; set++)
				for (range = 0; range < world->sets[set].range_count; range++)
					count += sekisho_naive_holds(&world->ranges[set][range],
								     begin->family, begin->first);
			if (count > SEKISHO_COVER_MAX)
				return true;
		}
	}
	return false;
}

/* Do too many flows share hosts and a service? Most do where some service begins. */
static bool permitted_too_often(const struct world *world)
{
	u32 i, k, other, count;

	for (i = 0; i < world->flow_count; i++) {
		const struct sekisho_flow *flow = &world->flows[i];

		for (k = 0; k < flow->service_count; k++) {
			u16 number = flow->services[k].all ? 0 : flow->services[k].first;

			count = 0;
			for (other = 0; other < world->flow_count; other++)
				count += world->flows[other].from == flow->from &&
					 world->flows[other].to == flow->to &&
					 world->flows[other].from_hosts == flow->from_hosts &&
					 world->flows[other].to_hosts == flow->to_hosts &&
					 sekisho_naive_serves(&world->flows[other],
							      flow->services[k].protocol, number);
			if (count > SEKISHO_CANDIDATES_MAX)
				return true;
		}
	}
	return false;
}

/* Whether a refusal, or none, is what the twin would say. */
static bool judged_rightly(const struct world *world, int error)
{
	bool overlap = sekisho_naive_overlap(world->segments, world->segment_count);
	bool much = covered_too_often(world) || permitted_too_often(world);

	if (error == -EINVAL)
		return overlap;
	return error ? much : !overlap && !much;
}

static int add_site(struct world *world, struct sekisho_draft *draft,
		    struct sekisho_policy_fault *fault)
{
	struct sekisho_site site = { .connections = 1, .zone_count = below(world, 4) };
	u32 i;

	for (i = 0; i < SEKISHO_TIMEOUTS; i++)
		site.timeouts[i] = 1;
	for (i = 0; i < site.zone_count; i++) {
		site.zone[i].since = i ? NOON - 10 + 5 * (s64)i : S64_MIN;
		site.zone[i].offset = (s32)below(world, 86400 * 2 - 1) - 86399;
	}
	return sekisho_draft_set_site(draft, &site, fault);
}

static int add_own(struct world *world, struct sekisho_draft *draft,
		   struct sekisho_policy_fault *fault)
{
	u32 count;
	int error = 0;

	for (count = below(world, 10); count && !error; count--) {
		struct sekisho_own own = { .family = draw_family(world) };

		own.broadcast = own.family == 4 && chance(world, 30);
		own.address = draw_address(world, own.family);
		error = sekisho_draft_add_own(draft, &own, fault);
		if (error == -EEXIST)
			error = 0;
	}
	return error;
}

static int fill_draft(struct world *world, struct sekisho_draft *draft,
		      struct sekisho_policy_fault *fault)
{
	char name[SEKISHO_NAME_BYTES];
	int error = add_site(world, draft, fault);
	u32 i;

	for (i = 0; i < world->segment_count && !error; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		error = sekisho_draft_add_segment(draft, &world->segments[i], name, fault);
	}
	if (!error)
		error = add_own(world, draft, fault);
	for (i = 1; i <= world->set_count && !error; i++)
		error = sekisho_draft_add_hosts(draft, &world->sets[i], fault);
	for (i = 0; i < world->flow_count && !error; i++) {
		snprintf(name, sizeof(name), "f%04u", i);
		error = sekisho_draft_add_flow(draft, &world->flows[i], name, fault);
	}
	return error;
}

/* The places of both ends, and whether the twin says the same of one address. */
static bool place_differs(const struct sekisho_policy *policy, u8 family,
			  struct sekisho_address address, struct sekisho_place *place)
{
	u8 is = sekisho_naive_is(policy, family, address);
	u16 network = sekisho_naive_network(policy, family, address);
	bool self = is & (SEKISHO_IS_OWN | SEKISHO_IS_BROADCAST | SEKISHO_IS_MULTICAST |
			  SEKISHO_IS_LINK_LOCAL);
	u32 i, k, count = 0;

	sekisho_match_place(policy, family, address, place);
	for (i = 1; i < policy->hosts_count; i++) {
		u32 listed = 0;

		for (k = 0; k < place->cover_count; k++)
			listed += place->covers[k] == i;
		if (listed != sekisho_naive_in_hosts(policy, i, family, address))
			return true;
		count += listed;
	}
	return place->is != is || place->network != network || place->to_self != self ||
	       place->segment != (self ? SEKISHO_SEGMENT_SELF : network) ||
	       place->cover_count != count;
}

static void draw_question(struct world *world, struct sekisho_naive_question *question)
{
	const struct sekisho_flow *flow = NULL;
	struct sekisho_question *asked = &question->asked;

	if (world->flow_count && chance(world, 80))
		flow = &world->flows[below(world, world->flow_count)];
	question->family = draw_family(world);
	question->source = draw_address(world, question->family);
	question->destination = draw_address(world, question->family);
	*asked = (struct sekisho_question){
		.from = flow ? flow->from : below(world, world->segment_count + 2),
		.to = flow ? flow->to : below(world, world->segment_count + 2),
		.protocol = flow && chance(world, 80) ? flow->services[0].protocol
						      : draw_protocol(world),
		.source_port = below(world, 8),
		.source_mac = below(world, 2 * MACS),
		.ask_mac = chance(world, 80),
		.restricted = chance(world, 20),
		.again = chance(world, 20),
		.wall = NOON - 6 + below(world, 18),
	};
	asked->service = draw_number(world, asked->protocol);
	if (chance(world, 30))
		asked->wall += (s64)below(world, 14 * 1440) * 60;
	if (chance(world, 2))
		asked->wall = -asked->wall;
	if (chance(world, 1))
		asked->to = SEKISHO_SEGMENT_NONE;
}

/* Where nothing matches, the first of the flows that came nearest is named, hosts aside. */
static bool flow_differs(const struct sekisho_policy *policy,
			 const struct sekisho_naive_question *question, u8 reason, u32 flow,
			 u32 naive_flow)
{
	u32 i = 0;

	if (reason == SEKISHO_REASON_PERMIT_NEW)
		return flow != naive_flow;
	while (i < policy->flow_count && sekisho_naive_flow(policy, i, question) != reason)
		i++;
	if (reason >= SEKISHO_REASON_NOT_LISTED || i == policy->flow_count)
		return flow != SEKISHO_NO_FLOW;
	return flow != i;
}

static const char *ask(struct world *world, const struct sekisho_policy *policy)
{
	struct sekisho_naive_question question;
	struct sekisho_place source, destination;
	u32 flow, naive_flow;
	u8 reason;

	draw_question(world, &question);
	if (place_differs(policy, question.family, question.source, &source) ||
	    place_differs(policy, question.family, question.destination, &destination))
		return "the place of an address";
	question.asked.source = &source;
	question.asked.destination = &destination;
	reason = sekisho_match(policy, &question.asked, &flow);
	if (reason != sekisho_naive_match(policy, &question, &naive_flow))
		return "the reason";
	if (flow_differs(policy, &question, reason, flow, naive_flow))
		return "the flow";
	question.asked.ask_mac = true;
	question.asked.to = SEKISHO_SEGMENT_SELF;
	question.asked.protocol = 17;
	question.asked.service = chance(world, 50) ? 67 : 547;
	if (sekisho_match_dhcp(policy, &question.asked) != sekisho_naive_dhcp(policy, &question))
		return "DHCP";
	return NULL;
}

static const char *ask_often(struct world *world, struct sekisho_policy *policy)
{
	const char *difference = NULL;
	u32 i;

	for (i = 0; i < QUESTIONS && !difference; i++) {
		difference = ask(world, policy);
		if (!(i % 64))
			cond_resched();
	}
	sekisho_policy_put(policy);
	return difference;
}

/* What differs, or NULL; 0 or -errno in @error where no policy came about. */
static const char *play(struct world *world, struct sekisho_names *names, int *error)
{
	struct sekisho_draft *draft = sekisho_draft_new(names);
	struct sekisho_policy *policy = NULL;
	struct sekisho_policy_fault fault = { .text = NULL };
	const char *difference = NULL;

	*error = draft ? 0 : -ENOMEM;
	draw_segments(world);
	draw_sets(world);
	draw_flows(world);
	if (draft)
		*error = fill_draft(world, draft, &fault);
	if (*error && *error != -ENOMEM)
		difference = fault.text ? fault.text : "a refusal without a text";
	if (!*error) {
		*error = sekisho_draft_compile(draft, &policy, &fault);
		if (*error != -ENOMEM && *error != -EINTR && !judged_rightly(world, *error))
			difference = "whether it is refused";
	}
	if (*error == -EINVAL || *error == -E2BIG) {
		if (!difference && !fault.text)
			difference = "a refusal without a text";
		*error = 0;
	}
	sekisho_draft_free(draft);
	if (!difference && policy)
		return ask_often(world, policy);
	sekisho_policy_put(policy);
	return difference;
}

int sekisho_match_selftest(u32 rounds, u64 seed)
{
	struct world *world = kvzalloc(sizeof(*world), GFP_KERNEL);
	struct sekisho_names *names = sekisho_names_new();
	const char *difference;
	int error = world && names ? 0 : -ENOMEM;
	u32 i;

	for (i = 0; i < rounds && !error; i++) {
		memset(world, 0, sizeof(*world));
		world->state = seed + i;
		difference = play(world, names, &error);
		sekisho_names_collect(names);
		if (!difference)
			continue;
		pr_err("sekisho: match self-test: seed %llu differs: %s\n",
		       (unsigned long long)seed + i, difference);
		error = -EIO;
	}
	sekisho_names_free(names);
	kvfree(world);
	return error;
}

#endif
