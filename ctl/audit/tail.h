/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of an audit log on disk: where the next record goes and what it must say of the one
 * before, and which lines a crash left torn. Knows nothing of how records are made. The caller holds
 * the log's lock.
 */
#ifndef SEKISHO_AUDIT_TAIL_H
#define SEKISHO_AUDIT_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"

/* No more than this is written between two flushes to disk: so much can be torn. */
#define SEKISHO_TAIL_WRITE_BYTES (4u << 20)

struct sekisho_tail {
	uint64_t next; /* sequence number of the next record */
	uint8_t prev[SEKISHO_DIGEST_BYTES]; /* of the last line; zeros before the first */
	bool has_file; /* the next three are of the newest file */
	uint64_t first; /* sequence number it is named by */
	uint64_t size; /* bytes of whole, chained lines */
	uint64_t torn_bytes; /* what follows them */
	int64_t last_ns; /* time of the last good record, since 1970 UTC; 0 if unknown */
};

/**
 * sekisho_tail_read - find the end of the log in @directory
 * @directory: open
 * @digester: for the last lines
 * @tail: written only on success
 *
 * Torn is what follows the first hole that a power cut left, and before it lines from the end
 * backwards until one is a record, chained to the one before. So a record changed further up is not
 * torn: it stays, for verification to find.
 * Return: 0, -ENOMEM or the error of reading.
 */
int sekisho_tail_read(int directory, struct sekisho_digester *digester, struct sekisho_tail *tail);

#endif
