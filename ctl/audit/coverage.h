/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When nobody recorded: the times of a period in which no collector wrote, as the log itself shows
 * them. Records that were lost while one wrote have records of their own, and are not looked at
 * here. Knows nothing of what else records say.
 */
#ifndef SEKISHO_AUDIT_COVERAGE_H
#define SEKISHO_AUDIT_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"

#define SEKISHO_COVERAGE_MAX 128

/* A collector writes its counters once a minute; so long without a record, none wrote. */
#define SEKISHO_COVERAGE_SILENCE_NS (600 * 1000000000ll)

enum sekisho_coverage_cause {
	SEKISHO_COVERAGE_BEFORE, /* the log begins later */
	SEKISHO_COVERAGE_STOPPED, /* no collector was started yet, or it was stopped */
	SEKISHO_COVERAGE_CUT, /* one was started although none was stopped */
	SEKISHO_COVERAGE_SILENT, /* one should have written */
	SEKISHO_COVERAGE_AFTER, /* the log ends earlier */
};

struct sekisho_coverage_gap {
	enum sekisho_coverage_cause cause;
	int64_t from_ns, to_ns;
	uint64_t seq; /* of the record that ends it; or of the last one there is */
};

struct sekisho_coverage {
	int64_t since_ns, until_ns; /* set by the caller: the period, until not after now */
	uint64_t gaps;
	struct sekisho_coverage_gap items[SEKISHO_COVERAGE_MAX]; /* the first of them */
	/* private */
	bool begun, away;
	int64_t away_since_ns, last_ns;
	uint64_t last_seq;
};

/* Takes every good record of the log, in its order. */
void sekisho_coverage_take(struct sekisho_coverage *coverage, const struct sekisho_entry *entry);

/* After the last. */
void sekisho_coverage_end(struct sekisho_coverage *coverage);

#endif
