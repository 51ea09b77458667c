// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reference model's frame reader, rule by rule of docs/semantics.md, Numbers read from a frame.
 * Must not know what is done with the numbers.
 */
#include "ktap.h"
#include "model_frames.h"
#include "sekisho/reasons.h"

#define A 0x0a000001
#define B 0x0a000102

#define MALFORMED    SEKISHO_REASON_MALFORMED
#define VLAN_INVALID SEKISHO_REASON_VLAN_INVALID

static const struct sekisho_address a6 = { 0x20010db800000001, 1 };
static const struct sekisho_address b6 = { 0x20010db800000002, 2 };

static struct wire frame4(uint8_t protocol, struct wire payload)
{
	return ethernet(0x0800, ipv4(A, B, protocol, payload));
}

static struct wire fragment4(uint8_t protocol, uint16_t field, struct wire payload)
{
	return ethernet(0x0800, ipv4_fragment(A, B, protocol, 0x1234, field, payload));
}

static struct wire frame6(uint8_t next, struct wire payload)
{
	return ethernet(0x86dd, ipv6(a6, b6, next, 64, payload));
}

static uint8_t problem(struct wire wire)
{
	return read_wire(wire).problem;
}

static bool is_malformed(struct wire wire)
{
	return problem(wire) == MALFORMED;
}

static bool is_fine(struct wire wire)
{
	return problem(wire) == 0;
}

static bool is_forbidden(struct wire wire)
{
	struct sekisho_frame frame = read_wire(wire);

	return !frame.problem && frame.extension_forbidden;
}

static bool is_tiny(struct wire wire)
{
	struct sekisho_frame frame = read_wire(wire);

	return !frame.problem && frame.tiny;
}

static bool has_ports(struct sekisho_frame frame, uint16_t source, uint16_t destination,
		      uint16_t service)
{
	return !frame.problem && frame.source_port == source &&
	       frame.destination_port == destination && frame.service == service;
}

static void test_link(void)
{
	struct wire plain = frame4(17, udp(1, 2, 0));
	struct wire inner = ipv4(A, B, 17, udp(1, 2, 0));
	static const uint16_t tags[] = { 0x8100, 0x88a8, 0x9100, 0x9200 };
	bool inner_refused = true, outer_refused = true, stripped_refused = true;
	struct sekisho_frame frame;
	size_t i;

	ok(is_malformed(zeros(0)) && is_malformed(zeros(13)), "1: fewer than 14 bytes");
	ok(is_fine(zeros(14)), "1: 14 bytes are enough for what is not IP");
	frame = read_wire(plain);
	ok(frame.source_mac == wire_mac && frame.ethertype == 0x0800 && !frame.vlan &&
		   frame.length == plain.length,
	   "an untagged frame");
	frame = read_wire(ethernet(0x8100, tag(0x6005, 0x0800, inner)));
	ok(frame.vlan == 5 && frame.ethertype == 0x0800 && frame.family == 4 && !frame.problem,
	   "2: the low 12 bits of a tag");
	frame = read_wire(ethernet(0x8100, tag(0xe000, 0x0800, inner)));
	ok(frame.vlan == 0 && frame.family == 4, "a priority tag");
	ok(is_malformed(ethernet(0x8100, zeros(3))), "2: four more bytes must be there");
	ok(is_fine(ethernet(0x8100, zeros(4))), "2: and are enough");
	for (i = 0; i < 4; i++) {
		inner_refused &= problem(ethernet(0x8100, tag(5, tags[i], inner))) == VLAN_INVALID;
		if (tags[i] != 0x8100)
			outer_refused &= problem(ethernet(tags[i], zeros(0))) == VLAN_INVALID;
		stripped_refused &= read_tagged(ethernet(tags[i], zeros(0)), 5).problem ==
				    VLAN_INVALID;
	}
	ok(inner_refused, "2: a second tag");
	ok(outer_refused, "2: an outer tag that is not 802.1Q, even with nothing behind it");
	ok(stripped_refused, "3: a second tag behind one that the hardware took");
	frame = read_tagged(plain, 0xa123);
	ok(frame.vlan == 0x123 && frame.family == 4 && !frame.problem, "3: a stripped tag");
	ok(read_tagged(plain, 0xe000).vlan == 0, "3: a stripped priority tag");
}

