// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verifies an audit log from its files alone. Knows nothing of what records say.
 */
#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fields.h"
#include "line.h"
#include "record.h"
#include "verify_notes.h"

#define CHUNK_BYTES (1u << 20)

/* How long the end of a line that is being written is waited for. */
#define GROWTH_TRIES	20
#define GROWTH_SLEEP_NS 25000000

/* One file, read line by line. */
struct reader {
	int fd;
	bool last; /* the newest file: it may still grow */
	uint64_t left; /* bytes of the file not yet in @bytes */
	char *bytes; /* CHUNK_BYTES */
	size_t used, at;
	uint64_t line; /* lines taken */
	const struct sekisho_pace *pace; /* NULL: nobody wants to know */
	uint64_t done, all; /* bytes, of all files */
};

/* A line that does not know the one before as it stands: one of the two was changed. */
struct suspicion {
	bool open;
	uint8_t digest[SEKISHO_DIGEST_BYTES]; /* of that line */
	char file[SEKISHO_FILE_NAME_BYTES];
	uint64_t line;
};

struct verifier {
	const struct sekisho_verify_options *options;
	struct sekisho_verify_result *result;
	struct sekisho_digester *digester;
	struct sekisho_verify_notes notes;
	struct reader reader;
	uint64_t next; /* the number the next record must have */
	uint8_t prev[SEKISHO_DIGEST_BYTES];
	uint8_t before_prev[SEKISHO_DIGEST_BYTES]; /* of the record before that one */
	bool chained; /* @prev is known */
	bool late; /* the log does not begin with record 0, and has to say why */
	bool explained; /* it does */
	uint8_t before_first
		[SEKISHO_DIGEST_BYTES]; /* what its first record says of the one before */
	char before_file[SEKISHO_FILE_NAME_BYTES]; /* where the record before is */
	uint64_t before_line;
	char file[SEKISHO_FILE_NAME_BYTES];
	struct suspicion suspicion;
};

static void defect_at(struct verifier *verifier, enum sekisho_defect defect, const char *file,
		      uint64_t line, uint64_t seq)
{
	struct sekisho_verify_result *result = verifier->result;

	result->defect = defect;
	snprintf(result->file, sizeof(result->file), "%s", file);
	result->line = line;
	result->seq = seq;
}

static void defect_here(struct verifier *verifier, enum sekisho_defect defect)
{
	defect_at(verifier, defect, verifier->file, verifier->reader.line, verifier->next);
}

/* Read on behind what is not yet taken; *got is 0 at the end. */
static int fill(struct reader *reader, size_t *got)
{
	size_t want;
	ssize_t read_now;

	memmove(reader->bytes, reader->bytes + reader->at, reader->used - reader->at);
	reader->used -= reader->at;
	reader->at = 0;
	want = CHUNK_BYTES - reader->used;
	if (want > reader->left)
		want = (size_t)reader->left;
	do
		read_now = read(reader->fd, reader->bytes + reader->used, want);
	while (read_now < 0 && errno == EINTR);
	if (read_now < 0)
		return -errno;
	reader->used += (size_t)read_now;
	reader->left -= (uint64_t)read_now;
	reader->done += (uint64_t)read_now;
	if (reader->pace)
		reader->pace->tell(reader->pace->context, reader->done, reader->all);
	*got = (size_t)read_now;
	return 0;
}

/* The file's size was taken while a line was being written: wait for its end. */
static int await_growth(struct reader *reader, size_t *got)
{
	const struct timespec pause = { 0, GROWTH_SLEEP_NS };
	unsigned int tries;
	int error = 0;

	for (tries = 0; tries < GROWTH_TRIES && !*got && !error; tries++) {
		if (tries)
			nanosleep(&pause, NULL);
		reader->left = SEKISHO_RECORD_LINE_BYTES;
		error = fill(reader, got);
	}
	reader->left = 0;
	return error;
}

/*
 * The next line, with its LF; without one only if it is too long or the file ends so. *length is 0
 * at the end.
 */
