// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reference verdict, line by line of docs/semantics.md, Order of decision: all but lines 9 and
 * 10, which model_established.c has, and 13 and 14, which model_match.c has. Must not know how the model is made.
 */
#include "model_world.h"

#define CONTROL	       SEKISHO_REASON_PERMIT_CONTROL
#define ESTABLISHED    SEKISHO_REASON_PERMIT_ESTABLISHED
#define INTRA	       SEKISHO_REASON_PERMIT_INTRA
#define NEW	       SEKISHO_REASON_PERMIT_NEW
#define MALFORMED      SEKISHO_REASON_MALFORMED
#define ETHERTYPE      SEKISHO_REASON_ETHERTYPE
#define ISOLATED       SEKISHO_REASON_ISOLATED
#define SUSPENDED      SEKISHO_REASON_SUSPENDED
#define SPOOFED	       SEKISHO_REASON_SOURCE_SPOOFED
#define EXTENSION      SEKISHO_REASON_IPV6_EXTENSION
#define TINY	       SEKISHO_REASON_FRAGMENT_TINY
#define ORPHAN	       SEKISHO_REASON_FRAGMENT_ORPHAN
#define NOWHERE	       SEKISHO_REASON_NO_DESTINATION
#define EXPIRED	       SEKISHO_REASON_EXPIRED
#define PORT	       SEKISHO_REASON_PORT_NOT_PERMITTED
#define NOT_LISTED     SEKISHO_REASON_NOT_LISTED
#define NO_FLOW_AT_ALL SEKISHO_REASON_NO_FLOW

static const struct wire *lg_to_net(uint16_t port)
{
	static struct wire wire;

	wire = udp4(H(LG, 5), H(NET, 5), 1000, port);
	return &wire;
}

static void test_first_lines(void)
{
	struct wire bad = cut(*lg_to_net(53), 30);
	struct sekisho_verdict verdict;

	begin();
	verdict = in(LG, bad);
	ok(decides(verdict, SEKISHO_REASON_NO_POLICY, NO_FLOW) && verdict.from == NONE &&
		   verdict.to == NONE,
	   "0: no policy, even for malformed frames");
	ok(is(in(LG, ethernet(0x0806, arp(H(LG, 5), H(LG, 1)))), SEKISHO_REASON_NO_POLICY),
	   "0: nor for ARP");
	commit();
	ok(is(in(NONE, bad), MALFORMED), "1: malformed goes before unbound");
	ok(is(in(NONE, ethernet(0x8100, tag(1, 0x88a8, zeros(0)))), SEKISHO_REASON_VLAN_INVALID),
	   "2: two tags go before unbound");
	ok(is(in(NONE, *lg_to_net(53)), SEKISHO_REASON_PORT_UNBOUND) &&
		   is(out(NONE, *lg_to_net(53)), SEKISHO_REASON_PORT_UNBOUND),
	   "2: an unbound port");
	sekisho_model_commit(model, NULL, NULL);
	ok(is(in(LG, *lg_to_net(53)), SEKISHO_REASON_NO_POLICY), "0: a policy withdrawn");
}

