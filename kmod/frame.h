/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame as the module reads it: an skb in, fields out (docs/semantics.md, Numbers read from a
 * frame). Knows nothing of policies, state or hooks; shares no code with bpf/ or ctl/, since the
 * three readers check each other.
 */
#ifndef SEKISHO_KMOD_FRAME_H
#define SEKISHO_KMOD_FRAME_H

#include <linux/skbuff.h>

#include "address.h"

enum sekisho_fragment {
	SEKISHO_FRAGMENT_NONE,
	SEKISHO_FRAGMENT_FIRST,
	SEKISHO_FRAGMENT_LATER,
};

struct sekisho_tcp_segment {
	u32 seq;
	u32 ack;
	u32 length; /* payload + SYN + FIN */
	u16 window;
	u8 flags; /* FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128 */
	u8 scale;
	bool has_scale;
};

/* All numbers in host byte order. What was not read is 0. */
struct sekisho_frame {
	u32 length; /* of the whole frame, from the Ethernet header */
	u8 problem; /* enum sekisho_reason: MALFORMED, VLAN_INVALID, or 0 */
	bool has_mac; /* false where the packet comes without a link header */
	u8 family; /* 4, 6, or 0 where not IP */
	u8 protocol;
	u64 source_mac; /* first octet in bits 47..40 */
	u16 vlan;
	u16 ethertype;
	struct sekisho_address source; /* ARP: the sender */
	struct sekisho_address destination;
	u32 identification;
	u16 source_port; /* the ports of a packet, as semantics.md gives them */
	u16 destination_port;
	u16 service;
	u8 hop_limit;
	u8 fragment; /* enum sekisho_fragment */
	bool extension_forbidden;
	bool tiny;
	bool icmp_error;
	u8 icmp_type; /* of ICMP in IPv4 and ICMPv6 in IPv6 */
	u8 icmp_code;
	struct sekisho_tcp_segment tcp;
	/* ICMP errors: the quoted packet, where it could be read */
	bool quoted;
	u8 quoted_protocol;
	u16 quoted_source_port;
	u16 quoted_destination_port;
	struct sekisho_address quoted_source;
	struct sekisho_address quoted_destination;
};

/**
 * sekisho_frame_read - read a whole frame
 * @skb: its Ethernet header is at skb->data, and it ends with the frame
 * @tag: 802.1Q tag control that was taken out of it, -1 without one
 * @frame: set completely
 *
 * Reads only; never past the frame, never into the headroom. Any context.
 */
void sekisho_frame_read(const struct sk_buff *skb, int tag, struct sekisho_frame *frame);

/**
 * sekisho_frame_read_packet - read what is behind a link header that the kernel took off
 * @skb: the network header is at skb->data
 * @ethertype: of what is there
 * @frame: zeroed but for what the caller knows of the link (@length, @has_mac, @source_mac, @vlan)
 *
 * Likewise. An @ethertype that is itself a VLAN tag makes the frame vlan-invalid.
 */
void sekisho_frame_read_packet(const struct sk_buff *skb, u16 ethertype,
			       struct sekisho_frame *frame);

#endif