static int next_line(struct reader *reader, const char **text, size_t *length)
{
	size_t looked = 0;

	for (;;) {
		size_t have = reader->used - reader->at;
		const char *start = reader->bytes + reader->at;
		const char *lf = memchr(start + looked, '\n', have - looked);
		size_t got = 0;
		int error;

		if (lf || have > SEKISHO_RECORD_LINE_BYTES) {
			*text = start;
			*length = lf ? (size_t)(lf - start) + 1 : have;
			reader->at += *length;
			reader->line++;
			return 0;
		}
		looked = have;
		error = fill(reader, &got);
		if (!error && !got && have && reader->last)
			error = await_growth(reader, &got);
		if (error)
			return error;
		if (!got) {
			*text = reader->bytes;
			*length = have;
			reader->at = reader->used;
			reader->line += have > 0;
			return 0;
		}
	}
}

/* The record before is the bad one after all: it no longer counts among the good ones. */
static void blame_before(struct verifier *verifier)
{
	struct sekisho_verify_result *result = verifier->result;

	defect_at(verifier, SEKISHO_DEFECT_CHAIN, verifier->before_file, verifier->before_line,
		  verifier->next - 1);
	result->records--;
	result->last_seq = result->records ? result->last_seq - 1 : 0;
	memcpy(result->last_hash, verifier->before_prev, SEKISHO_DIGEST_BYTES);
}

static void suspect(struct verifier *verifier, const uint8_t digest[SEKISHO_DIGEST_BYTES])
{
	struct suspicion *suspicion = &verifier->suspicion;

	suspicion->open = true;
	memcpy(suspicion->digest, digest, SEKISHO_DIGEST_BYTES);
	memcpy(suspicion->file, verifier->file, sizeof(suspicion->file));
	suspicion->line = verifier->reader.line;
}

/* Whether the suspected line itself was changed, by what is known of it or of the one before. */
static bool was_changed(const struct verifier *verifier, const struct sekisho_line *after)
{
	const struct sekisho_verify_options *options = verifier->options;
	const uint8_t *digest = verifier->suspicion.digest;

	if (!verifier->result->records)
		return true;
	if (after && after->seq == verifier->next + 1)
		return memcmp(after->prev, digest, SEKISHO_DIGEST_BYTES) != 0;
	if (!options->expects || !options->expect_hash)
		return false;
	if (options->expect_seq == verifier->next)
		return memcmp(options->expect_hash, digest, SEKISHO_DIGEST_BYTES) != 0;
	/* The one before was held against its expected hash already. */
	return options->expect_seq == verifier->next - 1;
}

/*
 * If the line after the suspected one, in whatever file, knows it, then the one before was changed.
 * Where nothing is known of either, the one before is taken.
 */
static void settle(struct verifier *verifier, const struct sekisho_line *after)
{
	const struct suspicion *suspicion = &verifier->suspicion;

	if (was_changed(verifier, after))
		defect_at(verifier, SEKISHO_DEFECT_CHAIN, suspicion->file, suspicion->line,
			  verifier->next);
	else
		blame_before(verifier);
}

/* Whether a `retention` record tells that what came before the first record was removed. */
static bool explains(const struct verifier *verifier, const char *text)
{
	char expected[SEKISHO_DIGEST_HEX + 1] = "";
	struct sekisho_fields fields;

	sekisho_fields_read(&fields, text);
	sekisho_digest_hex(verifier->before_first, expected);
	return sekisho_fields_number(&fields, "last_seq", -1) ==
		       (int64_t)verifier->result->first_seq - 1 &&
	       sekisho_value_is(sekisho_fields_find(&fields, "last_hash"), expected);
}

