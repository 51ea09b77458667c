// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brings an index up to date with its log: what changed is found by what files look like, then by
 * the SHA-256 of what was indexed. Knows nothing of queries.
 */
#include "index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "chunk.h"
#include "files.h"
#include "index_store.h"

#define NS_A_SECOND  1000000000ll
#define READ_BYTES   (1u << 20)
#define TELL_EVERY   4096
#define WHOLE_ENOUGH 8192 /* lines: a chunk with fewer is made again with what follows it */

/* What a file looks like; the same again: nobody wrote to it. */
struct look {
	int64_t inode, size, mtime, ctime;
};

struct update {
	struct sekisho_index *index;
	int directory;
	const struct sekisho_search *search;
	struct sekisho_index_changes *changes;
	struct sekisho_files files;
	struct sekisho_chunk *chunk;
	struct sekisho_facts *facts;
	uint64_t done, all; /* bytes of files that changed */
};

/* How far a file is indexed. */
struct reached {
	uint64_t row, offset; /* of the first line that is not */
};

static void tell(const struct update *update, uint64_t bytes)
{
	if (update->search->progress && update->all)
		update->search->progress(update->search->context, update->done + bytes,
					 update->all);
}

static int64_t ns_of(const struct timespec *time)
{
	return time->tv_sec * NS_A_SECOND + time->tv_nsec;
}

static int look_at(const struct update *update, uint64_t file, struct look *look)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	struct stat status;

	sekisho_file_name(name, file);
	if (fstatat(update->directory, name, &status, AT_SYMLINK_NOFOLLOW))
		return -errno;
	*look = (struct look){ (int64_t)status.st_ino, status.st_size, ns_of(&status.st_mtim),
			       ns_of(&status.st_ctim) };
	return 0;
}

/* Whether the index has the file as it looks now. @last: of the log, which may end within a line. */
static int is_known(const struct update *update, uint64_t file, const struct look *look, bool last,
		    bool *known)
{
	sqlite3_stmt *get = sekisho_index_statement(update->index, SEKISHO_INDEX_FILE_GET);
	int result;

	*known = false;
	sqlite3_bind_int64(get, 1, (int64_t)file);
	result = sqlite3_step(get);
	if (result == SQLITE_ROW)
		*known = sqlite3_column_int64(get, 0) == look->inode &&
			 sqlite3_column_int64(get, 1) == look->size &&
			 sqlite3_column_int64(get, 2) == look->mtime &&
			 sqlite3_column_int64(get, 3) == look->ctime &&
			 (last || sqlite3_column_int64(get, 4) == look->size);
	sqlite3_reset(get);
	return sekisho_index_errno(result);
}

/* A clock's tick holds more than one write: what was written just now is looked at once more. */
static bool is_settled(const struct look *look)
{
	struct timespec now;
	int64_t since;

	clock_gettime(CLOCK_REALTIME, &now);
	since = ns_of(&now) - NS_A_SECOND;
	return look->mtime < since && look->ctime < since;
}

static int put_file(const struct update *update, uint64_t file, const struct look *look,
		    uint64_t finish)
{
	const int64_t values[] = { (int64_t)file, look->inode, is_settled(look) ? look->size : -1,
				   look->mtime,	  look->ctime, (int64_t)finish };

	return sekisho_index_run_with(update->index, SEKISHO_INDEX_FILE_PUT, 6, values);
}

static void bind_blob(sqlite3_stmt *statement, int at, const void *bytes, size_t length)
{
	sqlite3_bind_blob(statement, at, bytes, (int)length, SQLITE_STATIC);
}

static int put_terms(const struct update *update, int64_t id)
{
	struct sekisho_term term;
	size_t at = 0;
	int error = 0;

	while (!error && sekisho_chunk_term(update->chunk, &at, &term)) {
		sqlite3_stmt *put = sekisho_index_statement(update->index, SEKISHO_INDEX_TERM_PUT);

		sqlite3_bind_int64(put, 1, id);
		sqlite3_bind_int64(put, 2, term.kind);
		bind_blob(put, 3, term.value, sekisho_term_bytes(term.kind));
		bind_blob(put, 4, term.lines, term.length);
		error = sekisho_index_run(put);
	}
	return error;
}

static int put_places(const struct update *update, int64_t id)
{
	const uint8_t *bytes;
	size_t length;
	int error = 0;

	for (size_t block = 0; !error && block < SEKISHO_CHUNK_BLOCKS &&
			       (bytes = sekisho_chunk_places(update->chunk, block, &length));
	     block++) {
		sqlite3_stmt *put = sekisho_index_statement(update->index, SEKISHO_INDEX_PLACE_PUT);

		sqlite3_bind_int64(put, 1, id * SEKISHO_CHUNK_BLOCKS + (int64_t)block);
		bind_blob(put, 2, bytes, length);
		error = sekisho_index_run(put);
	}
	return error;
}