static void test_arp(void)
{
	struct wire good = ethernet(0x0806, arp(A, B));
	struct sekisho_frame frame = read_wire(good);

	ok(!frame.problem && frame.source.low == A && !frame.family, "ARP's sender");
	ok(is_malformed(cut(good, 14 + 27)), "ARP of 27 bytes");
	ok(is_malformed(set16(good, 14, 6)), "ARP with another hardware type");
	ok(is_malformed(set16(good, 16, 0x86dd)), "ARP with another protocol type");
	ok(is_malformed(set8(good, 18, 8)) && is_malformed(set8(good, 19, 16)),
	   "ARP with other lengths");
	ok(is_fine(join(good, zeros(18))), "ARP with padding");
}

static void test_ipv4(void)
{
	struct wire good = frame4(47, zeros(8));
	struct sekisho_frame frame = read_wire(good);

	ok(frame.family == 4 && frame.source.low == A && frame.destination.low == B &&
		   !frame.source.high && frame.protocol == 47 && frame.hop_limit == 64,
	   "IPv4's numbers");
	ok(is_malformed(cut(good, 14 + 19)), "IPv4: fewer than 20 bytes");
	ok(is_malformed(set8(good, 14, 0x65)), "IPv4: another version");
	ok(is_malformed(set8(good, 14, 0x44)), "IPv4: header length below 20");
	ok(is_malformed(set8(good, 14, 0x48)), "IPv4: header length beyond the frame");
	ok(is_malformed(set8(join(good, zeros(8)), 14, 0x48)),
	   "IPv4: total length below the header length");
	ok(is_malformed(set16(good, 16, 19)), "IPv4: total length below 20");
	ok(is_malformed(set16(good, 16, 29)), "IPv4: total length beyond the frame");
	ok(is_fine(set16(good, 16, 20)), "IPv4: nothing but a header");
	ok(is_malformed(set16(frame4(17, udp(1, 2, 0)), 16, 27)),
	   "IPv4: what lies behind the total length is padding");
	ok(read_wire(join(frame4(6, tcp(1, 2, ACK, 0, 0, 0)), zeros(6))).tcp.length == 0,
	   "IPv4: padding is no payload");
	ok(has_ports(read_wire(set8(frame4(17, join(zeros(40), udp(7, 9, 0))), 14, 0x4f)), 7, 9, 9),
	   "IPv4: options of 40 bytes");
}

static void test_ipv4_fragments(void)
{
	struct sekisho_frame frame = read_wire(fragment4(47, MORE, zeros(16)));

	ok(frame.fragment == SEKISHO_FRAGMENT_FIRST && frame.identification == 0x1234,
	   "IPv4: a first fragment");
	ok(read_wire(fragment4(47, MORE | 1, zeros(8))).fragment == SEKISHO_FRAGMENT_LATER,
	   "IPv4: a fragment in the middle");
	frame = read_wire(fragment4(17, 1, zeros(1)));
	ok(!frame.problem && frame.fragment == SEKISHO_FRAGMENT_LATER && frame.protocol == 17,
	   "IPv4: a last fragment, whose transport is not read");
	ok(read_wire(fragment4(47, 0xc000, zeros(9))).fragment == SEKISHO_FRAGMENT_NONE,
	   "IPv4: other flags do not matter");
	ok(is_malformed(fragment4(47, MORE, zeros(12))), "IPv4: 'more' with 12 bytes");
	ok(is_malformed(fragment4(47, MORE | 4, zeros(0))), "IPv4: 'more' with nothing");
	ok(is_fine(fragment4(47, 0x1fff, zeros(7))), "IPv4: up to 65,535");
	ok(is_malformed(fragment4(47, 0x1fff, zeros(8))), "IPv4: beyond 65,535");
}

static struct wire chain(unsigned int headers, uint8_t last, struct wire payload)
{
	struct wire wire = extension(last, 0, payload);

	while (--headers)
		wire = extension(60, 0, wire);
	return wire;
}

