/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remembers what counters were at the last look. A counter that falls is taken for one that began
 * anew, and a rate over it jumps by all it ever counted; so one that falls for a moment only, as
 * while a new object takes over what the old one counted, is told as it was. Pure. Knows nothing
 * of what is counted.
 */
#ifndef SEKISHO_UI_MONOTONE_H
#define SEKISHO_UI_MONOTONE_H

#include <stddef.h>
#include <stdint.h>

/* So many counters are remembered; further ones are told as given. */
#define SEKISHO_MONOTONE_MAX 131072

/* A counter that is lower for longer began anew. */
#define SEKISHO_MONOTONE_SECONDS 60

struct sekisho_monotone;

/* To be freed with sekisho_monotone_free(); NULL without memory. */
struct sekisho_monotone *sekisho_monotone_new(void);
void sekisho_monotone_free(struct sekisho_monotone *monotone);

/**
 * sekisho_monotone_look - begin a look at all counters
 * @monotone: the memory
 * @lineage: of the counters; where it is another one than before, they all began anew
 * @now: seconds, monotonic
 */
void sekisho_monotone_look(struct sekisho_monotone *monotone, uint64_t lineage, uint64_t now);

/**
 * sekisho_monotone_value - what to tell of a counter
 * @monotone: the memory
 * @series: its name with its labels
 * @length: bytes of it
 * @value: what it is now
 *
 * Return: @value, or what it was where it fell a moment ago.
 */
uint64_t sekisho_monotone_value(struct sekisho_monotone *monotone, const char *series,
				size_t length, uint64_t value);

#endif
