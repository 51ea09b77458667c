/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One case measured: every program judges the same frames in turn, round by round. Knows how to
 * measure, not what is worth measuring.
 */
#ifndef SEKISHO_BENCH_VERDICT_TRIAL_H
#define SEKISHO_BENCH_VERDICT_TRIAL_H

#include "verdict_border.h"
#include "verdict_subject.h"

#define TRIAL_PEERS_MAX 8

/* Everything there is to measure with. */
struct bench {
	struct border border;
	struct subject empty;
	struct subject empty_output;
	struct subject parse;
	struct subject peers[TRIAL_PEERS_MAX];
	size_t peer_count;
	bool quick;
	uint32_t rounds;
	uint32_t repeat; /* frames a round */
	const char *addresses; /* a file of what the peers let pass */
	uint32_t port_a; /* interfaces */
	uint32_t port_b;
};

enum {
	TRIAL_QUIET = 0x1, /* ours without events, too */
	TRIAL_PARSE = 0x2, /* the program that only parses */
	TRIAL_PEERS = 0x4, /* the peers, which have an equivalent policy */
	TRIAL_NO_OURS = 0x8, /* not ours with events */
	TRIAL_EMPTY = 0x10, /* the empty program's own line, too */
	TRIAL_OUTPUT = 0x20, /* on the way out: only ours and the empty program */
};

/**
 * struct trial - a case
 * @name: of the case
 * @parameter: JSON, or NULL
 * @reason: what ours must say to every frame; NULL: not asked
 * @set: the frames
 * @flags: TRIAL_*
 * @once: 0, or frames a run, each a row that was not judged before
 * @chunk: 0, or frames between two emptyings of the ring buffer, out of the time
 */
struct trial {
	const char *name;
	const char *parameter;
	const char *reason;
	struct frame_set *set;
	unsigned int flags;
	uint32_t once;
	uint32_t chunk;
};

/* Rows that trials with @once go through: two of ours, the first round and all others. */
#define TRIAL_ONCE_ROWS(bench, once) (2 * ((bench)->rounds + 1) * (once))

/* Measure and print. What is judged otherwise than @reason ends the program. */
void trial_run(struct bench *bench, struct trial *trial);

#endif
