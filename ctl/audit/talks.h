/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who talked to whom: records of traffic added up by source, destination, segments, protocol, port,
 * flow, verdict and reason, and written as a table. What finds no place in memory any more shares
 * one row, and is counted. Knows nothing of files, or of which records are wanted.
 */
#ifndef SEKISHO_AUDIT_TALKS_H
#define SEKISHO_AUDIT_TALKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv.h"
#include "fields.h"

/* More would neither fit in memory nor be read. */
#define SEKISHO_TALKS_MAX 65536

struct sekisho_talks;

/* What a record of traffic tells. */
struct sekisho_talk {
	int type; /* SEKISHO_RECORD_PERMIT, _DENY or _FLOW_END */
	const struct sekisho_fields *fields; /* as they are to be shown */
	int64_t first_ns, last_ns; /* what it tells of, since 1970 UTC */
};

/**
 * sekisho_talks_new - begin
 * @most: groups, at most SEKISHO_TALKS_MAX
 * Return: to be freed with sekisho_talks_free(), or NULL without memory.
 */
struct sekisho_talks *sekisho_talks_new(size_t most);
void sekisho_talks_free(struct sekisho_talks *talks);

/* Add a record's to its group. Return: 0 or -ENOMEM. */
int sekisho_talks_add(struct sekisho_talks *talks, const struct sekisho_talk *talk);

/* Groups so far, without the shared one. */
size_t sekisho_talks_count(const struct sekisho_talks *talks);

/* Records that share the one row of what found no place. */
uint64_t sekisho_talks_folded(const struct sekisho_talks *talks);

/**
 * sekisho_talks_write - the table, by when each group began; to be called once
 * @csv: UTF-8
 * @handling: how it is to be handled, for each row
 * @zone: of times, seconds east of UTC
 * Return: as sekisho_csv_row().
 */
int sekisho_talks_write(struct sekisho_talks *talks, struct sekisho_csv *csv, const char *handling,
			int32_t zone, bool japanese);

#endif
