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

#include "files.h"
#include "line.h"
#include "record.h"

/* Holds the last two lines always, whatever their length. */
#define WINDOW (3 * SEKISHO_RECORD_LINE_BYTES)

/* Some bytes of a file, from @offset to its end. */
struct window {
	char *bytes;
	size_t length;
	uint64_t offset;
};

static int read_fully(int fd, char *bytes, size_t length, uint64_t offset)
{
	while (length) {
		ssize_t got = pread(fd, bytes, length, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -EIO;
		bytes += got;
		length -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}

static int read_window(int fd, uint64_t size, uint64_t want, struct window *window)
{
	int error;

	window->length = (size_t)(want < size ? want : size);
	window->offset = size - window->length;
	window->bytes = malloc(window->length + 1);
	if (!window->bytes)
		return -ENOMEM;
	error = read_fully(fd, window->bytes, window->length, window->offset);
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
	error = read_window(fd, size, WINDOW, &window);
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
 * Walk backwards over the window's lines to the last good one. *found says whether it is there; if
 * not, and the window holds the whole file, the file has none.
 */
static int search_window(struct search *search, const struct window *window, bool *found)
{
	const char *lf = memrchr(window->bytes, '\n', window->length);
	size_t end = lf ? (size_t)(lf - window->bytes) + 1 : 0;
	int error = 0;

	search->tail->torn_lines = end < window->length;
	*found = false;
	while (end && !*found && !error) {
		size_t start = line_start(window, end);

		/* Both lines have to be seen whole. */
		if (window->offset && (!start || !line_start(window, start)))
			break;
		error = take_line(search, window, start, end, found);
		if (!*found) {
			search->tail->torn_lines++;
			end = start;
		}
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

static int write_fully(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t put = write(fd, bytes, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		bytes += put;
		length -= (size_t)put;
	}
	return 0;
}

/* Write @window to the file for lines torn before @next, and to disk; nothing stays on error. */
static int save_torn(int directory, uint64_t next, const struct window *window)
{
	char name[SEKISHO_TORN_NAME_BYTES];
	struct stat status;
	int fd, error;

	sekisho_torn_name(name, next);
	fd = openat(directory, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status)) {
		error = -errno;
		close(fd);
		return error;
	}
	error = write_fully(fd, window->bytes, window->length);
	if (!error && (fsync(fd) || fsync(directory)))
		error = -errno;
	if (error && ftruncate(fd, status.st_size))
		error = -EIO;
	close(fd);
	return error;
}

int sekisho_tail_mend(int directory, struct sekisho_tail *tail)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	struct window window = { 0 };
	int fd, error;

	sekisho_file_name(name, tail->first);
	fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	error = read_window(fd, tail->size + tail->torn_bytes, tail->torn_bytes, &window);
	if (!error) {
		error = save_torn(directory, tail->next, &window);
		free(window.bytes);
	}
	if (!error && (ftruncate(fd, (off_t)tail->size) || fdatasync(fd)))
		error = -errno;
	close(fd);
	if (!error)
		tail->torn_bytes = 0;
	return error;
}
