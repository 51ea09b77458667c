// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verification finds what was done to a log, at the record it was done to.
 *
 * Each case writes files of 10 records, does one thing to them and says where the defect must be.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "audit/convert.h"
#include "audit/log.h"
#include "audit/verify.h"
#include "ktap.h"
#include "scratch.h"

#define RECORDS 35
#define A_FILE	10

static char root[] = "/tmp/sekisho-audit-verify-XXXXXX";
static int directory = -1;

/* A file as lines, to be changed and written again. */
static char text[1 << 20];
static char *lines[64];
static size_t line_count;

static void write_log(void)
{
	static unsigned int logs;
	char name[16];
	const struct sekisho_log_options options = {
		.directory = root, .origin = name, .file_records = A_FILE, .no_sync = true
	};
	struct sekisho_record record;
	struct sekisho_log *log;
	unsigned int i;

	snprintf(name, sizeof(name), "v%u", ++logs);
	if (sekisho_log_open(&log, &options))
		exit(1);
	for (i = 0; i < RECORDS; i++) {
		if (i == 5)
			sekisho_convert_loss(&record, 1, 0, 17, 0, 0, "ring-full");
		else
			sekisho_convert_link(&record, 1, 0, "lg0", "gone", NULL);
		sekisho_log_append(log, &record);
	}
	if (directory >= 0)
		close(directory);
	directory = dup(sekisho_log_directory(log));
	if (directory < 0 || sekisho_log_close(log))
		exit(1);
}

static void file_name(char *name, uint64_t first)
{
	sekisho_file_name(name, first);
}

static void read_lines(uint64_t first)
{
	char name[SEKISHO_FILE_NAME_BYTES], *at = text;
	ssize_t got;
	int fd;

	if (directory < 0)
		exit(1);
	file_name(name, first);
	fd = openat(directory, name, O_RDONLY);
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got < 0 ? 0 : got] = '\0';
	for (line_count = 0; *at; line_count++) {
		char *end = strchr(at, '\n') + 1;

		lines[line_count] = strndup(at, (size_t)(end - at));
		at = end;
	}
}

static void write_lines(uint64_t first)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	size_t i;
	int fd;

	if (directory < 0)
		exit(1);
	file_name(name, first);
	fd = openat(directory, name, O_WRONLY | O_TRUNC | O_CREAT, 0600);
	for (i = 0; i < line_count; i++) {
		if (write(fd, lines[i], strlen(lines[i])) < 0)
			exit(1);
		free(lines[i]);
	}
	close(fd);
}

static bool finds(const struct sekisho_verify_options *options, enum sekisho_defect defect,
		  uint64_t first, uint64_t line, uint64_t seq)
{
	struct sekisho_verify_result result;
	char name[SEKISHO_FILE_NAME_BYTES];
	bool found;

	file_name(name, first);
	if (sekisho_verify(directory, options, &result))
		return false;
	found = result.defect == defect && !strcmp(result.file, name) && result.line == line &&
		result.seq == seq;
	if (!found)
		printf("# %s in %s, line %llu, record %llu\n",
		       result.defect ? sekisho_defect_name(result.defect) : "nothing", result.file,
		       (unsigned long long)result.line, (unsigned long long)result.seq);
	return found;
}

static void edit(char *line, const char *from, const char *to)
{
	char *at = strstr(line, from);

	if (!at || strlen(from) != strlen(to))
		exit(1);
	memcpy(at, to, strlen(to));
}

static void test_good(void)
{
	struct sekisho_verify_options options = { .expects = true, .expect_seq = RECORDS - 1 };
	struct sekisho_verify_result result;
	uint8_t hash[SEKISHO_DIGEST_BYTES];

	write_log();
	ok(!sekisho_verify(directory, NULL, &result) && !result.defect && result.files == 4 &&
		   result.records == RECORDS && result.losses == 1 && result.lost == 17 &&
		   !result.first_seq && result.last_seq == RECORDS - 1,
	   "a good log, counted");
	memcpy(hash, result.last_hash, sizeof(hash));
	options.expect_hash = hash;
	ok(!sekisho_verify(directory, &options, &result) && !result.defect,
	   "with the record and hash that are expected");
	hash[0] ^= 1;
	ok(finds(&options, SEKISHO_DEFECT_EXPECTED_HASH, 30, 5, 34), "with another hash");
	options.expect_seq++;
	ok(finds(&options, SEKISHO_DEFECT_TRUNCATED, 30, 5, 35), "with a record that is not there");
}

static void test_edits(void)
{
	struct sekisho_verify_result result;

	write_log();
	read_lines(10);
	edit(lines[3], "\"lg0\"", "\"lg1\"");
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_CHAIN, 10, 4, 13), "a record edited");
	ok(!sekisho_verify(directory, NULL, &result) && result.records == 13 &&
		   result.last_seq == 12,
	   "what is good ends before it");
	write_log();
	read_lines(10);
	edit(lines[9], "\"lg0\"", "\"lg1\"");
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_CHAIN, 10, 10, 19), "the last of a file edited");
	write_log();
	read_lines(10);
	edit(lines[3], "\"prev\":\"", "\"prev\":\"");
	memset(strstr(lines[3], "\"prev\":\"") + 8, 'a', 64);
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_CHAIN, 10, 4, 13), "its chaining edited");
	write_log();
	read_lines(0);
	memset(strstr(lines[0], "\"prev\":\"") + 8, 'a', 64);
	write_lines(0);
	ok(finds(NULL, SEKISHO_DEFECT_CHAIN, 0, 1, 0), "the first record's chaining edited");
	write_log();
	read_lines(10);
	edit(lines[3], "\"lg0\"", "\"lg\\q");
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_FORM, 10, 4, 13), "a record made unreadable");
	write_log();
	read_lines(10);
	edit(lines[3], "lg0", "\xff\xff\xff");
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_UTF8, 10, 4, 13), "a record made no UTF-8");
	write_log();
	read_lines(10);
	free(lines[3]);
	lines[3] = malloc(9001);
	memset(lines[3], ' ', 9000);
	memcpy(lines[3] + 8999, "\n", 2);
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_LINE_LENGTH, 10, 4, 13), "a line made too long");
}

