// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a frame's bytes into numbers, as docs/semantics.md says under 'Numbers read from a frame'.
 * Knows nothing of policies, segments, connections or verdicts, and shares no code with bpf/.
 */
#include "frame.h"

#include <string.h>

#include "sekisho/limits.h"
#include "sekisho/reasons.h"

#define LINK_BYTES   14
#define TAG_BYTES    4
#define ARP_BYTES    28
#define IPV4_BYTES   20
#define IPV6_BYTES   40
#define OPTION_BYTES 8 /* the least an IPv6 extension header has */
#define TCP_BYTES    20
#define UDP_BYTES    8
#define ICMP_BYTES   8
#define PORTS_BYTES  4

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP  0x0806
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IPV6 0x86dd

#define PROTOCOL_HOP_BY_HOP  0
#define PROTOCOL_ICMP	     1
#define PROTOCOL_TCP	     6
#define PROTOCOL_UDP	     17
#define PROTOCOL_ROUTING     43
#define PROTOCOL_FRAGMENT    44
#define PROTOCOL_ICMPV6	     58
#define PROTOCOL_DESTINATION 60

#define DATAGRAM_BYTES_MAX  65535
#define OTHER_ICMP_PORT	    65535
#define WINDOW_SCALE_MAX    14
#define WINDOW_SCALE_OPTION 3
#define TCP_FIN		    1
#define TCP_SYN		    2

/*
 * An IP packet while it is read: of a frame, or quoted in an ICMP error. A quotation may hold
 * less than the packet claims to have; a frame never does, that is malformed.
 */
struct packet {
	const uint8_t *bytes; /* from the IP header */
	size_t held; /* bytes that are there */
	size_t claimed; /* bytes the packet says it has */
	bool quotation;
	uint8_t family;
	struct sekisho_address source;
	struct sekisho_address destination;
	uint8_t protocol;
	uint8_t hop_limit;
	bool forbidden;
	enum sekisho_fragment fragment;
	uint32_t offset; /* in bytes */
	uint32_t identification;
	size_t transport; /* where the transport header starts */
	bool tiny;
	uint16_t source_port;
	uint16_t destination_port;
	uint16_t service;
	bool echo;
	bool icmp_error;
	uint8_t icmp_type;
	uint8_t icmp_code;
};

static uint16_t be16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t be32(const uint8_t *bytes)
{
	return (uint32_t)be16(bytes) << 16 | be16(bytes + 2);
}

static uint64_t be64(const uint8_t *bytes)
{
	return (uint64_t)be32(bytes) << 32 | be32(bytes + 4);
}

static struct sekisho_address ipv4_address(const uint8_t *bytes)
{
	return (struct sekisho_address){ .high = 0, .low = be32(bytes) };
}

static struct sekisho_address ipv6_address(const uint8_t *bytes)
{
	return (struct sekisho_address){ .high = be64(bytes), .low = be64(bytes + 8) };
}

/* What can be looked at: no more than is held, and no more than belongs to the packet. */
static size_t readable(const struct packet *packet)
{
	return packet->held < packet->claimed ? packet->held : packet->claimed;
}

static bool inside(const struct packet *packet, size_t at, size_t bytes)
{
	size_t end = readable(packet);

	return at <= end && bytes <= end - at;
}

/* The rule for fragments of both families: @data is what this one carries of its datagram. */
static bool fragment_fits(bool more, uint32_t offset, size_t data)
{
	if (more && (data == 0 || data % 8 != 0))
		return false;
	return offset + data <= DATAGRAM_BYTES_MAX;
}

static enum sekisho_fragment fragment_kind(bool more, uint32_t offset)
{
	if (offset)
		return SEKISHO_FRAGMENT_LATER;
	return more ? SEKISHO_FRAGMENT_FIRST : SEKISHO_FRAGMENT_NONE;
}

static bool read_ipv4(struct packet *packet)
{
	const uint8_t *header = packet->bytes;
	size_t header_bytes;
	bool more;

	if (packet->held < IPV4_BYTES || header[0] >> 4 != 4)
		return false;
	header_bytes = 4 * (size_t)(header[0] & 0xf);
	if (header_bytes < IPV4_BYTES || header_bytes > packet->held)
		return false;
	packet->claimed = be16(header + 2);
	if (packet->claimed < header_bytes)
		return false;
	if (!packet->quotation && packet->claimed > packet->held)
		return false;
	more = header[6] & 0x20;
	packet->offset = 8 * (uint32_t)(be16(header + 6) & 0x1fff);
	if (!fragment_fits(more, packet->offset, packet->claimed - header_bytes))
		return false;
	packet->fragment = fragment_kind(more, packet->offset);
	packet->identification = be16(header + 4);
	packet->hop_limit = header[8];
	packet->protocol = header[9];
	packet->source = ipv4_address(header + 12);
	packet->destination = ipv4_address(header + 16);
	packet->transport = header_bytes;
	return true;
}

