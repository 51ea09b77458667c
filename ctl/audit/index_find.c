// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds in an index the lines that may be answers, reads each from the log, and hands over those
 * that are. Knows nothing of how the index came to be.
 */
#include "index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chunk.h"
#include "files.h"
#include "index_store.h"
#include "record.h"
#include "stamp.h"

#define WINDOW_BYTES (256u << 10)
#define NEAR_BYTES   (32u << 10) /* lines so close to each other are read at once */
#define FEW_LINES    256 /* so few are read rather than looked up in a range of values */

/* One chunk, as its row says. */
struct place_of {
	int64_t id;
	uint64_t file, row;
	uint32_t lines;
};

struct find {
	struct sekisho_index *index;
	int directory;
	const struct sekisho_search *search;
	struct sekisho_damage *damage;
	bool wanted; /* more answers */
	uint64_t chunks, chunk; /* how many there are, and which this is */
	struct sekisho_lines candidates, some, blocks;
	struct sekisho_facts facts;
	int fd; /* -1: none */
	uint64_t file;
	uint64_t at; /* offset in the file of bytes[0] */
	size_t used;
	char bytes[WINDOW_BYTES];
};

/* Adds the lines of the terms of one kind in a range of values. */
static int add_terms(struct find *find, int64_t chunk, unsigned int kind, const uint8_t *low,
		     const uint8_t *high)
{
	sqlite3_stmt *terms = sekisho_index_statement(find->index, SEKISHO_INDEX_TERMS);
	int length = (int)sekisho_term_bytes(kind), result;
	bool whole = true;

	sqlite3_bind_int64(terms, 1, chunk);
	sqlite3_bind_int64(terms, 2, kind);
	sqlite3_bind_blob(terms, 3, low, length, SQLITE_STATIC);
	sqlite3_bind_blob(terms, 4, high, length, SQLITE_STATIC);
	while (whole && (result = sqlite3_step(terms)) == SQLITE_ROW)
		whole = sekisho_lines_add(&find->some, sqlite3_column_blob(terms, 0),
					  (size_t)sqlite3_column_bytes(terms, 0));
	sqlite3_reset(terms);
	return whole ? sekisho_index_errno(result) : -EBADMSG;
}

static int keep_condition(struct find *find, int64_t chunk,
			  const struct sekisho_condition *condition, bool *left)
{
	int error = 0;

	memset(&find->some, 0, sizeof(find->some));
	for (unsigned int kind = 0; !error && kind < SEKISHO_FACT_KINDS; kind++)
		if (condition->kinds >> kind & 1)
			error = add_terms(find, chunk, kind, condition->low, condition->high);
	*left = sekisho_lines_keep(&find->candidates, &find->some);
	return error;
}

/* Adds the lines of one span that may be of the period. */
static int add_span(struct find *find, int64_t chunk, sqlite3_stmt *chunks, uint8_t span)
{
	int error;
	bool any;

	memset(&find->blocks, 0, sizeof(find->blocks));
	if (!sekisho_times_lines(sqlite3_column_blob(chunks, 7),
				 (size_t)sqlite3_column_bytes(chunks, 7), find->search->query, span,
				 &find->blocks, &any))
		return -EBADMSG;
	if (any && span) {
		memset(&find->some, 0, sizeof(find->some));
		error = add_terms(find, chunk, SEKISHO_TERM_SPAN, &span, &span);
		if (error)
			return error;
		sekisho_lines_keep(&find->blocks, &find->some);
	}
	sekisho_lines_join(&find->candidates, &find->blocks);
	return 0;
}

static int keep_period(struct find *find, int64_t chunk, sqlite3_stmt *chunks, bool *left)
{
	const struct sekisho_query *query = find->search->query;
	int error = 0;

	memset(&find->candidates, 0, sizeof(find->candidates));
	if (query->since_ns == INT64_MIN && query->until_ns == INT64_MAX)
		sekisho_lines_fill(&find->candidates, 0, SEKISHO_CHUNK_LINES);
	else
		for (uint8_t span = 0; !error && span < SEKISHO_SPANS; span++)
			error = add_span(find, chunk, chunks, span);
	*left = sekisho_lines_next(&find->candidates, 0) < SEKISHO_CHUNK_LINES;
	return error;
}

static bool is_range(const struct sekisho_condition *condition)
{
	return memcmp(condition->low, condition->high, SEKISHO_FACT_BYTES) != 0;
}

