/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a program leaves its verdict: in the map `workspaces`, which is its own business. The layout
 * comes from the type information in the kernel, so nothing is written twice.
 */
#ifndef SEKISHO_DIFFERENTIAL_VERDICT_PLACE_H
#define SEKISHO_DIFFERENTIAL_VERDICT_PLACE_H

#include <stddef.h>

#include "outcome.h"

struct verdict_place {
	int fd; /* of the map */
	size_t row_bytes; /* of one processor's row */
	size_t row_offset; /* of this processor's */
	char *rows;
	size_t reason, counter, from, to, direction; /* offsets in a row */
};

/**
 * verdict_place_find - find the verdict of a program
 * @program: its descriptor
 * @place: set
 *
 * The process must stay on the processor that it is on.
 * Return: 0 or -errno (-EUCLEAN where the types are not what they should be).
 */
int verdict_place_find(int program, struct verdict_place *place);
void verdict_place_close(struct verdict_place *place);

/* The verdict on the last frame, but for what became of the frame. Return: 0 or -errno. */
int verdict_place_read(const struct verdict_place *place, struct outcome *outcome);

#endif
