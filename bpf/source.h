/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines 4 to 6 of docs/semantics.md: where a frame comes from and goes to, whether either is cut
 * off, link control, and whether its source can be true. Knows no state.
 */
#ifndef SEKISHO_BPF_SOURCE_H
#define SEKISHO_BPF_SOURCE_H

#include "classify.h"
#include "judgement.h"
#include "match.h"
#include "separate.h"

static __always_inline int is_isolated(const struct sekisho_control *control,
				       const struct sekisho_policy_row *row, __u32 segment)
{
	__u32 word = segment / 64 & (SEKISHO_ISOLATION_WORDS - 1);

	if (control->isolated_all)
		return 1;
	/* No segment: the bit of one that cannot be. */
	opaque(word);
	word &= SEKISHO_ISOLATION_WORDS - 1;
	return row->isolated[word] >> (segment % 64) & 1;
}

/* The list holds IPv4 addresses as mapped ones; a mapped address of IPv6 is not on it. */
static __always_inline int is_suspended(__u8 family, const __be32 address[4])
{
	struct sekisho_address_key key;

	if (family == 6 && is_ipv4_mapped(address))
		return 0;
	__builtin_memcpy(key.address, address, sizeof(key.address));
	return bpf_map_lookup_elem(&suspended_addrs, &key) != NULL;
}

static __always_inline int has_suspended(const struct packet *packet)
{
	return is_suspended(packet->family, packet->source) ||
	       is_suspended(packet->family, packet->destination);
}

/* A segment and `self`, one of them of kind management: what isolation may leave open. */
static __always_inline int is_management_path(const struct sekisho_policy_row *row, __u32 from,
					      __u32 to)
{
	struct sekisho_segment_row *segment;

	if (from != SEKISHO_SEGMENT_SELF && to != SEKISHO_SEGMENT_SELF)
		return 0;
	segment = segment_row(row, from == SEKISHO_SEGMENT_SELF ? to : from);
	return segment && segment->flags & SEKISHO_SEGMENT_MANAGEMENT;
}

/* The segments of a frame, and what its addresses are. 0, or the reason that denies it. */
SEPARATE int judge_addresses(struct judgement *j)
{
	struct sekisho_policy_row *row;
	struct sekisho_class_row *class;
	struct packet *packet;

	if (!j)
		return SEKISHO_REASON_NO_POLICY;
	row = policy_row(j->half);
	packet = &j->packet;
	if (!row)
		return SEKISHO_REASON_NO_POLICY;
	j->from_class = class_of(j->half, packet->family, packet->source);
	class = class_row(row, j->from_class);
	if (!class)
		return SEKISHO_REASON_NO_POLICY;
	j->from_flags = class->flags;
	j->sender_segment = class->segment;
	j->to_class = class_of(j->half, packet->family, packet->destination);
	class = class_row(row, j->to_class);
	if (!class)
		return SEKISHO_REASON_NO_POLICY;
	j->to_flags = class->flags;
	j->verdict.from = packet->output ? SEKISHO_SEGMENT_SELF : j->port_segment;
	j->verdict.to = class->segment;
	if (class->flags & SEKISHO_CLASS_TO_SELF)
		j->verdict.to = SEKISHO_SEGMENT_SELF;
	if (packet->output && class->flags & SEKISHO_CLASS_ON_LINK &&
	    !(class->flags & SEKISHO_CLASS_OWN))
		j->verdict.to = j->port_segment;
	/* Mapped addresses must not be on the wire; they would be taken for IPv4 in our tables. */
	if (packet->family == 6) {
		if (is_ipv4_mapped(packet->source))
			j->from_flags |= SEKISHO_CLASS_UNSPECIFIED;
		if (is_ipv4_mapped(packet->destination))
			j->verdict.to = SEKISHO_SEGMENT_NONE;
	}
	return 0;
}

/* Lines 4 and 5. */
static __always_inline int judge_closed(struct judgement *j, const struct sekisho_policy_row *row,
					const struct sekisho_control *control)
{
	struct packet *packet = &j->packet;

	if (is_isolated(control, row, j->verdict.from) ||
	    is_isolated(control, row, j->verdict.to)) {
		if (!is_management_path(row, j->verdict.from, j->verdict.to))
			return SEKISHO_REASON_ISOLATED;
		j->restricted = 1;
	}
	if (control->suspended_addresses && has_suspended(packet))
		return SEKISHO_REASON_SUSPENDED;
	if (control->suspended_macs && !packet->output &&
	    bpf_map_lookup_elem(&suspended_macs, &packet->source_mac))
		return SEKISHO_REASON_SUSPENDED;
	return 0;
}

