// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of an audit log on disk. Knows nothing of how records are made.
 */
#include "tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/transfer.h"
#include "files.h"
#include "line.h"
#include "record.h"

/* Holds the last two lines always, whatever their length. */
#define LINES_WINDOW (3 * SEKISHO_RECORD_LINE_BYTES)

/* And what may be torn. */
#define WINDOW (SEKISHO_TAIL_WRITE_BYTES + LINES_WINDOW)

/* The least that a disk writes as a whole. */
#define SECTOR_BYTES 512

/* Some bytes of a file, from @offset to its end. */
struct window {
	char *bytes;
	size_t length;
	uint64_t offset;
};

static int read_window(int fd, uint64_t size, uint64_t want, struct window *window)
{
	int error;

	window->length = (size_t)(want < size ? want : size);
	window->offset = size - window->length;
	window->bytes = malloc(window->length + 1);
	if (!window->bytes)
		return -ENOMEM;
	error = sekisho_read_fully(fd, window->bytes, window->length, window->offset);
	if (error) {
		free(window->bytes);
		window->bytes = NULL;
	}
	return error;
}

static int open_file(int directory, uint64_t first, uint64_t *size)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	struct stat status;
	int fd;

	sekisho_file_name(name, first);
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status)) {
		int error = -errno;

		close(fd);
		return error;
	}
	*size = (uint64_t)status.st_size;
	return fd;
}

/* Where the line that ends before @end begins, in the window. */
static size_t line_start(const struct window *window, size_t end)
{
	const char *before = end > 1 ? memrchr(window->bytes, '\n', end - 1) : NULL;

	return before ? (size_t)(before - window->bytes) + 1 : 0;
}

/* SHA-256 of the last whole line of the file named by @first; zeros if it has none. */
static int last_line_digest(int directory, uint64_t first, struct sekisho_digester *digester,
			    uint8_t digest[SEKISHO_DIGEST_BYTES])
{
	struct window window = { 0 };
	const char *lf;
	uint64_t size = 0;
	size_t start, end;
	int fd = open_file(directory, first, &size);
	int error;

	if (fd < 0)
		return fd;
	error = read_window(fd, size, LINES_WINDOW, &window);
	close(fd);
	if (error)
		return error;
	memset(digest, 0, SEKISHO_DIGEST_BYTES);
	lf = memrchr(window.bytes, '\n', window.length);
	if (lf) {
		end = (size_t)(lf - window.bytes) + 1;
		start = line_start(&window, end);
		error = sekisho_digester_line(digester, window.bytes + start, end - start, digest);
	}
	free(window.bytes);
	return error;
}

struct search {
	struct sekisho_digester *digester;
	const uint8_t *before; /* SHA-256 of the last line of the file before */
	struct sekisho_tail *tail;
};

/* Take the line [start, end) as the log's last if it is a record, chained to the line before. */
static int take_line(struct search *search, const struct window *window, size_t start, size_t end,
		     bool *good)
{
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	struct sekisho_tail *tail = search->tail;
	const char *text = window->bytes + start;
	struct sekisho_line line;
	int error;

	*good = false;
	if (sekisho_line_read(text, end - start, &line) != SEKISHO_DEFECT_NONE)
		return 0;
	if (start) {
		size_t before = line_start(window, start);

		error = sekisho_digester_line(search->digester, window->bytes + before,
					      start - before, digest);
		if (error)
			return error;
	} else {
		if (line.seq != tail->first)
			return 0;
		memcpy(digest, search->before, sizeof(digest));
	}
	if (memcmp(digest, line.prev, sizeof(digest)) != 0)
		return 0;
	*good = true;
	tail->next = line.seq + 1;
	tail->size = window->offset + end;
	if (sekisho_stamp_parse(line.time, &tail->last_ns))
		tail->last_ns = 0;
	return sekisho_digester_line(search->digester, text, end - start, tail->prev);
}

/*
 * Where the first hole begins, or the window's length. A write whose flush did not come to its end
 * may be on disk in parts: what is not reads as zeros, and behind it there may be lines that are
 * whole and chained. Zeros up to the end of a sector, from the beginning of one or from the end of a
 * line, are such a hole; a byte that was changed to zero is not, and is for verification to find.
 */
static size_t first_hole(const struct window *window)
{
	const char *bytes = window->bytes, *end = bytes + window->length;
	const char *from = bytes, *to;

	for (; (from = memchr(from, '\0', (size_t)(end - from))) != NULL; from = to) {
		uint64_t offset = window->offset + (uint64_t)(from - bytes);

		for (to = from; to < end && !*to;)
			to++;
		if (to < end && (window->offset + (uint64_t)(to - bytes)) % SECTOR_BYTES)
			continue;
		if (!(offset % SECTOR_BYTES) || (from > bytes && from[-1] == '\n'))
			return (size_t)(from - bytes);
	}
	return window->length;
}

/*
 * Walk backwards over the window's lines, from the first hole, to the last good one. *found says
 * whether it is there; if not, and the window holds the whole file, the file has none.
 */
static int search_window(struct search *search, const struct window *window, bool *found)
{
	const char *lf = memrchr(window->bytes, '\n', first_hole(window));
	size_t end = lf ? (size_t)(lf - window->bytes) + 1 : 0;
	int error = 0;

	*found = false;
	while (end && !*found && !error) {
		size_t start = line_start(window, end);

		/* Both lines have to be seen whole. */
		if (window->offset && (!start || !line_start(window, start)))
			break;
		error = take_line(search, window, start, end, found);
		if (!*found)
			end = start;
	}
	return error;
}

static int search_file(int directory, struct search *search)
{
	struct sekisho_tail *tail = search->tail;
	struct window window = { 0 };
	uint64_t size = 0;
	bool found;
	int fd = open_file(directory, tail->first, &size);
	int error;

	if (fd < 0)
		return fd;
	error = read_window(fd, size, WINDOW, &window);
	if (!error) {
		error = search_window(search, &window, &found);
		free(window.bytes);
	}
	if (!error && !found && window.offset) {
		error = read_window(fd, size, size, &window);
		if (!error) {
			error = search_window(search, &window, &found);
			free(window.bytes);
		}
	}
	close(fd);
	if (error)
		return error;
	if (!found) {
		tail->next = tail->first;
		tail->size = 0;
		memcpy(tail->prev, search->before, SEKISHO_DIGEST_BYTES);
	}
	tail->torn_bytes = size - tail->size;
	return 0;
}

int sekisho_tail_read(int directory, struct sekisho_digester *digester, struct sekisho_tail *tail)
{
	uint8_t before[SEKISHO_DIGEST_BYTES] = { 0 };
	struct sekisho_tail read = { 0 };
	struct search search = { digester, before, &read };
	struct sekisho_files files;
	int error = sekisho_files_list(directory, &files);

	if (!error && files.count) {
		read.has_file = true;
		read.first = files.first[files.count - 1];
		if (files.count > 1)
			error = last_line_digest(directory, files.first[files.count - 2], digester,
						 before);
		if (!error)
			error = search_file(directory, &search);
	}
	sekisho_files_free(&files);
	if (!error)
		*tail = read;
	return error;
}