static void test_ipv6(void)
{
	struct wire good = frame6(59, zeros(8));
	struct sekisho_frame frame = read_wire(good);

	ok(frame.family == 6 && frame.source.high == a6.high && frame.source.low == a6.low &&
		   frame.destination.high == b6.high && frame.destination.low == b6.low &&
		   frame.protocol == 59 && frame.hop_limit == 64,
	   "IPv6's numbers; 'no next header' is a protocol");
	ok(is_malformed(cut(good, 14 + 39)), "IPv6: fewer than 40 bytes");
	ok(is_malformed(set8(good, 14, 0x40)), "IPv6: another version");
	ok(is_malformed(set16(good, 18, 9)), "IPv6: payload length beyond the frame");
	ok(is_fine(join(good, zeros(5))), "IPv6: padding");
	ok(is_malformed(set16(frame6(17, udp(1, 2, 0)), 18, 7)), "IPv6: padding is not looked at");
	ok(read_wire(frame6(50, zeros(0))).protocol == 50 &&
		   read_wire(frame6(51, zeros(0))).protocol == 51,
	   "IPv6: ESP and AH are protocols");
	ok(has_ports(read_wire(frame6(0, extension(60, 1, extension(17, 0, udp(7, 9, 0))))), 7, 9,
		     9),
	   "IPv6: the walk finds the transport");
}

static void test_walk(void)
{
	struct wire routing = frame6(43, extension(59, 0, zeros(0)));

	ok(has_ports(read_wire(frame6(60, chain(8, 17, udp(7, 9, 0)))), 7, 9, 9),
	   "walk 1: eight headers");
	ok(is_forbidden(frame6(60, chain(9, 17, udp(7, 9, 0)))), "walk 1: nine headers");
	ok(is_forbidden(frame6(60, chain(8, 60, zeros(0)))),
	   "walk 1: the ninth is forbidden before it is missing");
	ok(is_malformed(frame6(60, zeros(7))), "walk 2: a header of 7 bytes");
	ok(is_malformed(set16(frame6(60, extension(59, 0, zeros(0))), 18, 7)),
	   "walk 2: a header behind the payload");
	ok(is_forbidden(frame6(60, extension(0, 0, extension(59, 0, zeros(0))))),
	   "walk 3: hop-by-hop that is not first");
	ok(is_malformed(frame6(60, extension(0, 0, zeros(7)))), "walk 2 goes before 3");
	ok(is_malformed(frame6(60, set8(extension(59, 0, zeros(0)), 1, 1))),
	   "walk 4: a length beyond the payload");
	ok(is_forbidden(routing), "walk 4: routing type 0, without segments left");
	ok(is_forbidden(set8(set8(routing, L6_AT + 2, 4), L6_AT + 3, 1)),
	   "walk 4: another type with segments left");
	ok(!is_forbidden(set8(routing, L6_AT + 2, 4)), "walk 4: another type without");
	ok(is_malformed(set8(routing, L6_AT + 1, 1)), "walk 4: the length goes before the type");
	ok(is_forbidden(frame6(60, extension(43, 0, extension(60, 9, zeros(0))))) &&
		   is_forbidden(set8(routing, L6_AT, 6)),
	   "the walk ends there: what follows is not read");
	ok(read_wire(set8(routing, L6_AT, 58)).protocol == 0, "and is no protocol");
}

static void test_ipv6_fragments(void)
{
	struct wire atomic = fragment_header(17, 7, 0, false, udp(7, 9, 1));
	struct sekisho_frame frame = read_wire(frame6(44, atomic));

	ok(has_ports(frame, 7, 9, 9) && frame.fragment == SEKISHO_FRAGMENT_NONE,
	   "walk 5: an atomic fragment");
	ok(is_forbidden(frame6(44, fragment_header(44, 7, 0, false, atomic))),
	   "walk 5: a second fragment header after an atomic one");
	frame = read_wire(frame6(44, fragment_header(44, 7, 0, true, cut(atomic, 16))));
	ok(!frame.problem && frame.extension_forbidden && !frame.tiny,
	   "walk 5: a second fragment header in a first fragment");
	frame = read_wire(frame6(44, fragment_header(17, 0x12345678, 0, true, udp(7, 9, 8))));
	ok(has_ports(frame, 7, 9, 9) && frame.fragment == SEKISHO_FRAGMENT_FIRST &&
		   frame.identification == 0x12345678,
	   "walk 5: a first fragment");
	frame = read_wire(frame6(44, fragment_header(60, 7, 8, false, zeros(3))));
	ok(!frame.problem && frame.fragment == SEKISHO_FRAGMENT_LATER && frame.protocol == 60,
	   "walk 5: a later fragment ends the walk, whatever it holds");
	ok(is_malformed(frame6(44, fragment_header(17, 7, 0, true, zeros(12)))) &&
		   is_malformed(frame6(44, fragment_header(17, 7, 8, true, zeros(12)))),
	   "walk 5: 'more' with 12 bytes");
	ok(is_malformed(frame6(44, fragment_header(17, 7, 8, true, zeros(0)))),
	   "walk 5: 'more' with nothing");
	ok(is_fine(frame6(44, fragment_header(17, 7, 0xfff8, false, zeros(7)))),
	   "walk 5: up to 65,535");
	ok(is_malformed(frame6(44, fragment_header(17, 7, 0xfff8, false, zeros(8)))),
	   "walk 5: beyond 65,535");
	ok(read_wire(frame6(44, fragment_header(60, 7, 0, true, extension(17, 0, udp(7, 9, 0)))))
			   .destination_port == 9,
	   "walk 5: the walk of a first fragment goes on");
	ok(is_malformed(frame6(44, fragment_header(60, 7, 0, true, set8(zeros(8), 1, 1)))),
	   "walk 5: and must end inside it");
}

