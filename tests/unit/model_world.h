/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world in which the tests of the reference verdict judge frames: a border host, five segments,
 * a clock, and whatever flows a test adds. Knows nothing of what a verdict should be.
 *
 *	LG, NET, EXT, MGMT, HOME have networks 10.N.0.0/16 and 2001:db8:N::/48, N their number; the
 *	host is .1 (::1) in each, and fe80::1. LG permits intra traffic and EtherType 0x88cc.
 */
#ifndef SEKISHO_TESTS_UNIT_MODEL_WORLD_H
#define SEKISHO_TESTS_UNIT_MODEL_WORLD_H

#include "ktap.h"
#include "model/verdict.h"
#include "model_frames.h"
#include "sekisho/reasons.h"

enum {
	SELF,
	LG,
	NET,
	EXT,
	MGMT,
	HOME,
	SEGMENTS,
	NONE = SEKISHO_SEGMENT_NONE
};

#define START	 1775001600 /* Wednesday, 2026-04-01 00:00 UTC, 09:00 at the site */
#define DAY	 86400
#define FLOW_MAX 60
#define NO_FLOW	 SEKISHO_NO_FLOW

/* Hosts and networks of segment @s. */
#define H(s, n)	  (0x0a000000U | (uint32_t)(s) << 16 | (n))
#define H6(s, n)  ((struct sekisho_address){ 0x20010db800000000 | (uint64_t)(s) << 16, (n) })
#define LL(n)	  ((struct sekisho_address){ 0xfe80000000000000, (n) })
#define ALL_NODES ((struct sekisho_address){ 0xff02000000000000, 1 })
#define V4(a)	  ((struct sekisho_address){ 0, (a) })

static struct sekisho_range networks[SEGMENTS][2];
static struct sekisho_segment segments[SEGMENTS];
static struct sekisho_flow flows[FLOW_MAX];
static struct sekisho_service services[FLOW_MAX];
static struct sekisho_range hosts[FLOW_MAX][2];
static uint64_t macs[FLOW_MAX];
static struct sekisho_port_range source_ports[FLOW_MAX];
static struct sekisho_policy policy;
static struct sekisho_range own[2 * SEGMENTS];
static struct sekisho_range broadcasts[SEGMENTS];
static struct sekisho_self host;
static struct sekisho_model *model;
static int64_t wall_ns;
static uint32_t monotonic;
static bool reached[SEKISHO_REASON_ROWS];

static inline struct sekisho_range one(uint8_t family, struct sekisho_address address)
{
	return (struct sekisho_range){ .first = address, .last = address, .family = family };
}

static inline void make_segments(void)
{
	static char *const names[] = { "self", "lg", "net", "ext", "mgmt", "home" };
	static const enum sekisho_segment_kind kinds[] = {
		SEKISHO_KIND_SELF,     SEKISHO_KIND_LGWAN,	SEKISHO_KIND_INTERNET,
		SEKISHO_KIND_EXTERNAL, SEKISHO_KIND_MANAGEMENT, SEKISHO_KIND_OTHER,
	};
	size_t s;

	for (s = 0; s < SEGMENTS; s++) {
		segments[s] = (struct sekisho_segment){ .name = names[s], .kind = kinds[s] };
		if (s == SELF)
			continue;
		networks[s][0] = (struct sekisho_range){ V4(H(s, 0)), V4(H(s, 0xffff)), 4 };
		networks[s][1] = (struct sekisho_range){ H6(s, 0), H6(s, UINT64_MAX), 6 };
		networks[s][1].last.high |= 0xffff;
		segments[s].networks = (struct sekisho_ranges){ networks[s], 2 };
		own[2 * s] = one(4, V4(H(s, 1)));
		own[2 * s + 1] = one(6, H6(s, 1));
		broadcasts[s] = one(4, V4(H(s, 0xffff)));
	}
	own[1] = one(6, LL(1));
	segments[LG].intra_permit = true;
	segments[LG].ethertypes[0] = 0x88cc;
	segments[LG].ethertype_count = 1;
	host.addresses = (struct sekisho_ranges){ own + 1, 2 * SEGMENTS - 1 };
	host.broadcasts = (struct sekisho_ranges){ broadcasts + 1, SEGMENTS - 1 };
}

/* A new world at START, without flows and without a policy in force. */
static inline void begin(void)
{
	sekisho_model_free(model);
	model = sekisho_model_new();
	if (!model)
		abort();
	make_segments();
	memset(flows, 0, sizeof(flows));
	policy = (struct sekisho_policy){
		.zone = { { INT64_MIN, 9 * 3600 } },
		.zone_count = 1,
		.connections = 1000,
		.timeouts = { 30, 7200, 60, 10, 30, 180, 30, 600 },
		.segments = segments,
		.segment_count = SEGMENTS,
		.flows = flows,
	};
	wall_ns = START * INT64_C(1000000000);
	monotonic = 1000;
	wire_mac = 0x020000000001;
}

