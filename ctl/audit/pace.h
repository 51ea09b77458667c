/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a walk over a log is, for those who wait for it. Knows nothing of who they are.
 */
#ifndef SEKISHO_AUDIT_PACE_H
#define SEKISHO_AUDIT_PACE_H

#include <stdint.h>

/* After so many lines it is told again. */
#define SEKISHO_PACE_LINES 1024

struct sekisho_pace {
	void *context;
	/* @done of @all bytes were read; @all may grow. */
	void (*tell)(void *context, uint64_t done, uint64_t all);
};

#endif
