/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small world for the tests of the connection table: two segments, pairs of endpoints in them,
 * a policy that lets all of them talk either way under shared limits, and their frames. Must not
 * know what the table ought to answer.
 */
#ifndef SEKISHO_TESTS_STRESS_TRACKING_H
#define SEKISHO_TESTS_STRESS_TRACKING_H

#include <sys/mman.h>

#include "path.h"

#include "kernel/fill.h"
#include "kernel/tables.h"

#define LIMITS	    8 /* a pair's is its number's rest; each has a flow from either side */
#define UNLIMITED   3 /* limits below this are none */
#define HALF	    1 /* of the policy: the one that does not begin at row 0 */
#define START_TIME  1000u /* of the monotonic clock */
#define WALL_AHEAD  1000000u /* of the wall clock before it */
#define FRAME_BYTES 128

/* Idle times, all different, long enough that one still to come is told from one just begun. */
#define IDLE_TIMES(X)          \
	X(tcp_half_open, 9)    \
	X(tcp_established, 14) \
	X(tcp_closing, 7)      \
	X(tcp_reset, 6)        \
	X(udp_unreplied, 8)    \
	X(udp_replied, 12)     \
	X(icmp, 10)            \
	X(other, 11)

#define SHORTEST_IDLE 6

static const struct sekisho_timeouts idle_times = {
#define IDLE_TIME(name, seconds) .name = (seconds),
	IDLE_TIMES(IDLE_TIME)
#undef IDLE_TIME
};

/* Two endpoints that may talk. Side 0 and side 1; who is the initiator, the first frame says. */
struct pair {
	__be32 address[2][4];
	__be16 port[2];
	uint8_t protocol;
	uint8_t family;
	uint32_t limit;
};

/* A frame between them. */
struct frame {
	const struct pair *pair;
	uint32_t side; /* of the sender */
	uint8_t tcp_flags;
	uint32_t tcp_seq;
	uint32_t tcp_ack;
};

static inline bool limit_counts(uint32_t limit)
{
	return limit >= UNLIMITED;
}

/* Of those that count, some have no bound. */
static inline struct sekisho_bound limit_bound(uint32_t limit, uint32_t bound, uint32_t rate)
{
	return (struct sekisho_bound){
		.concurrent = limit % 3 ? bound : 0,
		.new_per_second = limit % 2 ? rate : 0,
	};
}

/* Row in `flow_counters` of what a side opens. */
static inline uint32_t pair_counter(const struct pair *pair, uint32_t side)
{
	return side * LIMITS + pair->limit;
}

/* The segment, and the number of the interface, of a side. */
static inline uint16_t side_segment(uint32_t side)
{
	return (uint16_t)(1 + side);
}

static inline void *world_row(const struct sekisho_engine *engine, enum sekisho_map map,
			      uint32_t row)
{
	return (char *)engine->maps[map].memory + engine->maps[map].stride * row;
}

static inline struct sekisho_control *world_control(const struct sekisho_engine *engine)
{
	return engine->maps[SEKISHO_MAP_CONTROL].memory;
}

static inline uint32_t world_connections(const struct sekisho_engine *engine)
{
	return engine->maps[SEKISHO_MAP_CONNECTIONS].rows;
}

static inline uint32_t world_buckets(const struct sekisho_engine *engine)
{
	return engine->maps[SEKISHO_MAP_SLOTS].rows;
}

static inline uint32_t world_time(const struct sekisho_engine *engine)
{
	return *(volatile __u32 *)&world_control(engine)->test_monotonic;
}

static inline uint64_t world_wall_ns(const struct sekisho_engine *engine)
{
	return (uint64_t)(world_time(engine) + WALL_AHEAD) * NANOSECONDS;
}

static inline void world_advance(const struct sekisho_engine *engine, uint32_t seconds)
{
	struct sekisho_control *c = world_control(engine);

	*(volatile __u32 *)&c->test_monotonic += seconds;
	*(volatile __u64 *)&c->test_wall_ns = world_wall_ns(engine);
}

static inline uint32_t world_tag(const struct sekisho_engine *engine, uint32_t index)
{
	const struct sekisho_slot_bucket *bucket =
		world_row(engine, SEKISHO_MAP_SLOTS, index / SEKISHO_BUCKET_WAYS);

	return *(const volatile __u32 *)&bucket->tag[index % SEKISHO_BUCKET_WAYS];
}

