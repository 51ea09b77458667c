// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who talked to whom adds up, also where there are more groups than room.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/talks.h"
#include "audit/types.h"
#include "ktap.h"

#define KEYS  500
#define ROOM  100
#define ADDED 20000

static void add(struct sekisho_talks *talks, unsigned int key, int64_t count, int64_t at)
{
	struct sekisho_fields fields;
	char line[512];
	const struct sekisho_talk talk = { SEKISHO_RECORD_DENY, &fields, at, at + 5 };

	/* Texts that differ only in where one ends and the next begins are different keys. */
	snprintf(line, sizeof(line),
		 "{\"v\":1,\"type\":\"deny\",\"reason\":\"no-flow\",\"from\":\"%.*s\","
		 "\"to\":\"%s\",\"src\":\"10.0.%u.%u\",\"count\":%lld,\"prev\":\"\"}",
		 (int)(key % 3), "ab", &"ab"[key % 3], key / 3 / 16, key / 3 % 16,
		 (long long)count);
	sekisho_fields_read(&fields, line);
	if (sekisho_talks_add(talks, &talk))
		exit(1);
}

static char *written(struct sekisho_talks *talks)
{
	struct sekisho_csv *csv;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream || sekisho_csv_open(&csv, stream, false) ||
	    sekisho_talks_write(talks, csv, "H", 32400, false))
		exit(1);
	sekisho_csv_close(csv);
	fclose(stream);
	return text;
}

/* The cell of a row, from 0; no cell here has a comma in it. */
static const char *cell(const char *row, unsigned int column)
{
	while (column--) {
		row = strchr(row, ',');
		if (!row)
			return "";
		row++;
	}
	return row;
}

static uint64_t sum_of(const char *text, unsigned int column, unsigned int *rows)
{
	uint64_t sum = 0;

	*rows = 0;
	for (const char *row = strstr(text, "\r\n") + 2; *row; row = strstr(row, "\r\n") + 2) {
		sum += strtoull(cell(row, column), NULL, 10);
		++*rows;
	}
	return sum;
}

static void test_groups(size_t most, bool folds)
{
	struct sekisho_talks *talks = sekisho_talks_new(most);
	uint64_t all = 0;
	unsigned int rows, seed = 1;
	char *text;

	for (int i = 0; i < ADDED; i++) {
		unsigned int key = (unsigned int)rand_r(&seed) % KEYS;

		add(talks, key, key + 1, i);
		all += key + 1;
	}
	ok(sekisho_talks_count(talks) == (folds ? most : KEYS), "as many groups as there is room");
	ok(!sekisho_talks_folded(talks) == !folds, "what found none is counted");
	text = written(talks);
	ok(sum_of(text, 17, &rows) == all && rows == (folds ? most + 1 : KEYS),
	   "no packet is lost, and each group has one row");
	ok(sum_of(text, 15, &rows) == ADDED, "nor is a record");
	ok(!strstr(text, "all that found no row of its own") == !folds,
	   "the row of the others says so");
	free(text);
	sekisho_talks_free(talks);
}

static void test_sums(void)
{
	struct sekisho_talks *talks = sekisho_talks_new(2);
	char *text;

	add(talks, 0, INT64_MAX, 0);
	add(talks, 0, INT64_MAX, 3);
	add(talks, 0, INT64_MAX, -2000000000);
	add(talks, 0, -7, 1);
	text = written(talks);
	ok(strstr(text, "18446744073709551615"), "a sum that does not fit stays at the most");
	ok(strstr(text, "1970-01-01 09:00:00.000,1970-01-01 09:00:00.000,UTC+09:00,4,0"),
	   "first and last are those of all records");
	free(text);
	sekisho_talks_free(talks);
}

static void test_nothing(void)
{
	struct sekisho_talks *talks = sekisho_talks_new(SEKISHO_TALKS_MAX + 1);
	char *text = written(talks);

	ok(!strstr(strstr(text, "\r\n") + 2, "\r\n"), "nothing has headings only");
	free(text);
	sekisho_talks_free(talks);
}

int main(void)
{
	plan(13);
	test_groups(KEYS, false);
	test_groups(ROOM, true);
	test_sums();
	test_nothing();
	return finish();
}
