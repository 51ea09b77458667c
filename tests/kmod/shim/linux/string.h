/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The C library's, and what the kernel adds.
 */
#ifndef SEKISHO_SHIM_LINUX_STRING_H
#define SEKISHO_SHIM_LINUX_STRING_H

#include <errno.h>
#include <string.h>

#include <linux/types.h>

static inline ssize_t shim_strscpy(char *to, const char *from, size_t room)
{
	size_t length = strnlen(from, room);

	if (!room)
		return -E2BIG;
	if (length == room) {
		memcpy(to, from, room - 1);
		to[room - 1] = '\0';
		return -E2BIG;
	}
	memcpy(to, from, length + 1);
	return (ssize_t)length;
}

#define strscpy(to, from, room) shim_strscpy(to, from, room)

static inline void *memchr_inv(const void *bytes, int value, size_t count)
{
	const u8 *at = bytes;

	for (; count--; at++)
		if (*at != (u8)value)
			return (void *)at;
	return NULL;
}

#endif