static void test_deletions(void)
{
	const struct sekisho_verify_options late = { .any_start = true };
	struct sekisho_verify_result result;

	write_log();
	read_lines(10);
	lines[3][0] = '\0';
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_SEQUENCE, 10, 4, 13), "a record deleted");
	write_log();
	read_lines(10);
	lines[9][0] = '\0';
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_SEQUENCE, 20, 0, 19), "the last of a file deleted");
	write_log();
	unlinkat(directory, "00000000000000000010.jsonl", 0);
	ok(finds(NULL, SEKISHO_DEFECT_SEQUENCE, 20, 0, 10), "a whole file deleted");
	write_log();
	unlinkat(directory, "00000000000000000000.jsonl", 0);
	ok(finds(NULL, SEKISHO_DEFECT_START, 10, 0, 0), "the first file deleted");
	ok(!sekisho_verify(directory, &late, &result) && !result.defect && result.first_seq == 10,
	   "which is none where it is known to be elsewhere");
	write_log();
	read_lines(10);
	lines[4][20] = '\0';
	while (line_count > 5)
		free(lines[--line_count]);
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_LINE_END, 10, 5, 14), "a file cut off in the middle");
	write_log();
	read_lines(10);
	while (line_count)
		free(lines[--line_count]);
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_EMPTY_FILE, 10, 0, 10), "a file emptied");
	write_log();
	read_lines(30);
	lines[4][20] = '\0';
	write_lines(30);
	ok(finds(NULL, SEKISHO_DEFECT_LINE_END, 30, 5, 34), "the end cut off within a line");
}

static void test_moves(void)
{
	char *moved;

	write_log();
	read_lines(10);
	moved = lines[3];
	lines[3] = lines[4];
	lines[4] = moved;
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_SEQUENCE, 10, 4, 13), "two records swapped");
	write_log();
	read_lines(10);
	lines[line_count] = strdup(lines[line_count - 1]);
	line_count++;
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_SEQUENCE, 10, 11, 20), "a record inserted");
	write_log();
	read_lines(10);
	free(lines[3]);
	lines[3] = strdup(lines[2]);
	edit(lines[3], "\"seq\":12", "\"seq\":13");
	write_lines(10);
	ok(finds(NULL, SEKISHO_DEFECT_CHAIN, 10, 4, 13), "a record replaced by its copy");
	write_log();
	renameat(directory, "00000000000000000010.jsonl", directory, "x");
	renameat(directory, "00000000000000000020.jsonl", directory, "00000000000000000010.jsonl");
	renameat(directory, "x", directory, "00000000000000000020.jsonl");
	ok(finds(NULL, SEKISHO_DEFECT_SEQUENCE, 10, 1, 10), "two files swapped");
	write_log();
	renameat(directory, "00000000000000000010.jsonl", directory, "00000000000000000011.jsonl");
	ok(finds(NULL, SEKISHO_DEFECT_SEQUENCE, 11, 0, 10), "a file renamed");
}

static void test_results(void)
{
	struct sekisho_verify_result result;
	char *json = NULL;
	size_t length;
	FILE *stream;
	json_t *read;
	int defect;

	write_log();
	read_lines(0);
	edit(lines[3], "\"lg0\"", "\"lg1\"");
	write_lines(0);
	sekisho_verify(directory, NULL, &result);
	stream = open_memstream(&json, &length);
	ok(!sekisho_verify_json(&result, stream), "a result as JSON");
	fclose(stream);
	read = json_loads(json, 0, NULL);
	ok(json_is_false(json_object_get(read, "ok")) &&
		   json_integer_value(json_object_get(read, "seq")) == 3 &&
		   json_integer_value(json_object_get(read, "line")) == 4 &&
		   !strcmp(json_string_value(json_object_get(read, "defect")), "chain") &&
		   !strcmp(json_string_value(json_object_get(read, "file")),
			   "00000000000000000000.jsonl"),
	   "with the place of the defect");
	json_decref(read);
	free(json);
	for (defect = 1; sekisho_defect_name((enum sekisho_defect)defect); defect++)
		if (!sekisho_defect_text((enum sekisho_defect)defect, true) ||
		    !sekisho_defect_text((enum sekisho_defect)defect, false))
			break;
	ok(defect == SEKISHO_DEFECT_CHECKPOINT_ROOT + 1,
	   "every defect has words in both languages");
}

int main(void)
{
	scratch(root);
	plan(28);
	test_good();
	test_edits();
	test_deletions();
	test_moves();
	test_results();
	close(directory);
	return finish();
}
