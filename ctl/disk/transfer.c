// SPDX-License-Identifier: GPL-2.0-only
/*
 * All bytes of a read or write. Knows nothing of what is in them.
 */
#include "disk/transfer.h"

#include <errno.h>
#include <unistd.h>

int sekisho_read_fully(int fd, void *bytes, size_t length, uint64_t offset)
{
	char *at = bytes;

	while (length) {
		ssize_t got = pread(fd, at, length, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -EIO;
		at += got;
		length -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}

int sekisho_write_fully(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t put = write(fd, at, length);

		if (put < 0 && errno == EINTR)
			continue;
		/* Nothing written and no error: it would go on for ever. */
		if (put <= 0)
			return put ? -errno : -EIO;
		at += put;
		length -= (size_t)put;
	}
	return 0;
}