static bool are_few(const struct sekisho_lines *lines)
{
	unsigned int count = 0;

	for (size_t i = 0; i < SEKISHO_POSTINGS_WORDS; i++)
		count += (unsigned int)__builtin_popcountll(lines->words[i]);
	return count <= FEW_LINES;
}

/* Leaves the lines that may be answers: what is cheap to look up comes first. */
static int narrow(struct find *find, int64_t chunk, sqlite3_stmt *chunks, bool *left)
{
	const struct sekisho_query *query = find->search->query;
	int error = keep_period(find, chunk, chunks, left);

	for (size_t i = 0; !error && *left && i < query->count; i++)
		if (!is_range(&query->conditions[i]))
			error = keep_condition(find, chunk, &query->conditions[i], left);
	for (size_t i = 0; !error && *left && i < query->count; i++)
		if (is_range(&query->conditions[i]) && !are_few(&find->candidates))
			error = keep_condition(find, chunk, &query->conditions[i], left);
	return error;
}

static int open_file(struct find *find, uint64_t file)
{
	char name[SEKISHO_FILE_NAME_BYTES];

	if (find->fd >= 0 && find->file == file)
		return 0;
	if (find->fd >= 0)
		close(find->fd);
	sekisho_file_name(name, file);
	find->fd = openat(find->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	find->file = file;
	find->used = 0;
	if (find->fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	return 0;
}

/* A line's bytes: from the window, which is moved where they are not in it. */
static int read_line(struct find *find, const struct sekisho_place *place, const char **text)
{
	uint64_t end = find->at + find->used;
	bool near = find->used && place->offset >= find->at && place->offset < end + NEAR_BYTES;

	if (!find->used || place->offset < find->at || place->offset + place->length > end) {
		size_t wanted = near ? WINDOW_BYTES : place->length;
		ssize_t got = pread(find->fd, find->bytes, wanted, (off_t)place->offset);

		find->used = got < 0 ? 0 : (size_t)got;
		find->at = place->offset;
		if (got < 0)
			return -errno;
		if ((size_t)got < place->length)
			return -ESTALE;
	}
	*text = find->bytes + (place->offset - find->at);
	return 0;
}

/* One line: what was indexed must be there; whether it is an answer, it says itself. */
static int take_line(struct find *find, const struct place_of *chunk, uint32_t number,
		     const struct sekisho_place *place)
{
	struct sekisho_entry entry = { .file = chunk->file,
				       .offset = place->offset,
				       .length = place->length,
				       .row = chunk->row + number };
	int error;

	/* No record: it was counted as damage. */
	if (place->length > SEKISHO_RECORD_LINE_BYTES)
		return 0;
	error = read_line(find, place, &entry.text);
	if (error)
		return error;
	if (sekisho_place_sum(entry.text, entry.length) != place->sum)
		return -ESTALE;
	if (sekisho_line_read(entry.text, entry.length, &entry.line) ||
	    sekisho_stamp_parse(entry.line.time, &entry.wall_ns))
		return 0;
	sekisho_facts_read(&find->facts, &entry);
	if (sekisho_query_fits(find->search->query, &find->facts))
		find->wanted = !find->search->found(find->search->context, &entry, &find->facts);
	return 0;
}

static int take_block(struct find *find, const struct place_of *chunk, size_t block)
{
	sqlite3_stmt *get = sekisho_index_statement(find->index, SEKISHO_INDEX_PLACE_GET);
	size_t end = (block + 1) * SEKISHO_CHUNK_BLOCK;
	struct sekisho_places places;
	int error = 0;

	sqlite3_bind_int64(get, 1, chunk->id * SEKISHO_CHUNK_BLOCKS + (int64_t)block);
	if (sqlite3_step(get) != SQLITE_ROW) {
		sqlite3_reset(get);
		return -EBADMSG;
	}
	if (!sekisho_places_begin(&places, sqlite3_column_blob(get, 0),
				  (size_t)sqlite3_column_bytes(get, 0)))
		error = -EBADMSG;
	if (end > chunk->lines)
		end = chunk->lines;
	for (size_t line = block * SEKISHO_CHUNK_BLOCK; !error && find->wanted && line < end;
	     line++) {
		struct sekisho_place place;

		if (!sekisho_places_next(&places, &place))
			error = -EBADMSG;
		else if (find->candidates.words[line / 64] >> line % 64 & 1)
			error = take_line(find, chunk, (uint32_t)line, &place);
	}
	sqlite3_reset(get);
	return error;
}

static int take_chunk(struct find *find, sqlite3_stmt *chunks)
{
	const struct place_of chunk = { .id = sqlite3_column_int64(chunks, 0),
					.file = (uint64_t)sqlite3_column_int64(chunks, 1),
					.row = (uint64_t)sqlite3_column_int64(chunks, 2),
					.lines = (uint32_t)sqlite3_column_int64(chunks, 3) };
	size_t line = 0;
	bool left = false;
	int error;

	if (!find->wanted)
		return 0;
	if (find->search->progress)
		find->search->progress(find->search->context, find->chunk, find->chunks);
	error = narrow(find, chunk.id, chunks, &left);
	if (!error && left)
		error = open_file(find, chunk.file);
	while (!error && left && find->wanted) {
		size_t block;

		line = sekisho_lines_next(&find->candidates, line);
		if (line >= chunk.lines)
			break;
		block = line / SEKISHO_CHUNK_BLOCK;
		error = take_block(find, &chunk, block);
		line = (block + 1) * SEKISHO_CHUNK_BLOCK;
	}
	return error;
}

static void add_damage(struct find *find, sqlite3_stmt *chunks)
{
	uint64_t bad = (uint64_t)sqlite3_column_int64(chunks, 4);

	if (bad && !find->damage->lines) {
		find->damage->file = (uint64_t)sqlite3_column_int64(chunks, 1);
		find->damage->row = (uint64_t)sqlite3_column_int64(chunks, 5);
		find->damage->defect = (enum sekisho_defect)sqlite3_column_int(chunks, 6);
	}
	find->damage->lines += bad;
}

static int count_chunks(struct find *find)
{
	sqlite3_stmt *chunks = sekisho_index_statement(find->index, SEKISHO_INDEX_CHUNKS);
	int result;

	while ((result = sqlite3_step(chunks)) == SQLITE_ROW) {
		add_damage(find, chunks);
		find->chunks++;
	}
	sqlite3_reset(chunks);
	return sekisho_index_errno(result);
}

static int find_all(struct find *find)
{
	sqlite3_stmt *chunks;
	int error = count_chunks(find), result = SQLITE_DONE;

	if (error)
		return error;
	chunks = sekisho_index_statement(find->index, SEKISHO_INDEX_CHUNKS);
	while (!error && find->wanted && (result = sqlite3_step(chunks)) == SQLITE_ROW) {
		error = take_chunk(find, chunks);
		find->chunk++;
	}
	sqlite3_reset(chunks);
	return error ? error : sekisho_index_errno(result);
}

/* What is not as it was indexed is forgotten: the next update indexes it anew. */
static void forget_file(const struct find *find)
{
	int lock = sekisho_index_lock(find->index->path);
	uint64_t lines = 0;

	if (lock < 0)
		return;
	if (!sekisho_index_run_with(find->index, SEKISHO_INDEX_BEGIN, 0, NULL)) {
		bool gone = !sekisho_index_forget(find->index, find->file, 0, &lines);

		sekisho_index_run_with(
			find->index, gone ? SEKISHO_INDEX_COMMIT : SEKISHO_INDEX_ROLLBACK, 0, NULL);
	}
	close(lock);
}

int sekisho_index_find(struct sekisho_index *index, int directory,
		       const struct sekisho_search *search, struct sekisho_damage *damage)
{
	struct find *find = malloc(sizeof(*find));
	int error;

	memset(damage, 0, sizeof(*damage));
	if (!find)
		return -ENOMEM;
	memset(find, 0, offsetof(struct find, facts));
	find->index = index;
	find->directory = directory;
	find->search = search;
	find->damage = damage;
	find->wanted = true;
	find->fd = -1;
	find->file = find->at = find->used = 0;
	/* One look at the index, whatever another process does to it meanwhile. */
	error = sekisho_index_run_with(index, SEKISHO_INDEX_READ, 0, NULL);
	if (!error) {
		error = find_all(find);
		sekisho_index_run_with(index, SEKISHO_INDEX_ROLLBACK, 0, NULL);
	}
	if (error == -ESTALE)
		forget_file(find);
	if (find->fd >= 0)
		close(find->fd);
	free(find);
	return error;
}