static void test_transport(void)
{
	struct wire segment = frame4(6, tcp(7, 9, ACK, 0, 0, 3));
	struct wire datagram = frame4(17, udp(7, 9, 3));

	ok(has_ports(read_wire(segment), 7, 9, 9), "TCP's ports");
	ok(is_malformed(frame4(6, zeros(19))), "TCP: fewer than 20 bytes");
	ok(is_malformed(set8(segment, L4_AT + 12, 0x40)), "TCP: data offset 4");
	ok(is_malformed(set8(segment, L4_AT + 12, 0x60)), "TCP: options beyond the packet");
	ok(has_ports(read_wire(datagram), 7, 9, 9), "UDP's ports");
	ok(is_malformed(frame4(17, zeros(7))), "UDP: fewer than 8 bytes");
	ok(is_malformed(set16(datagram, L4_AT + 4, 7)), "UDP: length 7");
	ok(is_malformed(set16(datagram, L4_AT + 4, 12)), "UDP: length beyond the packet");
	ok(is_fine(set16(datagram, L4_AT + 4, 8)), "UDP: length short of the packet");
	ok(is_malformed(frame4(1, zeros(7))) && is_malformed(frame6(58, zeros(7))),
	   "ICMP: fewer than 8 bytes");
	ok(has_ports(read_wire(frame4(1, icmp(8, 3, 77, zeros(0)))), 77, 0, 8),
	   "ICMP: an echo request's ports");
	ok(has_ports(read_wire(frame4(1, icmp(0, 0, 77, zeros(0)))), 0, 77, 0),
	   "ICMP: an echo reply's");
	ok(has_ports(read_wire(frame4(1, icmp(13, 2, 77, zeros(0)))), 13 * 256 + 2, 65535, 13),
	   "ICMP: another's");
	ok(has_ports(read_wire(frame6(58, icmp(128, 0, 77, zeros(0)))), 77, 0, 128) &&
		   has_ports(read_wire(frame6(58, icmp(129, 0, 77, zeros(0)))), 0, 77, 129),
	   "ICMPv6: echo");
	ok(has_ports(read_wire(frame6(1, icmp(8, 0, 77, zeros(0)))), 0, 0, 0) &&
		   is_fine(frame6(1, zeros(1))) && is_fine(frame4(58, zeros(1))),
	   "ICMP in IPv6 and ICMPv6 in IPv4 have no header");
	ok(has_ports(read_wire(frame4(47, zeros(0))), 0, 0, 0), "other protocols");
}