static __always_inline int is_neighbour_discovery(const struct judgement *j)
{
	const struct packet *packet = &j->packet;

	if (packet->icmp_type < 133 || packet->icmp_type > 136 || packet->icmp_code ||
	    packet->hop_limit != 255)
		return 0;
	if (packet->output)
		return 1;
	if (j->verdict.to != SEKISHO_SEGMENT_SELF)
		return 0;
	if (j->from_flags & (SEKISHO_CLASS_LINK_LOCAL | SEKISHO_CLASS_UNSPECIFIED))
		return !is_ipv4_mapped(packet->source);
	return j->sender_segment == j->port_segment && !(j->from_flags & SEKISHO_CLASS_OWN);
}

static __always_inline int is_listener_report(const struct judgement *j)
{
	const struct packet *packet = &j->packet;

	if (packet->icmp_type != 130 && packet->icmp_type != 131 && packet->icmp_type != 132 &&
	    packet->icmp_type != 143)
		return 0;
	if (packet->hop_limit != 1 || !(j->to_flags & SEKISHO_CLASS_MULTICAST))
		return 0;
	return packet->output ||
	       (j->from_flags & (SEKISHO_CLASS_LINK_LOCAL | SEKISHO_CLASS_UNSPECIFIED) &&
		!is_ipv4_mapped(packet->source));
}

static __always_inline int is_dhcp(const struct judgement *j)
{
	const struct packet *packet = &j->packet;

	if (packet->output || packet->protocol != IPPROTO_UDP ||
	    packet->fragment != FRAGMENT_NONE || packet->extension_forbidden ||
	    j->verdict.to != SEKISHO_SEGMENT_SELF)
		return 0;
	if (packet->family == 4)
		return !packet->source[3] && packet->source_port == bpf_htons(68) &&
		       packet->service == 67;
	return j->from_flags & SEKISHO_CLASS_LINK_LOCAL && packet->source_port == bpf_htons(546) &&
	       packet->service == 547;
}

static __always_inline void match_fill(struct match *match, const struct judgement *j, __u32 wall)
{
	const struct packet *packet = &j->packet;

	match->half = j->half;
	match->segments = (__u32)j->verdict.from << 16 | j->verdict.to;
	match->protocol = packet->protocol;
	match->service = packet->service;
	match->source_port = bpf_ntohs(packet->source_port);
	match->mac = packet->source_mac;
	match->wall = wall;
	match->flags = (packet->output ? MATCH_ANY_MAC : 0) |
		       (j->restricted ? MATCH_RESTRICTED : 0);
	/* Only TCP and UDP have source ports to ask for. */
	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		match->source_port = 0;
}

/* Line 6: PERMIT_CONTROL, SOURCE_SPOOFED, or 0 to go on. */
SEPARATE int judge_source(struct judgement *j, __u32 wall)
{
	struct packet *packet;
	struct match *match;

	if (!j)
		return SEKISHO_REASON_SOURCE_SPOOFED;
	packet = &j->packet;
	if (packet->family == 6 && packet->protocol == IPPROTO_ICMPV6 &&
	    packet->fragment == FRAGMENT_NONE && !packet->extension_forbidden &&
	    (is_neighbour_discovery(j) || is_listener_report(j)))
		return SEKISHO_REASON_PERMIT_CONTROL;
	if (packet->output)
		return 0;
	if (is_dhcp(j)) {
		match = match_get();
		if (!match)
			return SEKISHO_REASON_SOURCE_SPOOFED;
		match_fill(match, j, wall);
		return match_dhcp(match) ? SEKISHO_REASON_PERMIT_CONTROL
					 : SEKISHO_REASON_SOURCE_SPOOFED;
	}
	if (j->from_flags & SEKISHO_CLASS_NEVER_SOURCE || j->sender_segment != j->port_segment)
		return SEKISHO_REASON_SOURCE_SPOOFED;
	return 0;
}

#endif
