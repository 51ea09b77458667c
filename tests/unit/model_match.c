// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines 13 and 14 of docs/semantics.md: which flow matches and decides, what is the nearest miss,
 * limits and room. Must not know how the model is made.
 */
#include "model_world.h"

#define ESTABLISHED SEKISHO_REASON_PERMIT_ESTABLISHED
#define INTRA	    SEKISHO_REASON_PERMIT_INTRA
#define NEW	    SEKISHO_REASON_PERMIT_NEW
#define EXPIRED	    SEKISHO_REASON_EXPIRED
#define NOT_YET	    SEKISHO_REASON_NOT_YET_VALID
#define HOURS	    SEKISHO_REASON_OUTSIDE_SCHEDULE
#define WRONG_MAC   SEKISHO_REASON_MAC_MISMATCH
#define WRONG_PORT  SEKISHO_REASON_PORT_NOT_PERMITTED
#define NOT_LISTED  SEKISHO_REASON_NOT_LISTED
#define NO_PEER	    SEKISHO_REASON_PEER_UNREGISTERED
#define NO_GATEWAY  SEKISHO_REASON_NOT_A_GATEWAY
#define NO_PAIR	    SEKISHO_REASON_NO_FLOW
#define LIMIT	    SEKISHO_REASON_LIMIT
#define FULL	    SEKISHO_REASON_STATE_FULL

static uint16_t next_port = 1000;

/* A new connection each time: from HOME 5 to LG 5, port 53. */
static struct sekisho_verdict dns(void)
{
	return in(HOME, udp4(H(HOME, 5), H(LG, 5), next_port++, 53));
}

static bool opens_two(void)
{
	bool first = is(dns(), NEW);

	return is(dns(), NEW) && first;
}

static void test_intra(void)
{
	begin();
	flow("a", HOME, HOME, 17, 53, 53);
	flow("b", LG, LG, 17, 53, 53)->limit.concurrent = 1;
	commit();
	ok(decides(in(LG, udp4(H(LG, 5), H(LG, 6), 1, 99)), INTRA, NO_FLOW), "13: intra permitted");
	ok(decides(in(LG, udp4(H(LG, 5), H(LG, 6), 1, 53)), INTRA, NO_FLOW),
	   "13: before flows are looked at");
	ok(decides(in(LG, udp4(H(LG, 6), H(LG, 5), 53, 1)), ESTABLISHED, NO_FLOW),
	   "13: with state");
	ok(is(in(LG, tcp4(H(LG, 5), H(LG, 6), 1, 80, ACK, 0, 0)), SEKISHO_REASON_TCP_NO_STATE),
	   "13: TCP's rules hold");
	ok(decides(in(HOME, udp4(H(HOME, 5), H(HOME, 6), 1, 53)), NEW, 0),
	   "13: a flow inside a segment");
	ok(is(in(HOME, udp4(H(HOME, 5), H(HOME, 6), 1, 99)), WRONG_PORT) &&
		   is(in(NET, udp4(H(NET, 5), H(NET, 6), 1, 99)), NO_PAIR),
	   "13: or none");
}

static void test_misses(void)
{
	struct sekisho_flow *only;

	begin();
	only = flow("a", HOME, LG, 17, 53, 53);
	commit();
	ok(decides(dns(), NEW, 0), "13: a match");
	only->valid_until = START + 1;
	ok(is(dns(), NEW), "13: the last second");
	only->valid_until = START;
	ok(decides(dns(), EXPIRED, 0), "13: ended");
	only->valid_until = INT64_MAX;
	only->valid_from = START;
	ok(is(dns(), NEW), "13: the first second");
	only->valid_from = START + 1;
	ok(is(dns(), NOT_YET), "13: not begun");
	only->schedule = (struct sekisho_schedule){ true, 0x7f, 0, 60 };
	ok(is(dns(), NOT_YET), "13: not begun, nor in hours");
	only->valid_from = INT64_MIN;
	ok(is(dns(), HOURS), "13: hours");
	only_mac(only, 7);
	ok(decides(dns(), WRONG_MAC, 0), "13: MAC, whatever the time");
	only_source_port(only, 1, 2);
	ok(is(dns(), WRONG_PORT), "13: source port, whatever the MAC");
	only->source_port_count = 0;
	services[0].first = 54;
	services[0].last = 60;
	ok(is(dns(), WRONG_PORT), "13: service");
	services[0] = (struct sekisho_service){ 6, 53, 53 };
	ok(decides(dns(), WRONG_PORT, 0), "13: protocol");
	only_to(only, H(LG, 6));
	ok(decides(dns(), NOT_LISTED, 0), "13: the responder, whatever else");
	only->to.hosts.count = 0;
	only_from(only, H(HOME, 6));
	ok(is(dns(), NOT_LISTED), "13: the initiator");
	policy.flow_count = 0;
	ok(decides(dns(), NO_PAIR, NO_FLOW), "13: no flow");
}

