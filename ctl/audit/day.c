// SPDX-License-Identifier: GPL-2.0-only
/*
 * The records of one day. Knows nothing of what they say.
 */
#include "day.h"

#include <stdbool.h>
#include <string.h>

#include "begin.h"
#include "reader.h"

static int compare(const struct sekisho_entry *entry, const char *date)
{
	return strncmp(entry->line.time, date, SEKISHO_DAY_BYTES - 1);
}

static bool is_before(const struct sekisho_entry *entry, const void *date)
{
	return compare(entry, date) < 0;
}

int sekisho_day_read(int directory, const char *date, const struct sekisho_pace *pace,
		     struct sekisho_day *day)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry;
	uint64_t file;
	int error = sekisho_begin_find(directory, is_before, date, &file);

	*day = (struct sekisho_day){ 0 };
	if (!error)
		error = sekisho_reader_open(&reader, directory, file);
	if (error)
		return error;
	sekisho_reader_pace(reader, pace);
	while ((error = sekisho_reader_next(reader, &entry)) == 1) {
		int order = entry.defect ? 0 : compare(&entry, date);

		/* Not at the first later record: a clock that was set mixes days. */
		if (order > 0 && entry.row == 1)
			break;
		if (entry.defect || order)
			continue;
		if (!day->records++)
			day->first_seq = entry.line.seq;
		day->last_seq = entry.line.seq;
	}
	sekisho_reader_close(reader);
	return error < 0 ? error : 0;
}
