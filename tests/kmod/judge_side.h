/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's judge, built for user space, as something that worlds and frames of
 * tests/differential/ happen to. Knows nothing of the model's verdicts.
 */
#ifndef SEKISHO_KMOD_JUDGE_SIDE_H
#define SEKISHO_KMOD_JUDGE_SIDE_H

#include "ops.h"
#include "outcome.h"
#include "world.h"

struct judge_side;

/* All of these end the process without memory, or where the module refuses what it is given. */
struct judge_side *judge_side_new(void);
void judge_side_free(struct judge_side *side);

/* Forget everything: no policy, no connections, nothing isolated or suspended. */
void judge_side_reset(struct judge_side *side);
void judge_side_clock(struct judge_side *side, uint64_t wall_ns, uint32_t monotonic);
/* @world: NULL for none */
void judge_side_commit(struct judge_side *side, const struct world *world);
/* @slot: of the segment; 0 for all */
void judge_side_isolate(struct judge_side *side, unsigned int slot, bool on);
void judge_side_suspend(struct judge_side *side, uint8_t family, struct sekisho_address address,
			bool on);
void judge_side_full(struct judge_side *side, bool full);
void judge_side_sweep(struct judge_side *side);
struct outcome judge_side_judge(struct judge_side *side, const struct op_frame *frame);
unsigned int judge_side_connections(const struct judge_side *side);

#endif
