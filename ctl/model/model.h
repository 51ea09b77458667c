/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference filter from inside: what verdict.c, established.c and model.c share. Nobody else
 * includes it. Knows nothing of BPF, maps or the kernel; shares no code with bpf/.
 */
#ifndef SEKISHO_MODEL_MODEL_H
#define SEKISHO_MODEL_MODEL_H

#include "sekisho/reasons.h"
#include "state.h"
#include "verdict.h"

/* What a line says when it does not decide. */
#define SEKISHO_GO_ON SEKISHO_REASON_INVALID

#define SEKISHO_PROTOCOL_ICMP	1
#define SEKISHO_PROTOCOL_TCP	6
#define SEKISHO_PROTOCOL_UDP	17
#define SEKISHO_PROTOCOL_ICMPV6 58

/* A suspended address, or with family 0 a MAC. */
struct sekisho_suspension {
	uint8_t family;
	struct sekisho_address address;
};

struct sekisho_model {
	const struct sekisho_policy *policy;
	const struct sekisho_self *self;
	struct sekisho_state *state;
	uint64_t epoch;
	bool all_isolated;
	bool full;
	struct sekisho_suspension *suspensions;
	size_t suspension_count;
};

/* One frame on its way down the lines. */
struct sekisho_judgement {
	struct sekisho_model *model;
	const struct sekisho_policy *policy;
	const struct sekisho_self *self;
	const struct sekisho_passage *passage;
	const struct sekisho_frame *frame;
	int64_t wall; /* seconds */
	bool restricted;
	uint8_t opens; /* permit-new or permit-intra, from line 13 on */
	struct sekisho_verdict verdict;
};

/**
 * sekisho_model_find_suspension - an entry of the suspension list
 * @model: the filter
 * @family: 4 or 6, or 0 for the MAC in @address.low
 * @address: the address
 *
 * Return: the entry, or NULL.
 */
struct sekisho_suspension *sekisho_model_find_suspension(const struct sekisho_model *model,
							 uint8_t family,
							 struct sekisho_address address);

/* The connection that a frame would open, or belong to in the initiator's direction. */
static inline struct sekisho_connection_key sekisho_frame_key(const struct sekisho_frame *frame)
{
	return (struct sekisho_connection_key){
		.family = frame->family,
		.protocol = frame->protocol,
		.source_port = frame->source_port,
		.destination_port = frame->destination_port,
		.source = frame->source,
		.destination = frame->destination,
	};
}

/**
 * sekisho_line_9_established - frames of tracked connections
 * @j: the frame so far
 *
 * Return: enum sekisho_reason, or SEKISHO_GO_ON.
 */
uint8_t sekisho_line_9_established(struct sekisho_judgement *j);

/**
 * sekisho_line_10_icmp_errors - ICMP errors about tracked connections
 * @j: the frame so far
 *
 * Return: enum sekisho_reason, or SEKISHO_GO_ON.
 */
uint8_t sekisho_line_10_icmp_errors(struct sekisho_judgement *j);

#endif
