// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flips bits of an audit log, one at a time, and asks sekishoctl's verifier for the bad record.
 *
 *	flip LOG EMPTY-DIRECTORY all [PART PARTS]	every bit; or every PARTS-th line's, from PART on
 *	flip LOG EMPTY-DIRECTORY COUNT [SEED]		bits at random
 *	flip LOG EMPTY-DIRECTORY whole COUNT [SEED]	the same, but verifying the whole log each time
 *
 * A verifier goes through a log line by line and keeps only the number and the hash of the last
 * two, so that a flip is judged by the flipped line, the one before and the two after: these, in
 * files as they were, are the log that is verified. The last record's hash is known from elsewhere.
 * Knows nothing of what records say.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/verify.h"

#define BEFORE 1
#define AFTER  2

struct record {
	size_t start, length; /* in the text, with the LF */
	uint64_t first; /* number its file is named by */
};

struct log {
	char *text;
	size_t size;
	struct record *records;
	size_t count;
	uint8_t last_hash[SEKISHO_DIGEST_BYTES];
};

/* Records [from, to) as a log of their own. */
struct window {
	int directory;
	size_t from, to;
	int files[BEFORE + 1 + AFTER];
	size_t starts[BEFORE + 1 + AFTER]; /* in the log's text */
	size_t ends[BEFORE + 1 + AFTER];
	uint64_t firsts[BEFORE + 1 + AFTER];
	size_t count;
	struct sekisho_verify_options options;
};

struct tally {
	uint64_t flips, missed, misplaced;
};

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(2);
}

static void *must(void *memory)
{
	if (!memory)
		die("memory");
	return memory;
}

static void read_file(struct log *log, int directory, uint64_t first)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	struct stat status;
	size_t at, from = log->size;
	int fd;

	sekisho_file_name(name, first);
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status))
		die(name);
	log->text = must(realloc(log->text, from + (size_t)status.st_size + 1));
	if (read(fd, log->text + from, (size_t)status.st_size) != status.st_size)
		die(name);
	close(fd);
	log->size += (size_t)status.st_size;
	for (at = from; at < log->size; log->count++) {
		const char *lf = must(memchr(log->text + at, '\n', log->size - at));
		size_t end = (size_t)(lf - log->text) + 1;

		if (!(log->count & (log->count - 1)))
			log->records = must(reallocarray(log->records, 2 * log->count + 1,
							 sizeof(*log->records)));
		log->records[log->count] = (struct record){ at, end - at, first };
		at = end;
	}
}

static void read_log(struct log *log, const char *path)
{
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sekisho_verify_result result;
	struct sekisho_files files;
	size_t i;

	if (directory < 0 || sekisho_files_list(directory, &files))
		die(path);
	for (i = 0; i < files.count; i++)
		read_file(log, directory, files.first[i]);
	sekisho_files_free(&files);
	if (sekisho_verify(directory, NULL, &result) || result.defect ||
	    result.records != log->count || !log->count) {
		fprintf(stderr, "%s: no good log to begin with\n", path);
		exit(2);
	}
	memcpy(log->last_hash, result.last_hash, sizeof(log->last_hash));
	close(directory);
}

static void open_part(struct window *window, uint64_t number, size_t start)
{
	char name[SEKISHO_FILE_NAME_BYTES];

	sekisho_file_name(name, number);
	window->firsts[window->count] = number;
	window->starts[window->count] = start;
	window->files[window->count] =
		openat(window->directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (window->files[window->count++] < 0)
		die(name);
}

static void open_window(struct window *window, const struct log *log, size_t from, size_t to)
{
	size_t i, part;

	window->from = from;
	window->to = to;
	window->count = 0;
	for (i = from; i < to; i++) {
		const struct record *record = &log->records[i];

		if (i == from || record->first != log->records[i - 1].first)
			open_part(window, i, record->start);
		window->ends[window->count - 1] = record->start + record->length;
	}
	for (part = 0; part < window->count; part++) {
		size_t length = window->ends[part] - window->starts[part];

		if (pwrite(window->files[part], log->text + window->starts[part], length, 0) !=
		    (ssize_t)length)
			die("write");
	}
	window->options = (struct sekisho_verify_options){
		.any_start = true,
		.expects = true,
		.expect_seq = to - 1,
		.expect_hash = to == log->count ? log->last_hash : NULL,
	};
}

static void close_window(struct window *window)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	size_t part;

	for (part = 0; part < window->count; part++) {
		close(window->files[part]);
		sekisho_file_name(name, window->firsts[part]);
		unlinkat(window->directory, name, 0);
	}
}