/* The policy. */

/* A range of the addresses of a side; of those of one limit, or of all (LIMITS). */
static inline struct sekisho_range world_range(uint8_t family, uint32_t side, uint32_t limit)
{
	uint64_t first = limit == LIMITS ? 0 : limit, last = limit == LIMITS ? 0xff : limit;

	if (family == 6)
		return (struct sekisho_range){
			{ 0xfd00ull << 48 | (uint64_t)side << 32 | first, 0 },
			{ 0xfd00ull << 48 | (uint64_t)side << 32 | last, UINT64_MAX },
			6
		};
	return (struct sekisho_range){ { 0, 0x0a000000 | side << 16 | first << 8 },
				       { 0, 0x0a000000 | side << 16 | last << 8 | 0xff },
				       4 };
}

static inline struct sekisho_ranges world_ranges(uint32_t side, uint32_t limit)
{
	struct sekisho_ranges ranges = { path_memory(2, sizeof(struct sekisho_range)), 2 };

	ranges.items[0] = world_range(4, side, limit);
	ranges.items[1] = world_range(6, side, limit);
	return ranges;
}

static inline void world_segment(struct sekisho_policy *policy, uint32_t side)
{
	struct sekisho_segment *segment = &policy->segments[policy->segment_count++];
	char name[16];

	snprintf(name, sizeof(name), "side-%u", side);
	*segment = (struct sekisho_segment){
		.name = strdup(name),
		.label = strdup(name),
		.kind = SEKISHO_KIND_OTHER,
		.ports = path_memory(1, sizeof(struct sekisho_port)),
		.port_count = 1,
		.networks = world_ranges(side, LIMITS),
	};
	segment->ports->interface = strdup(name);
}

static inline void world_flow(struct sekisho_policy *policy, uint32_t side, uint32_t limit)
{
	static const struct sekisho_service services[] = { { IPPROTO_ICMP, 0, 255 },
							   { IPPROTO_TCP, 0, 65535 },
							   { IPPROTO_UDP, 0, 65535 },
							   { IPPROTO_GRE, 0, 65535 },
							   { IPPROTO_ICMPV6, 0, 255 } };
	struct sekisho_flow *flow = &policy->flows[policy->flow_count++];
	struct sekisho_endpoint *listed = side ? &flow->to : &flow->from;

	flow->id = path_memory(1, 16);
	snprintf(flow->id, 16, "side-%u-%u", side, limit);
	flow->from.segment = side_segment(side);
	flow->to.segment = side_segment(side ^ 1);
	listed->hosts = world_ranges(0, limit);
	flow->services = path_memory(1, sizeof(services));
	memcpy(flow->services, services, sizeof(services));
	flow->service_count = sizeof(services) / sizeof(services[0]);
	flow->valid_from = INT64_MIN;
	flow->valid_until = INT64_MAX;
	flow->log = SEKISHO_LOG_NEW;
}

static inline struct sekisho_policy *world_policy(void)
{
	struct sekisho_policy *policy = sekisho_policy_new();

	policy->segments = reallocarray(policy->segments, 3, sizeof(*policy->segments));
	policy->flows = path_memory((size_t)2 * LIMITS, sizeof(*policy->flows));
	policy->timeouts = idle_times;
	for (uint32_t side = 0; side < 2; side++) {
		world_segment(policy, side);
		for (uint32_t limit = 0; limit < LIMITS; limit++)
			world_flow(policy, side, limit);
	}
	return policy;
}

static inline uint32_t world_interface(void *context, const char *name)
{
	(void)context;
	return side_segment((uint32_t)(name[5] - '0'));
}

