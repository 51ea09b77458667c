/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries ops out on the programs and on the model, and on the kernel module's guard where there is
 * one, and says where they first part.
 */
#ifndef SEKISHO_DIFFERENTIAL_BOTH_H
#define SEKISHO_DIFFERENTIAL_BOTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard_side.h"
#include "kernel_side.h"
#include "ops.h"
#include "outcome.h"
#include "tape.h"

enum difference_kind {
	DIFFERENCE_NONE,
	DIFFERENCE_VERDICT,
	DIFFERENCE_FATE, /* the reason permits and the frame is dropped, or the opposite */
	DIFFERENCE_GUARD, /* programs and model agree, the guard says otherwise */
	DIFFERENCE_TALLY, /* counters: not what the verdicts add up to */
};

struct difference {
	enum difference_kind kind;
	size_t at; /* the op */
	struct outcome kernel;
	struct outcome model;
	struct outcome guard;
	char text[120]; /* a tally: which */
};

/* Whom frames are shown to, beside the model. */
struct sides {
	struct kernel_side *kernel;
	struct guard_side *guard; /* or NULL */
};

/* Sums over runs. */
struct totals {
	uint64_t frames;
	uint64_t outputs;
	uint64_t commits;
	uint64_t patched; /* of them those that changed a few flows only */
	uint64_t reasons[SEKISHO_REASON_ROWS];
	unsigned int most_connections;
};

/**
 * both_run - carry ops out from an empty filter on
 * @sides: the programs and the guard; reset first
 * @ops: what happens
 * @difference: set to the first one
 * @totals: added to, or NULL
 * @tape: what both agreed on is written to it, or NULL
 *
 * Return: whether all agree.
 */
bool both_run(const struct sides *sides, const struct ops *ops, struct difference *difference,
	      struct totals *totals, struct tape *tape);

/* Whether two differences have one cause, as far as can be seen: both sides say the same again. */
bool difference_alike(const struct difference *a, const struct difference *b);

void difference_print(const struct difference *difference, FILE *stream);

const char *reason_name(unsigned int reason);

#endif