static void test_nearest(void)
{
	begin();
	flow("a", HOME, LG, 17, 99, 99);
	only_from(flow("b", HOME, LG, 17, 53, 53), H(HOME, 6));
	only_mac(flow("c", HOME, LG, 17, 53, 53), 7);
	flow("d", HOME, LG, 17, 53, 53)->schedule = (struct sekisho_schedule){ true, 0, 0, 1440 };
	flow("e", HOME, LG, 17, 53, 53)->valid_from = START + 1;
	flow("f", HOME, LG, 17, 53, 53)->valid_until = START - 1;
	flow("g", HOME, LG, 17, 53, 53)->valid_until = START - 2;
	flow("h", HOME, NET, 17, 53, 53);
	commit();
	ok(decides(dns(), EXPIRED, 5), "13: the nearest of all is `expired`");
	policy.flow_count = 5;
	ok(decides(dns(), NOT_YET, 4), "13: then `not-yet-valid`");
	policy.flow_count = 4;
	ok(decides(dns(), HOURS, 3), "13: then `outside-schedule`");
	policy.flow_count = 3;
	ok(decides(dns(), WRONG_MAC, 2), "13: then `mac-mismatch`");
	policy.flow_count = 2;
	ok(decides(dns(), WRONG_PORT, 0), "13: then `port-not-permitted`");
}

static void test_names(void)
{
	begin();
	only_from(flow("a", HOME, EXT, 17, 53, 53), H(HOME, 99));
	only_from(flow("b", EXT, LG, 17, 53, 53), H(EXT, 99));
	only_from(flow("c", LG, NET, 17, 53, 53), H(LG, 99));
	only_from(flow("d", NET, LG, 17, 53, 53), H(NET, 99));
	only_from(flow("e", HOME, NET, 17, 53, 53), H(HOME, 99));
	flow("f", NET, HOME, 17, 53, 53);
	commit();
	ok(decides(in(HOME, udp4(H(HOME, 5), H(EXT, 5), 1, 53)), NO_PEER, 0) &&
		   is(in(EXT, udp4(H(EXT, 5), H(LG, 5), 1, 53)), NO_PEER),
	   "13: not listed, with an external segment");
	ok(is(in(LG, udp4(H(LG, 5), H(NET, 5), 1, 53)), NO_GATEWAY) &&
		   is(in(NET, udp4(H(NET, 5), H(LG, 5), 1, 53)), NO_GATEWAY),
	   "13: not listed, between lgwan and internet");
	ok(is(in(HOME, udp4(H(HOME, 5), H(NET, 5), 1, 53)), NOT_LISTED),
	   "13: not listed elsewhere");
	ok(is(in(EXT, udp4(H(EXT, 5), H(NET, 5), 1, 53)), NO_PAIR) &&
		   is(in(LG, udp4(H(LG, 5), H(EXT, 5), 1, 53)), NO_PAIR),
	   "13: no flow keeps its name");
	ok(is(in(NET, udp6(H6(NET, 5), H6(HOME, 5), 1, 53)), NEW), "13: no hosts means every host");
	ok(is(in(HOME, udp6(H6(HOME, 5), H6(NET, 5), 1, 53)), NOT_LISTED),
	   "13: hosts of one family are none of the other");
}

