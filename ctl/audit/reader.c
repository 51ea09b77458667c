// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the records of an audit log one after another. Knows nothing of what records say.
 */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "record.h"
#include "stamp.h"

#define CHUNK_BYTES (1u << 20)

struct sekisho_reader {
	int directory; /* borrowed */
	struct sekisho_files files;
	size_t next; /* of @files, not opened yet */
	int fd; /* -1: none */
	uint64_t file, row;
	uint64_t offset; /* in the file, of bytes[at] */
	uint64_t done, all;
	const struct sekisho_pace *pace; /* NULL: nobody wants to know */
	unsigned int untold; /* lines */
	size_t at, used;
	bool finished; /* the file has no more bytes */
	char bytes[CHUNK_BYTES];
};

static int open_file(struct sekisho_reader *reader, size_t which)
{
	char name[SEKISHO_FILE_NAME_BYTES];

	if (reader->fd >= 0)
		close(reader->fd);
	sekisho_file_name(name, reader->files.first[which]);
	reader->fd = openat(reader->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (reader->fd < 0)
		return -errno;
	reader->next = which + 1;
	reader->file = reader->files.first[which];
	reader->row = reader->offset = 0;
	reader->at = reader->used = 0;
	reader->finished = false;
	return 0;
}

static uint64_t file_size(const struct sekisho_reader *reader, size_t which)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	struct stat status;

	sekisho_file_name(name, reader->files.first[which]);
	return fstatat(reader->directory, name, &status, 0) ? 0 : (uint64_t)status.st_size;
}

int sekisho_reader_open(struct sekisho_reader **reader, int directory, uint64_t seq)
{
	struct sekisho_reader *opened = malloc(sizeof(*opened));
	int error;

	*reader = NULL;
	if (!opened)
		return -ENOMEM;
	memset(opened, 0, offsetof(struct sekisho_reader, bytes));
	opened->directory = directory;
	opened->fd = -1;
	error = sekisho_files_list(directory, &opened->files);
	if (error) {
		sekisho_reader_close(opened);
		return error;
	}
	while (opened->next + 1 < opened->files.count &&
	       opened->files.first[opened->next + 1] <= seq)
		opened->next++;
	for (size_t i = opened->next; i < opened->files.count; i++)
		opened->all += file_size(opened, i);
	*reader = opened;
	return 0;
}

void sekisho_reader_close(struct sekisho_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	sekisho_files_free(&reader->files);
	free(reader);
}

/* Read on behind what is not yet taken. */
static int fill(struct sekisho_reader *reader)
{
	ssize_t got;

	memmove(reader->bytes, reader->bytes + reader->at, reader->used - reader->at);
	reader->used -= reader->at;
	reader->at = 0;
	do
		got = read(reader->fd, reader->bytes + reader->used, CHUNK_BYTES - reader->used);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	reader->used += (size_t)got;
	reader->finished = !got;
	return 0;
}

/* The length of the next line; 0 where the file has no other. */
static int line_length(struct sekisho_reader *reader, size_t *length)
{
	size_t looked = 0;

	/* The newest file may have grown since it was found to end. */
	reader->finished = false;
	for (;;) {
		size_t have = reader->used - reader->at;
		const char *start = reader->bytes + reader->at;
		const char *lf = memchr(start + looked, '\n', have - looked);
		int error;

		*length = lf ? (size_t)(lf - start) + 1 : have;
		if (lf || reader->finished || have > SEKISHO_RECORD_LINE_BYTES)
			return 0;
		looked = have;
		error = fill(reader);
		if (error)
			return error;
	}
}

static void take_line(struct sekisho_reader *reader, struct sekisho_entry *entry, size_t length)
{
	entry->text = reader->bytes + reader->at;
	entry->length = length;
	entry->file = reader->file;
	entry->offset = reader->offset;
	entry->row = ++reader->row;
	entry->defect = sekisho_line_read(entry->text, length, &entry->line);
	if (!entry->defect && sekisho_stamp_parse(entry->line.time, &entry->wall_ns))
		entry->defect = SEKISHO_DEFECT_FORM;
	reader->at += length;
	reader->offset += length;
	reader->done += length;
	if (reader->pace && ++reader->untold >= SEKISHO_PACE_LINES) {
		uint64_t done, all;

		sekisho_reader_progress(reader, &done, &all);
		reader->pace->tell(reader->pace->context, done, all);
		reader->untold = 0;
	}
}

int sekisho_reader_next(struct sekisho_reader *reader, struct sekisho_entry *entry)
{
	for (;;) {
		bool last = reader->next >= reader->files.count;
		size_t length = 0;
		int error = reader->fd < 0 ? 0 : line_length(reader, &length);

		if (error)
			return error;
		/* The end of the newest file without a LF is a line that is being written. */
		if (length && (!last || reader->bytes[reader->at + length - 1] == '\n' ||
			       length > SEKISHO_RECORD_LINE_BYTES)) {
			take_line(reader, entry, length);
			return 1;
		}
		if (last)
			return 0;
		error = open_file(reader, reader->next);
		if (error)
			return error;
	}
}

int sekisho_reader_seek(struct sekisho_reader *reader, uint64_t file, uint64_t offset)
{
	size_t which = 0;
	int error;

	while (which < reader->files.count && reader->files.first[which] != file)
		which++;
	if (which == reader->files.count)
		return -ENOENT;
	error = reader->fd >= 0 && reader->file == file ? 0 : open_file(reader, which);
	if (error)
		return error;
	if (lseek(reader->fd, (off_t)offset, SEEK_SET) < 0)
		return -errno;
	reader->next = which + 1;
	reader->offset = offset;
	reader->row = 0;
	reader->at = reader->used = 0;
	reader->finished = false;
	return 0;
}

void sekisho_reader_pace(struct sekisho_reader *reader, const struct sekisho_pace *pace)
{
	reader->pace = pace;
}

void sekisho_reader_progress(const struct sekisho_reader *reader, uint64_t *done, uint64_t *all)
{
	*done = reader->done;
	*all = reader->all > reader->done ? reader->all : reader->done;
}