static void test_tiny(void)
{
	struct wire segment = tcp(7, 9, SYN, 0, 0, 12);

	ok(is_tiny(fragment4(6, MORE, cut(segment, 8))), "TCP: 8 bytes are tiny");
	ok(is_tiny(fragment4(6, MORE, cut(segment, 16))), "TCP: 16 bytes are tiny");
	ok(is_malformed(fragment4(6, MORE, set8(cut(segment, 16), 12, 0x40))),
	   "TCP: with data offset 4 malformed");
	ok(!is_tiny(fragment4(6, MORE, cut(segment, 24))), "TCP: 24 bytes are whole");
	ok(is_tiny(fragment4(6, MORE, set8(cut(segment, 24), 12, 0x70))),
	   "TCP: but not with options of 8");
	ok(read_wire(fragment4(6, MORE, cut(segment, 24))).tcp.length == 5,
	   "TCP: a first fragment's payload is what it holds");
	ok(is_malformed(fragment4(17, MORE, set16(udp(7, 9, 0), 4, 7))), "UDP: length 7");
	ok(has_ports(read_wire(fragment4(17, MORE, set16(udp(7, 9, 0), 4, 5000))), 7, 9, 9),
	   "UDP: the length of the whole datagram");
	ok(is_tiny(frame6(44, fragment_header(60, 7, 0, true, extension(17, 0, zeros(0))))) &&
		   is_tiny(frame6(44, fragment_header(60, 7, 0, true, extension(58, 0, zeros(0))))),
	   "UDP and ICMPv6: a first fragment that ends before them");
	ok(is_tiny(fragment4(6, 1, zeros(30))) && is_tiny(fragment4(6, 2, zeros(30))),
	   "TCP: later fragments at 8 and 16");
	ok(!is_tiny(fragment4(6, 3, zeros(30))) && !is_tiny(fragment4(17, 1, zeros(30))),
	   "not at 24, nor UDP's");
	ok(is_tiny(frame6(44, fragment_header(6, 7, 16, false, zeros(3)))), "IPv6: at 16");
}

/* Whether a scale is found among @options, and which. -1 without. */
static int scale_of(struct wire options, uint8_t flags)
{
	struct wire wire = tcp(7, 9, flags, 0, 0, 0);
	struct sekisho_frame frame;

	wire = set8(wire, 12, (uint8_t)((20 + options.length) / 4 << 4));
	frame = read_wire(frame4(6, join(wire, options)));
	return frame.tcp.has_scale ? frame.tcp.scale : -1;
}

static void test_tcp(void)
{
	struct sekisho_frame frame =
		read_wire(frame4(6, tcp(7, 9, SYN | ECE, 0x81234567, 0x12345678, 3)));

	ok(frame.tcp.flags == (SYN | ECE) && frame.tcp.seq == 0x81234567 &&
		   frame.tcp.ack == 0x12345678 && frame.tcp.window == 1000 && frame.tcp.length == 4,
	   "a SYN with data");
	ok(read_wire(frame4(6, tcp(7, 9, FIN | ACK, 0, 0, 3))).tcp.length == 4, "a FIN with data");
	ok(scale_of(put(zeros(0), 4, 0x03030701), SYN) == 7, "scale 7");
	ok(scale_of(put(zeros(0), 4, 0x0303ff01), SYN) == 14, "scale 255 is 14");
	ok(scale_of(put(zeros(0), 8, 0x0101020405b40101), SYN) == -1, "no scale");
	ok(scale_of(put(zeros(0), 8, 0x020405b401030302), SYN | ACK) == 2, "behind other options");
	ok(scale_of(put(zeros(0), 4, 0x03030701), ACK) == -1, "not without SYN");
	ok(scale_of(put(zeros(0), 4, 0x00030307), SYN) == -1, "not behind the end");
	ok(scale_of(put(zeros(0), 8, 0x0801030303030303), SYN) == -1, "an option of length 1");
	ok(scale_of(put(zeros(0), 4, 0x08050303), SYN) == -1, "an option longer than the list");
	ok(scale_of(put(zeros(0), 4, 0x01010303), SYN) == -1, "a scale longer than the list");
	ok(scale_of(put(zeros(0), 4, 0x01010103), SYN) == -1, "a kind without its length");
	ok(scale_of(put(zeros(0), 8, 0x0304070003030501), SYN) == 5, "kind 3 of another length");
	ok(scale_of(join(set8(set8(zeros(37), 0, 8), 1, 37), put(zeros(0), 3, 0x030309)), SYN) == 9,
	   "at the end of 40 bytes");
}

static bool is_quoted(struct sekisho_frame frame, uint16_t source, uint16_t destination)
{
	return !frame.problem && frame.icmp_error && frame.quoted &&
	       frame.quoted_source_port == source && frame.quoted_destination_port == destination;
}

static struct sekisho_frame error4(struct wire quotation)
{
	return read_wire(frame4(1, icmp(3, 1, 0, quotation)));
}

static struct sekisho_frame error6(struct wire quotation)
{
	return read_wire(frame6(58, icmp(1, 0, 0, quotation)));
}

