// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens an index, and makes it. Knows nothing of records.
 */
#include "index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "chunk.h"
#include "index_store.h"

/* In the database's header: this is an index of ours, in this form. */
#define APPLICATION  0x53656b69
#define FORM	     2
#define HEADER_BYTES 100
#define PAGE_BYTES   8192
#define WAIT_MS	     2000

#define TEXT_OF(number)	 TEXT_OF_(number)
#define TEXT_OF_(number) #number

/*
 * file: what it looked like when it was indexed; size -1: look again.
 * chunk: up to 65536 lines of a file; place: of 256 of them, id is chunk * 256 + block.
 * term: in which lines of a chunk a fact is.
 */
static const char schema[] = "PRAGMA user_version = " TEXT_OF(
	FORM) ";"
	      "CREATE TABLE file (first INTEGER PRIMARY KEY, inode INTEGER, size INTEGER, "
	      "mtime INTEGER,"
	      "	ctime INTEGER, finish INTEGER);"
	      "CREATE TABLE chunk (id INTEGER PRIMARY KEY, file INTEGER, row INTEGER, "
	      "start INTEGER,"
	      "	finish INTEGER, lines INTEGER, bad INTEGER, bad_row INTEGER, defect "
	      "INTEGER,"
	      "	digest BLOB, times BLOB);"
	      "CREATE UNIQUE INDEX chunk_row ON chunk (file, row);"
	      "CREATE TABLE place (id INTEGER PRIMARY KEY, lines BLOB);"
	      "CREATE TABLE term (chunk INTEGER, kind INTEGER, value BLOB, lines BLOB,"
	      "	PRIMARY KEY (chunk, kind, value)) WITHOUT ROWID;";

/* First of all: what is killed after it leaves an index, if one with nothing in it. */
static const char mark[] = "PRAGMA page_size = " TEXT_OF(
	PAGE_BYTES) ";"
		    "PRAGMA application_id = " TEXT_OF(APPLICATION) ";";

static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF;"
			       "PRAGMA cell_size_check = ON; PRAGMA cache_size = -32768;";

static const char *const texts[SEKISHO_INDEX_STATEMENTS] = {
	[SEKISHO_INDEX_BEGIN] = "BEGIN IMMEDIATE",
	[SEKISHO_INDEX_READ] = "BEGIN",
	[SEKISHO_INDEX_COMMIT] = "COMMIT",
	[SEKISHO_INDEX_ROLLBACK] = "ROLLBACK",
	[SEKISHO_INDEX_FILES] = "SELECT first FROM file UNION SELECT file FROM chunk",
	[SEKISHO_INDEX_FILE_GET] =
		"SELECT inode, size, mtime, ctime, finish FROM file WHERE first = ?1",
	[SEKISHO_INDEX_FILE_PUT] = "INSERT OR REPLACE INTO file VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SEKISHO_INDEX_FILE_DROP] = "DELETE FROM file WHERE first = ?1",
	[SEKISHO_INDEX_CHUNKS] = "SELECT id, file, row, lines, bad, bad_row, defect, times"
				 " FROM chunk ORDER BY file, row",
	[SEKISHO_INDEX_CHUNKS_OF] = "SELECT row, start, finish, lines, digest, id FROM chunk"
				    " WHERE file = ?1 ORDER BY row",
	[SEKISHO_INDEX_CHUNK_PUT] =
		"INSERT INTO chunk VALUES ((SELECT coalesce(max(id), 0) + 1 FROM chunk),"
		" ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[SEKISHO_INDEX_CHUNK_DROP] = "DELETE FROM chunk WHERE id = ?1",
	[SEKISHO_INDEX_PLACE_GET] = "SELECT lines FROM place WHERE id = ?1",
	[SEKISHO_INDEX_PLACE_PUT] = "INSERT INTO place VALUES (?1, ?2)",
	[SEKISHO_INDEX_PLACES_DROP] = "DELETE FROM place WHERE id >= ?1 * 256 AND"
				      " id < (?1 + 1) * 256",
	[SEKISHO_INDEX_TERMS] = "SELECT lines FROM term WHERE chunk = ?1 AND kind = ?2 AND"
				" value BETWEEN ?3 AND ?4",
	[SEKISHO_INDEX_TERM_PUT] = "INSERT INTO term VALUES (?1, ?2, ?3, ?4)",
	[SEKISHO_INDEX_TERMS_DROP] = "DELETE FROM term WHERE chunk = ?1",
};

