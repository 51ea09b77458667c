/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a crash left of lines at the end of an audit log: moved into a file of their own, and known
 * as untold until the record is written that tells of it. Knows nothing of how the end is found.
 * The caller holds the log's lock.
 */
#ifndef SEKISHO_AUDIT_TORN_H
#define SEKISHO_AUDIT_TORN_H

#include <stdint.h>

#include "tail.h"

/**
 * sekisho_torn_mend - move what is torn into its own file and cut it off
 * @directory: open
 * @tail: as read; its torn_bytes become 0 on success
 *
 * It is on disk in its file before it is cut off; after an error nothing is cut off. What an earlier
 * attempt moved and did not cut off is not moved twice.
 * Return: 0, or the error of reading or writing.
 */
int sekisho_torn_mend(int directory, struct sekisho_tail *tail);

/**
 * sekisho_torn_untold - what was moved aside and has no record yet
 * @directory: open
 * @next: the number of the record due next; the one that tells is always the first written
 * @lines: gets how many lines it has, an unfinished one included; 0: there is nothing to tell
 * Return: 0, or the error of reading.
 */
int sekisho_torn_untold(int directory, uint64_t next, uint64_t *lines);

#endif
