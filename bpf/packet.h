/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From bytes to a packet: docs/semantics.md, 'Numbers read from a frame'. Calls no BPF helper and
 * knows no map, so that the same text also builds natively for the fuzzer and the sanitizers.
 *
 * Every function returns 0 or a reason; protocol numbers never share the return value. Offsets
 * count from the frame's first byte.
 */
#ifndef SEKISHO_BPF_PACKET_H
#define SEKISHO_BPF_PACKET_H

#include <linux/types.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>

#include "sekisho/limits.h"
#include "sekisho/reasons.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif

#define ETHERTYPE_QINQ_OLD  0x9100
#define ETHERTYPE_QINQ_OLD2 0x9200
#define IP_MORE_FRAGMENTS   0x2000
#define IP_OFFSET_MASK	    0x1fff
#define ICMP_HEADER_BYTES   8

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10
#define TCP_URG 0x20

/* Flags that say what a segment is; the others are not looked at. */
#define TCP_FLAGS_JUDGED (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK | TCP_URG)

/* Offsets stay below this, so that the verifier sees them bounded; headers never reach it. */
#define OFFSET_MAX 0x3f00

enum fragment {
	FRAGMENT_NONE,
	FRAGMENT_FIRST,
	FRAGMENT_LATER
};

#define TCP_SCALE_NONE 0xff

/* A packet as judged. Addresses are IPv4-mapped where IPv4. */
struct packet {
	__be32 source[4];
	__be32 destination[4];
	__be16 source_port;
	__be16 destination_port;
	__u16 service;
	__u16 vlan;
	__u16 ethertype;
	__u8 family; /* 4, 6, or 0 where not IP */
	__u8 protocol;
	__u64 source_mac;
	__u32 length; /* of the frame, in bytes */
	__u32 transport; /* offset of the transport header */
	__u32 end; /* offset of the first byte after the IP packet */
	__u32 identification;
	__u8 fragment;
	__u8 tiny;
	__u8 extension_forbidden;
	__u8 hop_limit;
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 icmp_error;
	__u8 tcp_flags; /* without PSH, ECE, CWR */
	__u32 tcp_seq;
	__u32 tcp_ack;
	__u32 tcp_length; /* payload, SYN and FIN */
	__u16 tcp_window;
	__u8 tcp_scale;
	__u8 output;
	__u32 ifindex;
};

static __always_inline void address_map_ipv4(__be32 address[4], __be32 ipv4)
{
	address[0] = 0;
	address[1] = 0;
	address[2] = bpf_htonl(0xffff);
	address[3] = ipv4;
}

static __always_inline int is_ipv4_mapped(const __be32 address[4])
{
	return !address[0] && !address[1] && address[2] == bpf_htonl(0xffff);
}

static __always_inline int is_double_tag(__u16 ethertype)
{
	return ethertype == ETH_P_8021AD || ethertype == ETHERTYPE_QINQ_OLD ||
	       ethertype == ETHERTYPE_QINQ_OLD2;
}

/*
 * The window scale of a SYN. 40 steps cover the longest option list; every step leaves the offset
 * below 64, so that the verifier finds all ways through a step alike.
 */
static inline __noinline __u8 parse_window_scale(void *data, void *data_end, __u32 options,
						 __u32 bytes)
{
	__u32 at = 0;

	if (options > OFFSET_MAX || bytes > 40)
		return TCP_SCALE_NONE;
#pragma unroll
	for (int i = 0; i < 40; i++) {
		__u8 *option = data + options + at;
		__u8 kind, length;

		if (at >= bytes || (void *)(option + 1) > data_end)
			return TCP_SCALE_NONE;
		kind = option[0];
		if (kind == 0)
			return TCP_SCALE_NONE;
		if (kind == 1) {
			at = (at + 1) & 63;
			continue;
		}
		if (at + 2 > bytes || (void *)(option + 2) > data_end)
			return TCP_SCALE_NONE;
		length = option[1];
		if (length < 2 || at + length > bytes)
			return TCP_SCALE_NONE;
		if (kind == 3 && length == 3) {
			if ((void *)(option + 3) > data_end)
				return TCP_SCALE_NONE;
			return option[2] > 14 ? 14 : option[2];
		}
		at = (at + length) & 63;
	}
	return TCP_SCALE_NONE;
}

