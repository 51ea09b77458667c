// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads an IPv4 header, or has an IPv6 one read. Knows nothing of links or of what IP carries.
 */
#include "packet.h"

#define IPV4_BYTES     20
#define MORE_FRAGMENTS 0x2000
#define OFFSET_MASK    0x1fff
#define DATAGRAM_MAX   65535

/* A length of 0 stands for one above 65,535 in what the kernel has merged. */
static u32 claimed_length(const struct sekisho_packet *packet, const u8 *ipv4)
{
	u16 length = sekisho_read16(ipv4 + 2);

	if (!length && !packet->quotation && skb_is_gso(packet->skb))
		return packet->held;
	return length;
}

static bool read_fragment(const u8 *ipv4, u32 data_length, struct sekisho_headers *headers)
{
	u16 field = sekisho_read16(ipv4 + 6);
	u32 offset = (u32)(field & OFFSET_MASK) * 8;
	bool more = field & MORE_FRAGMENTS;

	if (more && (!data_length || data_length % 8))
		return false;
	if (offset && offset + data_length > DATAGRAM_MAX)
		return false;
	headers->fragment_offset = (u16)offset;
	if (offset)
		headers->fragment = SEKISHO_FRAGMENT_LATER;
	else if (more)
		headers->fragment = SEKISHO_FRAGMENT_FIRST;
	return true;
}

static bool read_ipv4(struct sekisho_packet *packet, struct sekisho_headers *headers)
{
	u8 buffer[IPV4_BYTES];
	const u8 *ipv4 = sekisho_packet_bytes(packet, 0, sizeof(buffer), buffer);
	u32 header_length, length;

	if (!ipv4 || ipv4[0] >> 4 != 4)
		return false;
	header_length = (ipv4[0] & 0x0f) * 4;
	length = claimed_length(packet, ipv4);
	headers->identification = sekisho_read16(ipv4 + 4);
	headers->hop_limit = ipv4[8];
	headers->protocol = ipv4[9];
	headers->source.low = sekisho_read32(ipv4 + 12);
	headers->destination.low = sekisho_read32(ipv4 + 16);
	headers->transport = header_length;
	if (header_length < IPV4_BYTES || header_length > packet->held || length < header_length)
		return false;
	if (length > packet->held && !packet->quotation)
		return false;
	packet->length = length;
	packet->held = min(packet->held, length);
	return read_fragment(ipv4, length - header_length, headers);
}

bool sekisho_headers_read(struct sekisho_packet *packet, u8 family, struct sekisho_headers *headers)
{
	return family == 4 ? read_ipv4(packet, headers)
			   : sekisho_headers_read_ipv6(packet, headers);
}
