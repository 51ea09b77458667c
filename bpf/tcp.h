/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP of a tracked connection: flags, state and window (docs/semantics.md, TCP; the window rules
 * are those of van Rooij, 'Real Stateful TCP Packet Filtering'). Knows one connection and one
 * segment; changes nothing where the segment is not possible.
 */
#ifndef SEKISHO_BPF_TCP_H
#define SEKISHO_BPF_TCP_H

#include "packet.h"
#include "sekisho/connection.h"

enum tcp_outcome {
	TCP_PASSES,
	TCP_IMPOSSIBLE,
	TCP_REOPENS
};

#define TCP_ACK_WINDOW 66000

static __always_inline int after(__u32 a, __u32 b)
{
	return (__s32)(a - b) > 0;
}

static __always_inline int tcp_flags_possible(__u8 flags)
{
	switch (flags) {
	case TCP_SYN:
	case TCP_SYN | TCP_ACK:
	case TCP_ACK:
	case TCP_ACK | TCP_URG:
	case TCP_FIN | TCP_ACK:
	case TCP_FIN | TCP_ACK | TCP_URG:
	case TCP_RST:
	case TCP_RST | TCP_ACK:
		return 1;
	}
	return 0;
}

/* Line 12: 0 where a segment may open a connection, else why not. */
static __always_inline int tcp_first(__u8 flags)
{
	if (!tcp_flags_possible(flags))
		return SEKISHO_REASON_TCP_INVALID;
	return flags == TCP_SYN ? 0 : SEKISHO_REASON_TCP_NO_STATE;
}

/* The state a pure SYN makes. While HALF_OPEN the responder's `end` holds the SYN's number. */
static __always_inline void tcp_open(struct sekisho_connection *connection,
				     const struct packet *packet)
{
	__u32 end = packet->tcp_seq + packet->tcp_length;

	connection->tcp_state = SEKISHO_TCP_HALF_OPEN;
	connection->flags &=
		~(SEKISHO_CONNECTION_REPLIED | SEKISHO_CONNECTION_FIN_INITIATOR |
		  SEKISHO_CONNECTION_FIN_RESPONDER | SEKISHO_CONNECTION_SCALE_INITIATOR);
	connection->scales = 0;
	if (packet->tcp_scale != TCP_SCALE_NONE) {
		connection->flags |= SEKISHO_CONNECTION_SCALE_INITIATOR;
		connection->scales = packet->tcp_scale;
	}
	connection->end[SEKISHO_INITIATOR] = end;
	connection->max_end[SEKISHO_INITIATOR] = end;
	connection->max_window[SEKISHO_INITIATOR] = packet->tcp_window ?: 1;
	connection->end[SEKISHO_RESPONDER] = packet->tcp_seq;
	connection->max_end[SEKISHO_RESPONDER] = 0;
	connection->max_window[SEKISHO_RESPONDER] = 0;
}

static __always_inline int tcp_acks_syn(const struct sekisho_connection *connection, __u32 ack)
{
	return ack == connection->end[SEKISHO_INITIATOR] ||
	       ack == connection->end[SEKISHO_RESPONDER] + 1;
}

static __always_inline enum tcp_outcome tcp_syn(struct sekisho_connection *connection,
						const struct packet *packet, __u32 direction)
{
	__u8 fins = SEKISHO_CONNECTION_FIN_INITIATOR | SEKISHO_CONNECTION_FIN_RESPONDER;
	__u32 end = connection->end[SEKISHO_INITIATOR];

	switch (connection->tcp_state) {
	case SEKISHO_TCP_HALF_OPEN:
		if (direction != SEKISHO_INITIATOR)
			return TCP_IMPOSSIBLE;
		tcp_open(connection, packet);
		return TCP_PASSES;
	case SEKISHO_TCP_ANSWERED:
		if (direction == SEKISHO_INITIATOR &&
		    (packet->tcp_seq + 1 == end || packet->tcp_seq + packet->tcp_length == end))
			return TCP_PASSES;
		return TCP_IMPOSSIBLE;
	case SEKISHO_TCP_CLOSING:
		return (connection->flags & fins) == fins ? TCP_REOPENS : TCP_IMPOSSIBLE;
	case SEKISHO_TCP_RESET:
		return TCP_REOPENS;
	}
	return TCP_IMPOSSIBLE;
}

static __always_inline enum tcp_outcome tcp_syn_ack(struct sekisho_connection *connection,
						    const struct packet *packet, __u32 direction)
{
	__u32 end = packet->tcp_seq + packet->tcp_length;
	__u32 edge = packet->tcp_ack + packet->tcp_window;

	if (direction != SEKISHO_RESPONDER)
		return TCP_IMPOSSIBLE;
	if (connection->tcp_state == SEKISHO_TCP_ANSWERED)
		return end == connection->end[SEKISHO_RESPONDER] ? TCP_PASSES : TCP_IMPOSSIBLE;
	if (connection->tcp_state != SEKISHO_TCP_HALF_OPEN ||
	    !tcp_acks_syn(connection, packet->tcp_ack))
		return TCP_IMPOSSIBLE;
	connection->end[SEKISHO_RESPONDER] = end;
	connection->max_end[SEKISHO_RESPONDER] = end + connection->max_window[SEKISHO_INITIATOR];
	connection->max_window[SEKISHO_RESPONDER] = packet->tcp_window ?: 1;
	if (packet->tcp_scale == TCP_SCALE_NONE ||
	    !(connection->flags & SEKISHO_CONNECTION_SCALE_INITIATOR))
		connection->scales = 0;
	else
		connection->scales = (connection->scales & 0xf) | packet->tcp_scale << 4;
	if (after(edge, connection->max_end[SEKISHO_INITIATOR]))
		connection->max_end[SEKISHO_INITIATOR] = edge;
	connection->tcp_state = SEKISHO_TCP_ANSWERED;
	return TCP_PASSES;
}

