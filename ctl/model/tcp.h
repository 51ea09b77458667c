/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP as the reference model tracks it (docs/semantics.md, TCP). Knows nothing of frames' bytes,
 * policies, limits or time; shares no code with bpf/.
 */
#ifndef SEKISHO_MODEL_TCP_H
#define SEKISHO_MODEL_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

#define SEKISHO_TCP_FIN 1
#define SEKISHO_TCP_SYN 2
#define SEKISHO_TCP_RST 4
#define SEKISHO_TCP_PSH 8
#define SEKISHO_TCP_ACK 16
#define SEKISHO_TCP_URG 32
#define SEKISHO_TCP_ECE 64
#define SEKISHO_TCP_CWR 128

enum sekisho_tcp_state {
	SEKISHO_TCP_HALF_OPEN,
	SEKISHO_TCP_ANSWERED,
	SEKISHO_TCP_ESTABLISHED,
	SEKISHO_TCP_CLOSING,
	SEKISHO_TCP_RESET,
};

/* What is known of one side. */
struct sekisho_tcp_side {
	uint32_t end; /* behind the last byte it sent */
	uint32_t max_end; /* how far it may send */
	uint32_t max_window; /* the largest window it offered */
	uint8_t scale;
	bool has_scale;
	bool fin; /* it has sent FIN */
};

struct sekisho_tcp {
	enum sekisho_tcp_state state;
	uint32_t isn; /* of the last SYN in HALF_OPEN */
	struct sekisho_tcp_side initiator;
	struct sekisho_tcp_side responder;
};

enum sekisho_tcp_outcome {
	SEKISHO_TCP_PERMITTED,
	SEKISHO_TCP_INVALID,
	SEKISHO_TCP_REOPEN
};

/**
 * sekisho_tcp_flags_possible - whether a flag set is one of the possible ones
 * @flags: the flags byte
 *
 * Return: false where the set is impossible.
 */
bool sekisho_tcp_flags_possible(uint8_t flags);

/**
 * sekisho_tcp_flags_syn - whether a flag set is that of a pure SYN
 * @flags: the flags byte
 *
 * Return: true for SYN alone (PSH, ECE and CWR are not looked at).
 */
bool sekisho_tcp_flags_syn(uint8_t flags);

/**
 * sekisho_tcp_open - the state that a new connection's SYN makes
 * @tcp: set completely
 * @segment: the SYN
 */
void sekisho_tcp_open(struct sekisho_tcp *tcp, const struct sekisho_tcp_segment *segment);

/**
 * sekisho_tcp_follow - judge a segment of a tracked connection
 * @tcp: the state, changed only where the segment is permitted
 * @segment: the segment
 * @reply: the responder sent it
 *
 * Return: permitted, invalid, or that the connection ends and this SYN begins another.
 */
enum sekisho_tcp_outcome sekisho_tcp_follow(struct sekisho_tcp *tcp,
					    const struct sekisho_tcp_segment *segment, bool reply);

/**
 * sekisho_tcp_over - whether the connection no longer counts as concurrent
 * @tcp: the state
 *
 * Return: true after RST or the second FIN.
 */
bool sekisho_tcp_over(const struct sekisho_tcp *tcp);

#endif
