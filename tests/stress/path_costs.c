// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each path through the ingress program asks of the kernel: map look-ups above all, which are
 * most of what a verdict costs. Counted for one frame a path and compared with the table below,
 * exactly: time is another matter on every machine, a count is not. Must not know how the program
 * comes to its counts.
 */
#include "tracking.h"

#include "../unit/ktap.h"
#include "policy/addresses.h"
#include "policy/policy_file.h"

#define BUCKETS 16 /* one connection at most lies in them */
#define NOW	1700000000ull /* seconds since 1970; no flow begins or ends about then */
#define CLIENT	4000 /* port, or identifier of an echo */

/* How the frame comes, or what was before it. */
#define OPEN	   0x01 /* its connection is there, and has been answered */
#define REPLY	   0x02 /* from the responder */
#define TAGGED	   0x04 /* with the tag of the second port of its segment */
#define CUT	   0x08 /* the last word is missing */
#define TICK	   0x10 /* the first one of a tick */
#define AGAIN	   0x20 /* the same one came just before it */
#define COMMITTED  0x40 /* a commit was after the connection was opened */
#define FAST	   0x80 /* `forward: fast`, and the kernel has a route */
#define HOP_KNOWN  0x100 /* the connection has its next hop */
#define UNBOUND	   0x200 /* at a port of no segment */
#define FIRST_PORT 0x400 /* at a port of segment a, whatever its source */

#define SYN TCP_SYN
#define ACK TCP_ACK
#define FIN (TCP_FIN | TCP_ACK)

/*
 * Segment a: 10.0/16, fd00:0:0/48; b: 10.1/16, fd00:0:1/48; c: 10.2/16. An address is of one
 * address set at most, but for 10.0.0.9 and 10.1.0.9.
 */
#define APPROVED                                                         \
	"purpose: 計数, requested_by: 計数課 A, approved_by: 計数部 B, " \
	"approved_on: 2020-04-01, valid_until: 2097-03-31}\n"
#define FLOW(id, from, to, rest)                                                          \
	"  - {id: " id ", from: {segment: " from "}, to: {segment: " to "}, " rest ", \n" \
	"     " APPROVED

/* clang-format off */
static const char policy_text[] =
	"sekisho: 1\n"
	"site: {name: 計数市, timezone: Asia/Tokyo}\n"
	"segments:\n"
	"  - {name: a, kind: other, ports: [{interface: port1}, {interface: port1, vlan: 20}],\n"
	"     networks: [10.0.0.0/16, 'fd00::/48']}\n"
	"  - {name: b, kind: other, ports: [{interface: port2}],\n"
	"     networks: [10.1.0.0/16, 'fd00:0:1::/48']}\n"
	"  - {name: c, kind: other, ports: [{interface: port3}], networks: [10.2.0.0/16]}\n"
	"flows:\n"
	/* One service: whole in its rule's row. */
	FLOW("ONE", "a, hosts: [10.0.0.0/24, 'fd00::/64']", "b, hosts: [10.1.0.1, 'fd00:0:1::1']",
	     "services: [tcp/443], log: none")
	FLOW("LIST", "a, hosts: [10.0.1.0/24]", "b, hosts: [10.1.0.2]",
	     "services: [tcp/443, udp/53, icmp/echo], log: none")
	FLOW("SECOND", "a, hosts: [10.0.0.9]", "b, hosts: [10.1.0.9]",
	     "services: [tcp/443], log: none")
	FLOW("THIRD", "a, hosts: [10.0.2.0/24]", "b, hosts: [10.1.0.8/31]",
	     "services: [tcp/443], log: none")
	FLOW("LIMIT", "a, hosts: [10.0.3.0/24]", "b, hosts: [10.1.0.3]",
	     "services: [tcp/443], log: none, limit: {concurrent: 1000}")
	FLOW("TOLD", "a, hosts: [10.0.4.0/24]", "b, hosts: [10.1.0.4]",
	     "services: [tcp/443], log: new")
	FLOW("MAC", "a, hosts: [10.0.5.1], macs: ['02:00:00:00:00:00']", "b, hosts: [10.1.0.5]",
	     "services: [tcp/443], log: none")
	FLOW("ANYONE", "a", "c, hosts: [10.2.0.1]", "services: [tcp/443], log: none");
