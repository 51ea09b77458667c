// SPDX-License-Identifier: GPL-2.0-only
/*
 * From which file of a log on to read. Knows nothing of what records say.
 */
#include "begin.h"

#include "files.h"

typedef bool (*before_function)(const struct sekisho_entry *entry, const void *context);

static int first_is_before(int directory, uint64_t file, before_function before,
			   const void *context, bool *is)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry;
	int got = sekisho_reader_open(&reader, directory, file);

	if (got)
		return got;
	got = sekisho_reader_next(reader, &entry);
	*is = got == 1 && !entry.defect && before(&entry, context);
	sekisho_reader_close(reader);
	return got < 0 ? got : 0;
}

int sekisho_begin_find(int directory, before_function before, const void *context, uint64_t *file)
{
	struct sekisho_files files;
	int error = sekisho_files_list(directory, &files);
	bool is = false;

	*file = 0;
	for (size_t i = files.count; !error && !is && i; i--) {
		*file = files.first[i - 1];
		error = first_is_before(directory, *file, before, context, &is);
	}
	sekisho_files_free(&files);
	return error;
}

static bool made_before(const struct sekisho_entry *entry, const void *context)
{
	return entry->wall_ns < *(const int64_t *)context;
}

int sekisho_begin_since(int directory, int64_t wall_ns, uint64_t *file)
{
	return sekisho_begin_find(directory, made_before, &wall_ns, file);
}
