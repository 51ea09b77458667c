/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to a filter, one thing after the other: commits, frames, the clock, isolation,
 * suspension, a full table. A list of them is a whole test: it can be written to a file, read
 * back, shortened and replayed. Knows nothing of how it is carried out.
 */
#ifndef SEKISHO_DIFFERENTIAL_OPS_H
#define SEKISHO_DIFFERENTIAL_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "world.h"

#define OP_FRAME_MAX 1600

enum op_kind {
	OP_CLOCK, /* set it: the first op of a list */
	OP_COMMIT,
	OP_NO_POLICY,
	OP_FRAME,
	OP_ADVANCE,
	OP_ISOLATE, /* or release */
	OP_SUSPEND, /* or restore */
	OP_FULL, /* the connection table has no room, or has it again */
	OP_KINDS,
};

struct op_frame {
	uint8_t device;
	bool output;
	uint16_t length;
	uint8_t bytes[];
};

struct op {
	enum op_kind kind;
	bool on; /* isolate, suspend, full: else the opposite. Advance: sweep afterwards */
	uint8_t family; /* suspend: 0 for a MAC */
	uint8_t slot; /* isolate: of the segment; 0 for all */
	uint64_t wall_ns; /* clock, advance */
	uint32_t monotonic; /* clock */
	struct sekisho_address address;
	struct world_recipe *recipe;
	struct op_frame *frame;
};

struct ops {
	struct op *items;
	size_t count;
	size_t room;
};

/* Room for an op at the end, zeroed. Ends the process without memory. */
struct op *ops_add(struct ops *ops, enum op_kind kind);
void ops_add_recipe(struct ops *ops, const struct world_recipe *recipe);
void ops_add_frame(struct ops *ops, bool output, unsigned int device, const uint8_t *bytes,
		   size_t length);
void ops_free(struct ops *ops);

/* A copy that has only the ops for which @kept says so; NULL: all. What ops point at is shared. */
struct ops ops_select(const struct ops *ops, const bool *kept);

int ops_write(const struct ops *ops, const char *path);
/* Return: 0, -EINVAL where the text is not one of ours, or -errno. */
int ops_read(struct ops *ops, const char *path);

/* The ops with their policies and frames in a form for people. */
void ops_print(const struct ops *ops, FILE *stream);
/* One frame: where it goes, its bytes, and what the model reads in it. */
void ops_print_frame(const struct op_frame *frame, FILE *stream);

#endif