/* clang-format on */

/* One frame, and what it may cost. */
struct path {
	struct path_calls calls;
	const char *name;
	const char *from;
	const char *to;
	uint8_t protocol;
	uint16_t service; /* nothing where the protocol is ICMP */
	uint8_t tcp_flags;
	uint32_t how;
	enum sekisho_reason reason;
};

#define A4(host) "10.0." host
#define B4(host) "10.1.0." host
#define TCP	 IPPROTO_TCP, 443
#define WEB	 A4("0.1"), B4("1"), TCP
#define DNS	 A4("1.1"), B4("2"), IPPROTO_UDP, 53
#define PING	 A4("1.1"), B4("2"), IPPROTO_ICMP, 0
#define WEB6	 "fd00::1", "fd00:0:1::1", TCP

#define BY(reason) SEKISHO_REASON_##reason

/* First: map look-ups, loops, readings of the clock, calls of the ring, others. */
/* clang-format off */
static const struct path paths[] = {
	{ {  9, 0, 1, 0, 0 }, "established TCP, initiator",
	  WEB, ACK, OPEN, BY(PERMIT_ESTABLISHED) },
	{ {  9, 0, 1, 0, 0 }, "established TCP, responder",
	  WEB, ACK, OPEN | REPLY, BY(PERMIT_ESTABLISHED) },
	{ {  9, 0, 1, 0, 0 }, "established UDP, initiator", DNS, 0, OPEN, BY(PERMIT_ESTABLISHED) },
	{ {  9, 0, 1, 0, 0 }, "established UDP, responder",
	  DNS, 0, OPEN | REPLY, BY(PERMIT_ESTABLISHED) },
	{ {  9, 0, 1, 0, 0 }, "established TCP in IPv6, initiator",
	  WEB6, ACK, OPEN, BY(PERMIT_ESTABLISHED) },
	{ {  9, 0, 1, 0, 0 }, "established TCP in IPv6, responder",
	  WEB6, ACK, OPEN | REPLY, BY(PERMIT_ESTABLISHED) },
	{ {  9, 0, 1, 0, 0 }, "established TCP, tagged",
	  WEB, ACK, OPEN | TAGGED, BY(PERMIT_ESTABLISHED) },
	{ {  9, 0, 3, 0, 0 }, "established TCP, first of a tick",
	  WEB, ACK, OPEN | TICK, BY(PERMIT_ESTABLISHED) },
	{ { 50, 0, 2, 0, 0 }, "established TCP, after a commit",
	  WEB, ACK, OPEN | COMMITTED, BY(PERMIT_ESTABLISHED) },
	{ { 27, 0, 2, 0, 0 }, "end of established TCP", WEB, FIN, OPEN, BY(PERMIT_ESTABLISHED) },
	{ { 24, 0, 2, 0, 0 }, "established echo, asked", PING, 0, OPEN, BY(PERMIT_ESTABLISHED) },
	{ { 24, 0, 2, 0, 0 }, "established echo, answered",
	  PING, 0, OPEN | REPLY, BY(PERMIT_ESTABLISHED) },
	{ { 14, 0, 1, 0, 2 }, "fast, the way out unknown",
	  WEB, ACK, OPEN | FAST, BY(PERMIT_ESTABLISHED) },
	{ { 10, 0, 1, 0, 1 }, "fast, the way out known",
	  WEB, ACK, OPEN | FAST | HOP_KNOWN, BY(PERMIT_ESTABLISHED) },

	{ { 29, 0, 1, 0, 0 }, "first, one service", WEB, SYN, 0, BY(PERMIT_NEW) },
	{ { 31, 0, 1, 0, 0 }, "first, one service, IPv6", WEB6, SYN, 0, BY(PERMIT_NEW) },
	{ { 29, 0, 1, 0, 0 }, "first, one service, tagged", WEB, SYN, TAGGED, BY(PERMIT_NEW) },
	{ { 33, 0, 1, 0, 0 }, "first, list of services, TCP",
	  A4("1.1"), B4("2"), TCP, SYN, 0, BY(PERMIT_NEW) },
	{ { 33, 0, 1, 0, 0 }, "first, list of services, UDP", DNS, 0, 0, BY(PERMIT_NEW) },
	{ { 49, 1, 2, 0, 0 }, "first, list of services, echo", PING, 0, 0, BY(PERMIT_NEW) },
	{ { 46, 1, 1, 0, 0 }, "first, source in two address sets",
	  A4("0.9"), B4("1"), TCP, SYN, 0, BY(PERMIT_NEW) },
	{ { 46, 1, 1, 0, 0 }, "first, destination in two address sets",
	  A4("2.1"), B4("9"), TCP, SYN, 0, BY(PERMIT_NEW) },
	{ { 58, 1, 1, 0, 0 }, "first, both in two address sets",
	  A4("0.9"), B4("9"), TCP, SYN, 0, BY(PERMIT_NEW) },
	{ { 29, 0, 1, 0, 0 }, "first, from any host",
	  A4("9.1"), "10.2.0.1", TCP, SYN, 0, BY(PERMIT_NEW) },
	{ { 43, 1, 1, 0, 0 }, "first, from any host, which is in a set",
	  A4("0.1"), "10.2.0.1", TCP, SYN, 0, BY(PERMIT_NEW) },
	{ { 30, 0, 1, 0, 0 }, "first, under a limit",
	  A4("3.1"), B4("3"), TCP, SYN, 0, BY(PERMIT_NEW) },
	{ { 31, 0, 1, 1, 0 }, "first, told of", A4("4.1"), B4("4"), TCP, SYN, 0, BY(PERMIT_NEW) },
	{ { 30, 0, 1, 0, 0 }, "first, from a listed MAC",
	  A4("5.1"), B4("5"), TCP, SYN, 0, BY(PERMIT_NEW) },

	{ {  8, 0, 1, 1, 0 }, "malformed", WEB, SYN, CUT, BY(MALFORMED) },
	{ { 12, 0, 1, 1, 0 }, "port-unbound", WEB, SYN, UNBOUND, BY(PORT_UNBOUND) },
	{ { 20, 0, 1, 1, 0 }, "source-spoofed",
	  B4("7"), B4("1"), TCP, SYN, FIRST_PORT, BY(SOURCE_SPOOFED) },
	{ { 19, 0, 1, 1, 0 }, "no-destination",
	  A4("0.1"), "10.9.0.1", TCP, SYN, 0, BY(NO_DESTINATION) },
	{ { 20, 0, 1, 1, 0 }, "tcp-no-state", WEB, ACK, 0, BY(TCP_NO_STATE) },
	{ { 21, 0, 1, 1, 0 }, "no-flow", B4("1"), "10.2.0.1", TCP, SYN, 0, BY(NO_FLOW) },
	{ { 21, 0, 1, 0, 0 }, "no-flow, again within a second",
	  B4("1"), "10.2.0.1", TCP, SYN, AGAIN, BY(NO_FLOW) },
	{ { 21, 0, 1, 1, 0 }, "not-listed, destination in no address set",
	  A4("0.1"), B4("99"), TCP, SYN, 0, BY(NOT_LISTED) },
	{ { 22, 0, 1, 1, 0 }, "not-listed, sets without a rule",
	  A4("0.1"), B4("2"), TCP, SYN, 0, BY(NOT_LISTED) },
	{ { 31, 1, 2, 1, 0 }, "not-listed, echo",
	  A4("0.1"), B4("99"), IPPROTO_ICMP, 0, 0, 0, BY(NOT_LISTED) },
	{ { 24, 0, 1, 1, 0 }, "port-not-permitted, one service",
	  A4("0.1"), B4("1"), IPPROTO_TCP, 80, SYN, 0, BY(PORT_NOT_PERMITTED) },
	{ { 25, 0, 1, 1, 0 }, "port-not-permitted, list of services",
	  A4("1.1"), B4("2"), IPPROTO_TCP, 80, SYN, 0, BY(PORT_NOT_PERMITTED) },
};
/* clang-format on */

