/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy's tables as the packet path reads them (bpf/classify.h, bpf/match.h) against the
 * linear truth of ctl/model: random policies, compiled by the library and written into a half,
 * are asked random questions of which most lie at the edges of what the policies say.
 *
 *	policy_twin [QUESTIONS [SEED]]
 */
#include "path.h"

#include "../unit/ktap.h"
#include "../unit/tables_world.h"

#include "kernel/fill.h"
#include "model/match.h"
#include "model/segment.h"

#define QUESTIONS_DEFAULT 500000ull
#define POLICY_QUESTIONS  4000ull /* then another policy */
#define EPOCH		  1700000000u /* about which time the flows begin and end */
#define WEEK		  604800u

/* Disagreements that are told one by one. */
#define TOLD_MOST 10

static struct {
	unsigned long long questions, permitted, policies, refused, wrong_classes, wrong_matches,
		wrong_dhcp;
	unsigned long long by_reason[SEKISHO_REASON_ROWS];
	unsigned int told;
} seen;

static int64_t random_time(void)
{
	static const int64_t steps[] = { 60, 3600, 86400, WEEK };

	return (int64_t)EPOCH + ((int64_t)random_below(9) - 4) * steps[random_below(4)];
}

/* What a checked policy cannot be is mended, and times are brought near the questions'. */
static void mend_flow(struct sekisho_flow *flow)
{
	if (chance(70))
		flow->valid_from = random_time();
	if (chance(70))
		flow->valid_until = random_time();
	if (flow->schedule.start_minute == flow->schedule.end_minute)
		flow->schedule.end_minute++;
	for (size_t i = 0; i < flow->service_count; i++) {
		struct sekisho_service *service = &flow->services[i];

		if (service->protocol == 47 || service->protocol == 50)
			*service = (struct sekisho_service){ service->protocol, 0, 65535 };
	}
}

static void mend_policy(struct sekisho_policy *mended)
{
	int64_t since = EPOCH - 4 * WEEK;

	mended->zone_count = 1 + random_below(4);
	for (size_t i = 0; i < mended->zone_count; i++) {
		mended->zone[i].since = i ? since : INT64_MIN;
		mended->zone[i].offset = ((int32_t)random_below(105) - 48) * 900;
		since += 1 + random_below(2 * WEEK);
	}
	for (size_t i = 0; i < mended->flow_count; i++)
		mend_flow(&mended->flows[i]);
}

/* Near an end of a range that the policy names, or anywhere. */
static struct sekisho_address edge_address(const struct sekisho_policy *of, uint8_t family)
{
	const struct sekisho_ranges *ranges = chance(20) ? &host_self.broadcasts
							 : &host_self.addresses;
	struct sekisho_address address = random_address(family);
	const struct sekisho_range *range;

	if (of->flow_count && chance(70)) {
		const struct sekisho_flow *flow =
			&of->flows[random_below((uint32_t)of->flow_count)];

		ranges = chance(50) ? &flow->from.hosts : &flow->to.hosts;
	} else if (chance(60)) {
		ranges = &of->segments[random_below((uint32_t)of->segment_count)].networks;
	}
	if (!ranges->count || chance(10))
		return address;
	range = &ranges->items[random_below((uint32_t)ranges->count)];
	if (range->family != family)
		return address;
	address = chance(50) ? range->first : range->last;
	if (chance(60))
		return address;
	if (chance(50)) {
		address.high += !++address.low;
	} else {
		address.high -= !address.low--;
	}
	if (family == 4)
		address = (struct sekisho_address){ 0, address.low & UINT32_MAX };
	return address;
}

static void address_bytes(uint8_t family, struct sekisho_address address, __be32 bytes[4])
{
	if (family == 4) {
		address_map_ipv4(bytes, bpf_htonl((__u32)address.low));
		return;
	}
	bytes[0] = bpf_htonl((__u32)(address.high >> 32));
	bytes[1] = bpf_htonl((__u32)address.high);
	bytes[2] = bpf_htonl((__u32)(address.low >> 32));
	bytes[3] = bpf_htonl((__u32)address.low);
}

/* The flags of a class, as the model knows them. */
static uint16_t model_flags(uint8_t family, struct sekisho_address address)
{
	uint16_t flags = 0;

	if (sekisho_self_owns(&host_self, family, address))
		flags |= SEKISHO_CLASS_OWN;
	if (sekisho_self_broadcasts(&host_self, family, address))
		flags |= SEKISHO_CLASS_BROADCAST;
	if (sekisho_address_multicast(family, address))
		flags |= SEKISHO_CLASS_MULTICAST;
	if (sekisho_address_loopback(family, address))
		flags |= SEKISHO_CLASS_LOOPBACK;
	if (sekisho_address_unspecified(family, address))
		flags |= SEKISHO_CLASS_UNSPECIFIED;
	if (sekisho_address_link_local(family, address))
		flags |= SEKISHO_CLASS_LINK_LOCAL;
	return flags;
}