static int put_chunk(const struct update *update)
{
	sqlite3_stmt *put = sekisho_index_statement(update->index, SEKISHO_INDEX_CHUNK_PUT);
	const struct sekisho_chunk *chunk = update->chunk;
	const uint64_t values[] = { chunk->file,       chunk->row,	    chunk->offset,
				    chunk->end,	       chunk->lines,	    chunk->damage.lines,
				    chunk->damage.row, chunk->damage.defect };
	uint8_t times[SEKISHO_TIMES_BYTES];
	int64_t id;
	int error;

	for (int i = 0; i < 8; i++)
		sqlite3_bind_int64(put, i + 1, (int64_t)values[i]);
	bind_blob(put, 9, chunk->digest, sizeof(chunk->digest));
	bind_blob(put, 10, times, sekisho_chunk_times(chunk, times));
	error = sekisho_index_run(put);
	id = sqlite3_last_insert_rowid(update->index->database);
	if (!error)
		error = put_terms(update, id);
	if (!error)
		error = put_places(update, id);
	return error;
}

static int in_transaction(const struct update *update, int error)
{
	enum sekisho_index_statement end = error ? SEKISHO_INDEX_ROLLBACK : SEKISHO_INDEX_COMMIT;
	int ended = sekisho_index_run_with(update->index, end, 0, NULL);

	if (!error && ended)
		sekisho_index_run_with(update->index, SEKISHO_INDEX_ROLLBACK, 0, NULL);
	return error ? error : ended;
}

static int begin(const struct update *update)
{
	return sekisho_index_run_with(update->index, SEKISHO_INDEX_BEGIN, 0, NULL);
}

/* The chunk, if it has lines, is written as a whole or not at all. */
static int write_chunk(struct update *update)
{
	int error = sekisho_chunk_finish(update->chunk);

	if (error || !update->chunk->lines)
		return error;
	error = begin(update);
	if (error)
		return error;
	error = in_transaction(update, put_chunk(update));
	update->changes->lines += update->chunk->lines;
	return error;
}

static int forget(const struct update *update, uint64_t file, uint64_t from_row, uint64_t *lines)
{
	int error = begin(update);

	if (error)
		return error;
	return in_transaction(update, sekisho_index_forget(update->index, file, from_row, lines));
}

/* Whether bytes of a file have that SHA-256; a file that is shorter has not. */
static int bytes_are(struct sekisho_digester *digester, int fd, uint64_t start, uint64_t end,
		     const uint8_t *expected, bool *same)
{
	char *bytes = malloc(READ_BYTES);
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	int error = bytes ? sekisho_digester_begin(digester) : -ENOMEM;

	*same = false;
	while (!error && start < end) {
		size_t wanted = end - start < READ_BYTES ? (size_t)(end - start) : READ_BYTES;
		ssize_t got = pread(fd, bytes, wanted, (off_t)start);

		if (got <= 0) {
			error = got < 0 ? -errno : 0;
			break;
		}
		error = sekisho_digester_add(digester, bytes, (size_t)got);
		start += (uint64_t)got;
	}
	free(bytes);
	if (error || start != end)
		return error;
	error = sekisho_digester_end(digester, digest);
	*same = !error && !memcmp(digest, expected, sizeof(digest));
	return error;
}

/* One chunk of the file: whether the file still has it, and it need not be made again. */
static int keep_chunk(const struct update *update, sqlite3_stmt *chunks, int fd, uint64_t size,
		      struct reached *reached, bool *kept)
{
	uint64_t row = (uint64_t)sqlite3_column_int64(chunks, 0);
	uint64_t start = (uint64_t)sqlite3_column_int64(chunks, 1);
	uint64_t end = (uint64_t)sqlite3_column_int64(chunks, 2);
	uint64_t lines = (uint64_t)sqlite3_column_int64(chunks, 3);
	bool growing = lines < WHOLE_ENOUGH && end < size;
	int error;

	*kept = false;
	if (row != reached->row || start != reached->offset || end <= start || end > size ||
	    sqlite3_column_bytes(chunks, 4) != SEKISHO_DIGEST_BYTES)
		return 0;
	error = bytes_are(update->chunk->digester, fd, start, end, sqlite3_column_blob(chunks, 4),
			  kept);
	/* As good as it was, but small: it is not one that was replaced. */
	if (*kept && growing) {
		*kept = false;
		update->changes->replaced -= lines;
	}
	if (*kept) {
		reached->row += lines;
		reached->offset = end;
	}
	return error;
}

/* Forgets what the file no longer has. */
static int check_file(const struct update *update, uint64_t file, uint64_t size,
		      struct reached *reached)
{
	sqlite3_stmt *chunks = sekisho_index_statement(update->index, SEKISHO_INDEX_CHUNKS_OF);
	char name[SEKISHO_FILE_NAME_BYTES];
	int result = SQLITE_DONE, error = 0, fd;
	bool kept = true;