static bool is_extension(uint8_t protocol)
{
	return protocol == PROTOCOL_HOP_BY_HOP || protocol == PROTOCOL_DESTINATION ||
	       protocol == PROTOCOL_ROUTING || protocol == PROTOCOL_FRAGMENT;
}

/* Rule 5 of the walk. An atomic fragment leaves the packet unfragmented. */
static bool read_fragment_header(struct packet *packet, size_t at)
{
	const uint8_t *header = packet->bytes + at;
	uint16_t field = be16(header + 2);
	bool more = field & 1;
	uint32_t offset = field & 0xfff8;

	if (!more && offset == 0)
		return true;
	if (!fragment_fits(more, offset, packet->claimed - at - OPTION_BYTES))
		return false;
	packet->fragment = fragment_kind(more, offset);
	packet->offset = offset;
	packet->identification = be32(header + 4);
	return true;
}

/*
 * The walk along the chain. Where it ends at a forbidden header the protocol is not known and
 * stays 0: no rule may take the packet for something that it only might be.
 */
static bool walk_extensions(struct packet *packet, uint8_t next)
{
	size_t at = IPV6_BYTES, bytes;
	bool fragment_seen = false;
	unsigned int before;

	for (before = 0; is_extension(next); before++) {
		const uint8_t *header = packet->bytes + at;

		if (before == SEKISHO_EXTENSION_HEADERS_MAX)
			goto forbidden;
		if (!inside(packet, at, OPTION_BYTES))
			return false;
		if (next == PROTOCOL_HOP_BY_HOP && before > 0)
			goto forbidden;
		if (next == PROTOCOL_FRAGMENT) {
			if (fragment_seen)
				goto forbidden;
			fragment_seen = true;
			if (!read_fragment_header(packet, at))
				return false;
			bytes = OPTION_BYTES;
		} else {
			bytes = 8 * ((size_t)header[1] + 1);
			if (!inside(packet, at, bytes))
				return false;
		}
		if (next == PROTOCOL_ROUTING && (header[2] == 0 || header[3] != 0))
			goto forbidden;
		at += bytes;
		next = header[0];
		if (packet->fragment == SEKISHO_FRAGMENT_LATER)
			break;
	}
	packet->protocol = next;
	packet->transport = at;
	return true;
forbidden:
	packet->forbidden = true;
	return true;
}

static bool read_ipv6(struct packet *packet)
{
	const uint8_t *header = packet->bytes;

	if (packet->held < IPV6_BYTES || header[0] >> 4 != 6)
		return false;
	packet->claimed = IPV6_BYTES + (size_t)be16(header + 4);
	if (!packet->quotation && packet->claimed > packet->held)
		return false;
	packet->hop_limit = header[7];
	packet->source = ipv6_address(header + 8);
	packet->destination = ipv6_address(header + 24);
	return walk_extensions(packet, header[6]);
}

/*
 * Whether a transport header of @bytes is whole. One that is not makes a first fragment tiny and
 * everything else malformed. Lengths are compared with what the packet claims to have.
 */
static bool header_whole(struct packet *packet, size_t bytes)
{
	if (packet->claimed - packet->transport >= bytes)
		return true;
	packet->tiny = packet->fragment == SEKISHO_FRAGMENT_FIRST;
	return false;
}

static void set_ports(struct packet *packet, const uint8_t *header)
{
	packet->source_port = be16(header);
	packet->destination_port = be16(header + 2);
	packet->service = packet->destination_port;
}

static bool read_tcp(struct packet *packet)
{
	const uint8_t *header = packet->bytes + packet->transport;
	size_t bytes = TCP_BYTES;

	if (inside(packet, packet->transport, 14)) {
		bytes = 4 * (size_t)(header[12] >> 4);
		if (bytes < TCP_BYTES)
			return false;
	}
	if (!header_whole(packet, bytes))
		return packet->tiny;
	set_ports(packet, header);
	return true;
}

static bool read_udp(struct packet *packet)
{
	const uint8_t *header = packet->bytes + packet->transport;

	if (inside(packet, packet->transport, 6)) {
		size_t bytes = be16(header + 4);

		if (bytes < UDP_BYTES)
			return false;
		if (packet->fragment == SEKISHO_FRAGMENT_NONE &&
		    bytes > packet->claimed - packet->transport)
			return false;
	}
	if (!header_whole(packet, UDP_BYTES))
		return packet->tiny;
	set_ports(packet, header);
	return true;
}

