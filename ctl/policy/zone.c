/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Learns a zone's offsets by asking the C library, week by week and then to the second.
 * Knows nothing of policies or of how times are written.
 */
#include "policy/zone.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WEEK	    ((int64_t)7 * 86400)
#define YEAR	    ((int64_t)366 * 86400)
#define PROBE_FIRST (-YEAR)
#define PROBE_LAST  (131 * YEAR)

static bool in_database(const char *name)
{
	const char *directory = getenv("TZDIR");
	char magic[4] = "";
	char path[512];
	FILE *file;
	int length;

	if (!name[0] || name[0] == '/' || strstr(name, "..") ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_/") !=
		    strlen(name))
		return false;
	length = snprintf(path, sizeof(path), "%s/%s",
			  directory && *directory ? directory : "/usr/share/zoneinfo", name);
	if (length < 0 || (size_t)length >= sizeof(path))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fread(magic, 1, sizeof(magic), file) != sizeof(magic))
		magic[0] = '\0';
	fclose(file);
	return !memcmp(magic, "TZif", sizeof(magic));
}

static int32_t probe(int64_t time)
{
	time_t when = (time_t)time;
	struct tm local;

	return localtime_r(&when, &local) ? (int32_t)local.tm_gmtoff : 0;
}

static bool append(struct sekisho_zone *zone, int64_t since, int32_t offset)
{
	struct sekisho_zone_change *items;

	items = reallocarray(zone->items, zone->count + 1, sizeof(*items));
	if (!items)
		return false;
	zone->items = items;
	items[zone->count].since = since;
	items[zone->count++].offset = offset;
	return true;
}

static int probe_all(struct sekisho_zone *zone)
{
	int32_t offset = probe(PROBE_FIRST);

	if (!append(zone, INT64_MIN, offset))
		return -ENOMEM;
	for (int64_t at = PROBE_FIRST; at < PROBE_LAST; at += WEEK) {
		int32_t next = probe(at + WEEK);
		int64_t low = at;
		int64_t high = at + WEEK;

		if (next == offset)
			continue;
		while (high - low > 1) {
			int64_t middle = low + (high - low) / 2;

			if (probe(middle) == offset)
				low = middle;
			else
				high = middle;
		}
		if (!append(zone, high, next))
			return -ENOMEM;
		offset = next;
	}
	return 0;
}

int sekisho_zone_read(struct sekisho_zone *zone, const char *name)
{
	const char *current = getenv("TZ");
	char *saved = NULL;
	int error;

	memset(zone, 0, sizeof(*zone));
	if (!in_database(name))
		return -ENOENT;
	if (current) {
		saved = strdup(current);
		if (!saved)
			return -ENOMEM;
	}
	if (setenv("TZ", name, 1)) {
		free(saved);
		return -ENOMEM;
	}
	tzset();
	error = probe_all(zone);
	if (saved)
		setenv("TZ", saved, 1);
	else
		unsetenv("TZ");
	tzset();
	free(saved);
	if (error)
		sekisho_zone_free(zone);
	return error;
}

int32_t sekisho_zone_offset(const struct sekisho_zone *zone, int64_t time)
{
	size_t low = 0;
	size_t high = zone->count;

	if (!zone->count)
		return 0;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (zone->items[middle].since <= time)
			low = middle;
		else
			high = middle;
	}
	return zone->items[low].offset;
}

int64_t sekisho_zone_to_utc(const struct sekisho_zone *zone, int64_t local)
{
	/* a first guess may lie on the wrong side of a change; the second cannot */
	int64_t time = local - sekisho_zone_offset(zone, local);

	return local - sekisho_zone_offset(zone, time);
}

void sekisho_zone_window(const struct sekisho_zone *zone, int64_t now,
			 struct sekisho_policy *policy)
{
	policy->zone[0].since = INT64_MIN;
	policy->zone[0].offset = sekisho_zone_offset(zone, now - YEAR);
	policy->zone_count = 1;
	for (size_t i = 0; i < zone->count; i++) {
		if (zone->items[i].since <= now - YEAR || zone->items[i].since > now + 5 * YEAR)
			continue;
		if (policy->zone_count == SEKISHO_ZONE_CHANGES_MAX)
			return;
		policy->zone[policy->zone_count++] = zone->items[i];
	}
}

void sekisho_zone_free(struct sekisho_zone *zone)
{
	free(zone->items);
	memset(zone, 0, sizeof(*zone));
}