/* Before the responder's answer only a reset may follow the SYN. */
static __always_inline enum tcp_outcome tcp_half_open(struct sekisho_connection *connection,
						      const struct packet *packet, __u32 direction)
{
	if (!(packet->tcp_flags & TCP_RST))
		return TCP_IMPOSSIBLE;
	if (direction == SEKISHO_RESPONDER &&
	    (!(packet->tcp_flags & TCP_ACK) || !tcp_acks_syn(connection, packet->tcp_ack)))
		return TCP_IMPOSSIBLE;
	if (direction == SEKISHO_INITIATOR && !tcp_acks_syn(connection, packet->tcp_seq))
		return TCP_IMPOSSIBLE;
	/* The SYN's number has served; the responder has sent nothing that counts. */
	connection->end[SEKISHO_RESPONDER] = 0;
	connection->tcp_state = SEKISHO_TCP_RESET;
	return TCP_PASSES;
}

static __always_inline int tcp_in_window(struct sekisho_connection *connection,
					 const struct packet *packet, __u32 s, __u32 r)
{
	__u32 window = packet->tcp_window
		       << (s ? connection->scales >> 4 : connection->scales & 0xf);
	__u32 end = packet->tcp_seq + packet->tcp_length;
	__u32 ack = packet->tcp_flags & TCP_ACK ? packet->tcp_ack : connection->end[r];
	__u32 behind = connection->max_window[r] ?: 1;
	__u32 ack_window = connection->max_window[s] > TCP_ACK_WINDOW ? connection->max_window[s]
								      : TCP_ACK_WINDOW;

	if (after(packet->tcp_seq, connection->max_end[s]) ||
	    after(connection->end[s] - behind, end) || after(ack, connection->end[r]) ||
	    after(connection->end[r] - ack_window, ack))
		return 0;
	if (window > connection->max_window[s])
		connection->max_window[s] = window;
	if (after(end, connection->end[s]))
		connection->end[s] = end;
	if (packet->tcp_flags & TCP_ACK) {
		__u32 edge = ack + window + !window;

		if (after(edge, connection->max_end[r]))
			connection->max_end[r] = edge;
	}
	return 1;
}

/**
 * tcp_track - judge a segment of a tracked connection, and follow it
 * @connection: the connection
 * @packet: the segment
 * @direction: which way it goes
 */
static __always_inline enum tcp_outcome tcp_track(struct sekisho_connection *connection,
						  const struct packet *packet, __u32 direction)
{
	__u8 flags = packet->tcp_flags;

	if (flags != TCP_ACK) {
		if (!tcp_flags_possible(flags))
			return TCP_IMPOSSIBLE;
		if (flags == TCP_SYN)
			return tcp_syn(connection, packet, direction);
		if (flags & TCP_SYN)
			return tcp_syn_ack(connection, packet, direction);
	}
	if (connection->tcp_state == SEKISHO_TCP_HALF_OPEN)
		return tcp_half_open(connection, packet, direction);
	if (direction == SEKISHO_INITIATOR
		    ? !tcp_in_window(connection, packet, SEKISHO_INITIATOR, SEKISHO_RESPONDER)
		    : !tcp_in_window(connection, packet, SEKISHO_RESPONDER, SEKISHO_INITIATOR))
		return TCP_IMPOSSIBLE;
	if (flags & TCP_RST) {
		connection->tcp_state = SEKISHO_TCP_RESET;
	} else if (flags & TCP_FIN) {
		connection->flags |= direction == SEKISHO_INITIATOR
					     ? SEKISHO_CONNECTION_FIN_INITIATOR
					     : SEKISHO_CONNECTION_FIN_RESPONDER;
		if (connection->tcp_state != SEKISHO_TCP_RESET)
			connection->tcp_state = SEKISHO_TCP_CLOSING;
	} else if (connection->tcp_state == SEKISHO_TCP_ANSWERED &&
		   direction == SEKISHO_INITIATOR) {
		connection->tcp_state = SEKISHO_TCP_ESTABLISHED;
	}
	return TCP_PASSES;
}

/* Whether TCP itself says that the connection no longer counts against its flow's limit. */
static __always_inline int tcp_over(const struct sekisho_connection *connection)
{
	__u8 fins = SEKISHO_CONNECTION_FIN_INITIATOR | SEKISHO_CONNECTION_FIN_RESPONDER;

	return connection->tcp_state == SEKISHO_TCP_RESET || (connection->flags & fins) == fins;
}

#endif
