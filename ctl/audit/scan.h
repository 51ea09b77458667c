/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Searches an audit log by reading all of it: what an index has to be equal to. Knows nothing of
 * indexes.
 */
#ifndef SEKISHO_AUDIT_SCAN_H
#define SEKISHO_AUDIT_SCAN_H

#include "query.h"

/* How a search hands over what it finds, and tells how far it is. */
struct sekisho_search {
	const struct sekisho_query *query;
	void *context;
	/*
	 * An answer, in the log's order; both are borrowed for the call. Not 0: no more answers are
	 * wanted.
	 */
	int (*found)(void *context, const struct sekisho_entry *entry,
		     const struct sekisho_facts *facts);
	/* May be NULL. @done of @all bytes were read. */
	void (*progress)(void *context, uint64_t done, uint64_t all);
};

/* Lines of the log that are no records: what they said is not in any answer. */
struct sekisho_damage {
	uint64_t lines;
	uint64_t file, row; /* of the first */
	enum sekisho_defect defect;
};

/**
 * sekisho_scan - search a log from its first line to its last
 * @directory: of one origin; stays open
 * @search: what for, and who gets it
 * @damage: filled; of the whole log, also where no more answers were wanted
 * Return: 0, -ENOMEM, or why a file cannot be read.
 */
int sekisho_scan(int directory, const struct sekisho_search *search, struct sekisho_damage *damage);

/* Counts one more line that is no record. */
void sekisho_damage_add(struct sekisho_damage *damage, const struct sekisho_entry *entry);

#endif