static void test_error_types(void)
{
	unsigned int type, wrong = 0;

	for (type = 0; type < 256; type++) {
		bool expected4 = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
		bool expected6 = type < 128 || type == 137;

		wrong += read_wire(frame4(1, icmp(type, 0, 0, zeros(0)))).icmp_error != expected4;
		wrong += read_wire(frame6(58, icmp(type, 0, 0, zeros(0)))).icmp_error != expected6;
	}
	ok(!wrong, "which types are errors");
	ok(!read_wire(frame6(1, icmp(3, 0, 0, zeros(0)))).icmp_error, "not of the other family");
}

static void test_quotations(void)
{
	struct wire quoted = ipv4(B, A, 17, udp(7, 9, 100));
	struct wire segment = ipv4(B, A, 6, tcp(7, 9, ACK, 0, 0, 100));
	struct sekisho_frame frame = error4(quoted);

	ok(is_quoted(frame, 7, 9) && frame.quoted_source.low == B &&
		   frame.quoted_destination.low == A && frame.quoted_protocol == 17,
	   "a quoted packet");
	ok(is_quoted(error4(cut(quoted, 24)), 7, 9) && is_quoted(error4(cut(segment, 24)), 7, 9),
	   "4 bytes of UDP or TCP suffice");
	ok(!error4(cut(quoted, 23)).quoted && !error4(cut(segment, 23)).quoted, "3 do not");
	ok(!error4(zeros(0)).quoted && !error4(cut(quoted, 19)).quoted, "nor half an IP header");
	ok(!error4(set8(quoted, 0, 0x65)).quoted, "nor another version");
	ok(!error4(cut(set8(quoted, 0, 0x46), 23)).quoted, "nor options that are not there");
	ok(!error4(set16(quoted, 2, 23)).quoted && !error4(set16(segment, 2, 23)).quoted,
	   "nor a claim too short for the ports");
	ok(is_quoted(error4(set16(quoted, 2, 60000)), 7, 9), "a claim beyond what is held");
	ok(is_quoted(error4(set16(cut(quoted, 28), 24, 7)), 7, 9) &&
		   is_quoted(error4(set16(cut(quoted, 28), 24, 109)), 7, 9),
	   "a UDP length is not looked at");
	ok(is_quoted(error4(set8(cut(segment, 36), 32, 0x40)), 7, 9), "nor a data offset");
	ok(is_quoted(error4(set16(set8(segment, 32, 0xf0), 2, 79)), 7, 9), "nor options");
	ok(!error4(ipv4_fragment(B, A, 17, 1, 3, zeros(8))).quoted, "a later fragment");
	ok(is_quoted(error4(ipv4_fragment(B, A, 17, 1, MORE, udp(7, 9, 8))), 7, 9),
	   "a first fragment");
	ok(!error4(ipv4_fragment(B, A, 17, 1, MORE, zeros(12))).quoted, "one that is malformed");
	ok(is_quoted(error4(ipv4_fragment(B, A, 6, 1, MORE, cut(tcp(7, 9, SYN, 0, 0, 0), 8))), 7,
		     9),
	   "one that is tiny");
	ok(is_quoted(error4(ipv4(B, A, 1, icmp(8, 0, 77, zeros(0)))), 77, 0) &&
		   is_quoted(error4(ipv4(B, A, 1, icmp(0, 0, 77, zeros(0)))), 0, 77),
	   "echo");
	ok(!error4(cut(ipv4(B, A, 1, icmp(8, 0, 77, zeros(0))), 27)).quoted, "but 8 bytes of it");
	ok(!error4(ipv4(B, A, 1, icmp(13, 0, 77, zeros(0)))).quoted &&
		   !error4(ipv4(B, A, 1, icmp(3, 0, 77, zeros(0)))).quoted,
	   "and no other ICMP");
	ok(is_quoted(error4(ipv4(B, A, 47, zeros(0))), 0, 0), "other protocols have no header");
	ok(!read_wire(set16(join(frame4(1, icmp(3, 1, 0, cut(quoted, 20))), zeros(8)), 16, 48))
		    .quoted,
	   "padding is not quoted");
}

