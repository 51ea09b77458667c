/* SPDX-License-Identifier: GPL-2.0-only */
/* One run of the sender: threads that send, and the counting of what arrives. */
#ifndef SEKISHO_TESTS_BENCH_SENDER_THREADS_H
#define SEKISHO_TESTS_BENCH_SENDER_THREADS_H

#include <stdint.h>

#include "sender.h"

struct sender_run {
	int program; /* descriptor of `send` */
	int received; /* of the map that `count` counts in */
	struct sender_lane *lanes;
	const uint8_t *frame;
	uint32_t bytes;
	uint32_t first;
	uint32_t flows;
	uint32_t cores;
	uint32_t frames; /* this many, or 0: for */
	double seconds;
};

struct sender_result {
	uint64_t sent;
	uint64_t received;
	double rate; /* arrived a second of a processor's time, all cores together */
	double busy; /* seconds of processors' time */
	double elapsed;
};

/**
 * sender_run - send
 * @run: what
 * @result: how it went
 *
 * Return: 0, or -1 with errno.
 */
int sender_run(const struct sender_run *run, struct sender_result *result);

#endif
