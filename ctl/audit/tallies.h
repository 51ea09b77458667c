/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts by name, and lists of names, with bounds: what finds no place is counted as others, never
 * dropped in silence. Knows nothing of what is counted.
 */
#ifndef SEKISHO_AUDIT_TALLIES_H
#define SEKISHO_AUDIT_TALLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEKISHO_TALLIES_MAX	 24
#define SEKISHO_TALLY_NAME_BYTES 96
#define SEKISHO_NAMES_MAX	 24

struct sekisho_record_tally {
	uint64_t records;
	uint64_t sum; /* of what each counts, or the most that fits */
	uint64_t first_seq, last_seq;
};

struct sekisho_tallies {
	struct sekisho_record_tally all;
	size_t count;
	struct {
		char name[SEKISHO_TALLY_NAME_BYTES];
		struct sekisho_record_tally tally;
	} items[SEKISHO_TALLIES_MAX];
	struct sekisho_record_tally others;
};

struct sekisho_name_list {
	size_t count;
	bool more;
	char names[SEKISHO_NAMES_MAX][SEKISHO_TALLY_NAME_BYTES]; /* cut where they are longer */
};

/**
 * sekisho_tallies_add - count a record
 * @name: of its group; cut where it is too long
 * @sum: what it counts, 0 or more
 */
void sekisho_tallies_add(struct sekisho_tallies *tallies, const char *name, uint64_t seq,
			 int64_t sum);

void sekisho_name_list_add(struct sekisho_name_list *list, const char *name);
void sekisho_name_list_remove(struct sekisho_name_list *list, const char *name);

#endif