/* An engine of @buckets (a power of two) in which the policy is in force. */
static inline struct sekisho_engine *world_new(uint32_t buckets, uint32_t bound, uint32_t rate)
{
	static const struct sekisho_self self = { { NULL, 0 }, { NULL, 0 } };
	struct sekisho_policy *policy = world_policy();
	struct sekisho_engine_size size = { { 0 } };
	struct sekisho_tables_problem problem;
	struct sekisho_engine *engine;
	struct sekisho_tables *tables;
	uint32_t limits_of[2 * LIMITS];
	struct sekisho_bindings bindings = {
		.ifindex = world_interface,
		.limits = limits_of,
		.generation = 1,
	};

	for (uint32_t i = 0; i < 2 * LIMITS; i++)
		limits_of[i] = limit_counts(i % LIMITS) ? i % LIMITS : SEKISHO_LIMIT_NONE;
	if (sekisho_tables_build(policy, &self, &bindings, &tables, &problem)) {
		fprintf(stderr, "the policy does not fit: %d\n", problem.fault);
		exit(1);
	}
	sekisho_fill_size(tables, 2 * LIMITS, 1, &size);
	size.rows[SEKISHO_MAP_SLOTS] = buckets;
	size.rows[SEKISHO_MAP_CONNECTIONS] = buckets * SEKISHO_BUCKET_WAYS;
	engine = path_engine_new(&size);
	sekisho_fill_half(engine, HALF, tables);
	for (uint32_t i = 0; i < LIMITS; i++) {
		struct sekisho_limit_row *limit = world_row(engine, SEKISHO_MAP_LIMITS, i);

		limit->bounds[HALF] = limit_bound(i, bound, rate);
	}
	world_control(engine)->state = (HALF + 1ull) << SEKISHO_STATE_HALF_SHIFT | 1;
	world_advance(engine, START_TIME);
	sekisho_tables_free(tables);
	sekisho_policy_free(policy);
	return engine;
}

static inline struct pair pair_new(struct path_random *random, uint32_t number)
{
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_TCP,	IPPROTO_TCP, IPPROTO_UDP,
					     IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_GRE };
	struct pair pair = {
		.protocol = protocols[path_below(random, sizeof(protocols))],
		.family = path_below(random, 3) ? 4 : 6,
		.limit = number % LIMITS,
	};
	/* Of the host of side 0; that of side 1 is the pair's own. */
	uint32_t host[2] = { pair.limit << 8 | (number / LIMITS & 0xff), number };

	for (uint32_t side = 0; side < 2; side++) {
		address_map_ipv4(pair.address[side],
				 bpf_htonl(0x0a000000 | side << 16 | host[side]));
		if (pair.family == 6) {
			pair.address[side][0] = bpf_htonl(0xfd000000 | side);
			pair.address[side][1] = bpf_htonl(side ? 0 : pair.limit);
			pair.address[side][2] = 0;
			pair.address[side][3] = bpf_htonl(host[side]);
		}
		pair.port[side] = bpf_htons((uint16_t)(side ? 80 : 1024 + number));
	}
	if (pair.protocol == IPPROTO_ICMP) {
		pair.protocol = pair.family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
		pair.port[1] = 0;
	} else if (pair.protocol == IPPROTO_GRE) {
		pair.port[0] = pair.port[1] = 0;
	}
	return pair;
}

/* Frames. */

static inline size_t frame_transport(const struct frame *frame, uint8_t *bytes)
{
	const struct pair *pair = frame->pair;
	struct tcphdr *tcp = (void *)bytes;
	struct udphdr *udp = (void *)bytes;

	switch (pair->protocol) {
	case IPPROTO_TCP:
		tcp->source = pair->port[frame->side];
		tcp->dest = pair->port[frame->side ^ 1];
		tcp->seq = bpf_htonl(frame->tcp_seq);
		tcp->ack_seq = bpf_htonl(frame->tcp_ack);
		tcp->window = bpf_htons(1000);
		bytes[12] = 5 << 4;
		bytes[13] = frame->tcp_flags;
		return sizeof(*tcp);
	case IPPROTO_UDP:
		udp->source = pair->port[frame->side];
		udp->dest = pair->port[frame->side ^ 1];
		udp->len = bpf_htons(sizeof(*udp));
		return sizeof(*udp);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		/* Side 0 asks, side 1 answers. */
		if (pair->protocol == IPPROTO_ICMP)
			bytes[0] = frame->side ? 0 : 8;
		else
			bytes[0] = frame->side ? 129 : 128;
		memcpy(bytes + 4, &pair->port[0], sizeof(pair->port[0]));
		return ICMP_HEADER_BYTES;
	}
	return 4;
}