static bool is_icmp_error(uint8_t family, uint8_t type)
{
	if (family == 6)
		return type <= 127 || type == 137;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static bool read_icmp(struct packet *packet)
{
	const uint8_t *header = packet->bytes + packet->transport;
	uint8_t request = packet->family == 6 ? 128 : 8;
	uint8_t reply = packet->family == 6 ? 129 : 0;

	if (!header_whole(packet, ICMP_BYTES))
		return packet->tiny;
	packet->icmp_type = header[0];
	packet->icmp_code = header[1];
	packet->service = header[0];
	packet->icmp_error = is_icmp_error(packet->family, header[0]);
	if (header[0] == request) {
		packet->echo = true;
		packet->source_port = be16(header + 4);
	} else if (header[0] == reply) {
		packet->echo = true;
		packet->destination_port = be16(header + 4);
	} else {
		packet->source_port = be16(header); /* type x 256 + code */
		packet->destination_port = OTHER_ICMP_PORT;
	}
	return true;
}

static bool is_icmp(const struct packet *packet)
{
	return packet->protocol == (packet->family == 6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP);
}

/*
 * Of a quoted transport header the ports have to be held, or the whole of an ICMP header; nothing
 * else of it is looked at.
 */
static bool read_quoted_transport(struct packet *packet)
{
	if (packet->protocol == PROTOCOL_TCP || packet->protocol == PROTOCOL_UDP) {
		if (!inside(packet, packet->transport, PORTS_BYTES))
			return false;
		set_ports(packet, packet->bytes + packet->transport);
		return true;
	}
	if (!is_icmp(packet))
		return true;
	return inside(packet, packet->transport, ICMP_BYTES) && read_icmp(packet);
}

static bool read_transport(struct packet *packet)
{
	if (packet->forbidden)
		return true;
	if (packet->fragment == SEKISHO_FRAGMENT_LATER) {
		packet->tiny = packet->protocol == PROTOCOL_TCP && packet->offset <= 16;
		return true;
	}
	if (packet->quotation)
		return read_quoted_transport(packet);
	if (packet->protocol == PROTOCOL_TCP)
		return read_tcp(packet);
	if (packet->protocol == PROTOCOL_UDP)
		return read_udp(packet);
	return is_icmp(packet) ? read_icmp(packet) : true;
}

static bool read_packet(struct packet *packet)
{
	if (packet->family == 4 ? !read_ipv4(packet) : !read_ipv6(packet))
		return false;
	return read_transport(packet);
}

/* The window scale option; false where the list ends or breaks before it. */
static bool find_scale(const uint8_t *options, size_t bytes, uint8_t *scale)
{
	size_t at = 0;

	while (at < bytes && options[at] != 0) {
		size_t step;

		if (options[at] == 1) {
			at++;
			continue;
		}
		if (bytes - at < 2)
			return false;
		step = options[at + 1];
		if (step < 2 || step > bytes - at)
			return false;
		if (options[at] == WINDOW_SCALE_OPTION && step == 3) {
			*scale = options[at + 2];
			if (*scale > WINDOW_SCALE_MAX)
				*scale = WINDOW_SCALE_MAX;
			return true;
		}
		at += step;
	}
	return false;
}

static void read_tcp_segment(const struct packet *packet, struct sekisho_tcp_segment *tcp)
{
	const uint8_t *header = packet->bytes + packet->transport;
	size_t header_bytes = 4 * (size_t)(header[12] >> 4);

	tcp->seq = be32(header + 4);
	tcp->ack = be32(header + 8);
	tcp->flags = header[13];
	tcp->window = be16(header + 14);
	tcp->length = (uint32_t)(packet->claimed - packet->transport - header_bytes);
	tcp->length += !!(tcp->flags & TCP_SYN);
	tcp->length += !!(tcp->flags & TCP_FIN);
	if (tcp->flags & TCP_SYN)
		tcp->has_scale =
			find_scale(header + TCP_BYTES, header_bytes - TCP_BYTES, &tcp->scale);
}

/* Line 10's quoted packet. It is left out where it cannot stand for a connection. */
static void read_quotation(const struct packet *error, struct sekisho_frame *frame)
{
	size_t at = error->transport + ICMP_BYTES;
	struct packet packet = {
		.bytes = error->bytes + at,
		.held = error->claimed - at,
		.quotation = true,
		.family = error->family,
	};

	if (!read_packet(&packet) || packet.forbidden)
		return;
	if (packet.fragment == SEKISHO_FRAGMENT_LATER || (is_icmp(&packet) && !packet.echo))
		return;
	frame->quoted = true;
	frame->quoted_source = packet.source;
	frame->quoted_destination = packet.destination;
	frame->quoted_protocol = packet.protocol;
	frame->quoted_source_port = packet.source_port;
	frame->quoted_destination_port = packet.destination_port;
}

static uint8_t read_ip(const uint8_t *bytes, size_t length, uint8_t family,
		       struct sekisho_frame *frame)
{
	struct packet packet = { .bytes = bytes, .held = length, .family = family };

	if (!read_packet(&packet))
		return SEKISHO_REASON_MALFORMED;
	frame->family = family;
	frame->source = packet.source;
	frame->destination = packet.destination;
	frame->protocol = packet.protocol;
	frame->hop_limit = packet.hop_limit;
	frame->extension_forbidden = packet.forbidden;
	frame->fragment = packet.fragment;
	frame->identification = packet.identification;
	frame->tiny = packet.tiny;
	frame->source_port = packet.source_port;
	frame->destination_port = packet.destination_port;
	frame->service = packet.service;
	frame->icmp_type = packet.icmp_type;
	frame->icmp_code = packet.icmp_code;
	frame->icmp_error = packet.icmp_error;
	if (packet.icmp_error)
		read_quotation(&packet, frame);
	if (packet.protocol == PROTOCOL_TCP && !packet.tiny &&
	    packet.fragment != SEKISHO_FRAGMENT_LATER)
		read_tcp_segment(&packet, &frame->tcp);
	return 0;
}

static uint8_t read_arp(const uint8_t *bytes, size_t length, struct sekisho_frame *frame)
{
	if (length < ARP_BYTES)
		return SEKISHO_REASON_MALFORMED;
	if (be16(bytes) != 1 || be16(bytes + 2) != ETHERTYPE_IPV4 || bytes[4] != 6 || bytes[5] != 4)
		return SEKISHO_REASON_MALFORMED;
	frame->source = ipv4_address(bytes + 14);
	return 0;
}

static bool is_foreign_tag(uint16_t ethertype)
{
	return ethertype == 0x88a8 || ethertype == 0x9100 || ethertype == 0x9200;
}

/* The Ethernet header and its tag. Sets @payload to what follows. Return: a problem, or 0. */
static uint8_t read_link(const uint8_t *bytes, size_t length, int hardware_tag,
			 struct sekisho_frame *frame, size_t *payload)
{
	if (length < LINK_BYTES)
		return SEKISHO_REASON_MALFORMED;
	frame->source_mac = (uint64_t)be16(bytes + 6) << 32 | be32(bytes + 8);
	frame->ethertype = be16(bytes + 12);
	*payload = LINK_BYTES;
	if (is_foreign_tag(frame->ethertype))
		return SEKISHO_REASON_VLAN_INVALID;
	if (hardware_tag >= 0) {
		frame->vlan = hardware_tag & 0xfff;
		return frame->ethertype == ETHERTYPE_VLAN ? SEKISHO_REASON_VLAN_INVALID : 0;
	}
	if (frame->ethertype != ETHERTYPE_VLAN)
		return 0;
	if (length < LINK_BYTES + TAG_BYTES)
		return SEKISHO_REASON_MALFORMED;
	frame->vlan = be16(bytes + 14) & 0xfff;
	frame->ethertype = be16(bytes + 16);
	*payload = LINK_BYTES + TAG_BYTES;
	if (frame->ethertype == ETHERTYPE_VLAN || is_foreign_tag(frame->ethertype))
		return SEKISHO_REASON_VLAN_INVALID;
	return 0;
}

void sekisho_frame_read(const uint8_t *bytes, size_t length, int hardware_tag,
			struct sekisho_frame *frame)
{
	size_t at;

	memset(frame, 0, sizeof(*frame));
	frame->length = length;
	frame->problem = read_link(bytes, length, hardware_tag, frame, &at);
	if (frame->problem)
		return;
	if (frame->ethertype == ETHERTYPE_ARP)
		frame->problem = read_arp(bytes + at, length - at, frame);
	else if (frame->ethertype == ETHERTYPE_IPV4)
		frame->problem = read_ip(bytes + at, length - at, 4, frame);
	else if (frame->ethertype == ETHERTYPE_IPV6)
		frame->problem = read_ip(bytes + at, length - at, 6, frame);
}