static void count_record(struct verifier *verifier, const struct sekisho_line *line,
			 const char *text)
{
	struct sekisho_verify_result *result = verifier->result;

	if (!result->records++) {
		result->first_seq = line->seq;
		memcpy(verifier->before_first, line->prev, sizeof(line->prev));
	}
	if (verifier->late && sekisho_line_is(line, "retention") && explains(verifier, text))
		verifier->explained = true;
	result->last_seq = line->seq;
	memcpy(result->last_hash, verifier->prev, SEKISHO_DIGEST_BYTES);
	if (sekisho_line_is(line, "loss")) {
		result->losses++;
		result->lost += line->count;
	}
}

static bool is_expected(const struct verifier *verifier)
{
	const struct sekisho_verify_options *options = verifier->options;

	return !options->expects || options->expect_seq != verifier->next ||
	       !options->expect_hash ||
	       !memcmp(options->expect_hash, verifier->prev, SEKISHO_DIGEST_BYTES);
}

static int verify_line(struct verifier *verifier, const char *text, size_t length)
{
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	struct sekisho_line line;
	enum sekisho_defect defect = sekisho_line_read(text, length, &line);
	int error;

	if (verifier->suspicion.open) {
		settle(verifier, defect ? NULL : &line);
		return 0;
	}
	if (!defect && line.seq != verifier->next)
		defect = SEKISHO_DEFECT_SEQUENCE;
	if (defect) {
		defect_here(verifier, defect);
		return 0;
	}
	error = sekisho_digester_line(verifier->digester, text, length, digest);
	if (error)
		return error;
	if (verifier->chained && memcmp(line.prev, verifier->prev, SEKISHO_DIGEST_BYTES) != 0) {
		suspect(verifier, digest);
		return 0;
	}
	/* Only now is it known that the records before this one are as they were chained. */
	error = sekisho_verify_notes_reach(&verifier->notes, verifier->next);
	if (error || verifier->result->defect)
		return error;
	memcpy(verifier->before_prev, verifier->prev, sizeof(digest));
	memcpy(verifier->prev, digest, sizeof(digest));
	verifier->chained = true;
	if (!is_expected(verifier)) {
		defect_here(verifier, SEKISHO_DEFECT_EXPECTED_HASH);
		return 0;
	}
	count_record(verifier, &line, text);
	error = sekisho_verify_notes_take(&verifier->notes, text, length);
	if (error)
		return error;
	memcpy(verifier->before_file, verifier->file, sizeof(verifier->file));
	verifier->before_line = verifier->reader.line;
	verifier->next++;
	return 0;
}

static int open_reader(struct verifier *verifier, int directory, uint64_t size, bool last)
{
	struct reader *reader = &verifier->reader;

	reader->fd = openat(directory, verifier->file, O_RDONLY | O_CLOEXEC);
	if (reader->fd < 0)
		return -errno;
	reader->last = last;
	reader->left = size;
	reader->used = reader->at = 0;
	reader->line = 0;
	return 0;
}

static int verify_lines(struct verifier *verifier)
{
	struct reader *reader = &verifier->reader;
	const char *text;
	size_t length;
	int error;

	do {
		error = next_line(reader, &text, &length);
		if (!error && length)
			error = verify_line(verifier, text, length);
	} while (!error && length && !verifier->result->defect);
	if (!error && !reader->line && !reader->last)
		defect_here(verifier, SEKISHO_DEFECT_EMPTY_FILE);
	return error;
}

static int verify_file(struct verifier *verifier, int directory, uint64_t first, uint64_t size,
		       bool last)
{
	int error;

	sekisho_file_name(verifier->file, first);
	verifier->reader.line = 0;
	if (first != verifier->next + verifier->suspicion.open) {
		if (verifier->suspicion.open)
			settle(verifier, NULL);
		else
			defect_here(verifier, SEKISHO_DEFECT_SEQUENCE);
		return 0;
	}
	error = open_reader(verifier, directory, size, last);
	if (error)
		return error;
	error = verify_lines(verifier);
	close(verifier->reader.fd);
	if (!error)
		verifier->result->files++;
	return error;
}