	sekisho_file_name(name, file);
	fd = openat(update->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	sqlite3_bind_int64(chunks, 1, (int64_t)file);
	while (!error && kept && (result = sqlite3_step(chunks)) == SQLITE_ROW)
		error = keep_chunk(update, chunks, fd, size, reached, &kept);
	sqlite3_reset(chunks);
	close(fd);
	if (!error)
		error = sekisho_index_errno(result);
	return error ? error : forget(update, file, reached->row, &update->changes->replaced);
}

/* The lines of one file from where it is not indexed yet. */
static int index_lines(struct update *update, struct sekisho_reader *reader, uint64_t file,
		       struct reached *reached)
{
	struct sekisho_entry entry = { 0 };
	uint64_t row = reached->row;
	int error = sekisho_chunk_begin(update->chunk, file, row, reached->offset);
	int got = error;

	while (!error && (got = sekisho_reader_next(reader, &entry)) > 0 && entry.file == file) {
		if (!(row % TELL_EVERY))
			tell(update, entry.offset);
		if (!entry.defect)
			sekisho_facts_read(update->facts, &entry);
		error = sekisho_chunk_add(update->chunk, &entry, update->facts);
		row++;
		if (error || update->chunk->lines < SEKISHO_CHUNK_LINES)
			continue;
		error = write_chunk(update);
		if (!error)
			error = sekisho_chunk_begin(update->chunk, file, row, update->chunk->end);
	}
	if (!error)
		error = got < 0 ? got : write_chunk(update);
	reached->row = row;
	reached->offset = update->chunk->end;
	return error;
}

static int update_file(struct update *update, uint64_t file, const struct look *look)
{
	struct reached reached = { .row = 1 };
	struct sekisho_reader *reader = NULL;
	int error = check_file(update, file, (uint64_t)look->size, &reached);

	if (!error)
		error = sekisho_reader_open(&reader, update->directory, file);
	if (!error)
		error = sekisho_reader_seek(reader, file, reached.offset);
	if (!error)
		error = index_lines(update, reader, file, &reached);
	sekisho_reader_close(reader);
	if (!error)
		error = put_file(update, file, look, reached.offset);
	update->done += (uint64_t)look->size;
	tell(update, 0);
	return error;
}

static bool is_listed(const struct sekisho_files *files, uint64_t file)
{
	for (size_t i = 0; i < files->count; i++)
		if (files->first[i] == file)
			return true;
	return false;
}

/* Files that the index has and the log no longer. */
static int forget_gone(struct update *update)
{
	for (;;) {
		sqlite3_stmt *files = sekisho_index_statement(update->index, SEKISHO_INDEX_FILES);
		uint64_t file = 0;
		bool gone = false, before;
		int result, error;

		while (!gone && (result = sqlite3_step(files)) == SQLITE_ROW) {
			file = (uint64_t)sqlite3_column_int64(files, 0);
			gone = !is_listed(&update->files, file);
		}
		sqlite3_reset(files);
		error = sekisho_index_errno(result);
		if (error || !gone)
			return error;
		before = update->files.count && file < update->files.first[0];
		error = forget(update, file, 0,
			       before ? &update->changes->removed : &update->changes->replaced);
		if (error)
			return error;
	}
}

/* Looks at all files; with @act, indexes those that changed, else adds up their bytes. */
static int each_file(struct update *update, bool act)
{
	int error = 0;

	for (size_t i = 0; !error && i < update->files.count; i++) {
		uint64_t file = update->files.first[i];
		bool last = i + 1 == update->files.count, known = false;
		struct look look = { 0 };

		error = look_at(update, file, &look);
		if (!error)
			error = is_known(update, file, &look, last, &known);
		if (error || known)
			continue;
		if (act)
			error = update_file(update, file, &look);
		else
			update->all += (uint64_t)look.size;
	}
	return error;
}

int sekisho_index_update(struct sekisho_index *index, int directory,
			 const struct sekisho_search *search, struct sekisho_index_changes *changes)
{
	struct update update = {
		.index = index, .directory = directory, .search = search, .changes = changes
	};
	int lock = sekisho_index_lock(index->path), error;

	memset(changes, 0, sizeof(*changes));
	if (lock < 0)
		return lock;
	update.chunk = sekisho_chunk_new();
	update.facts = malloc(sizeof(*update.facts));
	error = update.chunk && update.facts ? sekisho_files_list(directory, &update.files)
					     : -ENOMEM;
	if (!error)
		error = forget_gone(&update);
	if (!error)
		error = each_file(&update, false);
	if (!error)
		error = each_file(&update, true);
	sekisho_files_free(&update.files);
	sekisho_chunk_free(update.chunk);
	free(update.facts);
	close(lock);
	return error;
}
