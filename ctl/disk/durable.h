/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small files that are whole or as they were, whatever happens meanwhile. Knows nothing of what is
 * in them.
 */
#ifndef SEKISHO_DISK_DURABLE_H
#define SEKISHO_DISK_DURABLE_H

#include <stddef.h>

/**
 * sekisho_durable_write - write a file that was not there, and flush it to disk
 * @directory: open
 * @name: of the file
 * @bytes: what it is to hold
 * @length: how many
 *
 * Return: 0 or -errno; then there is no such file.
 */
int sekisho_durable_write(int directory, const char *name, const void *bytes, size_t length);

/**
 * sekisho_durable_replace - put a file in place of the one of its name, if there is one
 * @directory: open
 * @name: of the file
 * @bytes: what it is to hold
 * @length: how many
 *
 * Return: 0 or -errno; then the old file stays.
 */
int sekisho_durable_replace(int directory, const char *name, const void *bytes, size_t length);

/* Likewise, for everybody to read, whatever the mask is. */
int sekisho_durable_publish(int directory, const char *name, const void *bytes, size_t length);

/**
 * sekisho_durable_read - read a whole file
 * @directory: open
 * @name: of the file
 * @bytes: set to what it holds, with a NUL behind it, to be freed with free()
 * @length: set to how many, without the NUL
 *
 * Return: 0, -EFBIG above 256 MiB, or -errno.
 */
int sekisho_durable_read(int directory, const char *name, char **bytes, size_t *length);

/**
 * sekisho_durable_text - read a file that has to be small
 * @directory: open; or AT_FDCWD: only then a link is followed
 * @name: of the file; a FIFO is not waited for
 * @text: set to what it holds, with a NUL behind it
 * @size: of @text, with the NUL
 *
 * Return: how many bytes, -EFBIG where there are more, or -errno.
 */
int sekisho_durable_text(int directory, const char *name, char *text, size_t size);

#endif