/* Sizes as they are now, so that a log that is being written has an end. */
static int read_sizes(int directory, const struct sekisho_files *files, uint64_t *sizes)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		char name[SEKISHO_FILE_NAME_BYTES];
		struct stat status;

		sekisho_file_name(name, files->first[i]);
		if (fstatat(directory, name, &status, 0))
			return -errno;
		sizes[i] = (uint64_t)status.st_size;
	}
	return 0;
}

/* Nothing is known of what was there: none of the records counts. */
static void start_is_missing(struct verifier *verifier, uint64_t first, uint64_t seq)
{
	struct sekisho_verify_result *result = verifier->result;

	sekisho_file_name(verifier->file, first);
	defect_at(verifier, SEKISHO_DEFECT_START, verifier->file, 0, seq);
	result->records = result->first_seq = result->last_seq = 0;
	memset(result->last_hash, 0, sizeof(result->last_hash));
}

/* The log begins with record @first: whether it may, and what is known of records before it. */
static void judge_beginning(struct verifier *verifier, uint64_t first)
{
	const struct sekisho_verify_options *options = verifier->options;

	if (verifier->late && !verifier->explained) {
		start_is_missing(verifier, first, 0);
		return;
	}
	if (verifier->explained)
		verifier->result->removed = first;
	if (!options->expects || !options->expect_hash || options->expect_seq >= first)
		return;
	/* Of the last one before it the hash is known, of the others nothing. */
	if (options->expect_seq + 1 < first)
		start_is_missing(verifier, first, options->expect_seq);
	else if (memcmp(options->expect_hash, verifier->before_first, SEKISHO_DIGEST_BYTES) != 0)
		defect_at(verifier, SEKISHO_DEFECT_EXPECTED_HASH, verifier->file, 0,
			  options->expect_seq);
}

static int verify_files(struct verifier *verifier, int directory, const struct sekisho_files *files)
{
	const struct sekisho_verify_options *options = verifier->options;
	struct sekisho_verify_result *result = verifier->result;
	uint64_t *sizes = calloc(files->count + 1, sizeof(*sizes));
	int error = sizes ? read_sizes(directory, files, sizes) : -ENOMEM;
	size_t i;

	result->torn_files = files->torn;
	if (files->count) {
		verifier->next = files->first[0];
		verifier->chained = !verifier->next;
		verifier->late = verifier->next && !options->any_start;
	}
	if (!error)
		error = sekisho_verify_notes_start(&verifier->notes, verifier->next);
	verifier->reader.pace = options->pace;
	for (i = 0; i < files->count && !error; i++)
		verifier->reader.all += sizes[i];
	for (i = 0; i < files->count && !error && !result->defect; i++)
		error = verify_file(verifier, directory, files->first[i], sizes[i],
				    i + 1 == files->count);
	free(sizes);
	if (!error && !result->defect && verifier->suspicion.open)
		settle(verifier, NULL);
	if (error || result->defect)
		return error;
	if (files->count && files->first[0])
		judge_beginning(verifier, files->first[0]);
	if (result->defect)
		return 0;
	if (files->stray[0])
		defect_at(verifier, SEKISHO_DEFECT_FILE_NAME, files->stray, 0, verifier->next);
	else if (options->expects && options->expect_seq >= verifier->next)
		defect_here(verifier, SEKISHO_DEFECT_TRUNCATED);
	else
		error = sekisho_verify_notes_finish(&verifier->notes, verifier->next);
	return error;
}

int sekisho_verify(int directory, const struct sekisho_verify_options *options,
		   struct sekisho_verify_result *result)
{
	static const struct sekisho_verify_options nothing;
	struct sekisho_verify_result found = { 0 };
	struct verifier verifier = {
		.options = options ? options : &nothing,
		.result = &found,
		.chained = true,
	};
	struct sekisho_files files = { 0 };
	int error;