int sekisho_index_errno(int result)
{
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_IOERR:
		/* A database that was cut is damaged; a disk that fails is not its fault. */
		return result == SQLITE_IOERR_SHORT_READ ? -EBADMSG : -EIO;
	default:
		return -EBADMSG;
	}
}

sqlite3_stmt *sekisho_index_statement(struct sekisho_index *index,
				      enum sekisho_index_statement which)
{
	sqlite3_reset(index->statements[which]);
	return index->statements[which];
}

int sekisho_index_run(sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);

	sqlite3_reset(statement);
	return sekisho_index_errno(result);
}

int sekisho_index_run_with(struct sekisho_index *index, enum sekisho_index_statement which,
			   size_t count, const int64_t *values)
{
	sqlite3_stmt *statement = sekisho_index_statement(index, which);

	for (size_t i = 0; i < count; i++)
		sqlite3_bind_int64(statement, (int)i + 1, values[i]);
	return sekisho_index_run(statement);
}

int sekisho_index_lock(const char *path)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	char name[PATH_MAX + 8];
	int fd, waited = 0;

	snprintf(name, sizeof(name), "%s.lock", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		int error = errno;

		if (error == EWOULDBLOCK && waited < WAIT_MS) {
			nanosleep(&pause, NULL);
			waited += 20;
			continue;
		}
		close(fd);
		return error == EWOULDBLOCK ? -EBUSY : -error;
	}
	return fd;
}

/* What the chunk @id has is dropped with it. */
static int drop_chunk(struct sekisho_index *index, int64_t id)
{
	int error = sekisho_index_run_with(index, SEKISHO_INDEX_TERMS_DROP, 1, &id);

	if (!error)
		error = sekisho_index_run_with(index, SEKISHO_INDEX_PLACES_DROP, 1, &id);
	if (!error)
		error = sekisho_index_run_with(index, SEKISHO_INDEX_CHUNK_DROP, 1, &id);
	return error;
}

int sekisho_index_forget(struct sekisho_index *index, uint64_t file, uint64_t from_row,
			 uint64_t *lines)
{
	int64_t first = (int64_t)file;
	int error = sekisho_index_run_with(index, SEKISHO_INDEX_FILE_DROP, 1, &first);

	while (!error) {
		sqlite3_stmt *chunks = sekisho_index_statement(index, SEKISHO_INDEX_CHUNKS_OF);
		int64_t id = -1;
		int result;

		sqlite3_bind_int64(chunks, 1, first);
		while ((result = sqlite3_step(chunks)) == SQLITE_ROW) {
			if ((uint64_t)sqlite3_column_int64(chunks, 0) < from_row)
				continue;
			id = sqlite3_column_int64(chunks, 5);
			*lines += (uint64_t)sqlite3_column_int64(chunks, 3);
			break;
		}
		sqlite3_reset(chunks);
		error = sekisho_index_errno(result);
		if (error || id < 0)
			break;
		error = drop_chunk(index, id);
	}
	return error;
}

enum kind {
	EMPTY,
	INDEX,
	CUT, /* an index with a part of a page: the library would read zeros for the rest */
	OTHER,
};

