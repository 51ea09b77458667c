/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes down what happens and what is said of each frame, to be played to the kernel module
 * (tests/kmod/tape.h). Knows nothing of how ops are carried out. Ends the process where it cannot
 * write.
 */
#ifndef SEKISHO_DIFFERENTIAL_TAPE_H
#define SEKISHO_DIFFERENTIAL_TAPE_H

#include "ops.h"
#include "outcome.h"

struct tape;

struct tape *tape_create(const char *path);
/* Only now it is a tape. */
void tape_finish(struct tape *tape);

/* All of these do nothing without a tape. */

/* A filter that knows nothing. */
void tape_episode(struct tape *tape);
void tape_clock(struct tape *tape, uint64_t wall_ns, uint32_t monotonic);
/* @world: NULL for none. */
void tape_commit(struct tape *tape, const struct world *world);
/* @room: the table is full, and the frame itself made room. */
void tape_frame(struct tape *tape, const struct op_frame *frame, const struct outcome *outcome,
		bool counts, bool room);
void tape_sweep(struct tape *tape);
void tape_isolate(struct tape *tape, const char *segment, bool on);
void tape_suspend(struct tape *tape, uint8_t family, struct sekisho_address address, bool on);
void tape_full(struct tape *tape, bool on);

/**
 * tape_policy - the attributes by which the module is given a world
 * @world: the world
 * @room: where they are written
 * @bytes: size of @room
 *
 * Return: their length; the process ends where @room is too small.
 */
size_t tape_policy(const struct world *world, void *room, size_t bytes);

/* The bytes of an address, or of a MAC, as they are on the wire; their number is returned. */
size_t tape_host(uint8_t family, struct sekisho_address address, uint8_t bytes[16]);

#endif
