// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each reset opens another guard, in another network namespace.
 */
#include "guard_side.h"

#include <endian.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/reasons.h"

#include "../kmod/tape.h"
#include "../kmod/tape_guard.h"
#include "tape.h"

#define SECOND_NS    1000000000ull
#define POLICY_BYTES (256 * 1024)

struct guard_side {
	struct guard *guard;
	const struct world *world; /* in force, or NULL */
	int64_t wall;
	uint32_t monotonic;
	uint64_t frames;
	char policy[POLICY_BYTES];
	uint64_t frame[(sizeof(struct probe_frame) + OP_FRAME_MAX) / sizeof(uint64_t) + 1];
};

static void insist(const struct guard_side *side, const char *what, int error)
{
	if (error)
		errx(1, "guard: %s: %s %s", what, strerror(-error), guard_complaint(side->guard));
}

struct guard_side *guard_side_open(void)
{
	struct guard_side *side = calloc(1, sizeof(*side));

	if (!side)
		err(1, "no memory");
	side->guard = guard_open();
	if (side->guard)
		return side;
	free(side);
	return NULL;
}

void guard_side_close(struct guard_side *side)
{
	if (!side)
		return;
	guard_close(side->guard);
	free(side);
}

void guard_side_reset(struct guard_side *side)
{
	if (!side)
		return;
	guard_close(side->guard);
	side->world = NULL;
	side->guard = guard_open();
	if (!side->guard)
		err(1, "guard");
}

void guard_side_clock(struct guard_side *side, uint64_t wall_ns, uint32_t monotonic)
{
	if (!side)
		return;
	side->wall = (int64_t)(wall_ns / SECOND_NS);
	side->monotonic = monotonic + TAPE_AHEAD_SECONDS;
}

void guard_side_commit(struct guard_side *side, const struct world *world)
{
	size_t bytes;

	if (!side)
		return;
	side->world = world;
	if (!world) {
		insist(side, "clear", guard_clear(side->guard));
		return;
	}
	bytes = tape_policy(world, side->policy, sizeof(side->policy));
	insist(side, "commit", guard_commit(side->guard, side->policy, bytes));
}

void guard_side_isolate(struct guard_side *side, const char *segment, bool on)
{
	if (side)
		insist(side, "isolate", guard_isolate(side->guard, segment, on));
}

void guard_side_suspend(struct guard_side *side, uint8_t family, struct sekisho_address address,
			bool on)
{
	uint8_t bytes[16];

	if (side)
		insist(side, "suspend",
		       guard_suspend(side->guard, bytes, tape_host(family, address, bytes), on));
}

void guard_side_full(struct guard_side *side, bool full)
{
	if (side)
		insist(side, "full", guard_full(side->guard, full));
}

void guard_side_sweep(struct guard_side *side)
{
	if (side)
		insist(side, "sweep", guard_sweep(side->guard, side->monotonic));
}

static uint16_t segment_number(const struct guard_side *side, const char *name)
{
	return side->world && name[0] ? sekisho_policy_segment(side->world->policy, name)
				      : SEKISHO_SEGMENT_NONE;
}

static uint32_t flow_number(const char *id)
{
	return id[0] ? (uint32_t)strtoul(id + 1, NULL, 10) : OUTCOME_NO_FLOW;
}

struct outcome guard_side_judge(struct guard_side *side, const struct op_frame *frame, bool room)
{
	struct probe_frame *probed = (struct probe_frame *)side->frame;
	struct probe_verdict verdict;
	size_t bytes;

	*probed = (struct probe_frame){
		.wall = side->wall,
		.monotonic = side->monotonic,
		.ifindex = TAPE_IFINDEX(frame->device),
		.output = frame->output,
		.room = room,
	};
	bytes = guard_frame(probed, frame->bytes, frame->length, side->frames++);
	insist(side, "frame", guard_judge(side->guard, probed, bytes, 1, &verdict));
	return (struct outcome){
		.reason = verdict.reason,
		.passes = sekisho_reason_permits(verdict.reason),
		.from = segment_number(side, verdict.from),
		.to = segment_number(side, verdict.to),
		.flow = flow_number(verdict.flow),
		.reply = verdict.reply,
	};
}

void guard_side_reasons(struct guard_side *side, uint64_t *counts)
{
	insist(side, "reasons", guard_reasons(side->guard, counts));
}