/* The numbers of a TCP header that lies before so many bytes of data. */
static __always_inline void read_tcp(struct packet *packet, const struct tcphdr *tcp, __u32 data)
{
	__u8 flags = ((const __u8 *)tcp)[13] & TCP_FLAGS_JUDGED;

	packet->tcp_flags = flags;
	packet->tcp_seq = bpf_ntohl(tcp->seq);
	packet->tcp_ack = bpf_ntohl(tcp->ack_seq);
	packet->tcp_window = bpf_ntohs(tcp->window);
	packet->tcp_length = data + !!(flags & TCP_SYN) + (flags & TCP_FIN);
}

static __always_inline int parse_tcp(struct packet *packet, void *data, void *data_end,
				     __u32 length)
{
	struct tcphdr *tcp = data + packet->transport;
	__u8 *bytes = (void *)tcp;
	__u32 header;

	if (length < sizeof(*tcp) || (void *)(tcp + 1) > data_end) {
		if (packet->fragment != FRAGMENT_FIRST)
			return SEKISHO_REASON_MALFORMED;
		if (length >= 14 && (void *)(bytes + 14) <= data_end && bytes[12] >> 4 < 5)
			return SEKISHO_REASON_MALFORMED;
		packet->tiny = 1;
		return 0;
	}
	header = bytes[12] >> 4 << 2;
	if (header < sizeof(*tcp))
		return SEKISHO_REASON_MALFORMED;
	if (header > length) {
		if (packet->fragment != FRAGMENT_FIRST)
			return SEKISHO_REASON_MALFORMED;
		packet->tiny = 1;
		return 0;
	}
	packet->source_port = tcp->source;
	packet->destination_port = tcp->dest;
	packet->service = bpf_ntohs(tcp->dest);
	read_tcp(packet, tcp, length - header);
	packet->tcp_scale = TCP_SCALE_NONE;
	if (packet->tcp_flags & TCP_SYN && header > sizeof(*tcp))
		packet->tcp_scale = parse_window_scale(
			data, data_end, packet->transport + sizeof(*tcp), header - sizeof(*tcp));
	return 0;
}

static __always_inline int parse_udp(struct packet *packet, void *data, void *data_end,
				     __u32 length)
{
	struct udphdr *udp = data + packet->transport;
	__u16 claimed;

	if (length < sizeof(*udp) || (void *)(udp + 1) > data_end) {
		if (packet->fragment != FRAGMENT_FIRST)
			return SEKISHO_REASON_MALFORMED;
		if (length >= 6 && (void *)udp + 6 <= data_end &&
		    bpf_ntohs(udp->len) < sizeof(*udp))
			return SEKISHO_REASON_MALFORMED;
		packet->tiny = 1;
		return 0;
	}
	claimed = bpf_ntohs(udp->len);
	if (claimed < sizeof(*udp) || (packet->fragment == FRAGMENT_NONE && claimed > length))
		return SEKISHO_REASON_MALFORMED;
	packet->source_port = udp->source;
	packet->destination_port = udp->dest;
	packet->service = bpf_ntohs(udp->dest);
	return 0;
}

/*
 * The ports of an ICMP packet: an echo request is keyed by its identifier on the asking side, its
 * reply the other way round, so that two hosts that ping each other have two connections.
 */
