/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short ways in, of plain frames: one of a connection that this epoch has judged, from the
 * segment it was judged for, is followed and counted here; a first one is judged by quick_new.h.
 * Reads no more of the frame than decides that, and writes what judge.h would have written.
 */
#ifndef SEKISHO_BPF_QUICK_INGRESS_H
#define SEKISHO_BPF_QUICK_INGRESS_H

#include "account.h"
#include "quick.h"
#include "quick_new.h"

/* A segment that only acknowledges and carries data; all others change what the state is. */
static __always_inline int quick_tcp(struct sekisho_connection *connection,
				     const struct plain *plain, void *data, void *data_end,
				     __u32 direction)
{
	__u8 before = connection->tcp_state;
	struct packet segment = {};

	if (!plain_tcp(plain, &segment, data, data_end) || segment.tcp_flags != TCP_ACK ||
	    before == SEKISHO_TCP_HALF_OPEN ||
	    tcp_track(connection, &segment, direction) != TCP_PASSES)
		return 0;
	/* What makes it established the guard is to see, too. */
	if (connection->tcp_state != before)
		connection->hops[direction] = SEKISHO_HOP_KERNEL;
	return 1;
}

/* Tests that own the clock read verdicts where the long way works them out. */
static __always_inline void quick_show(const struct verdict *verdict)
{
	struct workspace *workspace = workspace_get();

	if (workspace)
		workspace->judgement.verdict = *verdict;
}

/* What line 13 and state, counters and events ask of a plain frame; @segment: MAC and TCP. */
static __always_inline void judgement_fill(struct judgement *j, const struct quick *quick,
					   const struct plain *plain, const struct packet *segment)
{
	struct packet *packet = &j->packet;

	__builtin_memcpy(packet->source, plain->tuple.source, 16);
	__builtin_memcpy(packet->destination, plain->tuple.destination, 16);
	packet->source_port = plain->tuple.source_port;
	packet->destination_port = plain->tuple.destination_port;
	packet->service = bpf_ntohs(plain->tuple.destination_port);
	packet->vlan = plain->vlan;
	packet->ethertype = plain->ipv6 ? ETH_P_IPV6 : ETH_P_IP;
	packet->family = plain->ipv6 ? 6 : 4;
	packet->protocol = plain->tuple.protocol;
	packet->source_mac = segment->source_mac;
	packet->length = quick->frame_bytes;
	packet->fragment = FRAGMENT_NONE;
	packet->icmp_type = 0;
	packet->icmp_code = 0;
	packet->tcp_flags = segment->tcp_flags;
	packet->tcp_seq = segment->tcp_seq;
	packet->tcp_length = segment->tcp_length;
	packet->tcp_window = segment->tcp_window;
	packet->tcp_scale = segment->tcp_scale;
	packet->output = 0;
	packet->ifindex = quick->ifindex;
	j->half = quick->half;
	j->epoch = quick->epoch;
	j->restricted = 0;
	j->stale = 0;
}

/* What a segment says of windows to come: only a SYN does. */
static __always_inline __u8 plain_scale(const struct plain *plain, const struct packet *segment,
					void *data, void *data_end)
{
	struct tcphdr *tcp = data + plain->transport;
	__u32 header;

	if (segment->tcp_flags != TCP_SYN || (void *)(tcp + 1) > data_end)
		return TCP_SCALE_NONE;
	/* Not from tcp_length: the verifier of Linux 6.1 must see how few words of options there are. */
	header = ((__u8 *)tcp)[12] >> 4 << 2;
	if (header <= sizeof(*tcp))
		return TCP_SCALE_NONE;
	return parse_window_scale(data, data_end, plain->transport + sizeof(*tcp),
				  header - sizeof(*tcp));
}

/* QUICK_JUDGED, with the workspace's judgement filled, or QUICK_LONG. */
static __always_inline enum quick_way quick_first(const struct quick *quick,
						  const struct plain *plain, __u16 from, void *data,
						  void *data_end)
{
	struct workspace *workspace = workspace_get();
	struct ethhdr *eth = data;
	struct packet segment = {};
	struct judgement *j;
	int reason;

	if (!workspace || (void *)(eth + 1) > data_end)
		return QUICK_LONG;
	j = &workspace->judgement;
	if (plain->tuple.protocol == IPPROTO_TCP) {
		if (!plain_tcp(plain, &segment, data, data_end))
			return QUICK_LONG;
		segment.tcp_scale = plain_scale(plain, &segment, data, data_end);
	}
	segment.source_mac = mac_number(eth->h_source);
	reason = quick_new(quick, plain, from, &segment, j);
	if (reason < 0)
		return QUICK_LONG;
	judgement_fill(j, quick, plain, &segment);
	j->verdict.reason = reason;
	return QUICK_JUDGED;
}

static __always_inline enum quick_way quick_plain(struct quick *quick, const struct plain *plain,
						  void *data, void *data_end)
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
		return QUICK_LONG;
	connection_key_of(&key, &plain->tuple);
	if (!connection_find(&found, &key, &plain->tuple)) {
		quick->looked = 1;
		return quick_first(quick, plain, segment, data, data_end);
	}
	connection = found.connection;
	direction = found.direction & 1;
	if (connection->segments[direction] != segment ||
	    connection->flags & SEKISHO_CONNECTION_LOG_ALL ||
	    !quick_stands(quick, connection, plain))
		return QUICK_LONG;
	/* What answers the host may be a group or a broadcast, which is no source (line 6 d). */
	if (direction == SEKISHO_RESPONDER &&
	    connection->segments[SEKISHO_INITIATOR] == SEKISHO_SEGMENT_SELF)
		return QUICK_LONG;
	if (plain->tuple.protocol == IPPROTO_TCP &&
	    !quick_tcp(connection, plain, data, data_end, direction))
		return QUICK_LONG;
	quick->connection = connection;
	quick->direction = direction;
	quick->packet_bytes = plain->bytes + plain->transport - quick->network;
	counted.length = quick->frame_bytes;
	connection_pass(connection, &counted, direction, quick->now->monotonic);
	verdict.from = segment;
	verdict.to = connection->segments[direction ^ 1];
	verdict.direction = direction;
	verdict.counter = connection->counter;
	account(&counted, &verdict, quick->now->wall_ns);
	if (setting_test_clock)
		quick_show(&verdict);
	return QUICK_PERMITTED;
}

/**
 * quick_permits - the short ways in
 * @quick: control, policy row, moment, epoch, interface and length of the frame set
 * @data: the frame's first byte
 * @data_end: one after the last
 *
 * Return: QUICK_PERMITTED where the frame is PERMIT_ESTABLISHED, all of it written and counted;
 * QUICK_JUDGED where the workspace has the verdict, PERMIT_NEW before limits and state, or no
 * reason before line 11; QUICK_LONG where the long way must judge: of what was found only
 * quick->looked means something then.
 * A call of its own: the long way needs the stack.
 */
static __noinline enum quick_way quick_permits(struct quick *quick, void *data, void *data_end)
{
	struct plain plain;

	if (!plain_read(&plain, data, data_end, quick->frame_bytes, -1))
		return QUICK_LONG;
	quick->vlan = plain.vlan;
	quick->network = plain.network;
	quick->ipv6 = plain.ipv6;
	return quick_plain(quick, &plain, data, data_end);
}

#endif