static void test_not_ip(void)
{
	struct sekisho_verdict verdict;

	begin();
	commit();
	ok(is(in(LG, ethernet(0x0806, arp(H(LG, 5), H(LG, 1)))), CONTROL), "3: ARP");
	ok(is(in(LG, ethernet(0x0806, arp(H(NET, 5), H(LG, 1)))), SPOOFED), "3: another's ARP");
	ok(is(in(LG, ethernet(0x0806, arp(H(LG, 1), H(LG, 9)))), SPOOFED), "3: the host's own ARP");
	ok(is(in(LG, ethernet(0x0806, arp(0, H(LG, 9)))), SPOOFED), "3: an ARP probe");
	ok(is(out(LG, ethernet(0x0806, arp(H(LG, 1), H(LG, 9)))), CONTROL) &&
		   is(out(LG, ethernet(0x0806, arp(H(NET, 9), H(LG, 9)))), CONTROL),
	   "3: ARP on output");
	ok(is(in(LG, ethernet(0x0806, zeros(27))), MALFORMED), "1: ARP cut short");
	verdict = in(LG, ethernet(0x88cc, zeros(4)));
	ok(is(verdict, CONTROL) && verdict.from == LG && verdict.to == NONE, "3: a listed type");
	ok(is(in(NET, ethernet(0x88cc, zeros(4))), ETHERTYPE), "3: listed elsewhere");
	ok(is(out(LG, ethernet(0x88cc, zeros(4))), CONTROL) &&
		   is(out(NET, ethernet(0x88cc, zeros(4))), ETHERTYPE),
	   "3: on output by the leaving port's segment");
	segments[LG].ethertypes[0] = 38;
	ok(is(in(LG, ethernet(38, zeros(38))), CONTROL) &&
		   is(in(LG, ethernet(39, zeros(39))), ETHERTYPE),
	   "3: a length can be listed");
}

static void test_segments(void)
{
	struct sekisho_verdict verdict;

	begin();
	networks[HOME][0] = (struct sekisho_range){ V4(0), V4(0xffffffff), 4 };
	commit();
	verdict = in(LG, *lg_to_net(53));
	ok(verdict.from == LG && verdict.to == NET, "3: the longest prefix is the destination");
	ok(in(LG, udp4(H(LG, 5), 0xc0000201, 1, 2)).to == HOME, "3: the shortest one else");
	ok(in(LG, udp4(H(LG, 5), H(NET, 1), 1, 2)).to == SELF, "3: the host's own address");
	ok(in(LG, udp4(H(LG, 5), H(NET, 0xffff), 1, 2)).to == SELF &&
		   in(LG, udp4(H(LG, 5), 0xffffffff, 1, 2)).to == SELF &&
		   in(LG, udp4(H(LG, 5), 0xe0000001, 1, 2)).to == SELF &&
		   in(LG, udp4(H(LG, 5), 0xefffffff, 1, 2)).to == SELF,
	   "3: broadcasts and multicast are self");
	ok(in(LG, udp4(H(LG, 5), 0xf0000000, 1, 2)).to == HOME &&
		   in(LG, udp4(H(LG, 5), 0x7f000001, 1, 2)).to == HOME,
	   "3: class E and loopback are nothing special");
	ok(in(LG, udp6(H6(LG, 5), LL(77), 1, 2)).to == SELF &&
		   in(LG, udp6(H6(LG, 5), ALL_NODES, 1, 2)).to == SELF,
	   "3: fe80::/10 and ff00::/8 are self");
	networks[HOME][1] = (struct sekisho_range){ { 0, 0 }, { UINT64_MAX, UINT64_MAX }, 6 };
	ok(in(LG, udp6(H6(LG, 5), (struct sekisho_address){ 0xfec0000000000000, 1 }, 1, 2)).to ==
			   HOME &&
		   in(LG, udp6(H6(LG, 5), (struct sekisho_address){ 0, 0xffff0a050505 }, 1, 2))
				   .to == NONE,
	   "3: fec0:: is not, and IPv4-mapped is nowhere");
	verdict = out(LG, udp4(H(LG, 1), 0xe0000001, 1, 2));
	ok(verdict.from == SELF && verdict.to == LG &&
		   out(NET, udp4(H(LG, 1), H(LG, 0xffff), 1, 2)).to == NET &&
		   out(NET, udp6(LL(1), LL(77), 1, 2)).to == NET,
	   "3: on output multicast, broadcast and link-local belong to the leaving port");
	ok(is(out(LG, udp4(H(LG, 1), H(NET, 1), 1, 2)), NOWHERE) &&
		   is(out(LG, udp6(LL(1), LL(1), 1, 2)), NOWHERE),
	   "3: a host's own address never leaves");
}