#define PATHS (sizeof(paths) / sizeof(paths[0]))

static struct sekisho_policy *policy_read(void)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy *read = sekisho_policy_text_read("path_costs", policy_text,
							       strlen(policy_text), &diagnostics);

	if (!read) {
		sekisho_diagnostics_print(&diagnostics, stderr);
		exit(1);
	}
	sekisho_diagnostics_free(&diagnostics);
	return read;
}

static uint32_t interface_number(void *context, const char *name)
{
	(void)context;
	return (uint32_t)strtoul(name + strlen("port"), NULL, 10);
}

/* Of a segment: the policy has them in the order of their interfaces. */
static uint32_t interface_of(const struct pair *pair, uint32_t side)
{
	const __be32 *address = pair->address[side];

	if (pair->family == 4)
		return 1 + (bpf_ntohl(address[3]) >> 16 & 0xff);
	return 1 + (bpf_ntohl(address[1]) >> 16);
}

static struct sekisho_tables *tables_build(const struct sekisho_policy *of)
{
	static const struct sekisho_self self = { { NULL, 0 }, { NULL, 0 } };
	uint32_t *limits_of = path_memory(of->flow_count, sizeof(*limits_of));
	struct sekisho_bindings bindings = {
		.ifindex = interface_number,
		.limits = limits_of,
		.generation = 1,
	};
	struct sekisho_tables_problem problem;
	struct sekisho_tables *tables;

