/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What both sides say of a frame, in words that both have.
 */
#ifndef SEKISHO_DIFFERENTIAL_OUTCOME_H
#define SEKISHO_DIFFERENTIAL_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "world.h"

#define OUTCOME_NO_FLOW 0xffffffffu

struct outcome {
	uint8_t reason;
	bool passes; /* what became of the frame */
	uint16_t from; /* segments, or SEKISHO_SEGMENT_NONE */
	uint16_t to;
	uint32_t flow; /* the number in its id, or OUTCOME_NO_FLOW; compared where it counts */
	bool reply;
};

#endif