static void test_isolation(void)
{
	begin();
	flow("a", LG, NET, 17, 53, 53);
	flow("b", MGMT, SELF, 17, 1, 99)->survives_isolation = true;
	flow("c", MGMT, SELF, 17, 1, 999);
	flow("d", MGMT, NET, 17, 1, 999)->survives_isolation = true;
	flow("e", SELF, MGMT, 17, 514, 514)->survives_isolation = true;
	commit();
	ok(is(in(LG, *lg_to_net(53)), NEW), "4: nothing is isolated");
	sekisho_model_isolate(model, "lg", true);
	ok(is(in(LG, *lg_to_net(53)), ISOLATED), "4: the source segment");
	ok(is(in(NET, udp4(H(NET, 5), H(LG, 5), 53, 1000)), ISOLATED), "4: the destination's");
	ok(is(in(NET, udp4(H(NET, 5), H(EXT, 5), 53, 1000)), NO_FLOW_AT_ALL), "4: not others");
	ok(is(in(LG, ethernet(0x0806, arp(H(LG, 5), H(LG, 1)))), CONTROL), "3 goes before 4");
	sekisho_model_isolate(model, "lg", false);
	ok(is(in(LG, *lg_to_net(53)), ESTABLISHED), "4: released");
	sekisho_model_isolate(model, NULL, true);
	ok(is(in(LG, *lg_to_net(53)), ISOLATED), "4: all");
	ok(decides(in(MGMT, udp4(H(MGMT, 5), H(MGMT, 1), 1, 22)), NEW, 1),
	   "4: management to self, by what survives");
	ok(is(in(MGMT, udp4(H(MGMT, 5), H(MGMT, 1), 1, 222)), ISOLATED), "4: not by what does not");
	ok(is(in(MGMT, udp4(H(MGMT, 5), H(NET, 5), 1, 22)), ISOLATED), "4: nor elsewhere");
	ok(is(out(MGMT, udp4(H(MGMT, 1), H(MGMT, 7), 1, 514)), NEW) &&
		   is(out(MGMT, udp4(H(MGMT, 1), H(MGMT, 7), 1, 515)), ISOLATED) &&
		   is(out(NET, udp4(H(NET, 1), H(NET, 7), 1, 514)), ISOLATED),
	   "4: self to management likewise");
	sekisho_model_isolate(model, NULL, false);
	sekisho_model_isolate(model, "self", true);
	ok(is(in(NET, udp4(H(NET, 5), H(NET, 1), 1, 22)), ISOLATED) &&
		   is(in(MGMT, udp4(H(MGMT, 6), H(MGMT, 1), 1, 22)), NEW),
	   "4: self isolated");
	sekisho_model_isolate(model, "self", false);
	sekisho_model_isolate(model, "mgmt", true);
	flows[1].valid_until = START;
	ok(is(in(MGMT, udp4(H(MGMT, 7), H(MGMT, 1), 1, 22)), ISOLATED), "4: expired is isolated");
	flows[1].valid_until = INT64_MAX;
	flows[1].valid_from = START + 1;
	ok(is(in(MGMT, udp4(H(MGMT, 7), H(MGMT, 1), 1, 22)), ISOLATED), "4: so is not yet valid");
	flows[1].valid_from = INT64_MIN;
	only_mac(&flows[1], 7);
	ok(is(in(MGMT, udp4(H(MGMT, 7), H(MGMT, 1), 1, 22)), ISOLATED), "4: and another MAC");
	only_mac(&flows[1], wire_mac);
	only_from(&flows[1], H(MGMT, 8));
	ok(is(in(MGMT, udp4(H(MGMT, 7), H(MGMT, 1), 1, 22)), ISOLATED), "4: and another host");
	policy.flow_count = 1;
	commit();
	ok(is(in(MGMT, udp4(H(MGMT, 8), H(MGMT, 1), 1, 22)), ISOLATED),
	   "4: and no flow; isolation outlives a commit");
}

