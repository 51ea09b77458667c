/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One frame on its way through the lines: what one line hands to the next, and where it lies.
 * Knows no line itself.
 */
#ifndef SEKISHO_BPF_JUDGEMENT_H
#define SEKISHO_BPF_JUDGEMENT_H

#include "classify.h"
#include "events.h"
#include "maps.h"
#include "packet.h"

/* One frame on its way through the lines. Also what is handed from line to line. */
struct judgement {
	struct packet packet;
	struct verdict verdict;
	__u32 half;
	__u32 epoch;
	__u32 from_class;
	__u32 to_class;
	__u16 from_flags; /* SEKISHO_CLASS_* of the addresses */
	__u16 to_flags;
	__u16 port_segment;
	__u8 restricted;
	__u8 looked; /* no connection has this name: nobody need look */
	__u32 valid_until; /* on the way out: of the connection that covers the frame */
	__u32 stale; /* row + 1 of a connection with this key that does not count (line 9a) */
	__u32 sender_segment; /* of the source address by its networks */
};

/*
 * Where a processor judges: too large for the stack, and in a map the verifier does not follow
 * every value a field may have. A frame is judged to its end before the processor takes another.
 */
struct workspace {
	struct judgement judgement;
	struct packet quoted;
};

SEKISHO_PER_CPU(workspaces, struct workspace, 1);

static __always_inline struct workspace *workspace_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&workspaces, &zero);
}

/* A judgement to begin: all zero, no segment, no flow. */
static __always_inline struct judgement *judgement_begin(__u32 half, __u32 epoch)
{
	struct workspace *workspace = workspace_get();
	struct judgement *j;

	if (!workspace)
		return NULL;
	j = &workspace->judgement;
	__builtin_memset(j, 0, sizeof(*j));
	j->verdict.permit = SEKISHO_PERMIT_NONE;
	j->verdict.counter = SEKISHO_COUNTER_NONE;
	j->verdict.from = SEKISHO_SEGMENT_NONE;
	j->verdict.to = SEKISHO_SEGMENT_NONE;
	j->half = half;
	j->epoch = epoch;
	return j;
}

/* The generation that judged, for events: the row was read by everything that came before. */
static __always_inline __u32 judgement_generation(const struct judgement *j)
{
	struct sekisho_policy_row *row = policy_row(j->half);

	return row && j->verdict.reason != SEKISHO_REASON_NO_POLICY ? row->generation : 0;
}

#endif
