/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that judges frames, and what it takes to run it on one frame or on many in turn.
 * Knows nothing of policies.
 */
#ifndef SEKISHO_BENCH_VERDICT_SUBJECT_H
#define SEKISHO_BENCH_VERDICT_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>

#include "verdict_rotate.h"

#define FRAME_BYTES_MAX 2048

/* A frame as it comes from a port; with rows it stands for as many frames. */
struct frame_set {
	uint8_t bytes[FRAME_BYTES_MAX];
	size_t length;
	uint32_t ifindex;
	uint32_t came_by; /* on the way out: the port it was forwarded from, or 0 */
	uint32_t family; /* of the rows: 4 or 6 */
	uint32_t network; /* offset of the IP header */
	uint32_t first; /* the row to begin with */
	uint32_t rows; /* the row to end before; 0: the frame as it is */
	bool swap; /* from responder to initiator */
};

struct bpf_object;

/* A spare interface that a program is attached to. */
struct hold {
	int link;
	unsigned int place;
};

struct subject {
	const char *name;
	int program;
	bool output; /* a tc program on the way out */
	struct hold holds[2]; /* of the program and of its rotating one */
	struct bpf_object *rotate; /* NULL: it can only be run on single frames */
	int rotate_program;
	struct rotate_control *control;
};

/* Rows of the sets with rows: one copy for all subjects. */
extern struct rotate_row4 *frame_rows4;
extern struct rotate_row6 *frame_rows6;

/**
 * frame_set_words - make a frame
 * @set: bytes, length and network are set, the rest is cleared
 * @words: as tests/net/craft.h has them
 * @ifindex: the port it comes from
 *
 * What does not parse ends the program.
 */
void frame_set_words(struct frame_set *set, const char *words, uint32_t ifindex);

/* Exchange rows at random: no table must be met in the order it was filled in. */
void frame_rows_shuffle(uint32_t family, uint32_t count);

/**
 * subject_open - get a program ready
 * @subject: filled
 * @name: its name in the results
 * @program: its descriptor, kept
 *
 * The interfaces h0, h1, ... exist and are up. A test run enters its program in the kernel's XDP
 * dispatcher and takes it out again, at the price of a hundred thousand verdicts; not so for a
 * program that is attached somewhere.
 * A program that no tail call may reach can be run on single frames only.
 */
void subject_open(struct subject *subject, const char *name, int program);
void subject_close(struct subject *subject);

/* A tc program: it can be run on single frames only. */
void subject_open_output(struct subject *subject, const char *name, int program);

/**
 * subject_run - judge a frame, or the rows of a set from the first on, again and again
 * @subject: who judges
 * @set: the frame
 * @repeat: how often
 * @verdict: set to the last one, XDP_*; or NULL
 *
 * Return: nanoseconds of this thread's processor time, all in all.
 */
double subject_run(const struct subject *subject, const struct frame_set *set, uint32_t repeat,
		   uint32_t *verdict);

/* Like subject_run(), going on with the row after the last one. */
double subject_run_on(const struct subject *subject, const struct frame_set *set, uint32_t repeat,
		      uint32_t *verdict);

#endif