static void test_suspension(void)
{
	begin();
	flow("a", LG, NET, 17, 53, 53);
	flow("b", SELF, NET, 17, 53, 53);
	commit();
	sekisho_model_suspend(model, 4, V4(H(LG, 5)), true);
	ok(is(in(LG, *lg_to_net(53)), SUSPENDED), "5: the source");
	ok(is(in(NET, udp4(H(NET, 5), H(LG, 5), 53, 1000)), SUSPENDED), "5: the destination");
	ok(is(in(NET, udp4(H(LG, 5), H(NET, 5), 53, 1000)), SUSPENDED), "5 goes before 6");
	ok(is(in(LG, udp4(H(LG, 6), H(NET, 5), 1, 53)), NEW), "5: not others");
	ok(is(in(LG, udp6((struct sekisho_address){ 0, H(LG, 5) }, H6(NET, 5), 1, 53)), SPOOFED),
	   "5: not the same number in IPv6");
	sekisho_model_suspend(model, 4, V4(H(LG, 5)), false);
	ok(is(in(LG, *lg_to_net(53)), NEW), "5: restored");
	sekisho_model_suspend(model, 0, V4(wire_mac), true);
	ok(is(in(LG, *lg_to_net(53)), SUSPENDED), "5: the source MAC");
	ok(is(out(NET, udp4(H(NET, 1), H(NET, 5), 1, 53)), NEW), "5: not on output");
	sekisho_model_suspend(model, 4, V4(H(NET, 5)), true);
	ok(is(out(NET, udp4(H(NET, 1), H(NET, 5), 1, 53)), SUSPENDED), "5: but an address");
	sekisho_model_suspend(model, 6, LL(5), true);
	wire_mac = 3;
	ok(is(in(LG, icmp6(LL(5), ALL_NODES, 135, 0, 255)), SUSPENDED), "5: before link control");
}

static void test_neighbours(void)
{
	struct wire fragment =
		ethernet(0x86dd, ipv6(LL(5), LL(1), 44, 255,
				      fragment_header(58, 1, 0, true, icmp(135, 0, 0, zeros(0)))));
	struct wire atomic =
		ethernet(0x86dd, ipv6(LL(5), LL(1), 44, 255,
				      fragment_header(58, 1, 0, false, icmp(135, 0, 0, zeros(0)))));
	unsigned int type, permitted = 0;

	begin();
	commit();
	for (type = 128; type < 256; type++)
		permitted += in(LG, icmp6(LL(5), LL(1), type, 0, 255)).reason == CONTROL;
	ok(permitted == 4 && is(in(LG, icmp6(LL(5), LL(1), 133, 0, 255)), CONTROL) &&
		   is(in(LG, icmp6(LL(5), LL(1), 136, 0, 255)), CONTROL),
	   "6 a: four types");
	ok(is(in(LG, icmp6((struct sekisho_address){ 0, 0 }, ALL_NODES, 135, 0, 255)), CONTROL),
	   "6 a: from the unspecified address");
	ok(is(in(LG, icmp6(H6(LG, 5), H6(LG, 1), 135, 0, 255)), CONTROL), "6 a: from the segment");
	ok(is(in(LG, icmp6(H6(NET, 5), H6(LG, 1), 135, 0, 255)), SPOOFED), "6 a: from another");
	ok(is(in(LG, icmp6(H6(LG, 1), H6(LG, 1), 135, 0, 255)), SPOOFED), "6 a: the host's own");
	ok(is(in(LG, icmp6(LL(5), LL(1), 135, 1, 255)), SPOOFED), "6 a: another code");
	ok(is(in(LG, icmp6(LL(5), LL(1), 135, 0, 254)), SPOOFED), "6 a: another hop limit");
	ok(is(in(LG, icmp6(LL(5), H6(LG, 7), 135, 0, 255)), SPOOFED), "6 a: not to self");
	ok(is(in(LG, fragment), SPOOFED), "6 a: a fragment");
	ok(is(in(LG, atomic), CONTROL), "6 a: an atomic fragment is none");
	ok(is(out(LG, icmp6(H6(LG, 1), H6(LG, 7), 136, 0, 255)), CONTROL) &&
		   is(out(LG, icmp6(H6(NET, 7), H6(HOME, 7), 136, 0, 255)), CONTROL),
	   "6: on output from and to any");
	ok(is(out(LG, icmp6(LL(1), LL(5), 136, 0, 64)), NO_FLOW_AT_ALL),
	   "6: but with hop limit 255");
}