/* The class of an address; whether the model sees the address so is noted. */
static __u32 ask_class(const struct sekisho_policy *of, __u32 half, uint8_t family,
		       struct sekisho_address address, uint16_t *segment)
{
	struct sekisho_policy_row *row = policy_row(half);
	struct sekisho_class_row *class;
	__be32 bytes[4];
	__u32 index;

	address_bytes(family, address, bytes);
	index = class_of(half, family, bytes);
	class = class_row(row, index);
	*segment = sekisho_segment_by_network(of, family, address);
	if (class && class->segment == *segment && class->flags == model_flags(family, address))
		return index;
	seen.wrong_classes++;
	if (seen.told++ < TOLD_MOST)
		printf("# IPv%u %016llx%016llx: segment %d, the model's %d\n", family,
		       (unsigned long long)address.high, (unsigned long long)address.low,
		       class ? class->segment : -1, *segment);
	return index;
}

/* An end of one of the ranges, if there is one of the family. */
static void take_listed(const struct sekisho_ranges *ranges, uint8_t family,
			struct sekisho_address *address)
{
	for (size_t i = 0; i < ranges->count; i++) {
		const struct sekisho_range *range =
			&ranges->items[(random_below(8) + i) % ranges->count];

		if (range->family != family)
			continue;
		*address = chance(50) ? range->first : range->last;
		return;
	}
}

/* What some flow is about, for the most part. */
static void query_as(struct sekisho_query *query, const struct sekisho_flow *flow)
{
	query->from = flow->from.segment;
	query->to = flow->to.segment;
	if (chance(80))
		take_listed(&flow->from.hosts, query->family, &query->source);
	if (chance(80))
		take_listed(&flow->to.hosts, query->family, &query->destination);
	if (flow->mac_count && chance(60))
		query->mac = flow->macs[random_below((uint32_t)flow->mac_count)];
	if (flow->service_count) {
		const struct sekisho_service *service =
			&flow->services[random_below((uint32_t)flow->service_count)];

		query->protocol = service->protocol;
		query->service = chance(50) ? service->first : service->last;
	}
	if (flow->source_port_count && chance(80))
		query->source_port = flow->source_ports[0].first;
}

static struct sekisho_query random_query(const struct sekisho_policy *of)
{
	uint32_t count = (uint32_t)of->segment_count;
	struct sekisho_query query = {
		.family = chance(60) ? 4 : 6,
		.protocol = protocols[random_below(sizeof(protocols))],
		.from = (uint16_t)(chance(60) ? 1 : random_below(count)),
		.to = (uint16_t)(chance(60) ? 0 : random_below(count)),
		.mac = 0x020000000000ull + random_below(21),
		.any_mac = chance(10),
		.again = chance(10),
		.restricted = chance(10),
		.wall = random_time() + (int64_t)random_below(3) - 1,
	};

	query.source = edge_address(of, query.family);
	query.destination = edge_address(of, query.family);
	query.service = random_port();
	query.source_port = random_port();
	if (of->flow_count && chance(70))
		query_as(&query, &of->flows[random_below((uint32_t)of->flow_count)]);
	if (chance(10))
		query.service += (uint16_t)(chance(50) ? 1 : -1);
	if (query.protocol == 47 || query.protocol == 50)
		query.service = 0;
	if (query.protocol != IPPROTO_TCP && query.protocol != IPPROTO_UDP)
		query.source_port = 0;
	return query;
}

static void fill_match(struct match *match, const struct sekisho_query *query, __u32 half)
{
	/* Whatever the last question left behind stays in it, as on a processor. */
	match->half = half;
	match->segments = (__u32)query->from << 16 | query->to;
	match->protocol = query->protocol;
	match->service = query->service;
	match->source_port = query->source_port;
	match->mac = query->mac;
	match->wall = (__u32)query->wall;
	match->flags = (query->any_mac ? MATCH_ANY_MAC : 0) | (query->again ? MATCH_AGAIN : 0) |
		       (query->restricted ? MATCH_RESTRICTED : 0);
}

static void tell(const struct sekisho_query *query, uint32_t reason, uint32_t flow,
		 uint32_t model_reason, uint32_t model_flow)
{
	if (seen.told++ >= TOLD_MOST)
		return;
	printf("# IPv%u %016llx%016llx > %016llx%016llx, segments %u > %u, protocol %u %u > %u,"
	       " wall %lld: reason %u of flow %d, the model's %u of %d\n",
	       query->family, (unsigned long long)query->source.high,
	       (unsigned long long)query->source.low, (unsigned long long)query->destination.high,
	       (unsigned long long)query->destination.low, query->from, query->to, query->protocol,
	       query->source_port, query->service, (long long)query->wall, reason, (int)flow,
	       model_reason, (int)model_flow);
}

