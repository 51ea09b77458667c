/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An IP packet's bytes while they are being read, whole or as an ICMP error quotes it. Between
 * frame.c, headers.c and transport.c; knows nothing of policies or state.
 */
#ifndef SEKISHO_KMOD_PACKET_H
#define SEKISHO_KMOD_PACKET_H

#include <linux/skbuff.h>

#include "frame.h"

#define SEKISHO_PROTOCOL_ICMP	1
#define SEKISHO_PROTOCOL_TCP	6
#define SEKISHO_PROTOCOL_UDP	17
#define SEKISHO_PROTOCOL_ICMPV6 58

/* Offsets count from the IP header. */
struct sekisho_packet {
	const struct sk_buff *skb;
	u32 start; /* of the IP header, from skb->data */
	u32 held; /* bytes that are there; never beyond the frame */
	u32 length; /* bytes that it says it has; a quotation may hold fewer */
	bool quotation;
};

/* What the IP headers say. */
struct sekisho_headers {
	struct sekisho_address source;
	struct sekisho_address destination;
	u32 identification;
	u32 transport; /* where the transport header begins */
	u16 fragment_offset; /* bytes */
	u8 protocol;
	u8 hop_limit;
	u8 fragment; /* enum sekisho_fragment */
	bool extension_forbidden;
};

static inline u16 sekisho_read16(const u8 *bytes)
{
	return (u16)(bytes[0] << 8 | bytes[1]);
}

static inline u32 sekisho_read32(const u8 *bytes)
{
	return (u32)sekisho_read16(bytes) << 16 | sekisho_read16(bytes + 2);
}

static inline u64 sekisho_read64(const u8 *bytes)
{
	return (u64)sekisho_read32(bytes) << 32 | sekisho_read32(bytes + 4);
}

/**
 * sekisho_packet_bytes - bytes of a packet
 * @packet: the packet
 * @offset: the first, from the IP header
 * @count: how many; at least 1
 * @buffer: room for them, used where they do not lie in one piece
 *
 * Return: the bytes, or NULL where they are not all there.
 */
static inline const u8 *sekisho_packet_bytes(const struct sekisho_packet *packet, u32 offset,
					     u32 count, u8 *buffer)
{
	if (offset > packet->held || packet->held - offset < count)
		return NULL;
	return skb_header_pointer(packet->skb, (int)(packet->start + offset), (int)count, buffer);
}

/**
 * sekisho_headers_read - read the IP headers, extension headers included
 * @packet: the packet; @packet->length and @packet->held are set to where it ends
 * @family: 4 or 6
 * @headers: set; zeroed by the caller
 *
 * Return: false where it is malformed.
 */
bool sekisho_headers_read(struct sekisho_packet *packet, u8 family,
			  struct sekisho_headers *headers);

/* headers_ipv6.c: likewise. */
bool sekisho_headers_read_ipv6(struct sekisho_packet *packet, struct sekisho_headers *headers);

/**
 * sekisho_transport_read - read the transport header, and what an ICMP error quotes
 * @packet: the packet
 * @headers: its IP headers: not a later fragment, nothing forbidden
 * @frame: set; @family and @protocol are there already
 *
 * Return: false where it is malformed.
 */
bool sekisho_transport_read(const struct sekisho_packet *packet,
			    const struct sekisho_headers *headers, struct sekisho_frame *frame);

/* quoted.c: the packet that an ICMP error quotes; @frame->quoted says whether it could be read. */
void sekisho_quoted_read(const struct sekisho_packet *packet, u32 icmp,
			 struct sekisho_frame *frame);

/* ICMP in IPv4 and ICMPv6 in IPv6; in the other family both are protocols like any. */
static inline bool sekisho_is_icmp(u8 family, u8 protocol)
{
	return protocol == (family == 4 ? SEKISHO_PROTOCOL_ICMP : SEKISHO_PROTOCOL_ICMPV6);
}

/* The ports of an ICMP message, as connections are told apart by them. True for echo. */
bool sekisho_icmp_ports(u8 family, const u8 *icmp, u16 *source_port, u16 *destination_port);

#endif