static void test_listeners(void)
{
	unsigned int type, permitted = 0;

	begin();
	commit();
	for (type = 128; type < 256; type++)
		permitted += in(LG, icmp6(LL(5), ALL_NODES, type, 0, 1)).reason == CONTROL;
	ok(permitted == 4 && is(in(LG, icmp6(LL(5), ALL_NODES, 143, 0, 1)), CONTROL) &&
		   is(in(LG, icmp6(LL(5), ALL_NODES, 130, 7, 1)), CONTROL),
	   "6 b: four types, any code");
	ok(is(in(LG, icmp6((struct sekisho_address){ 0, 0 }, ALL_NODES, 131, 0, 1)), CONTROL),
	   "6 b: from the unspecified address");
	ok(is(in(LG, icmp6(H6(LG, 5), ALL_NODES, 131, 0, 1)), NO_FLOW_AT_ALL),
	   "6 b: not from the segment");
	ok(is(in(LG, icmp6(LL(5), ALL_NODES, 131, 0, 2)), SPOOFED), "6 b: another hop limit");
	ok(is(in(LG, icmp6(LL(5), LL(1), 131, 0, 1)), SPOOFED), "6 b: not to multicast");
	ok(is(out(LG, icmp6(H6(LG, 1), ALL_NODES, 143, 0, 1)), CONTROL),
	   "6: on output from any source");
	ok(is(out(LG, icmp6(H6(LG, 1), H6(LG, 7), 143, 0, 1)), NO_FLOW_AT_ALL),
	   "6: but to multicast");
}

static void test_dhcp(void)
{
	struct wire discover = udp4(0, 0xffffffff, 68, 67);
	struct sekisho_flow *four, *six;

	begin();
	four = flow("a", LG, SELF, 17, 67, 67);
	six = flow("b", NET, SELF, 17, 547, 547);
	only_from(four, H(LG, 99));
	only_source_port(four, 1, 2);
	commit();
	ok(decides(in(LG, discover), CONTROL, NO_FLOW),
	   "6 c: hosts and source ports do not matter");
	ok(is(in(NET, discover), SPOOFED), "6 c: no flow");
	ok(is(in(LG, udp4(0, 0xffffffff, 69, 67)), SPOOFED) &&
		   is(in(LG, udp4(0, 0xffffffff, 68, 68)), SPOOFED),
	   "6 c: other ports");
	ok(is(in(LG, udp4(0, H(LG, 7), 68, 67)), SPOOFED), "6 c: not to self");
	ok(is(in(LG, udp4(H(LG, 5), 0xffffffff, 68, 67)), NOT_LISTED) &&
		   is(in(LG, udp4(H(LG, 99), H(LG, 1), 2, 67)), NEW),
	   "6 c: from an address it is like everything else");
	ok(is(in(NET, udp6(LL(5), ALL_NODES, 546, 547)), CONTROL), "6 c: IPv6");
	ok(is(in(NET, udp6(LL(5), ALL_NODES, 547, 547)), SPOOFED) &&
		   is(in(LG, udp6(LL(5), ALL_NODES, 546, 547)), SPOOFED),
	   "6 c: IPv6, otherwise");
	only_mac(four, 7);
	ok(is(in(LG, discover), SPOOFED), "6 c: another MAC");
	only_mac(four, wire_mac);
	ok(is(in(LG, discover), CONTROL), "6 c: the MAC");
	four->valid_until = START;
	six->valid_from = START + 1;
	ok(is(in(LG, discover), SPOOFED) && is(in(NET, udp6(LL(5), ALL_NODES, 546, 547)), SPOOFED),
	   "6 c: another time");
	four->valid_until = INT64_MAX;
	ok(is(in(LG, ethernet(0x0800, ipv4_fragment(0, 0xffffffff, 17, 1, MORE, udp(68, 67, 0)))),
	      SPOOFED),
	   "6 c: a fragment");
	ok(is(out(LG, udp6(LL(1), ALL_NODES, 546, 547)), NO_FLOW_AT_ALL), "6 c: not on output");
}

