/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs of bpf/, loaded with a clock of our own and run frame by frame. Knows how the tables
 * are put in force and what the programs leave in their maps; nothing of the model.
 */
#ifndef SEKISHO_DIFFERENTIAL_KERNEL_SIDE_H
#define SEKISHO_DIFFERENTIAL_KERNEL_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/reasons.h"

#include "ops.h"
#include "outcome.h"
#include "world.h"

#define KERNEL_SIDE_PAIRS (WORLD_SLOTS + 2) /* segments, `self`, and none as the last */

/* Sums over a run; rows of segments are by number, none is the last. */
struct tallies {
	uint64_t reasons[SEKISHO_REASON_ROWS];
	uint64_t reason_bytes[SEKISHO_REASON_ROWS];
	uint64_t permitted[KERNEL_SIDE_PAIRS][KERNEL_SIDE_PAIRS];
	uint64_t denied[KERNEL_SIDE_PAIRS][KERNEL_SIDE_PAIRS];
	uint64_t flow_packets[WORLD_FLOWS][2];
	uint64_t flow_bytes[WORLD_FLOWS][2];
	uint64_t flow_new[WORLD_FLOWS];
};

struct kernel_side;

/**
 * kernel_side_load - load the programs
 * @indexes: interface numbers of the devices
 * @complaint: set to a text where it fails; @bytes of room
 * @bytes: size of @complaint
 *
 * Return: the kernel side, or NULL.
 */
struct kernel_side *kernel_side_load(const uint32_t *indexes, char *complaint, size_t bytes);
void kernel_side_free(struct kernel_side *side);

/* Forget everything: no policy, no connections, nothing isolated or suspended. */
void kernel_side_reset(struct kernel_side *side);

void kernel_side_clock(struct kernel_side *side, uint64_t wall_ns, uint32_t monotonic);
/*
 * @world: NULL for none. It stays the caller's and is kept until the next commit.
 * Return: whether only the flows that differ were changed.
 */
bool kernel_side_commit(struct kernel_side *side, const struct world *world);
void kernel_side_isolate(struct kernel_side *side, unsigned int slot, bool on);
void kernel_side_suspend(struct kernel_side *side, uint8_t family, struct sekisho_address address,
			 bool on);
void kernel_side_full(struct kernel_side *side, bool full);
void kernel_side_sweep(struct kernel_side *side);
struct outcome kernel_side_judge(struct kernel_side *side, const struct op_frame *frame);

/* Connections in the table. */
unsigned int kernel_side_connections(const struct kernel_side *side);

/* What has been counted since the last reset. */
void kernel_side_tally(const struct kernel_side *side, struct tallies *tallies);

#endif