static void put_byte(const struct window *window, size_t at, char byte)
{
	size_t part = 0;

	while (at >= window->ends[part])
		part++;
	if (pwrite(window->files[part], &byte, 1, (off_t)(at - window->starts[part])) != 1)
		die("write");
}

/* Flip bit @bit of the byte at @at, which is in the window and in record @number, and back. */
static void flip(const struct window *window, const struct log *log, size_t number, size_t at,
		 unsigned int bit, struct tally *tally)
{
	struct sekisho_verify_result result;

	put_byte(window, at, (char)(log->text[at] ^ (1 << bit)));
	if (sekisho_verify(window->directory, &window->options, &result))
		die("verify");
	put_byte(window, at, log->text[at]);
	tally->flips++;
	if (result.defect && result.seq == number)
		return;
	tally->missed += !result.defect;
	tally->misplaced += result.defect != SEKISHO_DEFECT_NONE;
	printf("record %zu, byte %zu, bit %u: %s at %" PRIu64 "\n", number,
	       at - log->records[number].start, bit,
	       result.defect ? sekisho_defect_name(result.defect) : "not found", result.seq);
}

static void open_around(struct window *window, const struct log *log, size_t number)
{
	size_t to = number + 1 + AFTER;

	open_window(window, log, number < BEFORE ? 0 : number - BEFORE,
		    to < log->count ? to : log->count);
}

static void flip_all(struct window *window, const struct log *log, size_t part, size_t parts,
		     struct tally *tally)
{
	size_t number, at;
	unsigned int bit;

	for (number = part; number < log->count; number += parts) {
		const struct record *record = &log->records[number];

		open_around(window, log, number);
		for (at = record->start; at < record->start + record->length; at++)
			for (bit = 0; bit < 8; bit++)
				flip(window, log, number, at, bit, tally);
		close_window(window);
	}
}

static void flip_some(struct window *window, const struct log *log, unsigned long count,
		      struct tally *tally)
{
	while (count--) {
		size_t number = (size_t)lrand48() % log->count;
		const struct record *record = &log->records[number];

		open_around(window, log, number);
		flip(window, log, number, record->start + (size_t)lrand48() % record->length,
		     (unsigned int)lrand48() % 8, tally);
		close_window(window);
	}
}

/* Not around the flip only: all of it, in the files that it has. */
static void flip_whole(const char *path, const struct log *log, unsigned long count,
		       struct tally *tally)
{
	struct sekisho_verify_options options = { .expects = true,
						  .expect_seq = log->count - 1,
						  .expect_hash = log->last_hash };
	struct window window = { .directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
				 .count = 1,
				 .options = options };
	char name[SEKISHO_FILE_NAME_BYTES];

	if (window.directory < 0)
		die(path);
	while (count--) {
		size_t number = (size_t)lrand48() % log->count;
		const struct record *record = &log->records[number];

		window.starts[0] = log->records[record->first].start;
		window.ends[0] = log->size;
		sekisho_file_name(name, record->first);
		window.files[0] = openat(window.directory, name, O_RDWR | O_CLOEXEC);
		if (window.files[0] < 0)
			die(name);
		flip(&window, log, number, record->start + (size_t)lrand48() % record->length,
		     (unsigned int)lrand48() % 8, tally);
		close(window.files[0]);
	}
	close(window.directory);
}

static unsigned long number_of(const char *text)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*end || !*text) {
		fprintf(stderr, "%s: not a number\n", text);
		exit(2);
	}
	return number;
}

int main(int argc, char **argv)
{
	bool all = argc > 3 && !strcmp(argv[3], "all"),
	     whole = argc > 4 && !strcmp(argv[3], "whole");
	int seed_at = whole ? 5 : 4;
	unsigned long seed = (unsigned long)time(NULL);
	struct tally tally = { 0 };
	struct window window;
	struct log log = { 0 };

	if (argc < 4)
		return 2;
	read_log(&log, argv[1]);
	window.directory = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (window.directory < 0)
		die(argv[2]);
	if (!all && argc > seed_at)
		seed = number_of(argv[seed_at]);
	srand48((long)seed);
	if (all)
		flip_all(&window, &log, argc > 5 ? number_of(argv[4]) : 0,
			 argc > 5 ? number_of(argv[5]) : 1, &tally);
	else if (whole)
		flip_whole(argv[1], &log, number_of(argv[4]), &tally);
	else
		flip_some(&window, &log, number_of(argv[3]), &tally);
	close(window.directory);
	printf("%zu records, %zu bytes: %" PRIu64 " flips, %" PRIu64 " not found, %" PRIu64
	       " at another record; seed %lu\n",
	       log.count, log.size, tally.flips, tally.missed, tally.misplaced, seed);
	free(log.records);
	free(log.text);
	return tally.missed || tally.misplaced;
}
