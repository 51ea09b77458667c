/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel module's guard beside the programs and the model, frame by frame, in the kernel that
 * this process runs under. Knows worlds and the guard's way of being told of them; nothing of what
 * is expected. Ends the process where the guard refuses what it must not.
 */
#ifndef SEKISHO_DIFFERENTIAL_GUARD_SIDE_H
#define SEKISHO_DIFFERENTIAL_GUARD_SIDE_H

#include "ops.h"
#include "outcome.h"

struct guard_side;

/* Return: NULL, with errno set, where the module or the probe is not there. */
struct guard_side *guard_side_open(void);

/* All of these do nothing without a guard. */

void guard_side_close(struct guard_side *side);
/* Forget everything. */
void guard_side_reset(struct guard_side *side);
void guard_side_clock(struct guard_side *side, uint64_t wall_ns, uint32_t monotonic);
/* @world: NULL for none. It stays the caller's and is kept until the next commit. */
void guard_side_commit(struct guard_side *side, const struct world *world);
void guard_side_isolate(struct guard_side *side, const char *segment, bool on);
void guard_side_suspend(struct guard_side *side, uint8_t family, struct sekisho_address address,
			bool on);
void guard_side_full(struct guard_side *side, bool full);
void guard_side_sweep(struct guard_side *side);

/* @room: the table is full, but for this frame it is not. */
struct outcome guard_side_judge(struct guard_side *side, const struct op_frame *frame, bool room);

/* Frames by reason since the last reset; @counts has 256 elements. */
void guard_side_reasons(struct guard_side *side, uint64_t *counts);

#endif