static void test_spoofed(void)
{
	static const uint32_t four[] = {
		H(LG, 1),   H(LG, 0xffff), H(NET, 5),  0xffffffff,
		0xe0000001, 0x7f000001,	   0x7fffffff, 0,
	};
	const struct sekisho_address six[] = {
		H6(LG, 1), LL(1),    LL(5),	 ALL_NODES,
		{ 0, 0 },  { 0, 1 }, H6(NET, 5), { 0, 0xffff00000000 | H(LG, 5) },
	};
	unsigned int i, spoofed = 0, open = 0;

	begin();
	flow("a", HOME, NET, 17, 53, 53);
	commit();
	for (i = 0; i < 8; i++) {
		spoofed += in(LG, udp4(four[i], H(NET, 5), 1, 53)).reason == SPOOFED;
		spoofed += in(LG, udp6(six[i], H6(NET, 5), 1, 53)).reason == SPOOFED;
	}
	ok(spoofed == 16, "6 d: sources that cannot be (%u of 16)", spoofed);
	networks[HOME][0] = (struct sekisho_range){ V4(0), V4(0xffffffff), 4 };
	networks[HOME][1] = (struct sekisho_range){ { 0, 0 }, { UINT64_MAX, UINT64_MAX }, 6 };
	commit();
	for (i = spoofed = 0; i < 8; i++) {
		spoofed += in(HOME, udp4(four[i], H(NET, 5), 1, 53)).reason == SPOOFED;
		spoofed += in(HOME, udp6(six[i], H6(NET, 5), 1, 53)).reason == SPOOFED;
	}
	ok(spoofed == 16, "6 d: not even where all networks are (%u of 16)", spoofed);
	ok(is(in(HOME, ethernet(0x0806, arp(H(LG, 5), H(HOME, 1)))), SPOOFED),
	   "3: nor ARP of another's longer prefix");
	open += in(HOME, udp4(0xc0000201, H(NET, 5), 1, 53)).reason == NEW;
	open += in(HOME, udp6((struct sekisho_address){ 0x2a00000000000000, 1 }, H6(NET, 5), 1, 53))
			.reason == NEW;
	ok(open == 2, "6 d: the rest may be");
}

static void test_extensions(void)
{
	struct wire bad = ethernet(
		0x86dd, ipv6(H6(LG, 5), H6(NET, 5), 43, 64, extension(17, 0, udp(1, 53, 0))));
	struct wire spoofed = ethernet(
		0x86dd, ipv6(H6(NET, 5), H6(NET, 5), 43, 64, extension(17, 0, udp(1, 53, 0))));

	begin();
	flow("a", LG, NET, 17, 53, 53);
	flow("b", LG, NET, 0, 0, 65535);
	commit();
	ok(is(in(LG, bad), EXTENSION), "7: a forbidden header");
	ok(is(in(LG, spoofed), SPOOFED), "6 goes before 7");
	ok(is(out(NET, bad), EXTENSION), "7: on output");
}

static struct wire part(uint16_t id, uint16_t field, struct wire payload)
{
	return ethernet(0x0800, ipv4_fragment(H(LG, 5), H(NET, 5), 17, id, field, payload));
}

static struct wire part6(uint8_t next, uint32_t id, uint16_t offset, struct wire payload)
{
	return ethernet(0x86dd, ipv6(H6(LG, 5), H6(NET, 5), 44, 64,
				     fragment_header(next, id, offset, offset == 0, payload)));
}

