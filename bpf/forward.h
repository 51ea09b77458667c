/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `forward: fast`: a frame that the short way permits leaves by the port that the kernel's own
 * routes and neighbours name, without the kernel's forwarding. What that needs is kept with the
 * connection, for a second at most. Whatever is unusual (no neighbour yet, too large, the end of
 * its hop limit, for the host itself) is handed to the kernel, which decides and answers.
 * Judges nothing: the verdict stands, and is counted.
 */
#ifndef SEKISHO_BPF_FORWARD_H
#define SEKISHO_BPF_FORWARD_H

#include "quick.h"

#define FAMILY_IPV4 2
#define FAMILY_IPV6 10
#define TAG_BYTES   4

static __always_inline int hop_is(const struct sekisho_next_hop *hop,
				  const struct bpf_fib_lookup *route, const struct sekisho_link *in,
				  const struct sekisho_link *out)
{
	return hop->ifindex == out->ifindex && hop->vlan == out->vlan &&
	       hop->mtu == route->mtu_result &&
	       !__builtin_memcmp(hop->destination_mac, route->dmac, 6) &&
	       !__builtin_memcmp(hop->source_mac, route->smac, 6) &&
	       !__builtin_memcmp(hop->own_mac, in->mac, 6);
}

/* The row of a next hop, made where there is none yet; SEKISHO_HOP_NONE where there is no room. */
static __always_inline __u32 hop_row(const struct bpf_fib_lookup *route,
				     const struct sekisho_link *in, const struct sekisho_link *out)
{
	__u32 hash = *(__u32 *)(route->dmac + 2) ^ out->ifindex << 16 ^ out->vlan ^ in->ifindex;

	hash *= 0x9e3779b1u;
	hash ^= hash >> 15;
#pragma unroll
	for (int i = 0; i < SEKISHO_HOP_PROBES; i++) {
		__u32 row = (hash + i) & (SEKISHO_HOP_ROWS - 1);
		struct sekisho_next_hop *hop = bpf_map_lookup_elem(&next_hops, &row);
		__u32 state;

		if (!hop || row == SEKISHO_HOP_NONE)
			continue;
		state = *(volatile __u32 *)&hop->state;
		if (state == SEKISHO_HOP_KNOWN && hop_is(hop, route, in, out))
			return row;
		if (state != SEKISHO_HOP_FREE ||
		    __sync_val_compare_and_swap(&hop->state, SEKISHO_HOP_FREE,
						SEKISHO_HOP_CLAIMED) != SEKISHO_HOP_FREE)
			continue;
		hop->ifindex = out->ifindex;
		hop->vlan = out->vlan;
		hop->mtu = route->mtu_result;
		__builtin_memcpy(hop->destination_mac, route->dmac, 6);
		__builtin_memcpy(hop->source_mac, route->smac, 6);
		__builtin_memcpy(hop->own_mac, in->mac, 6);
		__sync_val_compare_and_swap(&hop->state, SEKISHO_HOP_CLAIMED, SEKISHO_HOP_KNOWN);
		return row;
	}
	return SEKISHO_HOP_NONE;
}

/*
 * Ask the kernel's routes and neighbours. The way out must be a port of the segment that the
 * verdict names: what the egress program would hold back goes to it.
 */
static __noinline __u32 hop_find(struct xdp_md *ctx, const struct quick *quick)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct sekisho_link_key key = { quick->ifindex, quick->vlan, SEKISHO_LINK_IN };
	struct sekisho_link *in = bpf_map_lookup_elem(&links, &key), *out;
	struct bpf_fib_lookup route = {};
	struct sekisho_connection *connection = quick->connection;
	int asked = quick->direction == SEKISHO_INITIATOR;
	void *network = data + (quick->network & 31);

	if (!in)
		return SEKISHO_HOP_NONE;
	route.ifindex = in->ifindex;
	route.l4_protocol = connection->protocol;
	/* Rules may ask for ports, and so may the choice among several ways. */
	route.sport = asked ? connection->initiator_port : connection->responder_port;
	route.dport = asked ? connection->responder_port : connection->initiator_port;
	if (quick->ipv6) {
		struct ipv6hdr *ip = network;

		if ((void *)(ip + 1) > data_end)
			return SEKISHO_HOP_NONE;
		route.family = FAMILY_IPV6;
		route.flowinfo = *(__be32 *)ip & bpf_htonl(0x0fffffff);
		__builtin_memcpy(route.ipv6_src, &ip->saddr, 16);
		__builtin_memcpy(route.ipv6_dst, &ip->daddr, 16);
	} else {
		struct iphdr *ip = network;

		if ((void *)(ip + 1) > data_end)
			return SEKISHO_HOP_NONE;
		route.family = FAMILY_IPV4;
		route.tos = ip->tos;
		route.ipv4_src = ip->saddr;
		route.ipv4_dst = ip->daddr;
	}
	if (bpf_fib_lookup(ctx, &route, sizeof(route), 0) != BPF_FIB_LKUP_RET_SUCCESS ||
	    route.ifindex == in->ifindex)
		return SEKISHO_HOP_NONE;
	key = (struct sekisho_link_key){ route.ifindex, 0, SEKISHO_LINK_OUT };
	out = bpf_map_lookup_elem(&links, &key);
	if (!out || port_segment(quick->row, out->ifindex, out->vlan) !=
			    connection->segments[(quick->direction ^ 1) & 1])
		return SEKISHO_HOP_NONE;
	return hop_row(&route, in, out);
}

