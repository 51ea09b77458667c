/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame as the reference model reads it: bytes in, fields out (docs/semantics.md, Numbers read
 * from a frame). Knows nothing of policies, maps or BPF; shares no code with bpf/, since the two
 * readers check each other.
 */
#ifndef SEKISHO_MODEL_FRAME_H
#define SEKISHO_MODEL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"

enum sekisho_fragment {
	SEKISHO_FRAGMENT_NONE,
	SEKISHO_FRAGMENT_FIRST,
	SEKISHO_FRAGMENT_LATER
};

struct sekisho_tcp_segment {
	uint8_t flags; /* FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128 */
	uint32_t seq;
	uint32_t ack;
	uint16_t window;
	bool has_scale;
	uint8_t scale;
	uint32_t length; /* payload + SYN + FIN */
};

/* All numbers in host byte order. What was not read is 0. */
struct sekisho_frame {
	uint8_t problem; /* enum sekisho_reason: MALFORMED, VLAN_INVALID, or 0 */
	size_t length; /* of the whole frame */
	uint64_t source_mac;
	uint16_t vlan;
	uint16_t ethertype;
	uint8_t family; /* 4, 6, or 0 where not IP */
	struct sekisho_address source; /* ARP: the sender */
	struct sekisho_address destination;
	uint8_t protocol;
	uint8_t hop_limit;
	bool extension_forbidden;
	enum sekisho_fragment fragment;
	uint32_t identification;
	bool tiny;
	uint16_t source_port;
	uint16_t destination_port;
	uint16_t service;
	uint8_t icmp_type; /* of ICMP in IPv4 and ICMPv6 in IPv6 */
	uint8_t icmp_code;
	bool icmp_error;
	struct sekisho_tcp_segment tcp;
	/* ICMP errors: the quoted packet, where it could be read */
	bool quoted;
	struct sekisho_address quoted_source;
	struct sekisho_address quoted_destination;
	uint8_t quoted_protocol;
	uint16_t quoted_source_port;
	uint16_t quoted_destination_port;
};

/**
 * sekisho_frame_read - read a frame
 * @bytes: the frame from its Ethernet header
 * @length: its bytes
 * @hardware_tag: 802.1Q tag that the hardware took out, -1 without one
 * @frame: set completely
 */
void sekisho_frame_read(const uint8_t *bytes, size_t length, int hardware_tag,
			struct sekisho_frame *frame);

#endif
