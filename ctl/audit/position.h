/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far records were sent to one peer, in a small file that is whole or as it was. Knows nothing
 * of peers or records.
 */
#ifndef SEKISHO_AUDIT_POSITION_H
#define SEKISHO_AUDIT_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"

#define SEKISHO_POSITION_NAME_BYTES 65 /* with its NUL */

/* All zero: nothing was sent. */
struct sekisho_position {
	uint64_t seq; /* the next record */
	uint64_t file; /* the number of its file's first record */
	uint64_t offset; /* behind the last one in that file */
	bool chained; /* the next is set */
	uint8_t hash[SEKISHO_DIGEST_BYTES]; /* SHA-256 of the line before */
	bool noted; /* the next is set */
	uint8_t note[SEKISHO_DIGEST_BYTES]; /* SHA-256 of the checkpoint that was sent last */
};

/* Whether both are the same place, after the same records. */
bool sekisho_position_same(const struct sekisho_position *one,
			   const struct sekisho_position *other);

/**
 * sekisho_position_name - whether @name can be one: 1 to 64 letters, digits, `-`, `_` and `.`, no
 * `.` first
 */
bool sekisho_position_name(const char *name);

/**
 * sekisho_position_lock - be the only one to send under a name
 * @directory: open
 * @name: as sekisho_position_name() allows
 *
 * Return: to be closed; or -EBUSY (another is), or -errno.
 */
int sekisho_position_lock(int directory, const char *name);

/**
 * sekisho_position_read - what an earlier run wrote
 * @position: written only on success
 *
 * Return: 0; -ENOENT; -EINVAL (the file holds something else); or -errno.
 */
int sekisho_position_read(int directory, const char *name, struct sekisho_position *position);

/**
 * sekisho_position_least - the first record that one of all peers has still to get
 * @path: the directory of their positions
 * Return: its number; 0 where one of them cannot be read; UINT64_MAX where there is no peer.
 */
uint64_t sekisho_position_least(const char *path);

/**
 * sekisho_position_write - replace the file, and flush it to disk
 * Return: 0 or -errno; then the old file stays.
 */
int sekisho_position_write(int directory, const char *name,
			   const struct sekisho_position *position);

#endif
