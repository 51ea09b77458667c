/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Points in time, as records have them: RFC 3339 with milliseconds and the site's offset. Knows
 * nothing of records.
 */
#ifndef SEKISHO_AUDIT_STAMP_H
#define SEKISHO_AUDIT_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#define SEKISHO_STAMP_BYTES 30 /* 2026-04-01T12:00:00.000+09:00 and a NUL */

/* What the clocks said. */
struct sekisho_stamp {
	int64_t wall_ns; /* since 1970 UTC */
	uint64_t mono_ns; /* CLOCK_MONOTONIC */
	bool synchronised;
};

/**
 * sekisho_stamp_read - what the clocks say now; whether they are synchronised, at most 100 ms ago
 */
void sekisho_stamp_read(struct sekisho_stamp *stamp);

/**
 * sekisho_stamp_clock - `synchronised` or `unsynchronised`
 */
const char *sekisho_stamp_clock(bool synchronised);

/**
 * sekisho_stamp_text - RFC 3339 with milliseconds and the zone's offset
 * @text: gets SEKISHO_STAMP_BYTES, with a NUL
 *
 * Years outside 1970 to 9999 are shown as the nearest one inside.
 */
void sekisho_stamp_text(char *text, int64_t wall_ns, int32_t zone);

/**
 * sekisho_stamp_parse - the reverse of sekisho_stamp_text()
 * @text: what follows the offset is not looked at
 * @wall_ns: written only on success
 * Return: 0 or -EINVAL.
 */
int sekisho_stamp_parse(const char *text, int64_t *wall_ns);

/* The offset that such a text ends with, seconds east of UTC; its form has been checked. */
int32_t sekisho_stamp_zone(const char *text);

#endif
