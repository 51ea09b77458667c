/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The writer of an audit log: appends records to files in a directory, numbered without a gap and
 * each holding the SHA-256 of the line before. Knows nothing of what records say.
 *
 * Several processes may write one log: records are kept in memory by sekisho_log_append() and get
 * their number and place when sekisho_log_commit() holds the log's lock. A commit is one write and
 * one flush to disk. What cannot be written is dropped as whole lines, counted, and told by a
 * `loss` record as soon as one can be written.
 */
#ifndef SEKISHO_AUDIT_LOG_H
#define SEKISHO_AUDIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "position.h"
#include "record.h"

#define SEKISHO_LOG_FILE_BYTES	  (64ull << 20)
#define SEKISHO_LOG_FILE_RECORDS  1000000ull
#define SEKISHO_LOG_PENDING_BYTES (16ull << 20)

struct sekisho_log_options {
	const char *directory; /* `audit` under the state directory; made if its parent is there */
	const char
		*origin; /* its part of the log; NULL: the host's name. Made safe as a file name */
	int32_t zone; /* the site's offset, seconds east of UTC */
	uint64_t file_bytes; /* a file is not begun before the last has these; 0: the default */
	uint64_t file_records; /* likewise, in records */
	uint64_t pending_bytes; /* appended and not committed; 0: the default */
	bool no_sync; /* a commit need not be on disk: tests and measurements */
};

struct sekisho_log;

/**
 * sekisho_log_open - open a log for writing, or make it
 * @log: gets the log, to be closed with sekisho_log_close(); NULL after an error
 * @options: nothing in it is needed after the call
 *
 * Lines that a crash left torn are moved aside and a `loss` record is due. Where the disk does not
 * allow that now, the next commit tries again and says why it cannot.
 * Return: 0, -ENOMEM, -EIO (no SHA-256), or why the directory or its lock cannot be opened.
 */
int sekisho_log_open(struct sekisho_log **log, const struct sekisho_log_options *options);

/**
 * sekisho_log_close - commit and close
 * @log: freed; NULL does nothing
 * Return: as sekisho_log_commit().
 */
int sekisho_log_close(struct sekisho_log *log);

/**
 * sekisho_log_append - take a record; it gets its time now and its place with the next commit
 * @record: copied; finished by this call
 *
 * What is not taken is counted as lost.
 * Return: 0; what sekisho_record_finish() found; -ENOBUFS (too much is pending, or no memory).
 */
int sekisho_log_append(struct sekisho_log *log, struct sekisho_record *record);

/**
 * sekisho_log_commit - write what was appended, and `loss` records that are due
 *
 * Waits for the other writers of this log. Afterwards nothing is pending, written or not.
 * Return: 0 (all of it is on disk), or why some of it was lost.
 */
int sekisho_log_commit(struct sekisho_log *log);

/**
 * sekisho_log_settle - how far the log is on disk, whoever wrote it
 * @next: gets the number of the first record that is not
 *
 * Waits for the other writers of this log, and flushes what one that was killed left unflushed.
 * Return: 0 or why that cannot be known.
 */
int sekisho_log_settle(struct sekisho_log *log, uint64_t *next);

/**
 * sekisho_log_pending - records appended and not yet committed
 */
uint64_t sekisho_log_pending(const struct sekisho_log *log);

/**
 * sekisho_log_lost - lost records for which no `loss` record could be written yet
 */
uint64_t sekisho_log_lost(const struct sekisho_log *log);

/**
 * sekisho_log_next - the number the next record gets if no other process writes
 */
uint64_t sekisho_log_next(const struct sekisho_log *log);

/**
 * sekisho_log_position - the log's end as this process left it, where others go on
 * @position: written only where it is known; nothing of it is noted
 * Return: whether it is known: after sekisho_log_open() and after each commit without an error.
 */
bool sekisho_log_position(const struct sekisho_log *log, struct sekisho_position *position);

/**
 * sekisho_log_directory - the directory of this log's files, open until the log is closed
 */
int sekisho_log_directory(const struct sekisho_log *log);

/**
 * sekisho_log_name - its origin, as its directory is called; the log's
 */
const char *sekisho_log_name(const struct sekisho_log *log);

/**
 * sekisho_log_origin - make a name safe: letters, digits, `-`, `_`, and `.` but not first
 * @name: any text; empty becomes `_`
 * @origin: gets at most SEKISHO_RECORD_HOST_BYTES with a NUL
 */
void sekisho_log_origin(const char *name, char origin[SEKISHO_RECORD_HOST_BYTES]);

#endif
