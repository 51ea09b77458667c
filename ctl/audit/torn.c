// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines that a crash left torn. Knows nothing of how they are found.
 */
#include "torn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/transfer.h"
#include "files.h"

#define CHUNK_BYTES 16384

/* A torn file is made under this name, so that it is there as a whole or not at all. */
#define NEW_NAME "mending"

/* @length bytes of an open file. */
struct part {
	int fd;
	uint64_t offset, length;
};

static size_t chunk(uint64_t left)
{
	return left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
}

static int copy_part(int to, const struct part *part)
{
	char bytes[CHUNK_BYTES];
	uint64_t at;
	int error = 0;

	for (at = 0; at < part->length && !error;) {
		size_t length = chunk(part->length - at);

		error = sekisho_read_fully(part->fd, bytes, length, part->offset + at);
		if (!error)
			error = sekisho_write_fully(to, bytes, length);
		at += length;
	}
	return error;
}

/* Whether @whole ends with @part. */
static int ends_with(const struct part *whole, const struct part *part, bool *same)
{
	char ours[CHUNK_BYTES], theirs[CHUNK_BYTES];
	uint64_t at;
	int error = 0;

	*same = whole->length >= part->length;
	for (at = 0; at < part->length && *same && !error;) {
		size_t length = chunk(part->length - at);

		error = sekisho_read_fully(part->fd, ours, length, part->offset + at);
		if (!error)
			error = sekisho_read_fully(whole->fd, theirs, length,
						   whole->length - part->length + at);
		*same = !error && !memcmp(ours, theirs, length);
		at += length;
	}
	return error;
}

/* The torn file before record @next; an fd of -1 and no error where there is none. */
static int open_torn(int directory, uint64_t next, struct part *torn)
{
	char name[SEKISHO_TORN_NAME_BYTES];
	struct stat status;

	sekisho_torn_name(name, next);
	*torn = (struct part){ openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), 0, 0 };
	if (torn->fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(torn->fd, &status)) {
		int error = -errno;

		close(torn->fd);
		return error;
	}
	torn->length = (uint64_t)status.st_size;
	return 0;
}

/* Write the torn file anew: what it had, and @part. On disk when this returns 0. */
static int write_torn(int directory, uint64_t next, const struct part *had, const struct part *part)
{
	int fd = openat(directory, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0640);
	char name[SEKISHO_TORN_NAME_BYTES];
	int error;

	if (fd < 0)
		return -errno;
	sekisho_torn_name(name, next);
	error = copy_part(fd, had);
	if (!error)
		error = copy_part(fd, part);
	if (!error && fsync(fd))
		error = -errno;
	close(fd);
	if (!error && renameat(directory, NEW_NAME, directory, name))
		error = -errno;
	if (error)
		unlinkat(directory, NEW_NAME, 0);
	return error;
}

static int save_torn(int directory, uint64_t next, const struct part *part)
{
	struct part had;
	bool same = false;
	int error = open_torn(directory, next, &had);

	if (error)
		return error;
	if (had.fd >= 0)
		error = ends_with(&had, part, &same);
	if (!error && !same)
		error = write_torn(directory, next, &had, part);
	if (had.fd >= 0)
		close(had.fd);
	return !error && fsync(directory) ? -errno : error;
}

int sekisho_torn_mend(int directory, struct sekisho_tail *tail)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	struct part part = { -1, tail->size, tail->torn_bytes };
	int error;

	sekisho_file_name(name, tail->first);
	part.fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (part.fd < 0)
		return -errno;
	/* The lines before it first: what is torn is named by their number. */
	error = fdatasync(part.fd) ? -errno : save_torn(directory, tail->next, &part);
	if (!error && (ftruncate(part.fd, (off_t)tail->size) || fdatasync(part.fd)))
		error = -errno;
	close(part.fd);
	if (!error)
		tail->torn_bytes = 0;
	return error;
}

int sekisho_torn_untold(int directory, uint64_t next, uint64_t *lines)
{
	char bytes[CHUNK_BYTES];
	struct part torn;
	bool open = false;
	uint64_t at;
	int error = open_torn(directory, next, &torn);

	*lines = 0;
	if (error || torn.fd < 0)
		return error;
	for (at = 0; at < torn.length && !error;) {
		size_t i, length = chunk(torn.length - at);

		error = sekisho_read_fully(torn.fd, bytes, length, at);
		for (i = 0; i < length && !error; i++) {
			*lines += bytes[i] == '\n';
			open = bytes[i] != '\n';
		}
		at += length;
	}
	close(torn.fd);
	*lines += open;
	return error;
}
