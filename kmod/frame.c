// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a frame: the link, ARP, and what IP says of itself. The headers behind are read in
 * headers.c, headers_ipv6.c, transport.c and quoted.c. Knows nothing of policies, state or hooks.
 */
#include "frame.h"

#include "sekisho/reasons.h"

#include "packet.h"

#define ETHERNET_BYTES 14
#define TAG_BYTES      4
#define VLAN_MASK      0x0fff
#define ARP_BYTES      28

#define TYPE_IPV4	0x0800
#define TYPE_ARP	0x0806
#define TYPE_VLAN	0x8100
#define TYPE_IPV6	0x86dd
#define TYPE_PROVIDER	0x88a8
#define TYPE_OLD_QINQ	0x9100
#define TYPE_OLDER_QINQ 0x9200

/* Ethernet over IPv4, addresses of 6 and 4 bytes. */
static bool arp_is_plain(const u8 *arp)
{
	return sekisho_read16(arp) == 1 && sekisho_read16(arp + 2) == TYPE_IPV4 && arp[4] == 6 &&
	       arp[5] == 4;
}

static void read_arp(const struct sekisho_packet *packet, struct sekisho_frame *frame)
{
	u8 buffer[ARP_BYTES];
	const u8 *arp = sekisho_packet_bytes(packet, 0, sizeof(buffer), buffer);

	if (!arp || !arp_is_plain(arp)) {
		frame->problem = SEKISHO_REASON_MALFORMED;
		return;
	}
	frame->source.low = sekisho_read32(arp + 14);
	frame->destination.low = sekisho_read32(arp + 24);
}

static void read_ip(struct sekisho_packet *packet, struct sekisho_frame *frame)
{
	struct sekisho_headers headers = {};
	bool whole = sekisho_headers_read(packet, frame->family, &headers);

	frame->source = headers.source;
	frame->destination = headers.destination;
	frame->identification = headers.identification;
	frame->protocol = headers.protocol;
	frame->hop_limit = headers.hop_limit;
	frame->fragment = headers.fragment;
	frame->extension_forbidden = headers.extension_forbidden;
	if (!whole) {
		frame->problem = SEKISHO_REASON_MALFORMED;
		return;
	}
	if (headers.extension_forbidden)
		return;
	if (headers.fragment == SEKISHO_FRAGMENT_LATER) {
		/* It would overwrite the header of the first one. */
		frame->tiny = headers.protocol == SEKISHO_PROTOCOL_TCP &&
			      headers.fragment_offset <= 16;
		return;
	}
	if (!sekisho_transport_read(packet, &headers, frame))
		frame->problem = SEKISHO_REASON_MALFORMED;
}

/* What follows the link header, which ends @start bytes into the skb's data. */
static void read_behind_link(const struct sk_buff *skb, u32 start, u16 ethertype,
			     struct sekisho_frame *frame)
{
	struct sekisho_packet packet = {
		.skb = skb,
		.start = start,
		.held = skb->len - start,
	};

	frame->ethertype = ethertype;
	switch (ethertype) {
	case TYPE_VLAN:
	case TYPE_PROVIDER:
	case TYPE_OLD_QINQ:
	case TYPE_OLDER_QINQ:
		frame->problem = SEKISHO_REASON_VLAN_INVALID;
		break;
	case TYPE_ARP:
		read_arp(&packet, frame);
		break;
	case TYPE_IPV4:
		frame->family = 4;
		read_ip(&packet, frame);
		break;
	case TYPE_IPV6:
		frame->family = 6;
		read_ip(&packet, frame);
		break;
	}
}

void sekisho_frame_read_packet(const struct sk_buff *skb, u16 ethertype,
			       struct sekisho_frame *frame)
{
	read_behind_link(skb, 0, ethertype, frame);
}

void sekisho_frame_read(const struct sk_buff *skb, int tag, struct sekisho_frame *frame)
{
	const struct sekisho_packet whole = { .skb = skb, .held = skb->len };
	u8 buffer[ETHERNET_BYTES];
	const u8 *link = sekisho_packet_bytes(&whole, 0, sizeof(buffer), buffer);
	u32 start = ETHERNET_BYTES;
	u16 ethertype;

	memset(frame, 0, sizeof(*frame));
	frame->length = skb->len;
	if (!link) {
		frame->problem = SEKISHO_REASON_MALFORMED;
		return;
	}
	frame->has_mac = true;
	frame->source_mac = (u64)sekisho_read16(link + 6) << 32 | sekisho_read32(link + 8);
	ethertype = sekisho_read16(link + 12);
	if (tag < 0 && ethertype == TYPE_VLAN) {
		link = sekisho_packet_bytes(&whole, start, TAG_BYTES, buffer);
		if (!link) {
			frame->ethertype = ethertype;
			frame->problem = SEKISHO_REASON_MALFORMED;
			return;
		}
		tag = sekisho_read16(link);
		ethertype = sekisho_read16(link + 2);
		start += TAG_BYTES;
	}
	if (tag >= 0)
		frame->vlan = tag & VLAN_MASK;
	read_behind_link(skb, start, ethertype, frame);
}