static void test_services(void)
{
	begin();
	flow("a", HOME, LG, 1, 8, 8);
	flow("b", HOME, LG, 58, 128, 128);
	flow("c", HOME, LG, 47, 0, 65535);
	flow("d", HOME, LG, 6, 80, 443);
	only_source_port(flow("e", HOME, NET, 17, 53, 53), 100, 200);
	only_mac(flow("f", SELF, NET, 17, 53, 53), 7);
	commit();
	ok(is(in(HOME, icmp4(H(HOME, 5), H(LG, 5), 8, 77)), NEW) &&
		   is(in(HOME, icmp4(H(HOME, 5), H(LG, 5), 13, 77)), WRONG_PORT),
	   "13: ICMP by type");
	ok(is(in(HOME, icmp6(H6(HOME, 5), H6(LG, 5), 128, 0, 64)), NEW) &&
		   is(in(HOME, icmp6(H6(HOME, 6), H6(LG, 5), 129, 0, 64)), WRONG_PORT),
	   "13: ICMPv6 by type");
	ok(is(in(HOME, ethernet(0x0800, ipv4(H(HOME, 5), H(LG, 5), 47, zeros(4)))), NEW) &&
		   is(in(HOME, ethernet(0x0800, ipv4(H(HOME, 5), H(LG, 5), 46, zeros(4)))),
		      WRONG_PORT),
	   "13: other protocols");
	ok(is(in(HOME, tcp4(H(HOME, 5), H(LG, 5), 1, 80, SYN, 0, 0)), NEW) &&
		   is(in(HOME, tcp4(H(HOME, 5), H(LG, 5), 1, 443, SYN, 0, 0)), NEW) &&
		   is(in(HOME, tcp4(H(HOME, 5), H(LG, 5), 1, 79, SYN, 0, 0)), WRONG_PORT) &&
		   is(in(HOME, tcp4(H(HOME, 5), H(LG, 5), 1, 444, SYN, 0, 0)), WRONG_PORT),
	   "13: a range of ports");
	ok(is(in(HOME, udp4(H(HOME, 5), H(NET, 5), 100, 53)), NEW) &&
		   is(in(HOME, udp4(H(HOME, 5), H(NET, 5), 200, 53)), NEW) &&
		   is(in(HOME, udp4(H(HOME, 5), H(NET, 5), 99, 53)), WRONG_PORT) &&
		   is(in(HOME, udp4(H(HOME, 5), H(NET, 5), 201, 53)), WRONG_PORT),
	   "13: a range of source ports");
	ok(is(out(NET, udp4(H(NET, 1), H(NET, 5), 1, 53)), NEW), "13: on output every MAC matches");
}

/* The site is 9 hours ahead: START is Wednesday, 09:00. */
static void test_schedule(void)
{
	struct sekisho_schedule *hours;

	begin();
	hours = &flow("a", HOME, LG, 17, 53, 53)->schedule;
	commit();
	*hours = (struct sekisho_schedule){ true, 1 << 2, 540, 600 };
	ok(is(dns(), NEW), "hours: they begin");
	wall_ns -= 1;
	ok(is(dns(), HOURS), "hours: a nanosecond before");
	wall_ns += 3600 * INT64_C(1000000000);
	ok(is(dns(), NEW), "hours: the last");
	wall_ns += 1;
	ok(is(dns(), HOURS), "hours: they end");
	begin();
	hours = &flow("a", HOME, LG, 17, 53, 53)->schedule;
	commit();
	*hours = (struct sekisho_schedule){ true, 1 << 1, 1320, 541 };
	ok(is(dns(), NEW), "hours: from Tuesday over midnight");
	pass(60);
	ok(is(dns(), HOURS), "hours: until Wednesday's end of them");
	pass(13 * 3600);
	ok(is(dns(), HOURS), "hours: not from Wednesday");
	pass(6 * DAY);
	ok(is(dns(), NEW), "hours: a week later");
	*hours = (struct sekisho_schedule){ true, 0x7f, 0, 1440 };
	ok(is(dns(), NEW), "hours: all day");
	*hours = (struct sekisho_schedule){ true, 0x7f, 600, 600 };
	ok(is(dns(), HOURS), "hours: none");
	begin();
	*(hours = &flow("a", HOME, LG, 17, 53, 53)->schedule) =
		(struct sekisho_schedule){ true, 1 << 2, 540, 600 };
	policy.zone[1] = (struct sekisho_zone_change){ START, 0 };
	policy.zone_count = 2;
	commit();
	ok(is(dns(), HOURS), "hours: the offset changes");
	wall_ns = -1;
	*hours = (struct sekisho_schedule){ true, 1 << 3, 539, 540 };
	ok(is(dns(), NEW), "hours: before 1970, a Thursday, 08:59 and 59 seconds");
}