static __always_inline void icmp_ports(struct packet *packet, __u16 type, __u16 code,
				       __be16 identifier)
{
	int v6 = packet->protocol == IPPROTO_ICMPV6;

	if (type == (v6 ? 128 : 8)) {
		packet->source_port = identifier;
		packet->destination_port = 0;
	} else if (type == (v6 ? 129 : 0)) {
		packet->source_port = 0;
		packet->destination_port = identifier;
	} else {
		packet->source_port = bpf_htons(type << 8 | code);
		packet->destination_port = 0xffff;
	}
}

static __always_inline int icmp_is_error(__u8 protocol, __u8 type)
{
	if (protocol == IPPROTO_ICMPV6)
		return type < 128 || type == 137;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static __always_inline int icmp_is_echo(__u8 protocol, __u8 type)
{
	if (protocol == IPPROTO_ICMPV6)
		return type == 128 || type == 129;
	return type == 8 || type == 0;
}

static __always_inline int icmp_is_redirect(__u8 protocol, __u8 type)
{
	return type == (protocol == IPPROTO_ICMPV6 ? 137 : 5);
}

static __always_inline int parse_icmp(struct packet *packet, void *data, void *data_end,
				      __u32 length)
{
	__u8 *icmp = data + packet->transport;

	if (length < ICMP_HEADER_BYTES || (void *)(icmp + ICMP_HEADER_BYTES) > data_end) {
		if (packet->fragment != FRAGMENT_FIRST)
			return SEKISHO_REASON_MALFORMED;
		packet->tiny = 1;
		return 0;
	}
	packet->icmp_type = icmp[0];
	packet->icmp_code = icmp[1];
	packet->service = icmp[0];
	packet->icmp_error = icmp_is_error(packet->protocol, icmp[0]);
	icmp_ports(packet, icmp[0], icmp[1], *(__be16 *)(icmp + 4));
	return 0;
}

static __always_inline int is_icmp(const struct packet *packet)
{
	return packet->protocol == (packet->family == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
}

static __always_inline int parse_transport(struct packet *packet, void *data, void *data_end)
{
	__u32 length = packet->end - packet->transport;

	if (packet->transport > OFFSET_MAX)
		return SEKISHO_REASON_MALFORMED;
	if (packet->protocol == IPPROTO_TCP)
		return parse_tcp(packet, data, data_end, length);
	if (packet->protocol == IPPROTO_UDP)
		return parse_udp(packet, data, data_end, length);
	if (is_icmp(packet))
		return parse_icmp(packet, data, data_end, length);
	return 0;
}

/* What every fragment shows: where it lies in its datagram. */
static __always_inline int fragment_place(struct packet *packet, __u32 offset, int more,
					  __u32 bytes)
{
	if (more && (bytes == 0 || bytes & 7))
		return SEKISHO_REASON_MALFORMED;
	if (offset + bytes > 0xffff)
		return SEKISHO_REASON_MALFORMED;
	if (offset) {
		packet->fragment = FRAGMENT_LATER;
		/* Offsets 8 and 16 could overwrite a TCP header that was judged (RFC 3128). */
		packet->tiny = packet->protocol == IPPROTO_TCP && offset < sizeof(struct tcphdr);
	} else if (more) {
		packet->fragment = FRAGMENT_FIRST;
	}
	return 0;
}

static __always_inline int parse_ipv4(struct packet *packet, void *data, void *data_end,
				      __u32 offset)
{
	struct iphdr *ip = data + offset;
	__u32 header, total, place;

	if ((void *)(ip + 1) > data_end)
		return SEKISHO_REASON_MALFORMED;
	header = ip->ihl << 2;
	total = bpf_ntohs(ip->tot_len);
	if (ip->version != 4 || header < sizeof(*ip) || total < header ||
	    offset + total > packet->length)
		return SEKISHO_REASON_MALFORMED;
	packet->family = 4;
	packet->protocol = ip->protocol;
	packet->hop_limit = ip->ttl;
	address_map_ipv4(packet->source, ip->saddr);
	address_map_ipv4(packet->destination, ip->daddr);
	packet->transport = offset + header;
	packet->end = offset + total;
	packet->identification = bpf_ntohs(ip->id);
	place = bpf_ntohs(ip->frag_off);
	if (place & (IP_MORE_FRAGMENTS | IP_OFFSET_MASK)) {
		int reason = fragment_place(packet, (place & IP_OFFSET_MASK) << 3,
					    place & IP_MORE_FRAGMENTS, total - header);

		if (reason || packet->fragment == FRAGMENT_LATER)
			return reason;
	}
	return parse_transport(packet, data, data_end);
}

enum {
	WALK_HOP = 0,
	WALK_ROUTING = 43,
	WALK_FRAGMENT = 44,
	WALK_OPTIONS = 60
};

/*
 * The chain of IPv6 headers. Nine steps: eight headers and the one too many. Sets protocol and
 * transport, or extension_forbidden, or the fragment's place.
 */
static inline __noinline int walk_ipv6(struct packet *packet, void *data, void *data_end,
				       __u32 offset, __u8 next)
{
	__u32 at = offset;
	int fragment_seen = 0;

#pragma unroll
	for (int i = 0; i <= SEKISHO_EXTENSION_HEADERS_MAX; i++) {
		__u8 *header;
		__u32 bytes;

		if (next != WALK_HOP && next != WALK_OPTIONS && next != WALK_ROUTING &&
		    next != WALK_FRAGMENT)
			break;
		if (i == SEKISHO_EXTENSION_HEADERS_MAX) {
			packet->extension_forbidden = 1;
			return 0;
		}
		if (at > OFFSET_MAX)
			return SEKISHO_REASON_MALFORMED;
		header = data + at;
		if (at + 8 > packet->end || (void *)(header + 8) > data_end)
			return SEKISHO_REASON_MALFORMED;
		if (next == WALK_FRAGMENT) {
			__u32 place = bpf_ntohs(*(__be16 *)(header + 2));

			if (fragment_seen) {
				packet->extension_forbidden = 1;
				return 0;
			}
			fragment_seen = 1;
			at += 8;
			next = header[0];
			if (!(place & 0xfff9))
				continue;
			packet->identification = bpf_ntohl(*(__be32 *)(header + 4));
			packet->protocol = next;
			if (fragment_place(packet, place & 0xfff8, place & 1, packet->end - at))
				return SEKISHO_REASON_MALFORMED;
			if (packet->fragment == FRAGMENT_LATER) {
				packet->transport = at;
				return 0;
			}
			continue;
		}
		if (next == WALK_HOP && i > 0) {
			packet->extension_forbidden = 1;
			return 0;
		}
		bytes = (header[1] + 1) << 3;
		if (at + bytes > packet->end)
			return SEKISHO_REASON_MALFORMED;
		if (next == WALK_ROUTING && (header[2] == 0 || header[3] != 0)) {
			packet->extension_forbidden = 1;
			return 0;
		}
		next = header[0];
		at += bytes;
	}
	packet->protocol = next;
	packet->transport = at;
	return 0;
}

static __always_inline int parse_ipv6(struct packet *packet, void *data, void *data_end,
				      __u32 offset)
{
	struct ipv6hdr *ip = data + offset;
	__u32 payload;
	int reason;

	if ((void *)(ip + 1) > data_end)
		return SEKISHO_REASON_MALFORMED;
	payload = bpf_ntohs(ip->payload_len);
	if (ip->version != 6 || offset + sizeof(*ip) + payload > packet->length)
		return SEKISHO_REASON_MALFORMED;
	packet->family = 6;
	packet->hop_limit = ip->hop_limit;
	__builtin_memcpy(packet->source, &ip->saddr, 16);
	__builtin_memcpy(packet->destination, &ip->daddr, 16);
	packet->end = offset + sizeof(*ip) + payload;
	packet->protocol = ip->nexthdr;
	packet->transport = offset + sizeof(*ip);
	if (ip->nexthdr == WALK_HOP || ip->nexthdr == WALK_OPTIONS || ip->nexthdr == WALK_ROUTING ||
	    ip->nexthdr == WALK_FRAGMENT) {
		reason = walk_ipv6(packet, data, data_end, packet->transport, ip->nexthdr);
		if (reason || packet->extension_forbidden || packet->fragment == FRAGMENT_LATER)
			return reason;
	}
	return parse_transport(packet, data, data_end);
}

struct arp_ipv4 {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_bytes;
	__u8 protocol_bytes;
	__be16 operation;
	__u8 sender_mac[6];
	__u8 sender[4];
	__u8 target_mac[6];
	__u8 target[4];
};

static __always_inline int parse_arp(struct packet *packet, void *data, void *data_end,
				     __u32 offset)
{
	struct arp_ipv4 *arp = data + offset;
	__be32 sender, target;

	if ((void *)(arp + 1) > data_end)
		return SEKISHO_REASON_MALFORMED;
	if (arp->hardware != bpf_htons(1) || arp->protocol != bpf_htons(ETH_P_IP) ||
	    arp->hardware_bytes != 6 || arp->protocol_bytes != 4)
		return SEKISHO_REASON_MALFORMED;
	__builtin_memcpy(&sender, arp->sender, 4);
	__builtin_memcpy(&target, arp->target, 4);
	address_map_ipv4(packet->source, sender);
	address_map_ipv4(packet->destination, target);
	return 0;
}

/* First octet in bits 47..40. */
static __always_inline __u64 mac_number(const __u8 mac[6])
{
	return (__u64)mac[0] << 40 | (__u64)mac[1] << 32 | (__u64)mac[2] << 24 |
	       (__u64)mac[3] << 16 | (__u64)mac[4] << 8 | mac[5];
}

/**
 * parse_frame - read a frame
 * @packet: all zero but for length, ifindex and output; filled
 * @data: the frame's first byte
 * @data_end: one after the last byte that can be read
 * @hardware_tag: the 802.1Q tag that is not in the bytes, -1 without one
 *
 * Return: 0, MALFORMED or VLAN_INVALID.
 */
static __always_inline int parse_frame(struct packet *packet, void *data, void *data_end,
				       int hardware_tag)
{
	struct ethhdr *eth = data;
	__u32 offset = sizeof(*eth);
	__u16 ethertype;

	if ((void *)(eth + 1) > data_end)
		return SEKISHO_REASON_MALFORMED;
	packet->source_mac = mac_number(eth->h_source);
	ethertype = bpf_ntohs(eth->h_proto);
	if (hardware_tag >= 0) {
		packet->vlan = hardware_tag & 0xfff;
		if (ethertype == ETH_P_8021Q)
			return SEKISHO_REASON_VLAN_INVALID;
	} else if (ethertype == ETH_P_8021Q) {
		__be16 *tag = data + sizeof(*eth);

		if ((void *)(tag + 2) > data_end)
			return SEKISHO_REASON_MALFORMED;
		packet->vlan = bpf_ntohs(tag[0]) & 0xfff;
		ethertype = bpf_ntohs(tag[1]);
		offset += 4;
		if (ethertype == ETH_P_8021Q)
			return SEKISHO_REASON_VLAN_INVALID;
	}
	packet->ethertype = ethertype;
	if (is_double_tag(ethertype))
		return SEKISHO_REASON_VLAN_INVALID;
	if (ethertype == ETH_P_IP)
		return parse_ipv4(packet, data, data_end, offset);
	if (ethertype == ETH_P_IPV6)
		return parse_ipv6(packet, data, data_end, offset);
	if (ethertype == ETH_P_ARP)
		return parse_arp(packet, data, data_end, offset);
	return 0;
}

#endif
