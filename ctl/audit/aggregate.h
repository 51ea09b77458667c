/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Adds up denials, so that a flood makes few records: many events in, one denial a key out. Knows
 * nothing of records, files or time: its caller flushes it once a second.
 *
 * Memory is bounded, and no packet is uncounted. A key is (reason, direction, enforcer, segments, addresses,
 * protocol, service, EtherType, flow). Where one source has too many of them, its further ones add
 * to one row for that source; where two segments have too many sources for one reason, or one
 * station of a link (its MAC address) has half of them, further sources add to one row for the pair;
 * where there are too many pairs, further ones add to one row for the reason. So neither a scan nor
 * made-up addresses hide the other hosts of a segment, or other segments.
 */
#ifndef SEKISHO_AUDIT_AGGREGATE_H
#define SEKISHO_AUDIT_AGGREGATE_H

#include <stddef.h>
#include <stdint.h>

#include "convert.h"

struct sekisho_aggregate_limits {
	uint32_t rows; /* in all, the guard's by reason aside; as many as pairs, and 128 more */
	uint32_t pairs; /* of segments and reason */
	uint32_t pair_rows; /* of one pair: its stations, sources and their keys; half a station */
	uint32_t source_keys; /* of one source */
};

#define SEKISHO_AGGREGATE_LIMITS            \
	((struct sekisho_aggregate_limits){ \
		.rows = 65536, .pairs = 4096, .pair_rows = 4096, .source_keys = 256 })

struct sekisho_aggregate;

/**
 * sekisho_aggregate_new - an empty table
 * @limits: copied
 * Return: to be freed with sekisho_aggregate_free(); NULL without memory, without random numbers, or
 * where the limits contradict each other.
 */
struct sekisho_aggregate *sekisho_aggregate_new(const struct sekisho_aggregate_limits *limits);
void sekisho_aggregate_free(struct sekisho_aggregate *aggregate);

/**
 * sekisho_aggregate_add - add a SEKISHO_EVENT_DENY
 *
 * Never fails, never allocates. The event stands for itself and the frames suppressed before it.
 */
void sekisho_aggregate_add(struct sekisho_aggregate *aggregate, const struct sekisho_event *event);

/**
 * sekisho_aggregate_flush - tell of every row, in the order of their first events, and empty it
 * @emit: called once a denial, which is borrowed
 */
void sekisho_aggregate_flush(struct sekisho_aggregate *aggregate,
			     void (*emit)(void *context, const struct sekisho_denial *denial),
			     void *context);

/**
 * sekisho_aggregate_rows - rows in use
 */
uint32_t sekisho_aggregate_rows(const struct sekisho_aggregate *aggregate);

#endif