static void test_deciding(void)
{
	begin();
	flow("a", HOME, LG, 17, 53, 53)->limit.new_per_second = 9;
	flow("b", HOME, LG, 17, 53, 53)->valid_until = START + 1;
	flow("c", HOME, LG, 17, 53, 53)->valid_until = START + 2;
	flow("d", HOME, LG, 17, 53, 53)->valid_until = START + 2;
	commit();
	ok(decides(dns(), NEW, 2), "which decides: no limit, then the later end, then the id");
	flows[2].limit.concurrent = 1;
	ok(decides(dns(), NEW, 3), "which decides: a limit of either kind");
	flows[3].valid_until = START + 1;
	ok(decides(dns(), NEW, 1), "which decides: the smaller id");
	policy.flow_count = 1;
	ok(decides(dns(), NEW, 0), "which decides: the only one");
}

static void test_rate(void)
{
	begin();
	flow("a", HOME, LG, 17, 53, 53)->limit.new_per_second = 2;
	commit();
	ok(opens_two(), "limit: two a second");
	ok(decides(dns(), LIMIT, 0), "limit: not three");
	next_port -= 2;
	ok(is(dns(), ESTABLISHED), "limit: what is established goes on");
	next_port++;
	sekisho_model_set_full(model, true);
	ok(is(dns(), LIMIT), "limit: goes before state-full");
	wall_ns += INT64_C(999999999);
	ok(is(dns(), LIMIT), "limit: seconds of the wall clock");
	wall_ns += 1;
	ok(decides(dns(), FULL, 0) && is(dns(), FULL) && is(dns(), FULL), "14: no room");
	sekisho_model_set_full(model, false);
	ok(opens_two() && is(dns(), LIMIT), "limit: not consumed by what is denied");
	commit();
	ok(is(dns(), LIMIT), "limit: outlives a commit");
	flows[0].id = "b";
	commit();
	ok(is(dns(), NEW), "limit: belongs to the id");
}

static void test_concurrent(void)
{
	struct wire again = udp4(H(HOME, 5), H(LG, 5), 7, 53);

	begin();
	flow("a", HOME, LG, 17, 53, 53)->limit.concurrent = 2;
	commit();
	ok(is(in(HOME, again), NEW) && is(dns(), NEW) && is(dns(), LIMIT), "concurrent: two");
	pass(29);
	in(HOME, again);
	pass(1);
	ok(is(dns(), LIMIT), "concurrent: idle, but not swept");
	sekisho_model_sweep(model, monotonic);
	ok(is(dns(), NEW) && is(dns(), LIMIT), "concurrent: swept");
	commit();
	ok(is(dns(), LIMIT), "concurrent: outlives a commit");
	policy.flow_count = 0;
	commit();
	ok(is(in(HOME, again), SEKISHO_REASON_REVOKED), "concurrent: one is revoked");
	policy.flow_count = 1;
	commit();
	ok(is(dns(), NEW) && is(dns(), LIMIT), "concurrent: and leaves");
}

static uint8_t segment(bool reply, uint8_t flags, uint32_t seq, uint32_t ack)
{
	if (reply)
		return in(LG, tcp4(H(LG, 5), H(HOME, 5), 80, 9, flags, seq, ack)).reason;
	return in(HOME, tcp4(H(HOME, 5), H(LG, 5), 9, 80, flags, seq, ack)).reason;
}

static bool opens(uint16_t port)
{
	return in(HOME, tcp4(H(HOME, 5), H(LG, 5), port, 80, SYN, 100, 0)).reason == NEW;
}

static void test_concurrent_tcp(void)
{
	begin();
	flow("a", HOME, LG, 6, 80, 80)->limit.concurrent = 1;
	commit();
	ok(opens(9) && !opens(10), "concurrent: TCP");
	ok(segment(false, SYN, 200, 0) == ESTABLISHED && !opens(10), "concurrent: the SYN again");
	segment(true, SYN | ACK, 500, 201);
	segment(false, ACK, 201, 501);
	segment(false, FIN | ACK, 201, 501);
	ok(!opens(10), "concurrent: one FIN");
	ok(segment(true, FIN | ACK, 501, 202) == ESTABLISHED && opens(10) && !opens(11),
	   "concurrent: both");
	ok(segment(false, ACK, 202, 502) == ESTABLISHED && !opens(11), "concurrent: it left once");
	begin();
	flow("a", HOME, LG, 6, 80, 80)->limit.concurrent = 1;
	commit();
	opens(9);
	ok(segment(true, RST | ACK, 0, 101) == ESTABLISHED && opens(10) && !opens(11),
	   "concurrent: RST");
	sekisho_model_sweep(model, monotonic + 10);
	ok(!opens(11), "concurrent: what has left is swept without leaving again");
	ok(segment(false, SYN, 900, 0) == LIMIT, "concurrent: nothing is left of the first");
}