	for (uint32_t i = 0; i < of->flow_count; i++)
		limits_of[i] = of->flows[i].limit.concurrent ? i : SEKISHO_LIMIT_NONE;
	if (sekisho_tables_build(of, &self, &bindings, &tables, &problem)) {
		fprintf(stderr, "the policy does not fit: %d\n", problem.fault);
		exit(1);
	}
	free(limits_of);
	return tables;
}

/* The policy in force, no connection, nothing told of; the clock was read in this tick. */
static struct sekisho_engine *engine_new(const struct sekisho_policy *of,
					 const struct sekisho_tables *tables)
{
	struct sekisho_engine_size size = { { 0 } };
	struct sekisho_engine *engine;

	sekisho_fill_size(tables, (uint32_t)of->flow_count, 1, &size);
	size.rows[SEKISHO_MAP_SLOTS] = BUCKETS;
	size.rows[SEKISHO_MAP_CONNECTIONS] = BUCKETS * SEKISHO_BUCKET_WAYS;
	size.rows[SEKISHO_MAP_NEXT_HOPS] = SEKISHO_HOP_ROWS;
	engine = path_engine_new(&size);
	PATH_MAP_SET(recent, path_memory(SEKISHO_RECENT_ROWS, sizeof(*recent.value)),
		     SEKISHO_RECENT_ROWS);
	sekisho_fill_half(engine, HALF, tables);
	for (uint32_t i = 0; i < of->flow_count; i++) {
		struct sekisho_limit_row *limit = world_row(engine, SEKISHO_MAP_LIMITS, i);

		limit->bounds[HALF].concurrent = of->flows[i].limit.concurrent;
	}
	world_control(engine)->state = (HALF + 1ull) << SEKISHO_STATE_HALF_SHIFT | 1;
	setting_test_clock = 0;
	path_clock_ns = NOW * NANOSECONDS;
	moment_read(moments.value, world_control(engine));
	return engine;
}

static void engine_free(struct sekisho_engine *engine)
{
	free(recent.value);
	PATH_MAP_SET(recent, NULL, 0);
	PATH_MAP_SET(links, NULL, 0);
	path_route_out = 0;
	path_engine_free(engine);
}

