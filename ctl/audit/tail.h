/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of an audit log on disk: where the next record goes and what it must say of the one
 * before. Finds lines that a crash left torn, and moves them aside. Knows nothing of how records
 * are made. The caller holds the log's lock.
 */
#ifndef SEKISHO_AUDIT_TAIL_H
#define SEKISHO_AUDIT_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"

struct sekisho_tail {
	uint64_t next; /* sequence number of the next record */
	uint8_t prev[SEKISHO_DIGEST_BYTES]; /* of the last line; zeros before the first */
	bool has_file; /* the next three are of the newest file */
	uint64_t first; /* sequence number it is named by */
	uint64_t size; /* bytes of whole, chained lines */
	uint64_t torn_bytes; /* what follows them */
	uint64_t torn_lines; /* at least so many lines are in it, an unfinished one included */
	int64_t last_ns; /* time of the last good record, since 1970 UTC; 0 if unknown */
};

/**
 * sekisho_tail_read - find the end of the log in @directory
 * @directory: open
 * @digester: for the last lines
 * @tail: written only on success
 *
 * Lines are torn, from the end backwards, until one is a record, chained to the one before. So a
 * record changed further up is not torn: it stays, for verification to find.
 * Return: 0, -ENOMEM or the error of reading.
 */
int sekisho_tail_read(int directory, struct sekisho_digester *digester, struct sekisho_tail *tail);

/**
 * sekisho_tail_mend - move torn lines into their own file and cut them off
 * @directory: open
 * @tail: as read; its torn_bytes become 0 on success
 *
 * They are on disk in their file before they are cut off; after an error nothing is cut off.
 * Return: 0 or the error of reading or writing.
 */
int sekisho_tail_mend(int directory, struct sekisho_tail *tail);

#endif
