/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The database of an index, for the files that make it up (index*.c). Knows nothing of records.
 */
#ifndef SEKISHO_AUDIT_INDEX_STORE_H
#define SEKISHO_AUDIT_INDEX_STORE_H

#include <limits.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

enum sekisho_index_statement {
	SEKISHO_INDEX_BEGIN,
	SEKISHO_INDEX_READ,
	SEKISHO_INDEX_COMMIT,
	SEKISHO_INDEX_ROLLBACK,
	SEKISHO_INDEX_FILES,
	SEKISHO_INDEX_FILE_GET,
	SEKISHO_INDEX_FILE_PUT,
	SEKISHO_INDEX_FILE_DROP,
	SEKISHO_INDEX_CHUNKS,
	SEKISHO_INDEX_CHUNKS_OF,
	SEKISHO_INDEX_CHUNK_PUT,
	SEKISHO_INDEX_CHUNK_DROP,
	SEKISHO_INDEX_PLACE_GET,
	SEKISHO_INDEX_PLACE_PUT,
	SEKISHO_INDEX_PLACES_DROP,
	SEKISHO_INDEX_TERMS,
	SEKISHO_INDEX_TERM_PUT,
	SEKISHO_INDEX_TERMS_DROP,
	SEKISHO_INDEX_STATEMENTS,
};

struct sekisho_index {
	sqlite3 *database;
	sqlite3_stmt *statements[SEKISHO_INDEX_STATEMENTS];
	char path[PATH_MAX];
};

/**
 * sekisho_index_errno - a result of SQLite as -errno
 * Return: 0 for SQLITE_OK, SQLITE_ROW and SQLITE_DONE; -EBADMSG where the database is damaged.
 */
int sekisho_index_errno(int result);

/* A statement, ready to be bound. */
sqlite3_stmt *sekisho_index_statement(struct sekisho_index *index,
				      enum sekisho_index_statement which);

/* Runs a statement that is bound and has no rows to give. Return: 0 or -errno. */
int sekisho_index_run(sqlite3_stmt *statement);

/* Likewise, with @count integers as its parameters. */
int sekisho_index_run_with(struct sekisho_index *index, enum sekisho_index_statement which,
			   size_t count, const int64_t *values);

/**
 * sekisho_index_lock - be the only process that writes the index
 * Return: to be closed; -EBUSY after some time, or why not.
 */
int sekisho_index_lock(const char *path);

/* Forgets a file with its chunks, in a transaction of the caller's. Return: 0 or -errno. */
int sekisho_index_forget(struct sekisho_index *index, uint64_t file, uint64_t from_row,
			 uint64_t *lines);

#endif