/* Return: its family. */
static uint8_t address_read(const char *text, __be32 bytes[4])
{
	struct sekisho_range range;

	if (sekisho_range_parse(text, &range)) {
		fprintf(stderr, "%s is no address\n", text);
		exit(1);
	}
	if (range.family == 4) {
		address_map_ipv4(bytes, bpf_htonl((__u32)range.first.low));
		return 4;
	}
	bytes[0] = bpf_htonl((__u32)(range.first.high >> 32));
	bytes[1] = bpf_htonl((__u32)range.first.high);
	bytes[2] = bpf_htonl((__u32)(range.first.low >> 32));
	bytes[3] = bpf_htonl((__u32)range.first.low);
	return 6;
}

static struct pair path_pair(const struct path *path)
{
	struct pair pair = {
		.port = { bpf_htons(CLIENT), bpf_htons(path->service) },
		.protocol = path->protocol,
	};

	address_read(path->from, pair.address[0]);
	pair.family = address_read(path->to, pair.address[1]);
	return pair;
}

/* Fast forwarding wants a header that is whole. */
static void sum_header(uint8_t *bytes)
{
	struct iphdr *ip = (void *)(bytes + sizeof(struct ethhdr));
	uint16_t words[sizeof(*ip) / 2];
	uint32_t sum = 0;

	memcpy(words, ip, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sum += words[i];
	sum = (sum >> 16) + (sum & 0xffff);
	ip->check = (uint16_t)~(sum + (sum >> 16));
}

static uint32_t tag_frame(uint8_t *bytes, uint32_t length, uint16_t vlan)
{
	const size_t type = 2 * ETH_ALEN;
	__be16 tag[2] = { bpf_htons(ETH_P_8021Q), bpf_htons(vlan) };

	memmove(bytes + type + sizeof(tag), bytes + type, length - type);
	memcpy(bytes + type, tag, sizeof(tag));
	return length + sizeof(tag);
}

/* The reason for which the one frame was counted, and for nothing else. */
static uint32_t counted_reason(const struct sekisho_tally *tallies)
{
	uint32_t found = 0;

	for (uint32_t reason = 0; reason < SEKISHO_REASON_ROWS; reason++) {
		if (!tallies[reason].packets)
			continue;
		if (found || tallies[reason].packets != 1)
			return 0;
		found = reason;
	}
	return found;
}

/* A frame through the whole program. What it asked for is in path_calls afterwards. */
static uint32_t judge_frame(const struct sekisho_engine *engine, const struct path *path,
			    const struct frame *frame, int *action)
{
	struct sekisho_tally *tallies = world_row(engine, SEKISHO_MAP_REASONS, 0);
	uint8_t *bytes = frame_place();
	uint32_t length = frame_write(frame, bytes);
	struct xdp_md md = { .ingress_ifindex = interface_of(frame->pair, frame->side) };

	if (frame->pair->family == 4)
		sum_header(bytes);
	if (path->how & TAGGED && !frame->side)
		length = tag_frame(bytes, length, 20);
	if (path->how & CUT)
		length -= 4;
	if (path->how & FIRST_PORT)
		md.ingress_ifindex = 1;
	if (path->how & UNBOUND)
		md.ingress_ifindex = 9;
	md.data = (__u32)(uintptr_t)bytes;
	md.data_end = md.data + length;
	memset(tallies, 0, SEKISHO_REASON_ROWS * sizeof(*tallies));
	memset(&path_calls, 0, sizeof(path_calls));
	*action = ingress(&md);
	return counted_reason(tallies);
}

/* What comes before the frame, so that its connection is there. */
static bool open_connection(const struct sekisho_engine *engine, const struct path *path,
			    const struct pair *pair)
{
	const struct frame frames[] = {
		{ pair, 0, TCP_SYN, 1000, 0 },
		{ pair, 1, TCP_SYN | TCP_ACK, 5000, 1001 },
		{ pair, 0, TCP_ACK, 1001, 5001 },
	};
	int action;

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		if (!sekisho_reason_permits(judge_frame(engine, path, &frames[i], &action)))
			return false;
	}
	return true;
}

/* Of the one connection that there is. */
static struct sekisho_connection *only_connection(const struct sekisho_engine *engine)
{
	for (uint32_t row = 0; row < world_connections(engine); row++)
		if (world_tag(engine, row))
			return world_row(engine, SEKISHO_MAP_CONNECTIONS, row);
	return NULL;
}

