/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict for one frame: docs/semantics.md, Order of decision, line by line. Knows the regime,
 * the matcher and the state; nothing of hooks, devices, counters or netlink.
 */
#ifndef SEKISHO_KMOD_JUDGE_H
#define SEKISHO_KMOD_JUDGE_H

#include "border.h"
#include "frame.h"
#include "match.h"

/**
 * struct sekisho_passage - how a frame travels, and when
 * @output: the host sends it; else it came in
 * @port_segment: of the port and VLAN it came by, or leaves by; SEKISHO_SEGMENT_NONE where unbound
 * @forwarded: it leaves by another port at once: @leaving must be where it belongs
 * @leaving: segment of that port; SEKISHO_SEGMENT_NONE where unbound
 * @wall: seconds since 1970 UTC
 * @monotonic: seconds
 */
struct sekisho_passage {
	bool output;
	bool forwarded;
	u16 port_segment;
	u16 leaving;
	s64 wall;
	u32 monotonic;
};

struct sekisho_verdict {
	u8 reason; /* enum sekisho_reason */
	bool reply; /* against the initiator's direction of its connection */
	u16 from; /* segments, or SEKISHO_SEGMENT_NONE */
	u16 to;
	u32 flow; /* index in the policy's flows, or SEKISHO_NO_FLOW */
};

/**
 * sekisho_judge - the verdict for one frame, and what it does to the state
 * @border: whose
 * @regime: read once by the caller
 * @passage: how it travels
 * @frame: as read
 * @verdict: set
 *
 * A forwarded frame that would be permitted, but leaves by a port that is not its destination
 * segment's, is `unjudged`: no connection is made, none is touched.
 * Called under rcu_read_lock() with bottom halves off. Takes one spinlock of the connection table
 * at a time; allocates nothing.
 */
void sekisho_judge(struct sekisho_border *border, const struct sekisho_regime *regime,
		   const struct sekisho_passage *passage, const struct sekisho_frame *frame,
		   struct sekisho_verdict *verdict);

#endif