static void ask_match(const struct sekisho_policy *of, const struct sekisho_tables *tables,
		      __u32 half)
{
	struct sekisho_query query = random_query(of);
	struct match *match = match_get();
	uint32_t model_flow, flow = SEKISHO_NO_FLOW, reason, model_reason;
	__u32 from_class, to_class;
	uint16_t from, to;
	bool agree;

	from_class = ask_class(of, half, query.family, query.source, &from);
	to_class = ask_class(of, half, query.family, query.destination, &to);
	if (chance(30) && from != SEKISHO_SEGMENT_NONE)
		query.from = from;
	if (chance(30) && to != SEKISHO_SEGMENT_NONE)
		query.to = to;
	model_reason = sekisho_query_match(of, &query, &model_flow);
	if (model_reason == SEKISHO_REASON_PERMIT_INTRA)
		return; /* decided before any flow is asked */
	fill_match(match, &query, half);
	reason = match_flows(match, from_class, to_class);
	if (match->permit != SEKISHO_PERMIT_NONE)
		flow = tables->flow_of_permit[match->permit];
	/* Of a miss one flow of several is named; where isolation restricts, only the permission counts. */
	agree = (reason == SEKISHO_REASON_PERMIT_NEW) ==
		(model_reason == SEKISHO_REASON_PERMIT_NEW);
	if (reason == SEKISHO_REASON_PERMIT_NEW)
		agree = agree && flow == model_flow;
	else if (!query.restricted)
		agree = agree && reason == model_reason;
	seen.permitted += reason == SEKISHO_REASON_PERMIT_NEW;
	seen.by_reason[model_reason]++;
	if (agree)
		return;
	seen.wrong_matches++;
	tell(&query, reason, flow, model_reason, model_flow);
}

static void ask_dhcp(const struct sekisho_policy *of, __u32 half)
{
	struct sekisho_query query = random_query(of);
	struct match *match = match_get();

	query.to = SEKISHO_SEGMENT_SELF;
	query.protocol = IPPROTO_UDP;
	query.service = query.family == 4 ? 67 : 547;
	query.source_port = query.family == 4 ? 68 : 546;
	query.any_mac = query.again = false;
	fill_match(match, &query, half);
	if (!!match_dhcp(match) == sekisho_query_dhcp(of, &query))
		return;
	seen.wrong_dhcp++;
	tell(&query, 0, SEKISHO_NO_FLOW, 0, SEKISHO_NO_FLOW);
}

static void ask_policy(const struct sekisho_policy *of, unsigned long long questions)
{
	struct sekisho_engine_size size = { { 0 } };
	struct sekisho_tables_problem problem;
	struct sekisho_tables *tables;
	struct sekisho_engine *engine;
	__u32 half = random_below(SEKISHO_HALVES);

	if (sekisho_tables_build(of, &host_self, &bindings, &tables, &problem)) {
		seen.refused++;
		return;
	}
	seen.policies++;
	sekisho_fill_size(tables, (uint32_t)of->flow_count, 1, &size);
	engine = path_engine_new(&size);
	sekisho_fill_half(engine, (int)half, tables);
	for (unsigned long long i = 0; i < questions; i++) {
		if (chance(3))
			ask_dhcp(of, half);
		else
			ask_match(of, tables, half);
	}
	seen.questions += questions;
	path_engine_free(engine);
	sekisho_tables_free(tables);
}

/* Every answer that line 13 has was given often enough to mean something. */
static bool all_answers_seen(void)
{
	static const enum sekisho_reason wanted[] = {
		SEKISHO_REASON_PERMIT_NEW,	  SEKISHO_REASON_EXPIRED,
		SEKISHO_REASON_NOT_YET_VALID,	  SEKISHO_REASON_OUTSIDE_SCHEDULE,
		SEKISHO_REASON_MAC_MISMATCH,	  SEKISHO_REASON_PORT_NOT_PERMITTED,
		SEKISHO_REASON_NOT_LISTED,	  SEKISHO_REASON_NOT_A_GATEWAY,
		SEKISHO_REASON_PEER_UNREGISTERED, SEKISHO_REASON_NO_FLOW,
	};
	bool all = true;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (seen.by_reason[wanted[i]] >= 20)
			continue;
		printf("# reason %d: %llu times\n", wanted[i], seen.by_reason[wanted[i]]);
		all = false;
	}
	return all;
}

int main(int argc, char **argv)
{
	unsigned long long questions = argc > 1 ? strtoull(argv[1], NULL, 10) : QUESTIONS_DEFAULT;

	plan(4);
	if (argc > 2 && strtoull(argv[2], NULL, 10))
		random_state = strtoull(argv[2], NULL, 10);
	printf("# seed %llu\n", (unsigned long long)random_state);
	while (seen.questions < questions) {
		struct sekisho_policy *random = random_policy();
		unsigned long long left = questions - seen.questions;

		mend_policy(random);
		ask_policy(random, left < POLICY_QUESTIONS ? left : POLICY_QUESTIONS);
		sekisho_policy_free(random);
	}
	printf("# %llu policies, %llu refused; %llu questions, %llu permitted\n", seen.policies,
	       seen.refused, seen.questions, seen.permitted);
	ok(!seen.wrong_classes, "addresses are of the model's segment and kind");
	ok(!seen.wrong_matches, "flows are found as the model finds them");
	ok(!seen.wrong_dhcp, "hosts without address are served as the model serves them");
	ok(all_answers_seen(), "each answer was given");
	return finish();
}
