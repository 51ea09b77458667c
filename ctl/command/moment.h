/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Points in time as people type them. Pure: the clock and the zone are given. Knows nothing of what
 * they are for.
 */
#ifndef SEKISHO_COMMAND_MOMENT_H
#define SEKISHO_COMMAND_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * sekisho_moment_parse - a point in time
 * @text: RFC 3339; `2026-04-01`, `2026-04-01 9:20`, `9:20` (today), with seconds or not; `today`,
 *	`yesterday`, `now`. What has no offset is in the zone
 * @now: seconds since 1970 UTC
 * @zone: seconds east of UTC
 * @end: a day means its end, not its beginning
 * @wall_ns: since 1970 UTC; written only on success
 *
 * Return: whether it is one.
 */
bool sekisho_moment_parse(const char *text, int64_t now, int32_t zone, bool end, int64_t *wall_ns);

/**
 * sekisho_moment_duration - how long: a number and `s`, `m`, `h`, `d` or `w`
 * @seconds: above 0; written only on success
 *
 * Return: whether it is that.
 */
bool sekisho_moment_duration(const char *text, int64_t *seconds);

#endif
