// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads an IPv6 header and walks the extension headers behind it. Knows nothing of links or of what
 * IP carries.
 */
#include "packet.h"

#include "sekisho/limits.h"

#define IPV6_BYTES	40
#define EXTENSION_BYTES 8
#define DATAGRAM_MAX	65535

#define HOP_BY_HOP  0
#define ROUTING	    43
#define FRAGMENT    44
#define DESTINATION 60

enum step {
	STEP_ON,
	STEP_END, /* the walk ends here; what was found stands */
	STEP_MALFORMED,
};

struct walk {
	struct sekisho_packet *packet;
	struct sekisho_headers *headers;
	u32 offset; /* of the next header */
	u8 next; /* its kind */
	bool fragmented; /* a fragment header was there */
};

static bool is_extension(u8 kind)
{
	return kind == HOP_BY_HOP || kind == ROUTING || kind == FRAGMENT || kind == DESTINATION;
}

static enum step forbid(struct walk *walk)
{
	walk->headers->extension_forbidden = true;
	return STEP_END;
}

static enum step step_fragment(struct walk *walk, const u8 *header)
{
	u32 follows = walk->packet->length - walk->offset - EXTENSION_BYTES;
	u16 field = sekisho_read16(header + 2);
	u16 offset = field & 0xfff8;
	bool more = field & 1;

	if (walk->fragmented)
		return forbid(walk);
	walk->fragmented = true;
	walk->next = header[0];
	walk->offset += EXTENSION_BYTES;
	if (!offset && !more)
		return STEP_ON;
	if ((more && (!follows || follows % 8)) || offset + follows > DATAGRAM_MAX)
		return STEP_MALFORMED;
	walk->headers->identification = sekisho_read32(header + 4);
	walk->headers->fragment_offset = offset;
	walk->headers->fragment = offset ? SEKISHO_FRAGMENT_LATER : SEKISHO_FRAGMENT_FIRST;
	return offset ? STEP_END : STEP_ON;
}

static enum step step_options(struct walk *walk, const u8 *header)
{
	u32 length = 8 * ((u32)header[1] + 1);

	if (walk->packet->length - walk->offset < length)
		return STEP_MALFORMED;
	/* A quotation must hold the IP headers; the rest never has fewer bytes than it says. */
	if (walk->offset + length > walk->packet->held)
		return STEP_MALFORMED;
	if (walk->next == ROUTING && (!header[2] || header[3]))
		return forbid(walk);
	walk->next = header[0];
	walk->offset += length;
	return STEP_ON;
}

static enum step step(struct walk *walk, unsigned int passed)
{
	struct sekisho_packet *packet = walk->packet;
	u8 buffer[EXTENSION_BYTES];
	const u8 *header;

	if (passed == SEKISHO_EXTENSION_HEADERS_MAX)
		return forbid(walk);
	header = sekisho_packet_bytes(packet, walk->offset, sizeof(buffer), buffer);
	if (!header)
		return STEP_MALFORMED;
	if (walk->next == HOP_BY_HOP && passed)
		return forbid(walk);
	return walk->next == FRAGMENT ? step_fragment(walk, header) : step_options(walk, header);
}

/* A payload length of 0 stands for one above 65,535 in what the kernel has merged. */
static u32 claimed_length(const struct sekisho_packet *packet, const u8 *ipv6)
{
	u16 payload = sekisho_read16(ipv6 + 4);

	if (!payload && !packet->quotation && skb_is_gso(packet->skb))
		return packet->held;
	return IPV6_BYTES + payload;
}

static bool read_fixed(struct sekisho_packet *packet, struct walk *walk)
{
	struct sekisho_headers *headers = walk->headers;
	u8 buffer[IPV6_BYTES];
	const u8 *ipv6 = sekisho_packet_bytes(packet, 0, sizeof(buffer), buffer);

	if (!ipv6 || ipv6[0] >> 4 != 6)
		return false;
	walk->next = ipv6[6];
	headers->hop_limit = ipv6[7];
	headers->source.high = sekisho_read64(ipv6 + 8);
	headers->source.low = sekisho_read64(ipv6 + 16);
	headers->destination.high = sekisho_read64(ipv6 + 24);
	headers->destination.low = sekisho_read64(ipv6 + 32);
	packet->length = claimed_length(packet, ipv6);
	if (packet->length > packet->held && !packet->quotation)
		return false;
	packet->held = min(packet->held, packet->length);
	return true;
}

bool sekisho_headers_read_ipv6(struct sekisho_packet *packet, struct sekisho_headers *headers)
{
	struct walk walk = { .packet = packet, .headers = headers, .offset = IPV6_BYTES };
	enum step taken = STEP_ON;
	unsigned int passed = 0;

	if (!read_fixed(packet, &walk))
		return false;
	while (taken == STEP_ON && is_extension(walk.next))
		taken = step(&walk, passed++);
	headers->protocol = walk.next;
	headers->transport = walk.offset;
	return taken != STEP_MALFORMED;
}