static void test_quotations6(void)
{
	struct wire quoted = ipv6(b6, a6, 17, 64, udp(7, 9, 100));
	struct wire longer = ipv6(b6, a6, 60, 64, extension(17, 1, udp(7, 9, 0)));

	ok(is_quoted(error6(quoted), 7, 9) && is_quoted(error6(cut(quoted, 44)), 7, 9),
	   "IPv6: a quoted packet");
	ok(!error6(cut(quoted, 43)).quoted && !error6(cut(quoted, 39)).quoted, "IPv6: too short");
	ok(!error6(ipv4(B, A, 17, udp(7, 9, 0))).quoted, "IPv6: of the other family");
	ok(is_quoted(error6(cut(longer, 60)), 7, 9), "IPv6: behind an extension header");
	ok(!error6(cut(longer, 59)).quoted && !error6(cut(longer, 50)).quoted &&
		   !error6(cut(longer, 45)).quoted,
	   "IPv6: one that is not held");
	ok(!error6(set16(longer, 4, 8)).quoted, "IPv6: one that is not claimed");
	ok(!error6(ipv6(b6, a6, 43, 64, extension(17, 0, udp(7, 9, 0)))).quoted,
	   "IPv6: a forbidden header");
	ok(is_quoted(error6(ipv6(b6, a6, 44, 64, fragment_header(17, 7, 0, true, udp(7, 9, 0)))), 7,
		     9),
	   "IPv6: a first fragment");
	ok(!error6(ipv6(b6, a6, 44, 64, fragment_header(17, 7, 64, false, udp(7, 9, 0)))).quoted,
	   "IPv6: a later one");
	ok(is_quoted(error6(ipv6(b6, a6, 58, 64, icmp(128, 0, 77, zeros(0)))), 77, 0),
	   "IPv6: echo");
}

/* Every prefix of frames that reach every part of the reader: for the sanitizer. */
static void test_prefixes(void)
{
	const struct wire all[] = {
		ethernet(0x0806, arp(A, B)),
		ethernet(0x8100, tag(5, 0x0800, ipv4(A, B, 17, udp(7, 9, 8)))),
		frame4(6, tcp(7, 9, SYN, 0, 0, 8)),
		frame4(1, icmp(3, 1, 0, ipv4(B, A, 6, tcp(7, 9, ACK, 0, 0, 8)))),
		frame6(0, extension(60, 1, extension(43, 0, zeros(8)))),
		frame6(44, fragment_header(6, 7, 0, true, tcp(7, 9, SYN, 0, 0, 4))),
		frame6(58, icmp(1, 0, 0, ipv6(b6, a6, 60, 64, extension(6, 1, zeros(40))))),
	};
	size_t i, length, count = 0, refused = 0;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (length = 0; length < all[i].length; length++, count++)
			refused += is_malformed(cut(all[i], length));
	}
	ok(refused == count, "no frame can be cut anywhere (%zu of %zu)", refused, count);
}

/* Bytes changed at random, behind a plausible beginning: for the sanitizer. */
static void test_noise(void)
{
	const struct wire seeds[] = {
		frame4(6, set8(tcp(7, 9, SYN, 0, 0, 20), 12, 0xa0)),
		frame4(1, icmp(3, 1, 0, ipv4(B, A, 6, tcp(7, 9, ACK, 0, 0, 8)))),
		frame6(0, extension(44, 1,
				    fragment_header(60, 7, 0, true, extension(6, 0, zeros(24))))),
		frame6(58, icmp(1, 0, 0, ipv6(b6, a6, 60, 64, extension(6, 1, zeros(40))))),
	};
	uint32_t random = 1;
	unsigned int round, odd = 0;

	for (round = 0; round < 200000; round++) {
		struct wire wire = seeds[round % 4];
		unsigned int changes = 1 + round % 3;
		struct sekisho_frame frame;

		while (changes--) {
			random = random * 1664525 + 1013904223;
			wire.bytes[14 + (random >> 8) % (wire.length - 14)] = random >> 24;
		}
		if (round % 5 == 0)
			wire.length -= (random >> 4) % 20;
		frame = read_wire(wire);
		odd += frame.problem && frame.problem != MALFORMED;
		odd += frame.quoted && !frame.icmp_error;
		odd += frame.tcp.has_scale && frame.tcp.scale > 14;
	}
	ok(!odd, "200,000 frames with changed bytes");
}

int main(void)
{
	plan(147);
	test_link();
	test_arp();
	test_ipv4();
	test_ipv4_fragments();
	test_ipv6();
	test_walk();
	test_ipv6_fragments();
	test_transport();
	test_tiny();
	test_tcp();
	test_error_types();
	test_quotations();
	test_quotations6();
	test_prefixes();
	test_noise();
	return finish();
}
