/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet that an ICMP error quotes. Like packet.h it calls no BPF helper and knows no map.
 */
#ifndef SEKISHO_BPF_QUOTED_H
#define SEKISHO_BPF_QUOTED_H

#include "packet.h"

/**
 * parse_quoted - read the packet that an ICMP error quotes
 * @packet: the error
 * @quoted: all zero; addresses, protocol and ports are filled
 * @data: the frame's first byte
 * @data_end: one after the last byte that can be read
 *
 * A quotation may be cut short: what it claims to be long is not compared with what it holds.
 *
 * Return: 0, or ICMP_UNRELATED where it cannot be read or cannot belong to a connection.
 */
static inline __noinline int parse_quoted(const struct packet *packet, struct packet *quoted,
					  void *data, void *data_end)
{
	__u32 offset = packet->transport + ICMP_HEADER_BYTES;
	__u32 transport, need;
	__u8 *ports;

	if (offset > OFFSET_MAX)
		return SEKISHO_REASON_ICMP_UNRELATED;
	quoted->family = packet->family;
	if (packet->family == 4) {
		struct iphdr *ip = data + offset;
		__u32 header, total, place;

		if ((void *)(ip + 1) > data_end)
			return SEKISHO_REASON_ICMP_UNRELATED;
		header = ip->ihl << 2;
		total = bpf_ntohs(ip->tot_len);
		if (ip->version != 4 || header < sizeof(*ip) || total < header)
			return SEKISHO_REASON_ICMP_UNRELATED;
		quoted->protocol = ip->protocol;
		address_map_ipv4(quoted->source, ip->saddr);
		address_map_ipv4(quoted->destination, ip->daddr);
		quoted->transport = offset + header;
		quoted->end = offset + total;
		place = bpf_ntohs(ip->frag_off);
		if (fragment_place(quoted, (place & IP_OFFSET_MASK) << 3, place & IP_MORE_FRAGMENTS,
				   total - header))
			return SEKISHO_REASON_ICMP_UNRELATED;
	} else {
		struct ipv6hdr *ip = data + offset;

		if ((void *)(ip + 1) > data_end || ip->version != 6)
			return SEKISHO_REASON_ICMP_UNRELATED;
		__builtin_memcpy(quoted->source, &ip->saddr, 16);
		__builtin_memcpy(quoted->destination, &ip->daddr, 16);
		quoted->end = offset + sizeof(*ip) + bpf_ntohs(ip->payload_len);
		if (walk_ipv6(quoted, data, data_end, offset + sizeof(*ip), ip->nexthdr) ||
		    quoted->extension_forbidden)
			return SEKISHO_REASON_ICMP_UNRELATED;
	}
	if (quoted->fragment == FRAGMENT_LATER)
		return SEKISHO_REASON_ICMP_UNRELATED;
	transport = quoted->transport;
	if (quoted->protocol == IPPROTO_TCP || quoted->protocol == IPPROTO_UDP)
		need = 4;
	else if (is_icmp(quoted))
		need = ICMP_HEADER_BYTES;
	else
		need = 0;
	if (transport > OFFSET_MAX || transport + need > packet->end ||
	    transport + need > quoted->end)
		return SEKISHO_REASON_ICMP_UNRELATED;
	if (!need)
		return 0;
	ports = data + transport;
	if (need == 4) {
		if ((void *)(ports + 4) > data_end)
			return SEKISHO_REASON_ICMP_UNRELATED;
		quoted->source_port = *(__be16 *)ports;
		quoted->destination_port = *(__be16 *)(ports + 2);
		return 0;
	}
	if ((void *)(ports + ICMP_HEADER_BYTES) > data_end)
		return SEKISHO_REASON_ICMP_UNRELATED;
	icmp_ports(quoted, ports[0], ports[1], *(__be16 *)(ports + 4));
	/* Only echo has connections; an error about an error is never answered. */
	if (!icmp_is_echo(quoted->protocol, ports[0]))
		return SEKISHO_REASON_ICMP_UNRELATED;
	return 0;
}

#endif