static void test_fragments(void)
{
	struct sekisho_verdict verdict;

	begin();
	flow("a", LG, NET, 17, 53, 53)->valid_until = START + 100;
	flow("b", LG, NET, 6, 80, 80);
	commit();
	ok(is(in(LG, ethernet(0x0800, ipv4_fragment(H(LG, 5), H(NET, 5), 6, 1, MORE,
						    tcp(1, 80, SYN, 0, 0, 0)))),
	      MALFORMED) &&
		   is(in(LG, ethernet(0x0800, ipv4_fragment(H(LG, 5), H(NET, 5), 6, 1, MORE,
							    cut(tcp(1, 80, SYN, 0, 0, 0), 16)))),
		      TINY),
	   "8: tiny");
	ok(is(in(LG, ethernet(0x0800, ipv4_fragment(H(LG, 5), H(NET, 5), 6, 1, 2, zeros(8)))),
	      TINY),
	   "8: at offset 16");
	ok(is(in(LG, part(1, 1, zeros(8))), ORPHAN), "8: an orphan");
	ok(decides(in(LG, part(1, MORE, udp(1, 53, 0))), NEW, 0), "8: a first fragment goes on");
	verdict = in(LG, part(1, 1, zeros(8)));
	ok(decides(verdict, ESTABLISHED, 0) && verdict.from == LG && verdict.to == NET &&
		   !verdict.reply,
	   "8: the next follows it");
	ok(is(in(LG, part(2, 1, zeros(8))), ORPHAN), "8: of another datagram");
	ok(is(in(LG, ethernet(0x0800, ipv4_fragment(H(LG, 5), H(NET, 5), 47, 1, 1, zeros(8)))),
	      ORPHAN),
	   "8: of another protocol");
	pass(30);
	ok(is(in(LG, part(1, 1, zeros(8))), ESTABLISHED), "8: after 30 seconds");
	pass(1);
	ok(is(in(LG, part(1, 1, zeros(8))), ORPHAN), "8: after 31");
	ok(is(in(LG, part(3, MORE, udp(1, 54, 0))), PORT) &&
		   is(in(LG, part(3, 1, zeros(8))), ORPHAN),
	   "8: a denied first fragment");
	in(LG, part(4, MORE, udp(1, 53, 0)));
	in(LG, part(4, MORE, udp(1, 54, 0)));
	ok(is(in(LG, part(4, 1, zeros(8))), ESTABLISHED), "8: a denied one replaces nothing");
	sekisho_model_isolate(model, "home", true);
	ok(is(in(LG, part(4, 1, zeros(8))), ORPHAN), "8: of another epoch");
	in(LG, part(5, MORE, udp(1, 53, 0)));
	wall_ns = (START + 100) * INT64_C(1000000000);
	ok(decides(in(LG, part(5, 1, zeros(8))), EXPIRED, 0), "8: the flow has ended");
	ok(is(in(LG, part(5, 1, zeros(8))), EXPIRED), "8: and is remembered");
}

