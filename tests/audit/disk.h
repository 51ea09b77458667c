/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of a disk below a file system: which bytes and names are on it for certain, and what
 * else may be. Knows nothing of audit logs.
 *
 * Certain is what a file held at its last flush, and what names a directory had at its own. Of what
 * was written since, any blocks may be on the disk and any not, the size may be an old one, the new
 * one or between; and of the names made since, any may be there.
 */
#ifndef SEKISHO_TESTS_AUDIT_DISK_H
#define SEKISHO_TESTS_AUDIT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DISK_NAME_BYTES 64

enum disk_kind {
	DISK_CREATE, /* @name in @parent is @inode, a directory if @directory */
	DISK_RENAME, /* @name in @parent becomes @to */
	DISK_REMOVE, /* @name from @parent */
	DISK_WRITE, /* @bytes at @offset */
	DISK_TRUNCATE, /* to @offset */
	DISK_FLUSH, /* what @inode holds, or the names in it */
	DISK_MARK, /* nothing happens; @offset is the user's */
};

struct disk_step {
	enum disk_kind kind;
	ino_t inode, parent;
	bool directory;
	char name[DISK_NAME_BYTES], to[DISK_NAME_BYTES];
	uint64_t offset;
	char *bytes;
	size_t length;
};

struct disk;

/**
 * disk_new - an empty disk
 * @root: the inode of its directory
 * Return: to be freed with disk_free().
 */
struct disk *disk_new(ino_t root);
void disk_free(struct disk *disk);

/**
 * disk_do - what a step does
 */
void disk_do(struct disk *disk, const struct disk_step *step);

/**
 * disk_cut - the power fails now
 * @path: an empty directory that gets one of the possible contents, by lrand48()
 * Return: a disk that holds exactly this, all of it for certain.
 */
struct disk *disk_cut(const struct disk *disk, const char *path);

#endif
