// SPDX-License-Identifier: GPL-2.0-only
/*
 * Searches an audit log by reading all of it. Knows nothing of indexes.
 */
#include "scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Often enough for those who wait, seldom enough not to matter. */
#define TELL_EVERY 4096

void sekisho_damage_add(struct sekisho_damage *damage, const struct sekisho_entry *entry)
{
	if (!damage->lines++) {
		damage->file = entry->file;
		damage->row = entry->row;
		damage->defect = entry->defect;
	}
}

static void tell(const struct sekisho_search *search, const struct sekisho_reader *reader)
{
	uint64_t done, all;

	if (!search->progress)
		return;
	sekisho_reader_progress(reader, &done, &all);
	search->progress(search->context, done, all);
}

static int read_all(struct sekisho_reader *reader, const struct sekisho_search *search,
		    struct sekisho_facts *facts, struct sekisho_damage *damage)
{
	struct sekisho_entry entry = { 0 };
	bool wanted = true;
	uint64_t lines = 0;
	int got;

	while ((got = sekisho_reader_next(reader, &entry)) > 0) {
		if (!(lines++ % TELL_EVERY))
			tell(search, reader);
		if (entry.defect) {
			sekisho_damage_add(damage, &entry);
			continue;
		}
		if (!wanted)
			continue;
		sekisho_facts_read(facts, &entry);
		if (sekisho_query_fits(search->query, facts))
			wanted = !search->found(search->context, &entry, facts);
	}
	return got;
}

int sekisho_scan(int directory, const struct sekisho_search *search, struct sekisho_damage *damage)
{
	struct sekisho_facts *facts = malloc(sizeof(*facts));
	struct sekisho_reader *reader = NULL;
	int error = facts ? sekisho_reader_open(&reader, directory, 0) : -ENOMEM;

	memset(damage, 0, sizeof(*damage));
	if (!error)
		error = read_all(reader, search, facts, damage);
	sekisho_reader_close(reader);
	free(facts);
	return error;
}
