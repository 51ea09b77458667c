/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plain frames, as nearly all are: TCP or UDP in IP without options, extension headers or
 * fragments. Reads no more of them than names a connection. What packet.h would not take as such,
 * or find malformed, is not plain here; it says nothing more. Like packet.h it calls no BPF helper
 * and knows no map: the same fuzzer holds both readers against each other.
 */
#ifndef SEKISHO_BPF_PLAIN_H
#define SEKISHO_BPF_PLAIN_H

#include "tuple.h"

struct plain {
	struct tuple tuple;
	__u32 network; /* offset of the IP header */
	__u32 transport; /* of what follows it */
	__u32 bytes; /* of that, by the IP header */
	__u16 vlan;
	__u8 ipv6;
};

static __always_inline int plain_ipv4(struct plain *plain, void *data, void *data_end,
				      __u32 frame_bytes)
{
	struct iphdr *ip = data + plain->network;
	__u32 total;

	/* Five words, no options; neither a fragment nor followed by one. */
	if ((void *)(ip + 1) > data_end || *(__u8 *)ip != 0x45 ||
	    ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_OFFSET_MASK))
		return 0;
	total = bpf_ntohs(ip->tot_len);
	if (total < sizeof(*ip) || plain->network + total > frame_bytes)
		return 0;
	plain->tuple.source[0] = 0;
	plain->tuple.source[1] = (__u64)ip->saddr << 32 | MAPPED_PREFIX;
	plain->tuple.destination[0] = 0;
	plain->tuple.destination[1] = (__u64)ip->daddr << 32 | MAPPED_PREFIX;
	plain->tuple.protocol = ip->protocol;
	plain->transport = plain->network + sizeof(*ip);
	plain->bytes = total - sizeof(*ip);
	return 1;
}

static __always_inline int plain_ipv6(struct plain *plain, void *data, void *data_end,
				      __u32 frame_bytes)
{
	struct ipv6hdr *ip = data + plain->network;
	__u64 *addresses = (void *)&ip->saddr;

	if ((void *)(ip + 1) > data_end || ip->version != 6)
		return 0;
	plain->bytes = bpf_ntohs(ip->payload_len);
	if (plain->network + sizeof(*ip) + plain->bytes > frame_bytes)
		return 0;
	plain->tuple.source[0] = addresses[0];
	plain->tuple.source[1] = addresses[1];
	plain->tuple.destination[0] = addresses[2];
	plain->tuple.destination[1] = addresses[3];
	plain->tuple.protocol = ip->nexthdr;
	plain->transport = plain->network + sizeof(*ip);
	/* On the wire of IPv6 such an address is nobody's; in the table it is one of IPv4. */
	return !is_mapped(plain->tuple.source) && !is_mapped(plain->tuple.destination);
}

static __always_inline int plain_ports(struct plain *plain, void *data, void *data_end)
{
	__be16 *ports = data + plain->transport;
	struct udphdr *udp = (void *)ports;
	struct tcphdr *tcp = (void *)ports;
	__u32 claimed;

	if (plain->tuple.protocol == IPPROTO_UDP) {
		if ((void *)(udp + 1) > data_end)
			return 0;
		claimed = bpf_ntohs(udp->len);
		if (claimed < sizeof(*udp) || claimed > plain->bytes)
			return 0;
	} else if (plain->tuple.protocol == IPPROTO_TCP) {
		if ((void *)(tcp + 1) > data_end)
			return 0;
		claimed = ((__u8 *)tcp)[12] >> 4 << 2;
		if (claimed < sizeof(*tcp) || claimed > plain->bytes)
			return 0;
	} else {
		return 0;
	}
	plain->tuple.source_port = ports[0];
	plain->tuple.destination_port = ports[1];
	return 1;
}

/* The numbers of its TCP header but for the window scale. 0 where it cannot be read. */
static __always_inline int plain_tcp(const struct plain *plain, struct packet *segment, void *data,
				     void *data_end)
{
	struct tcphdr *tcp = data + plain->transport;

	if ((void *)(tcp + 1) > data_end)
		return 0;
	read_tcp(segment, tcp, plain->bytes - (((__u8 *)tcp)[12] >> 4 << 2));
	return 1;
}

/**
 * plain_read - read a plain frame
 * @plain: filled
 * @data: the frame's first byte
 * @data_end: one after the last byte that can be read
 * @frame_bytes: length of the frame
 * @hardware_tag: the 802.1Q tag that is not in the bytes, -1 without one
 *
 * Return: 1, or 0 where the frame is not plain.
 */
static __always_inline int plain_read(struct plain *plain, void *data, void *data_end,
				      __u32 frame_bytes, int hardware_tag)
{
	struct ethhdr *eth = data;
	__be16 ethertype;

	if ((void *)(eth + 1) > data_end)
		return 0;
	ethertype = eth->h_proto;
	plain->network = sizeof(*eth);
	plain->vlan = 0;
	if (hardware_tag >= 0) {
		plain->vlan = hardware_tag & 0xfff;
	} else if (ethertype == bpf_htons(ETH_P_8021Q)) {
		__be16 *tag = data + sizeof(*eth);

		if ((void *)(tag + 2) > data_end)
			return 0;
		plain->vlan = bpf_ntohs(tag[0]) & 0xfff;
		ethertype = tag[1];
		plain->network += 4;
	}
	plain->ipv6 = ethertype == bpf_htons(ETH_P_IPV6);
	if (ethertype == bpf_htons(ETH_P_IP)) {
		if (!plain_ipv4(plain, data, data_end, frame_bytes))
			return 0;
	} else if (!plain->ipv6 || !plain_ipv6(plain, data, data_end, frame_bytes)) {
		return 0;
	}
	return plain_ports(plain, data, data_end);
}

#endif