static void test_room(void)
{
	begin();
	policy.connections = 2;
	flow("a", HOME, LG, 17, 53, 53);
	commit();
	ok(opens_two() && is(dns(), FULL), "14: room for two");
	ok(is(in(LG, udp4(H(LG, 5), H(LG, 6), 1, 2)), FULL), "14: intra needs room too");
	pass(30);
	next_port--;
	next_port--;
	ok(is(dns(), NEW), "14: one that replaces an idle one needs none");
	ok(is(dns(), FULL), "14: another does");
	sekisho_model_sweep(model, monotonic);
	ok(is(dns(), NEW) && is(dns(), FULL), "14: what is swept gives room");
}

/* Many frames over many flows: they must not take long. */
static void test_many(void)
{
	static char ids[50][4];
	unsigned int i, permitted = 0, established = 0;

	begin();
	policy.connections = 100000;
	for (i = 0; i < 50; i++) {
		snprintf(ids[i], sizeof(ids[i]), "f%02u", i);
		only_from(flow(ids[i], HOME, LG, 17, 53, 53), H(HOME, 100 + i));
	}
	commit();
	for (i = 0; i < 200000; i++) {
		uint32_t source = H(HOME, 100 + i % 50);
		uint16_t port = i / 2 % 50000;

		if (i % 10000 == 0)
			pass(1);
		permitted += in(HOME, udp4(source, H(LG, 5), port, 53)).reason == NEW;
		established += in(LG, udp4(H(LG, 5), source, 53, port)).reason == ESTABLISHED;
	}
	ok(permitted == 100000 && established == 200000, "many connections");
	sekisho_model_sweep(model, monotonic + 180);
	ok(is(in(LG, udp4(H(LG, 5), H(HOME, 100), 53, 0)), NO_PAIR), "and none of them for ever");
}

static void test_public_match(void)
{
	struct sekisho_frame frame = read_wire(udp4(H(HOME, 5), H(LG, 5), 1, 53));
	uint32_t decider;

	begin();
	flow("a", HOME, LG, 17, 53, 53);
	only_mac(&flows[0], 7);
	ok(sekisho_model_match(&policy, &host, &frame, HOME, LG, false, START, false, &decider) ==
			   WRONG_MAC &&
		   decider == 0,
	   "match alone: the nearest");
	ok(sekisho_model_match(&policy, &host, &frame, HOME, LG, true, START, false, &decider) ==
		   NEW,
	   "match alone: on output");
	ok(sekisho_model_match(&policy, &host, &frame, HOME, LG, true, START, true, &decider) ==
			   NO_PAIR &&
		   decider == NO_FLOW,
	   "match alone: restricted");
	ok(sekisho_model_match(&policy, &host, &frame, HOME, NONE, true, START, false, &decider) ==
		   NO_PAIR,
	   "match alone: nowhere");
	ok(sekisho_model_segment_of(&policy, &host, 4, V4(H(LG, 5))) == LG &&
		   sekisho_model_segment_of(&policy, &host, 4, V4(H(LG, 1))) == SELF &&
		   sekisho_model_segment_of(&policy, &host, 6, LL(9)) == SELF &&
		   sekisho_model_segment_of(&policy, &host, 4, V4(1)) == NONE,
	   "the segment of an address");
}

static void test_reasons(void)
{
	static const uint8_t expected[] = {
		ESTABLISHED, INTRA,	 NEW,	  EXPIRED,    NOT_YET, HOURS, WRONG_MAC,
		WRONG_PORT,  NOT_LISTED, NO_PEER, NO_GATEWAY, NO_PAIR, LIMIT, FULL,
	};

	ok(reached_all(expected, sizeof(expected)), "every reason of these lines was given");
}

int main(void)
{
	plan(89);
	test_intra();
	test_misses();
	test_nearest();
	test_names();
	test_services();
	test_schedule();
	test_deciding();
	test_rate();
	test_concurrent();
	test_concurrent_tcp();
	test_room();
	test_many();
	test_public_match();
	test_reasons();
	sekisho_model_free(model);
	return finish();
}
