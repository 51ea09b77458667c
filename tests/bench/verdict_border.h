/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border that is measured: a policy in force on ports that exist, its program, and the same
 * program without events. Asks the library for all of it; knows no table's layout.
 */
#ifndef SEKISHO_BENCH_VERDICT_BORDER_H
#define SEKISHO_BENCH_VERDICT_BORDER_H

#include "kernel/engine.h"
#include "kernel/runtime.h"
#include "model/policy.h"
#include "verdict_subject.h"

struct ring_buffer;

struct border {
	const char *directory; /* where the engine is pinned */
	struct sekisho_engine *engine; /* NULL while no policy is in force */
	struct subject ours;
	struct subject quiet; /* ours without events */
	struct subject output; /* ours on the way out */
	struct bpf_object *quiet_object;
	struct ring_buffer *ring;
	struct sekisho_reason_totals before;
};

/**
 * border_open - put a policy in force, in place of any other
 * @border: its directory is set
 * @policy: the policy; its ports exist
 *
 * What cannot be put in force ends the program.
 */
void border_open(struct border *border, const struct sekisho_policy *policy);

/* Take it all off again. */
void border_close(struct border *border);

/* Forget all connections. */
void border_forget(struct border *border);

/*
 * Make a connection of each row of a set and forget them all: where the processor's page tables are
 * shadowed, a page that is touched for the first time costs more than ten verdicts.
 */
void border_touch(struct border *border, const struct frame_set *set);

/* Take what the ring buffer holds, so that the next events find room. */
void border_drain(struct border *border);

/**
 * border_expect_begin - look at what was counted so far
 * border_expect - end the program unless exactly @count frames more were counted, all as @reason
 * @border: the border
 * @what: for the complaint
 * @reason: its name
 * @count: how many
 */
void border_expect_begin(struct border *border);
void border_expect(struct border *border, const char *what, const char *reason, uint64_t count);

/**
 * border_connect - begin, answer and confirm the connections of a set's rows
 * @border: the border
 * @set: an initiator's frame of TCP or UDP, with rows
 * @answering: the port that the responders are behind
 */
void border_connect(struct border *border, const struct frame_set *set, uint32_t answering);

#endif