/* Its bytes. Return: how many. */
static inline uint32_t frame_write(const struct frame *frame, uint8_t *bytes)
{
	const struct pair *pair = frame->pair;
	struct ethhdr *eth = (void *)bytes;
	struct iphdr *ip = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	size_t header = pair->family == 4 ? sizeof(*ip) : sizeof(*ip6), length;

	memset(bytes, 0, FRAME_BYTES - 2);
	eth->h_source[0] = 2;
	eth->h_source[5] = (uint8_t)frame->side;
	length = frame_transport(frame, bytes + sizeof(*eth) + header);
	if (pair->family == 4) {
		eth->h_proto = bpf_htons(ETH_P_IP);
		ip->version = 4;
		ip->ihl = 5;
		ip->ttl = 64;
		ip->protocol = pair->protocol;
		ip->tot_len = bpf_htons((uint16_t)(header + length));
		ip->saddr = pair->address[frame->side][3];
		ip->daddr = pair->address[frame->side ^ 1][3];
	} else {
		eth->h_proto = bpf_htons(ETH_P_IPV6);
		ip6->version = 6;
		ip6->hop_limit = 64;
		ip6->nexthdr = pair->protocol;
		ip6->payload_len = bpf_htons((uint16_t)length);
		memcpy(&ip6->saddr, pair->address[frame->side], 16);
		memcpy(&ip6->daddr, pair->address[frame->side ^ 1], 16);
	}
	return (uint32_t)(sizeof(*eth) + header + length);
}

/* The frame as it is looked up. */
static inline void frame_packet(const struct frame *frame, struct packet *packet)
{
	memset(packet, 0, sizeof(*packet));
	memcpy(packet->source, frame->pair->address[frame->side], 16);
	memcpy(packet->destination, frame->pair->address[frame->side ^ 1], 16);
	packet->source_port = frame->pair->port[frame->side];
	packet->destination_port = frame->pair->port[frame->side ^ 1];
	packet->protocol = frame->pair->protocol;
}

static inline int frame_search(const struct frame *frame, struct found *found)
{
	struct packet packet;

	frame_packet(frame, &packet);
	return connection_search(found, &packet);
}

static inline void pair_key(const struct pair *pair, struct connection_key *key)
{
	struct frame frame = { .pair = pair };
	struct packet packet;
	struct tuple tuple;

	frame_packet(&frame, &packet);
	tuple_of(&tuple, &packet);
	connection_key_of(key, &tuple);
}

/* Where a frame of this processor lies: its address must fit into 32 bits. */
static inline uint8_t *frame_place(void)
{
	static uint8_t *places;

	if (!places) {
		places = mmap(NULL, PATH_PROCESSORS * FRAME_BYTES, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		if (places == MAP_FAILED) {
			perror("mmap");
			exit(1);
		}
	}
	/* Two bytes further, as drivers do it: what follows the Ethernet header is aligned. */
	return places + (size_t)path_processor * FRAME_BYTES + 2;
}

/* Through the whole program. Return: the reason for which it was counted; 0 if not for one. */
static inline uint32_t frame_judge(const struct frame *frame)
{
	struct sekisho_tally before[SEKISHO_REASON_ROWS], *tallies;
	uint8_t *bytes = frame_place();
	uint32_t length = frame_write(frame, bytes), found = 0, zero = 0;
	struct xdp_md md = {
		.data = (__u32)(uintptr_t)bytes,
		.data_end = (__u32)(uintptr_t)bytes + length,
		.ingress_ifindex = side_segment(frame->side),
	};
	int action;

	tallies = bpf_map_lookup_elem(&reasons, &zero);
	memcpy(before, tallies, sizeof(before));
	action = ingress(&md);
	for (uint32_t reason = 1; reason < SEKISHO_REASON_ROWS; reason++) {
		if (tallies[reason].packets == before[reason].packets)
			continue;
		if (found || tallies[reason].packets != before[reason].packets + 1 ||
		    tallies[reason].bytes != before[reason].bytes + length)
			return 0;
		found = reason;
	}
	return (action == XDP_PASS) == sekisho_reason_permits(found) ? found : 0;
}

#endif