/* Whether an IPv4 header of five words is whole. One that is not, the kernel drops. */
static __always_inline int header_sum_holds(const struct iphdr *ip)
{
	const __u32 *words = (const void *)ip;
	__u64 sum = 0;

	for (int i = 0; i < 5; i++)
		sum += words[i];
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (sum >> 16) + (sum & 0xffff) == 0xffff;
}

/* One hop less. 0 where the kernel is to say what becomes of the frame: then nothing is changed. */
static __always_inline int hop_limit_lower(void *network, void *data_end, int ipv6)
{
	struct ipv6hdr *ip6 = network;
	struct iphdr *ip = network;
	__u32 checksum;

	if (ipv6) {
		if ((void *)(ip6 + 1) > data_end || ip6->hop_limit <= 1)
			return 0;
		ip6->hop_limit--;
		return 1;
	}
	if ((void *)(ip + 1) > data_end || ip->ttl <= 1 || !header_sum_holds(ip))
		return 0;
	ip->ttl--;
	/* RFC 1624: the checksum's complement loses what the word lost. */
	checksum = (__u32)ip->check + bpf_htons(0x0100);
	ip->check = checksum + (checksum >= 0xffff);
	return 1;
}

/* What lies behind the packet is not the packet's: padding, or what nobody has judged. */
static __always_inline int cut_behind(struct xdp_md *ctx, const struct quick *quick)
{
	__u32 bytes = quick->network + quick->packet_bytes;

	return quick->frame_bytes == bytes ||
	       !bpf_xdp_adjust_tail(ctx, (int)(bytes - quick->frame_bytes));
}

static __always_inline int is_for(void *data, void *data_end, const __u8 mac[6])
{
	struct ethhdr *eth = data;

	return (void *)(eth + 1) <= data_end && !__builtin_memcmp(eth->h_dest, mac, 6);
}

/* The link header, with a tag or without. */
static __always_inline int link_header_write(void *data, void *data_end,
					     const struct sekisho_next_hop *hop, int ipv6)
{
	__be16 ethertype = ipv6 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
	struct ethhdr *eth = data;
	__be16 *tag = (void *)(eth + 1);

	if ((void *)(tag + 2) > data_end)
		return 0;
	__builtin_memcpy(eth->h_dest, hop->destination_mac, 6);
	__builtin_memcpy(eth->h_source, hop->source_mac, 6);
	if (!hop->vlan) {
		eth->h_proto = ethertype;
		return 1;
	}
	eth->h_proto = bpf_htons(ETH_P_8021Q);
	tag[0] = bpf_htons(hop->vlan);
	tag[1] = ethertype;
	return 1;
}

/**
 * forward - send a permitted frame out
 * @ctx: the frame, which is changed where it is sent out only
 * @quick: what the short way found
 *
 * Return: XDP_REDIRECT; XDP_PASS where the kernel is to forward it; XDP_DROP where a frame that is
 * changed already cannot be sent.
 */
static __noinline int forward(struct xdp_md *ctx, const struct quick *quick)
{
	struct sekisho_connection *connection = quick->connection;
	__u32 direction = quick->direction & 1, row;
	struct sekisho_next_hop *hop;
	void *data, *data_end;
	int tagged = quick->network > sizeof(struct ethhdr);

	if (!connection || connection->segments[direction ^ 1] == SEKISHO_SEGMENT_SELF)
		return XDP_PASS;
	row = connection->hops[direction];
	if (row == SEKISHO_HOP_KERNEL) {
		connection->hops[direction] = SEKISHO_HOP_NONE;
		return XDP_PASS;
	}
	if (row == SEKISHO_HOP_NONE) {
		row = hop_find(ctx, quick);
		connection->hops[direction] = row;
		if (row == SEKISHO_HOP_NONE)
			return XDP_PASS;
	}
	hop = bpf_map_lookup_elem(&next_hops, &row);
	if (!hop || quick->packet_bytes > hop->mtu || !cut_behind(ctx, quick))
		return XDP_PASS;
	data = (void *)(long)ctx->data;
	data_end = (void *)(long)ctx->data_end;
	/* What a switch floods to another host is not ours to forward. */
	if (!is_for(data, data_end, hop->own_mac) ||
	    !hop_limit_lower(data + (quick->network & 31), data_end, quick->ipv6))
		return XDP_PASS;
	if (tagged != !!hop->vlan) {
		if (bpf_xdp_adjust_head(ctx, tagged ? TAG_BYTES : -TAG_BYTES))
			return XDP_DROP;
		data = (void *)(long)ctx->data;
		data_end = (void *)(long)ctx->data_end;
	}
	if (!link_header_write(data, data_end, hop, quick->ipv6))
		return XDP_DROP;
	return bpf_redirect(hop->ifindex, 0);
}

#endif
