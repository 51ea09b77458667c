/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way: a plain frame of a connection that this epoch has judged, from the segment it was
 * judged for. It reads no more of a frame than decides that, and writes what judge.h would have
 * written. Whatever is unusual goes the long way, which decides alone: here is no denial.
 *
 * Everything that lines 4 to 8 of docs/semantics.md could deny such a frame for would have begun
 * another epoch, or is asked here.
 */
#ifndef SEKISHO_BPF_QUICK_H
#define SEKISHO_BPF_QUICK_H

#include "account.h"
#include "established.h"
#include "source.h"

/* What the short way is given, and what it finds. */
struct quick {
	struct sekisho_control *control;
	struct sekisho_policy_row *row;
	struct moment *now;
	__u32 epoch;
	__u32 ifindex;
	__u32 frame_bytes;
	__u16 vlan;
	__u8 looked; /* there is no such connection: nobody need look again */
};

/* A packet's own bytes: where its transport header lies, and how long it is. */
struct plain {
	struct tuple tuple;
	__u32 transport;
	__u32 bytes;
};

static __always_inline int plain_ipv4(struct plain *plain, void *data, void *data_end, __u32 offset,
				      __u32 frame_bytes)
{
	struct iphdr *ip = data + offset;
	__u32 total;

	/* Five words, no options; neither a fragment nor followed by one. */
	if ((void *)(ip + 1) > data_end || *(__u8 *)ip != 0x45 ||
	    ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS | IP_OFFSET_MASK))
		return 0;
	total = bpf_ntohs(ip->tot_len);
	if (total < sizeof(*ip) || offset + total > frame_bytes)
		return 0;
	plain->tuple.source[0] = 0;
	plain->tuple.source[1] = (__u64)ip->saddr << 32 | MAPPED_PREFIX;
	plain->tuple.destination[0] = 0;
	plain->tuple.destination[1] = (__u64)ip->daddr << 32 | MAPPED_PREFIX;
	plain->tuple.protocol = ip->protocol;
	plain->transport = offset + sizeof(*ip);
	plain->bytes = total - sizeof(*ip);
	return 1;
}

