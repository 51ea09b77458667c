// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small files that are whole or as they were. Knows nothing of what is in them.
 */
#include "disk/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/transfer.h"

#define BYTES_MAX (256u << 20)

/* @mode: that the file gets whatever the mask is; 0: 0640, as the mask has it. */
static int write_new(int directory, const char *name, const void *bytes, size_t length, mode_t mode)
{
	int fd =
		openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	int error;

	if (fd < 0)
		return -errno;
	error = sekisho_write_fully(fd, bytes, length);
	if (!error && ((mode && fchmod(fd, mode)) || fsync(fd)))
		error = -errno;
	if (close(fd) && !error)
		error = -errno;
	if (error)
		unlinkat(directory, name, 0);
	return error;
}

int sekisho_durable_write(int directory, const char *name, const void *bytes, size_t length)
{
	return write_new(directory, name, bytes, length, 0);
}

static int replace(int directory, const char *name, const void *bytes, size_t length, mode_t mode)
{
	char fresh[256];
	int error;

	if (snprintf(fresh, sizeof(fresh), ".%s.new", name) >= (int)sizeof(fresh))
		return -ENAMETOOLONG;
	/* What an interrupted run has left. */
	unlinkat(directory, fresh, 0);
	error = write_new(directory, fresh, bytes, length, mode);
	if (error)
		return error;
	if (renameat(directory, fresh, directory, name)) {
		error = -errno;
		unlinkat(directory, fresh, 0);
		return error;
	}
	return fsync(directory) ? -errno : 0;
}

int sekisho_durable_replace(int directory, const char *name, const void *bytes, size_t length)
{
	return replace(directory, name, bytes, length, 0);
}

int sekisho_durable_publish(int directory, const char *name, const void *bytes, size_t length)
{
	return replace(directory, name, bytes, length, 0644);
}

/* Until the end: what is read may be a pipe, which has no size. */
static int read_all(int fd, char **bytes, size_t *length)
{
	size_t room = 1 << 16, used = 0;
	char *text = malloc(room), *more;

	while (text) {
		ssize_t got = read(fd, text + used, room - used - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			int error = got < 0 ? -errno : 0;

			text[used] = '\0';
			*bytes = text;
			*length = used;
			return error;
		}
		used += (size_t)got;
		if (used + 1 < room)
			continue;
		*bytes = text;
		if (room >= BYTES_MAX)
			return -EFBIG;
		more = realloc(text, room *= 2);
		text = more;
		*bytes = more ? more : *bytes;
	}
	return -ENOMEM;
}

int sekisho_durable_read(int directory, const char *name, char **bytes, size_t *length)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC), error;
	char *text = NULL;

	if (fd < 0)
		return -errno;
	error = read_all(fd, &text, length);
	close(fd);
	if (error) {
		free(text);
		return error;
	}
	*bytes = text;
	return 0;
}

int sekisho_durable_text(int directory, const char *name, char *text, size_t size)
{
	int links = directory == AT_FDCWD ? 0 : O_NOFOLLOW;
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | links), error = 0;
	size_t used = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, text + used, size - used);
		used += got > 0 ? (size_t)got : 0;
	} while ((got > 0 && used < size) || (got < 0 && errno == EINTR));
	if (got < 0)
		error = -errno;
	else if (used == size)
		error = -EFBIG;
	close(fd);
	if (error)
		return error;
	text[used] = '\0';
	return (int)used;
}
