// SPDX-License-Identifier: GPL-2.0-only
/*
 * The records of one day. Knows nothing of what they say.
 */
#include "day.h"

#include <stdbool.h>
#include <string.h>

#include "files.h"
#include "reader.h"

static int compare(const struct sekisho_entry *entry, const char *date)
{
	return strncmp(entry->line.time, date, SEKISHO_DAY_BYTES - 1);
}

/* Whether a file begins before the day. */
static int begins_before(int directory, uint64_t file, const char *date, bool *before)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry;
	int error = sekisho_reader_open(&reader, directory, file);

	if (error)
		return error;
	error = sekisho_reader_next(reader, &entry);
	*before = error == 1 && !entry.defect && compare(&entry, date) < 0;
	sekisho_reader_close(reader);
	return error < 0 ? error : 0;
}

/* The last file that begins before the day: the day's first record is in it or behind it. */
static int find_file(int directory, const char *date, uint64_t *file)
{
	struct sekisho_files files;
	int error = sekisho_files_list(directory, &files);
	bool before = false;

	*file = 0;
	for (size_t i = files.count; !error && !before && i; i--) {
		*file = files.first[i - 1];
		error = begins_before(directory, *file, date, &before);
	}
	sekisho_files_free(&files);
	return error;
}

int sekisho_day_read(int directory, const char *date, struct sekisho_day *day)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry;
	uint64_t file;
	int error = find_file(directory, date, &file);

	*day = (struct sekisho_day){ 0 };
	if (!error)
		error = sekisho_reader_open(&reader, directory, file);
	if (error)
		return error;
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
