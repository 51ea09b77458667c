/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A time zone of the system's database as a list of offset changes.
 * Knows nothing of policies or of how times are written.
 */
#ifndef SEKISHO_POLICY_ZONE_H
#define SEKISHO_POLICY_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "model/policy.h"

/* Local times of these years can be converted. */
#define SEKISHO_YEAR_FIRST 1970
#define SEKISHO_YEAR_LAST  2099

struct sekisho_zone {
	struct sekisho_zone_change *items; /* ascending; [0] since INT64_MIN */
	size_t count;
};

/**
 * sekisho_zone_read - learn a zone's offsets
 * @zone: filled in; to be freed if 0 is returned
 * @name: such as Asia/Tokyo
 *
 * The process's own zone is set aside meanwhile and restored; call it from one thread.
 *
 * Return: 0, -ENOENT where the system has no such zone, -ENOMEM.
 */
int sekisho_zone_read(struct sekisho_zone *zone, const char *name);

/* The offset from UTC at @time; 0 for an empty zone. */
int32_t sekisho_zone_offset(const struct sekisho_zone *zone, int64_t time);

/* The UTC time at which clocks show @local, seconds since 1970 as if the zone were UTC. */
int64_t sekisho_zone_to_utc(const struct sekisho_zone *zone, int64_t local);

/**
 * sekisho_zone_window - the changes that the kernel has to know
 * @zone: the zone
 * @now: seconds since 1970 UTC; the window is one year before to five years after
 * @policy: its zone is filled in
 */
void sekisho_zone_window(const struct sekisho_zone *zone, int64_t now,
			 struct sekisho_policy *policy);

void sekisho_zone_free(struct sekisho_zone *zone);

#endif
