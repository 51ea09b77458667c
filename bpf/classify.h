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

#define CLASS_NONE SEKISHO_CLASS_NONE

static __always_inline __u32 index4_word(const struct sekisho_policy_row *row, __u32 index)
{
	__u32 key = row->index4.base + index;
	struct sekisho_index4_row *word = bpf_map_lookup_elem(&index4, &key);

	return word ? word->word : CLASS_NONE;
}

static __always_inline __u32 node4_word(const struct sekisho_policy_row *row, __u32 word,
					__u32 address)
{
	__u32 key = row->nodes4.base + (word & ~SEKISHO_WORD4_NODE);
	struct sekisho_node4_row *node = bpf_map_lookup_elem(&nodes4, &key);
	__u32 index;

	if (!node)
		return CLASS_NONE;
	index = sekisho_node4_word(node, address);
	return index < SEKISHO_NODE4_WORDS ? node->words[index] : CLASS_NONE;
}

/**
 * class_of_ipv4 - the class of an IPv4 address
 * @half: half of the policy
 * @address: in host byte order
 *
 * Return: the row in the half's classes, or none of them where the tables are inconsistent.
 */
SEPARATE __u32 class_of_ipv4(__u32 half, __u32 address)
{
	struct sekisho_policy_row *row = policy_row(half);
	__u32 word;

	if (!row)
		return CLASS_NONE;
	word = index4_word(row, address >> 16);
	if (word & SEKISHO_WORD4_BLOCK)
		word = index4_word(row, sekisho_block4_word(word, address >> 8));
	if (word & SEKISHO_WORD4_BLOCK)
		word = index4_word(row, sekisho_block4_word(word, address));
	if (word & SEKISHO_WORD4_NODE)
		word = node4_word(row, word, address);
	if (word & SEKISHO_WORD4_NODE)
		word = node4_word(row, word, address);
	return word;
}

static __always_inline struct sekisho_host6_bucket *
host6_bucket(const struct sekisho_policy_row *row, __u32 hash)
{
	__u32 key = row->hosts6.base + sekisho_bucket_of(hash, row->hosts6.count);

	return bpf_map_lookup_elem(&hosts6, &key);
}

/* CLASS_NONE where it is not an address of its own. */
static __always_inline __u32 host6_class(const struct sekisho_policy_row *row, __u64 high,
					 __u64 low)
{
	__u32 hash = sekisho_host6_hash(high, low, row->host6_seed);
	struct sekisho_host6_bucket *bucket = host6_bucket(row, hash);
	__u32 class;

	if (!bucket)
		return CLASS_NONE;
	class = sekisho_host6_class(bucket, high, low);
	if (class != CLASS_NONE || bucket->class[SEKISHO_HOST6_WAYS - 1] == CLASS_NONE)
		return class;
	bucket = host6_bucket(row, sekisho_bucket_hash_second(hash));
	return bucket ? sekisho_host6_class(bucket, high, low) : CLASS_NONE;
}

/*
 * Unrolled: a loop whose bounds come from a map looks endless to the verifier of Linux 6.1. The
 * steps bound the table: 4 million ranges.
 */
#define SEARCH6_STEPS 22

static __always_inline __u32 range6_class(const struct sekisho_policy_row *row, __u64 high,
					  __u64 low)
{
	__u32 first = row->ranges6.base, count = row->ranges6.count;
	struct sekisho_range6_row *range;

#pragma unroll
	for (int i = 0; i < SEARCH6_STEPS; i++) {
		__u32 half = count >> 1, middle = first + half;

		if (!half)
			break;
		range = bpf_map_lookup_elem(&ranges6, &middle);
		if (!range)
			return CLASS_NONE;
		first += half & sekisho_range6_begins(range, high, low);
		count -= half;
	}
	range = bpf_map_lookup_elem(&ranges6, &first);
	return range ? range->class : CLASS_NONE;
}

/**
 * class_of_ipv6 - the class of an IPv6 address
 * @half: half of the policy
 * @high: its first eight bytes as a number
 * @low: its last eight
 *
 * Return: the row in the half's classes, or CLASS_NONE where the tables are inconsistent.
 */
SEPARATE __u32 class_of_ipv6(__u32 half, __u64 high, __u64 low)
{
	struct sekisho_policy_row *row = policy_row(half);
	__u32 class;

	if (!row)
		return CLASS_NONE;
	class = host6_class(row, high, low);
	return class != CLASS_NONE ? class : range6_class(row, high, low);
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
