/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figures of several runs, and the line of JSON that tests/bench/run.sh wants of them. Knows
 * nothing of what was measured.
 */
#ifndef SEKISHO_BENCH_SAMPLE_H
#define SEKISHO_BENCH_SAMPLE_H

#include <stddef.h>

#define SAMPLE_RUNS_MAX 32

struct sample {
	double values[SAMPLE_RUNS_MAX];
	size_t count;
};

/* What a sample is of; see the head of run.sh. @parameter is JSON, NULL for {}. */
struct sample_title {
	const char *bench;
	const char *name;
	const char *variant;
	const char *parameter;
	const char *unit;
	const char *baseline; /* or NULL */
};

void sample_add(struct sample *sample, double value);
double sample_median(const struct sample *sample);

/**
 * sample_print - one measurement on standard output
 * @title: what of
 * @sample: its runs
 * @baseline: runs of the baseline, each measured beside the same run of @sample; or NULL
 *
 * With a baseline the line has their ratio and their difference, formed run by run.
 */
void sample_print(const struct sample_title *title, const struct sample *sample,
		  const struct sample *baseline);

/* One figure that no run changes: a number of bytes. */
void sample_print_one(const struct sample_title *title, double value);

/* Seconds of the monotonic clock; and of processor time that this process has used. */
double sample_now(void);
double sample_used(void);

#endif