static void forward_fast(const struct sekisho_engine *engine, const struct path *path)
{
	/* Found by whatever is asked for: the kernel routes by port 2, and the route by another. */
	static struct sekisho_link link = { .ifindex = 2 };
	struct sekisho_policy_row *row = world_row(engine, SEKISHO_MAP_POLICY, HALF);
	struct sekisho_connection *connection = only_connection(engine);
	struct sekisho_next_hop *hop = world_row(engine, SEKISHO_MAP_NEXT_HOPS, 1);

	row->fast = 1;
	PATH_MAP_SET(links, &link, 1);
	path_route_out = 3;
	connection->hops[0] = connection->hops[1] = SEKISHO_HOP_NONE;
	if (!(path->how & HOP_KNOWN))
		return;
	*hop = (struct sekisho_next_hop){ .state = SEKISHO_HOP_KNOWN, .ifindex = 2, .mtu = 1500 };
	connection->hops[0] = connection->hops[1] = 1;
}

static int expected_action(const struct path *path)
{
	if (path->how & FAST)
		return XDP_REDIRECT;
	return sekisho_reason_permits(path->reason) ? XDP_PASS : XDP_DROP;
}

/* Whether the frame took the path that it is to be counted for. */
static bool path_taken(const struct sekisho_engine *engine, const struct path *path)
{
	const struct pair pair = path_pair(path);
	const uint32_t side = path->how & REPLY ? 1 : 0;
	const struct frame frame = { &pair, side, path->tcp_flags, side ? 5001 : 1001,
				     side ? 1001 : 5001 };
	uint32_t reason;
	int action;

	if (path->how & OPEN && !open_connection(engine, path, &pair)) {
		printf("# %s: the connection could not be opened\n", path->name);
		return false;
	}
	if (path->how & COMMITTED)
		world_control(engine)->state++;
	if (path->how & FAST)
		forward_fast(engine, path);
	if (path->how & AGAIN)
		judge_frame(engine, path, &frame, &action);
	if (path->how & TICK)
		moments.value->tick = 1; /* any but the clock's */
	reason = judge_frame(engine, path, &frame, &action);
	if (reason == path->reason && action == expected_action(path))
		return true;
	printf("# %s: reason %u and action %d instead of %u and %d\n", path->name, reason, action,
	       path->reason, expected_action(path));
	return false;
}

static bool count_is(const struct path *path, const char *what, unsigned int counted,
		     unsigned int table)
{
	if (counted > table)
		printf("# %s: more %s: %u, the table says %u\n", path->name, what, counted, table);
	if (counted < table)
		printf("# %s: fewer %s: %u; the table is to be lowered from %u\n", path->name, what,
		       counted, table);
	return counted == table;
}

/* All of them are told, not the first that differs alone. */
static bool costs_hold(const struct path *path, const struct path_calls *counted)
{
	const struct path_calls *table = &path->calls;
	bool lookups = count_is(path, "map look-ups", counted->lookups, table->lookups);
	bool loops = count_is(path, "loops", counted->loops, table->loops);
	bool clock = count_is(path, "readings of the clock", counted->clock, table->clock);
	bool ring = count_is(path, "calls of the ring", counted->ring, table->ring);
	bool others = count_is(path, "other calls", counted->others, table->others);

	return lookups && loops && clock && ring && others;
}

static void ignore_event(const void *event)
{
	(void)event;
}

int main(void)
{
	struct sekisho_policy *read = policy_read();
	struct sekisho_tables *tables = tables_build(read);

	path_event = ignore_event;
	plan(PATHS);
	for (size_t i = 0; i < PATHS; i++) {
		struct sekisho_engine *engine = engine_new(read, tables);
		bool fine = path_taken(engine, &paths[i]);
		struct path_calls counted = path_calls;

		fine = fine && costs_hold(&paths[i], &counted);
		ok(fine, "%s: %u map look-ups", paths[i].name, counted.lookups);
		engine_free(engine);
	}
	sekisho_tables_free(tables);
	sekisho_policy_free(read);
	return finish();
}