static inline void commit(void)
{
	if (sekisho_model_commit(model, &policy, &host))
		abort();
}

/* A flow for all hosts and all times, of services @first..@last. Ids have to come sorted. */
static inline struct sekisho_flow *flow(char *id, uint16_t from, uint16_t to, uint8_t protocol,
					uint16_t first, uint16_t last)
{
	size_t number = policy.flow_count++;
	struct sekisho_flow *made = &flows[number];

	services[number] = (struct sekisho_service){ protocol, first, last };
	*made = (struct sekisho_flow){
		.id = id,
		.from.segment = from,
		.to.segment = to,
		.services = &services[number],
		.service_count = 1,
		.valid_from = INT64_MIN,
		.valid_until = INT64_MAX,
	};
	return made;
}

static inline void only_from(struct sekisho_flow *flow, uint32_t address)
{
	hosts[flow - flows][0] = one(4, V4(address));
	flow->from.hosts = (struct sekisho_ranges){ &hosts[flow - flows][0], 1 };
}

static inline void only_to(struct sekisho_flow *flow, uint32_t address)
{
	hosts[flow - flows][1] = one(4, V4(address));
	flow->to.hosts = (struct sekisho_ranges){ &hosts[flow - flows][1], 1 };
}

static inline void only_mac(struct sekisho_flow *flow, uint64_t mac)
{
	macs[flow - flows] = mac;
	flow->macs = &macs[flow - flows];
	flow->mac_count = 1;
}

static inline void only_source_port(struct sekisho_flow *flow, uint16_t first, uint16_t last)
{
	source_ports[flow - flows] = (struct sekisho_port_range){ first, last };
	flow->source_ports = &source_ports[flow - flows];
	flow->source_port_count = 1;
}

/* Both clocks go on. */
static inline void pass(uint32_t seconds)
{
	wall_ns += seconds * INT64_C(1000000000);
	monotonic += seconds;
}

static inline struct sekisho_verdict judge(bool output, uint16_t port, struct wire wire)
{
	struct sekisho_passage passage = { output, port, wall_ns, monotonic };
	struct sekisho_frame frame = read_wire(wire);
	struct sekisho_verdict verdict = sekisho_model_judge(model, &passage, &frame);

	reached[verdict.reason] = true;
	return verdict;
}

/* A frame that comes in through a port of a segment, or leaves through one. */
static inline struct sekisho_verdict in(uint16_t port, struct wire wire)
{
	return judge(false, port, wire);
}

static inline struct sekisho_verdict out(uint16_t port, struct wire wire)
{
	return judge(true, port, wire);
}

/* Whether a verdict has a reason, with a word about what it has if not. */
static inline bool is(struct sekisho_verdict verdict, enum sekisho_reason reason)
{
	if (verdict.reason != reason)
		printf("# reason %u instead of %u\n", verdict.reason, reason);
	return verdict.reason == reason;
}

/* Whether every one of these reasons was given to some frame of this program. */
static inline bool reached_all(const uint8_t *reasons, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!reached[reasons[i]])
			return false;
	return true;
}

static inline bool decides(struct sekisho_verdict verdict, enum sekisho_reason reason,
			   uint32_t flow)
{
	if (verdict.flow != flow)
		printf("# flow %u instead of %u\n", verdict.flow, flow);
	return is(verdict, reason) && verdict.flow == flow;
}

static inline struct wire udp4(uint32_t source, uint32_t destination, uint16_t from, uint16_t to)
{
	return ethernet(0x0800, ipv4(source, destination, 17, udp(from, to, 0)));
}

static inline struct wire tcp4(uint32_t source, uint32_t destination, uint16_t from, uint16_t to,
			       uint8_t flags, uint32_t seq, uint32_t ack)
{
	return ethernet(0x0800, ipv4(source, destination, 6, tcp(from, to, flags, seq, ack, 0)));
}

static inline struct wire icmp4(uint32_t source, uint32_t destination, uint8_t type, uint16_t id)
{
	return ethernet(0x0800, ipv4(source, destination, 1, icmp(type, 0, id, zeros(0))));
}

static inline struct wire udp6(struct sekisho_address source, struct sekisho_address destination,
			       uint16_t from, uint16_t to)
{
	return ethernet(0x86dd, ipv6(source, destination, 17, 64, udp(from, to, 0)));
}

static inline struct wire icmp6(struct sekisho_address source, struct sekisho_address destination,
				uint8_t type, uint8_t code, uint8_t hop_limit)
{
	return ethernet(0x86dd,
			ipv6(source, destination, 58, hop_limit, icmp(type, code, 0, zeros(0))));
}

#endif
