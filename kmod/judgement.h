/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One frame on its way down the lines of docs/semantics.md: what judge.c, established.c and
 * icmp_error.c share. Nobody else includes it.
 */
#ifndef SEKISHO_KMOD_JUDGEMENT_H
#define SEKISHO_KMOD_JUDGEMENT_H

#include <linux/limits.h>

#include "sekisho/reasons.h"

#include "connections.h"
#include "judge.h"
#include "packet.h"

/* What a line says that does not decide. */
#define SEKISHO_GO_ON SEKISHO_REASON_INVALID

struct sekisho_judgement {
	struct sekisho_border *border;
	const struct sekisho_regime *regime;
	const struct sekisho_policy *policy;
	const struct sekisho_passage *passage;
	const struct sekisho_frame *frame;
	struct sekisho_verdict *verdict;
	struct sekisho_place source;
	struct sekisho_place destination;
	bool restricted; /* only flows that survive isolation exist */
	struct sekisho_bucket bucket; /* of the frame's connection, locked from line 9 on */
	struct sekisho_connection *displaced; /* it did not count: a new one takes its place */
};

static inline bool sekisho_own(const struct sekisho_place *place)
{
	return place->is & SEKISHO_IS_OWN;
}

/* The connection that a frame would open, or belong to in the initiator's direction. */
static inline void sekisho_frame_key(const struct sekisho_frame *frame,
				     struct sekisho_connection_key *key)
{
	*key = (struct sekisho_connection_key){
		.source = frame->source,
		.destination = frame->destination,
		.source_port = frame->source_port,
		.destination_port = frame->destination_port,
		.family = frame->family,
		.protocol = frame->protocol,
	};
}

/* Whether a segment of the policy is the one of that name. */
static inline bool sekisho_segment_is(const struct sekisho_policy *policy, u16 segment,
				      const struct sekisho_segment_name *name)
{
	return segment < policy->segment_count && policy->segments[segment].name == name;
}

static inline bool sekisho_flow_ended(const struct sekisho_judgement *j, u32 flow)
{
	return flow != SEKISHO_NO_FLOW && j->policy->flows[flow].valid_until <= j->passage->wall;
}

/* Flows alone survive isolation; what no flow bounds does not. */
static inline bool sekisho_flow_survives(const struct sekisho_judgement *j, u32 flow)
{
	return flow != SEKISHO_NO_FLOW && j->policy->flows[flow].survives;
}

/* Whether a forwarded frame leaves by a port of another segment than its destination's. */
static inline bool sekisho_goes_astray(const struct sekisho_judgement *j,
				       const struct sekisho_segment_name *to)
{
	return j->passage->forwarded && !sekisho_segment_is(j->policy, j->passage->leaving, to);
}

#endif
