/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries ops of tests/differential/ out on the module's judge and on the model, both in user
 * space, and says where they first part.
 */
#ifndef SEKISHO_KMOD_JUDGE_RUN_H
#define SEKISHO_KMOD_JUDGE_RUN_H

#include "sekisho/reasons.h"

#include "judge_side.h"

struct parting {
	size_t at; /* the op */
	struct outcome module;
	struct outcome model;
};

struct judge_totals {
	uint64_t frames;
	uint64_t commits;
	uint64_t reasons[SEKISHO_REASON_ROWS];
	unsigned int most_connections;
};

/**
 * judge_run - carry ops out, from nothing on
 * @side: the module's judge; reset first
 * @ops: what happens
 * @totals: added to, or NULL
 * @parting: set where they differ
 *
 * Return: whether the two agree.
 */
bool judge_run(struct judge_side *side, const struct ops *ops, struct judge_totals *totals,
	       struct parting *parting);

/*
 * Leave out what the parting does not need; it is replaced by that of the shorter list, which
 * shares what ops point at with the longer one.
 */
void judge_shorten(struct judge_side *side, struct ops *ops, struct parting *parting);

const char *judge_reason_name(unsigned int reason);

#endif