/* What lies at @path. Its file is made, for nobody else to read. */
static int look(const char *path, enum kind *kind)
{
	static const uint8_t application[] = { APPLICATION >> 24 & 255, APPLICATION >> 16 & 255,
					       APPLICATION >> 8 & 255, APPLICATION & 255 };
	uint8_t header[HEADER_BYTES];
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat status;
	ssize_t got;
	int error;

	if (fd < 0)
		return errno == EISDIR || errno == ELOOP ? -EEXIST : -errno;
	got = pread(fd, header, sizeof(header), 0);
	error = got < 0 || fstat(fd, &status) ? -errno : 0;
	close(fd);
	if (error)
		return error;
	if (!got)
		*kind = EMPTY;
	else if (got == HEADER_BYTES && !memcmp(header, "SQLite format 3", 16) &&
		 !memcmp(header + 68, application, sizeof(application)))
		*kind = status.st_size % PAGE_BYTES ? CUT : INDEX;
	else
		*kind = OTHER;
	return 0;
}

static int remove_all(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char name[PATH_MAX + 16];

		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		if (unlink(name) && errno != ENOENT)
			return -errno;
	}
	return 0;
}

static int read_form(struct sekisho_index *index, int *form)
{
	sqlite3_stmt *statement;
	int result =
		sqlite3_prepare_v2(index->database, "PRAGMA user_version", -1, &statement, NULL);

	if (result == SQLITE_OK) {
		result = sqlite3_step(statement);
		*form = sqlite3_column_int(statement, 0);
	}
	sqlite3_finalize(statement);
	return sekisho_index_errno(result);
}

/* An index that says which form it has is whole: its tables were made at once. */
static int prepare(struct sekisho_index *index, bool empty)
{
	int result = SQLITE_OK, form = 0, error;

	if (empty)
		result = sqlite3_exec(index->database, mark, NULL, NULL, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_exec(index->database, settings, NULL, NULL, NULL);
	error = sekisho_index_errno(result);
	if (!error)
		error = read_form(index, &form);
	if (!error && form && form != FORM)
		error = -EBADMSG;
	if (!error && !form) {
		result = sqlite3_exec(index->database, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
		if (result == SQLITE_OK)
			result = sqlite3_exec(index->database, schema, NULL, NULL, NULL);
		if (result == SQLITE_OK)
			result = sqlite3_exec(index->database, "COMMIT", NULL, NULL, NULL);
		error = sekisho_index_errno(result);
	}
	for (size_t i = 0; !error && i < SEKISHO_INDEX_STATEMENTS; i++)
		error = sekisho_index_errno(sqlite3_prepare_v3(index->database, texts[i], -1,
							       SQLITE_PREPARE_PERSISTENT,
							       &index->statements[i], NULL));
	return error;
}

static int open_database(struct sekisho_index **index, const char *path, bool empty)
{
	struct sekisho_index *opened = calloc(1, sizeof(*opened));
	int error;

	if (!opened)
		return -ENOMEM;
	snprintf(opened->path, sizeof(opened->path), "%s", path);
	error = sekisho_index_errno(sqlite3_open_v2(
		path, &opened->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL));
	if (!error) {
		sqlite3_busy_timeout(opened->database, WAIT_MS);
		error = prepare(opened, empty);
	}
	if (error)
		sekisho_index_close(opened);
	else
		*index = opened;
	return error;
}

/* Likewise, with nothing in it; nobody else is building one. */
static int open_anew(struct sekisho_index **index, const char *path)
{
	enum kind kind = EMPTY;
	int lock = sekisho_index_lock(path), error;

	if (lock < 0)
		return lock;
	error = remove_all(path);
	if (!error)
		error = look(path, &kind);
	if (!error)
		error = open_database(index, path, true);
	close(lock);
	return error;
}

int sekisho_index_open(struct sekisho_index **index, const char *path, bool ours, bool anew)
{
	enum kind kind = EMPTY;
	int error;

	*index = NULL;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	error = look(path, &kind);
	if (error)
		return error;
	if (kind == OTHER && !ours)
		return -EEXIST;
	if (anew || kind == CUT || kind == OTHER)
		return open_anew(index, path);
	error = open_database(index, path, kind == EMPTY);
	return error == -EBADMSG ? open_anew(index, path) : error;
}

void sekisho_index_close(struct sekisho_index *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < SEKISHO_INDEX_STATEMENTS; i++)
		sqlite3_finalize(index->statements[i]);
	sqlite3_close(index->database);
	free(index);
}