static __always_inline int plain_ipv6(struct plain *plain, void *data, void *data_end, __u32 offset,
				      __u32 frame_bytes)
{
	struct ipv6hdr *ip = data + offset;
	__u64 *addresses = (void *)&ip->saddr;

	if ((void *)(ip + 1) > data_end || ip->version != 6)
		return 0;
	plain->bytes = bpf_ntohs(ip->payload_len);
	if (offset + sizeof(*ip) + plain->bytes > frame_bytes)
		return 0;
	plain->tuple.source[0] = addresses[0];
	plain->tuple.source[1] = addresses[1];
	plain->tuple.destination[0] = addresses[2];
	plain->tuple.destination[1] = addresses[3];
	plain->tuple.protocol = ip->nexthdr;
	plain->transport = offset + sizeof(*ip);
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

/* A segment that only acknowledges and carries data; all others change what the state is. */
static __always_inline int quick_tcp(struct sekisho_connection *connection,
				     const struct plain *plain, void *data, void *data_end,
				     __u32 direction)
{
	struct tcphdr *tcp = data + plain->transport;
	__u8 *bytes = (void *)tcp;
	struct packet segment = {};

	if ((void *)(tcp + 1) > data_end ||
	    (bytes[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK | TCP_URG)) != TCP_ACK)
		return 0;
	if (connection->tcp_state == SEKISHO_TCP_HALF_OPEN)
		return 0;
	segment.tcp_flags = TCP_ACK;
	segment.tcp_seq = bpf_ntohl(tcp->seq);
	segment.tcp_ack = bpf_ntohl(tcp->ack_seq);
	segment.tcp_window = bpf_ntohs(tcp->window);
	segment.tcp_length = plain->bytes - (bytes[12] >> 4 << 2);
	if (direction == SEKISHO_INITIATOR
		    ? !tcp_in_window(connection, &segment, SEKISHO_INITIATOR, SEKISHO_RESPONDER)
		    : !tcp_in_window(connection, &segment, SEKISHO_RESPONDER, SEKISHO_INITIATOR))
		return 0;
	if (connection->tcp_state == SEKISHO_TCP_ANSWERED && direction == SEKISHO_INITIATOR)
		connection->tcp_state = SEKISHO_TCP_ESTABLISHED;
	return 1;
}

/* What holds without a look at the frame: see judge_standing(). */
static __always_inline int quick_stands(const struct quick *quick,
					const struct sekisho_connection *connection,
					__u32 direction, __u16 segment)
{
	const struct sekisho_control *control = quick->control;

	if (connection->epoch != quick->epoch || connection->segments[direction & 1] != segment ||
	    connection->flags & SEKISHO_CONNECTION_LOG_ALL)
		return 0;
	/* In its last second the clock itself is asked. */
	if (quick->now->wall + 1 >= connection->valid_until)
		return 0;
	if (connection->last_seen != quick->now->monotonic &&
	    connection_idle(quick->row, connection, quick->now->monotonic))
		return 0;
	/* What answers the host may be a group or a broadcast, which is no source (line 6 d). */
	if (direction == SEKISHO_RESPONDER &&
	    connection->segments[SEKISHO_INITIATOR] == SEKISHO_SEGMENT_SELF)
		return 0;
	if (control->isolated_all | control->suspended_addresses | control->suspended_macs)
		return 0;
	/* Isolated since, with only surviving flows let through: each frame is asked again. */
	return !is_isolated(control, quick->row, connection->segments[0]) &&
	       !is_isolated(control, quick->row, connection->segments[1]);
}

/* Tests that own the clock read verdicts where the long way works them out. */
static __always_inline void quick_show(const struct verdict *verdict)
{
	struct workspace *workspace = workspace_get();

	if (workspace)
		workspace->judgement.verdict = *verdict;
}

static __always_inline int quick_plain(struct quick *quick, const struct plain *plain, void *data,
				       void *data_end)
{
	struct verdict verdict = { .reason = SEKISHO_REASON_PERMIT_ESTABLISHED };
	struct sekisho_connection *connection;
	struct packet counted = {};
	struct connection_key key;
	struct found found = {};
	__u32 direction;
	__u16 segment;

	segment = port_segment(quick->row, quick->ifindex, quick->vlan);
	if (segment == SEKISHO_SEGMENT_NONE)
		return 0;
	connection_key_of(&key, &plain->tuple);
	if (!connection_find(&found, &key, &plain->tuple)) {
		quick->looked = 1;
		return 0;
	}
	connection = found.connection;
	direction = found.direction & 1;
	if (!quick_stands(quick, connection, direction, segment))
		return 0;
	if (plain->tuple.protocol == IPPROTO_TCP &&
	    !quick_tcp(connection, plain, data, data_end, direction))
		return 0;
	counted.length = quick->frame_bytes;
	connection_pass(connection, &counted, direction, quick->now->monotonic);
	verdict.from = segment;
	verdict.to = connection->segments[direction ^ 1];
	verdict.direction = direction;
	verdict.counter = connection->counter;
	account(&counted, &verdict, quick->now->wall_ns);
	if (setting_test_clock)
		quick_show(&verdict);
	return 1;
}

/**
 * quick_permits - the short way
 * @quick: control, policy row, moment, epoch, interface and length of the frame set
 * @data: the frame's first byte
 * @data_end: one after the last
 *
 * Return: 1 where the frame is PERMIT_ESTABLISHED, all of it written and counted; else 0, and
 * nothing is written but quick->looked. A call of its own: the long way needs the stack.
 */
static __noinline int quick_permits(struct quick *quick, void *data, void *data_end)
{
	struct ethhdr *eth = data;
	__u32 offset = sizeof(*eth);
	struct plain plain;
	__be16 ethertype;

	if ((void *)(eth + 1) > data_end)
		return 0;
	ethertype = eth->h_proto;
	if (ethertype == bpf_htons(ETH_P_8021Q)) {
		__be16 *tag = data + sizeof(*eth);

		if ((void *)(tag + 2) > data_end)
			return 0;
		quick->vlan = bpf_ntohs(tag[0]) & 0xfff;
		ethertype = tag[1];
		offset += 4;
	}
	if (ethertype == bpf_htons(ETH_P_IP)) {
		if (!plain_ipv4(&plain, data, data_end, offset, quick->frame_bytes))
			return 0;
	} else if (ethertype != bpf_htons(ETH_P_IPV6) ||
		   !plain_ipv6(&plain, data, data_end, offset, quick->frame_bytes)) {
		return 0;
	}
	return plain_ports(&plain, data, data_end) && quick_plain(quick, &plain, data, data_end);
}

#endif
