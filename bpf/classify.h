/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a port to its segment and from an address to its class, in the half of the policy that is
 * in force. Knows nothing of flows.
 */
#ifndef SEKISHO_BPF_CLASSIFY_H
#define SEKISHO_BPF_CLASSIFY_H

#include <bpf/bpf_endian.h>

#include "maps.h"
#include "packet.h"
#include "separate.h"

static __always_inline __u16 port_segment(const struct sekisho_policy_row *row, __u32 ifindex,
					  __u16 vlan)
{
	__u32 hash = sekisho_port_hash(ifindex, vlan, row->port_seed);
	__u32 mask = row->ports.count - 1;

#pragma unroll
	for (int i = 0; i < SEKISHO_PORT_PROBES; i++) {
		__u32 index = row->ports.base + ((hash + i) & mask);
		struct sekisho_port_row *port = bpf_map_lookup_elem(&ports, &index);

		if (!port || !port->ifindex)
			return SEKISHO_SEGMENT_NONE;
		if (port->ifindex == ifindex && port->vlan == vlan)
			return port->segment;
	}
	return SEKISHO_SEGMENT_NONE;
}

static __always_inline struct sekisho_segment_row *segment_row(const struct sekisho_policy_row *row,
							       __u16 segment)
{
	__u32 index = row->segments.base + segment;

	return segment < row->segment_count ? bpf_map_lookup_elem(&segments, &index) : NULL;
}

static __always_inline struct sekisho_class_row *class_row(const struct sekisho_policy_row *row,
							   __u32 class)
{
	__u32 index = row->classes.base + class;

	return bpf_map_lookup_elem(&classes, &index);
}

static __always_inline struct sekisho_policy_row *policy_row(__u32 half)
{
	return bpf_map_lookup_elem(&policy, &half);
}

/*
 * The searches below are unrolled: a loop whose bounds come from a map looks endless to the
 * verifier of Linux 6.1. Their step counts bound the tables: 65,536 ranges in a /16, 4 million
 * ranges in IPv6.
 */
#define SEARCH4_STEPS 17
#define SEARCH6_STEPS 22

#define CLASS_NONE 0xffffffffu

/**
 * class_of_ipv4 - the class of an IPv4 address
 * @half: half of the policy
 * @address: in host byte order
 *
 * Return: the row in the half's classes, or CLASS_NONE where the tables are inconsistent.
 */
SEPARATE __u32 class_of_ipv4(__u32 half, __u32 address)
{
	struct sekisho_policy_row *row = policy_row(half);
	struct sekisho_index4_row *index;
	struct sekisho_range4_row *range;
	__u32 key, low, high, middle;

	if (!row)
		return CLASS_NONE;
	key = row->index4.base + (address >> 16);
	index = bpf_map_lookup_elem(&index4, &key);
	if (!index)
		return CLASS_NONE;
	low = index->range;
	key++;
	index = bpf_map_lookup_elem(&index4, &key);
	if (!index)
		return CLASS_NONE;
	high = index->range;
#pragma unroll
	for (int i = 0; i < SEARCH4_STEPS; i++) {
		middle = low + ((high - low + 1) >> 1);
		if (low == high)
			continue;
		key = row->ranges4.base + middle;
		range = bpf_map_lookup_elem(&ranges4, &key);
		if (!range)
			return CLASS_NONE;
		if (range->start <= address)
			low = middle;
		else
			high = middle - 1;
	}
	key = row->ranges4.base + low;
	range = bpf_map_lookup_elem(&ranges4, &key);
	return range ? range->class : CLASS_NONE;
}

/**
 * class_of_ipv6 - the class of an IPv6 address
 * @half: half of the policy
 * @address_high: its first eight bytes as a number
 * @address_low: its last eight
 *
 * Return: the row in the half's classes, or CLASS_NONE where the tables are inconsistent.
 */
SEPARATE __u32 class_of_ipv6(__u32 half, __u64 address_high, __u64 address_low)
{
	struct sekisho_policy_row *row = policy_row(half);
	struct sekisho_range6_row *range;
	__u32 key, low = 0, high, middle;

	if (!row || !row->ranges6.count)
		return CLASS_NONE;
	high = row->ranges6.count - 1;
#pragma unroll
	for (int i = 0; i < SEARCH6_STEPS; i++) {
		middle = low + ((high - low + 1) >> 1);
		if (low == high)
			continue;
		key = row->ranges6.base + middle;
		range = bpf_map_lookup_elem(&ranges6, &key);
		if (!range)
			return CLASS_NONE;
		if (range->high < address_high ||
		    (range->high == address_high && range->low <= address_low))
			low = middle;
		else
			high = middle - 1;
	}
	key = row->ranges6.base + low;
	range = bpf_map_lookup_elem(&ranges6, &key);
	return range ? range->class : CLASS_NONE;
}

/* @family is the packet's: an IPv6 packet with a mapped address is still IPv6. */
static __always_inline __u32 class_of(__u32 half, __u8 family, const __be32 address[4])
{
	if (family == 4)
		return class_of_ipv4(half, bpf_ntohl(address[3]));
	return class_of_ipv6(half, (__u64)bpf_ntohl(address[0]) << 32 | bpf_ntohl(address[1]),
			     (__u64)bpf_ntohl(address[2]) << 32 | bpf_ntohl(address[3]));
}

#endif