static void test_fragments_otherwise(void)
{
	struct sekisho_verdict verdict;

	begin();
	flow("a", LG, NET, 17, 53, 53);
	flow("b", LG, SELF, 58, 135, 135);
	commit();
	ok(is(in(LG, part6(17, 7, 0, udp(1, 53, 0))), NEW) &&
		   is(in(LG, part6(60, 7, 8, zeros(8))), ESTABLISHED),
	   "8: in IPv6 the protocol does not matter");
	ok(is(in(LG, part6(17, 8, 8, zeros(8))), ORPHAN), "8: but the identification");
	ok(is(in(LG, part6(6, 7, 16, zeros(8))), TINY), "8: tiny goes before following");
	ok(is(in(LG,
		 ethernet(0x0800, ipv4_fragment(H(LG, 5), H(LG, 6), 17, 1, MORE, udp(1, 2, 0)))),
	      INTRA),
	   "8: a first fragment inside a segment");
	ok(decides(in(LG, ethernet(0x0800, ipv4_fragment(H(LG, 5), H(LG, 6), 17, 1, 1, zeros(8)))),
		   ESTABLISHED, NO_FLOW),
	   "8: is followed without a flow");
	in(LG, part(9, 0, udp(1, 53, 0)));
	verdict = in(NET, ethernet(0x0800,
				   ipv4_fragment(H(NET, 5), H(LG, 5), 17, 9, MORE, udp(53, 1, 0))));
	ok(decides(verdict, ESTABLISHED, 0) && verdict.reply, "8: a reply's first fragment");
	verdict = in(NET, ethernet(0x0800, ipv4_fragment(H(NET, 5), H(LG, 5), 17, 9, 1, zeros(1))));
	ok(decides(verdict, ESTABLISHED, 0) && verdict.reply, "8: and what follows");
	sekisho_model_sweep(model, monotonic + 30);
	ok(is(in(LG, part6(60, 7, 8, zeros(8))), ESTABLISHED), "8: not swept at 30 seconds");
	sekisho_model_sweep(model, monotonic + 31);
	ok(is(in(LG, part6(60, 7, 8, zeros(8))), ORPHAN), "8: swept afterwards");
}

static void test_destination_and_tcp(void)
{
	unsigned int flags, new = 0, invalid = 0, stateless = 0;

	begin();
	flow("a", LG, NET, 6, 80, 80);
	flow("b", SELF, NET, 6, 80, 80);
	commit();
	ok(is(in(LG, udp4(H(LG, 5), 0xc0000201, 1, 2)), NOWHERE), "11: no destination");
	ok(is(in(LG, tcp4(H(LG, 5), 0xc0000201, 1, 2, 0, 0, 0)), NOWHERE), "11 goes before 12");
	ok(is(out(LG, tcp4(H(NET, 1), H(NET, 5), 1, 80, SYN, 0, 0)), NOWHERE),
	   "11: on output through another segment's port");
	ok(is(out(NET, tcp4(H(NET, 1), H(NET, 5), 1, 80, SYN, 0, 0)), NEW), "11: through its own");
	for (flags = 0; flags < 256; flags++) {
		uint8_t reason =
			in(LG, tcp4(H(LG, 5), H(NET, 5), flags + 1, 80, flags, 0, 0)).reason;

		new += reason == NEW;
		invalid += reason == SEKISHO_REASON_TCP_INVALID;
		stateless += reason == SEKISHO_REASON_TCP_NO_STATE;
	}
	ok(new == 8 && stateless == 7 * 8 && invalid == 256 - 8 * 8, "12: flag sets");
	ok(is(in(HOME, tcp4(H(HOME, 5), H(NET, 5), 1, 80, ACK, 0, 0)), SEKISHO_REASON_TCP_NO_STATE),
	   "12 goes before 13");
}

static void test_reasons(void)
{
	static const uint8_t expected[] = {
		CONTROL,
		ESTABLISHED,
		INTRA,
		NEW,
		MALFORMED,
		SEKISHO_REASON_VLAN_INVALID,
		SEKISHO_REASON_PORT_UNBOUND,
		ETHERTYPE,
		ISOLATED,
		SUSPENDED,
		SPOOFED,
		EXTENSION,
		TINY,
		ORPHAN,
		NOWHERE,
		SEKISHO_REASON_TCP_INVALID,
		SEKISHO_REASON_TCP_NO_STATE,
		EXPIRED,
		SEKISHO_REASON_NO_POLICY,
	};

	ok(reached_all(expected, sizeof(expected)), "every reason of these lines was given");
}

int main(void)
{
	plan(120);
	test_first_lines();
	test_not_ip();
	test_segments();
	test_isolation();
	test_suspension();
	test_neighbours();
	test_listeners();
	test_dhcp();
	test_spoofed();
	test_extensions();
	test_fragments();
	test_fragments_otherwise();
	test_destination_and_tcp();
	test_reasons();
	sekisho_model_free(model);
	return finish();
}
