/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All bytes of a read or write, whatever the kernel does at once. Knows nothing of what is in them.
 */
#ifndef SEKISHO_DISK_TRANSFER_H
#define SEKISHO_DISK_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

/**
 * sekisho_read_fully - read so many bytes at a place
 * Return: 0, -EIO where the file ends before, or the error of reading.
 */
int sekisho_read_fully(int fd, void *bytes, size_t length, uint64_t offset);

/**
 * sekisho_write_fully - write so many bytes where the file stands
 * Return: 0 or the error of writing; then a part may be there.
 */
int sekisho_write_fully(int fd, const void *bytes, size_t length);

#endif