	verifier.digester = sekisho_digester_new();
	verifier.reader.bytes = malloc(CHUNK_BYTES);
	error = !verifier.reader.bytes ? -ENOMEM : !verifier.digester ? -EIO : 0;
	/* The checkpoints first: in a log that is being written, records come before they are signed. */
	if (!error)
		error = sekisho_verify_notes_begin(&verifier.notes, directory, verifier.digester,
						   verifier.options, &found);
	if (!error)
		error = sekisho_files_list(directory, &files);
	if (!error && !found.defect)
		error = verify_files(&verifier, directory, &files);
	/* What begins a log writes a record: without one, they were taken away. */
	if (!found.defect && !found.records)
		found.defect = SEKISHO_DEFECT_NO_RECORDS;
	sekisho_verify_notes_end(&verifier.notes);
	free(verifier.reader.bytes);
	sekisho_digester_free(verifier.digester);
	sekisho_files_free(&files);
	if (!error)
		*result = found;
	return error;
}

static void json_checkpoints(const struct sekisho_verify_result *result, FILE *stream)
{
	static const char *const trees[] = {
		[SEKISHO_TREE_NONE] = "none",
		[SEKISHO_TREE_WHOLE] = "whole",
		[SEKISHO_TREE_CONTINUED] = "continued",
		[SEKISHO_TREE_UNKNOWN] = "unknown",
	};

	fprintf(stream, ",\"checkpoints\":%" PRIu64, result->checkpoints);
	if (result->checkpoints)
		fprintf(stream, ",\"checkpoint_size\":%" PRIu64, result->checkpoint_size);
	fprintf(stream, ",\"tree\":\"%s\",\"key\":\"%s\"", trees[result->tree],
		!result->has_key    ? "none"
		: result->key_given ? "given"
				    : "copy");
	if (result->has_key)
		fprintf(stream, ",\"key_id\":\"%02x%02x%02x%02x\"", result->key.id[0],
			result->key.id[1], result->key.id[2], result->key.id[3]);
}

int sekisho_verify_json(const struct sekisho_verify_result *result, FILE *stream)
{
	char hash[SEKISHO_DIGEST_HEX];

	fprintf(stream,
		"{\"ok\":%s,\"files\":%" PRIu64 ",\"torn_files\":%" PRIu64 ",\"records\":%" PRIu64
		",\"losses\":%" PRIu64 ",\"lost\":%" PRIu64,
		result->defect ? "false" : "true", result->files, result->torn_files,
		result->records, result->losses, result->lost);
	if (result->records) {
		sekisho_digest_hex(result->last_hash, hash);
		fprintf(stream,
			",\"first_seq\":%" PRIu64 ",\"last_seq\":%" PRIu64
			",\"last_hash\":\"%.*s\",\"removed\":%" PRIu64,
			result->first_seq, result->last_seq, (int)sizeof(hash), hash,
			result->removed);
	}
	json_checkpoints(result, stream);
	/* A stray file's name is any text: only what needs no escaping is shown. */
	if (result->defect)
		fprintf(stream,
			",\"defect\":\"%s\",\"file\":\"%.*s\",\"line\":%" PRIu64
			",\"seq\":%" PRIu64,
			sekisho_defect_name(result->defect),
			(int)strspn(result->file, "abcdefghijklmnopqrstuvwxyz0123456789.-_/"),
			result->file, result->line, result->seq);
	fputs("}\n", stream);
	return fflush(stream) || ferror(stream) ? -EIO : 0;
}

#define DEFECT_WORDS(symbol, name, english, japanese) \
	[SEKISHO_DEFECT_##symbol] = { name, english, japanese },

static const struct {
	const char *name, *english, *japanese;
} words[] = { SEKISHO_DEFECTS(DEFECT_WORDS) };

const char *sekisho_defect_name(enum sekisho_defect defect)
{
	return defect < sizeof(words) / sizeof(words[0]) ? words[defect].name : NULL;
}

const char *sekisho_defect_text(enum sekisho_defect defect, bool japanese)
{
	if (defect >= sizeof(words) / sizeof(words[0]))
		return NULL;
	return japanese ? words[defect].japanese : words[defect].english;
}
