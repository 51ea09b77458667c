/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long to wait before a peer is tried again: longer each time, never longer than a minute, and
 * not for all at the same moment. Pure. Knows nothing of peers.
 */
#ifndef SEKISHO_AUDIT_BACKOFF_H
#define SEKISHO_AUDIT_BACKOFF_H

#include <stdint.h>

#define SEKISHO_BACKOFF_FIRST_MS 500
#define SEKISHO_BACKOFF_MOST_MS	 60000

/* All zero before the first failure, and again after a success. */
struct sekisho_backoff {
	unsigned int failures;
};

/**
 * sekisho_backoff_next - one more failure
 * @random: any number; spreads the waiting of many over the second half of its time
 *
 * Return: milliseconds to wait: at least half of FIRST_MS times two for each failure before, at
 * most that or MOST_MS.
 */
uint32_t sekisho_backoff_next(struct sekisho_backoff *backoff, uint32_t random);

#endif
