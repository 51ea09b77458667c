// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records as their readers get them: one after another over the files, bad lines included, and
 * their keys and values as another reader of JSON has them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "audit/convert.h"
#include "audit/fields.h"
#include "audit/files.h"
#include "audit/log.h"
#include "audit/reader.h"
#include "ktap.h"
#include "scratch.h"

#define RECORDS 35
#define A_FILE	10

static char root[] = "/tmp/sekisho-audit-reader-XXXXXX";
static int directory = -1;

static void write_log(void)
{
	const struct sekisho_log_options options = {
		.directory = root, .origin = "r", .file_records = A_FILE, .no_sync = true
	};
	static const char *const findings[] = { "first \"quoted\"", "次\n行" };
	struct sekisho_record record;
	struct sekisho_log *log;

	if (sekisho_log_open(&log, &options))
		exit(1);
	for (unsigned int i = 0; i < RECORDS; i++) {
		const struct sekisho_audit_policy policy = {
			.actor = "甲\t\x01\x7f😀",
			.flows = i,
			.confirm = -1,
			.findings = findings,
			.findings_count = i % 3,
		};
		struct sekisho_audit_counters counters = { .frames = i, .permitted = 1 };

		counters.reasons[SEKISHO_REASON_NO_FLOW] = i % 2 * 7;
		if (i % 2)
			sekisho_convert_counters(&record, 1, 32400, &counters);
		else
			sekisho_convert_policy(&record, SEKISHO_RECORD_POLICY_APPLY, 1, 32400,
					       &policy);
		sekisho_log_append(log, &record);
	}
	directory = dup(sekisho_log_directory(log));
	if (directory < 0 || sekisho_log_close(log))
		exit(1);
}

static bool text_equal(const struct sekisho_value *value, const json_t *json)
{
	char text[4096];
	size_t length = sekisho_value_text(value, text, sizeof(text));

	return json_is_string(json) && length == json_string_length(json) &&
	       !memcmp(text, json_string_value(json), length);
}

static bool number_equal(const struct sekisho_value *value, const json_t *json)
{
	int64_t number;

	return json_is_integer(json) && sekisho_value_number(value, &number) &&
	       number == json_integer_value(json);
}

static bool list_equal(const struct sekisho_value *value, const json_t *json)
{
	struct sekisho_value element;
	const char *at = NULL;
	size_t count = 0;

	while (sekisho_value_next(value, &at, &element)) {
		char key[64];

		if (value->kind == SEKISHO_VALUE_TEXTS) {
			if (!text_equal(&element, json_array_get(json, count)))
				return false;
		} else {
			snprintf(key, sizeof(key), "%.*s", (int)element.key_length, element.key);
			if (!number_equal(&element, json_object_get(json, key)))
				return false;
		}
		count++;
	}
	return count == (json_is_array(json) ? json_array_size(json) : json_object_size(json));
}

static bool value_equal(const struct sekisho_value *value, const json_t *json)
{
	switch (value->kind) {
	case SEKISHO_VALUE_TEXT:
		return text_equal(value, json);
	case SEKISHO_VALUE_NUMBER:
		return number_equal(value, json);
	case SEKISHO_VALUE_TRUTH:
		return json_is_boolean(json) && (value->text[0] == 't') == json_is_true(json);
	default:
		return list_equal(value, json);
	}
}

static bool fields_equal(const char *line)
{
	json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	struct sekisho_fields fields;
	const json_t *member;
	const char *key;
	bool same;

	sekisho_fields_read(&fields, line);
	same = json && !fields.more && fields.count == json_object_size(json);
	json_object_foreach(json, key, member)
	{
		const struct sekisho_value *value = sekisho_fields_find(&fields, key);

		if (!value || !value_equal(value, member)) {
			printf("# %s differs\n", key);
			same = false;
		}
	}
	json_decref(json);
	return same;
}

static struct sekisho_reader *open_at(uint64_t seq)
{
	struct sekisho_reader *reader;

	if (sekisho_reader_open(&reader, directory, seq))
		exit(1);
	return reader;
}

static void test_all(void)
{
	struct sekisho_reader *reader = open_at(0);
	struct sekisho_entry entry;
	uint64_t done, all, seq = 0;
	bool same = true, numbered = true;
	char line[SEKISHO_RECORD_LINE_BYTES + 1];

	while (sekisho_reader_next(reader, &entry) > 0) {
		numbered &= !entry.defect && entry.line.seq == seq &&
			    entry.file == seq / A_FILE * A_FILE && entry.row == seq % A_FILE + 1 &&
			    entry.wall_ns > 1700000000000000000;
		snprintf(line, sizeof(line), "%.*s", (int)entry.length, entry.text);
		same &= fields_equal(line);
		seq++;
	}
	ok(numbered && seq == RECORDS, "all records, in their order");
	ok(same, "with the keys and values that another reader sees");
	sekisho_reader_progress(reader, &done, &all);
	ok(done == all && done, "and it is known how far it is");
	sekisho_reader_close(reader);
}

static void test_places(void)
{
	struct sekisho_reader *reader = open_at(23);
	struct sekisho_entry entry = { 0 }, again;
	bool found;

	ok(sekisho_reader_next(reader, &entry) == 1 && entry.line.seq == 20,
	   "reading begins with the file that has the record");
	sekisho_reader_next(reader, &entry);
	sekisho_reader_next(reader, &entry);
	found = !sekisho_reader_seek(reader, 10, 0) && sekisho_reader_next(reader, &again) == 1 &&
		again.line.seq == 10 && !sekisho_reader_seek(reader, 20, entry.offset) &&
		sekisho_reader_next(reader, &again) == 1 && again.line.seq == 22;
	ok(found, "and goes to a place that was told");
	ok(sekisho_reader_seek(reader, 11, 0) == -ENOENT, "but to no other");
	sekisho_reader_close(reader);
}

static void append(uint64_t first, const char *text)
{
	char name[SEKISHO_FILE_NAME_BYTES];
	int fd;

	sekisho_file_name(name, first);
	fd = openat(directory, name, O_WRONLY | O_APPEND);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		exit(1);
	close(fd);
}

static void test_bad(void)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry;
	unsigned int good = 0, bad = 0;
	bool whole = true;

	append(0, "{}\n\xff\nno end");
	append(30, "{\"v\":1,\"seq\":35");
	reader = open_at(0);
	while (sekisho_reader_next(reader, &entry) > 0) {
		good += !entry.defect;
		bad += entry.defect != SEKISHO_DEFECT_NONE;
		whole &= !entry.defect || entry.file == 0;
	}
	ok(good == RECORDS && bad == 3 && whole, "bad lines are handed over as such");
	append(30, "}\n");
	ok(sekisho_reader_next(reader, &entry) == 1 && entry.defect == SEKISHO_DEFECT_FORM,
	   "a line that was being written when it is finished");
	sekisho_reader_close(reader);
}

static bool text_is(const char *form, const char *expected, size_t size)
{
	const struct sekisho_value value = { .kind = SEKISHO_VALUE_TEXT,
					     .text = form,
					     .length = strlen(form) };
	char text[64];

	return sekisho_value_text(&value, text, size) == strlen(expected) &&
	       !strcmp(text, expected);
}

static bool number_is(const char *form, bool fits, int64_t expected)
{
	const struct sekisho_value value = { .kind = SEKISHO_VALUE_NUMBER,
					     .text = form,
					     .length = strlen(form) };
	int64_t number = 0;

	return sekisho_value_number(&value, &number) == fits && number == expected;
}

static void test_values(void)
{
	ok(text_is("a\\\\\\\"\\/\\b\\f\\n\\r\\t", "a\\\"/\b\f\n\r\t", 64), "short escapes");
	ok(text_is("\\u0041\\u00e9\\u3042\\uD83d\\ude00", "Aé\u3042\U0001f600", 64),
	   "escaped characters");
	ok(text_is("\\ud83dx\\ude00\\u0000\\ud83d\\u0041", "\ufffdx\ufffd\ufffd\ufffdA", 64),
	   "what is no character");
	ok(text_is("abc\u3042", "abc", 6) && text_is("abc\u3042", "abc\u3042", 7) &&
		   text_is("abc", "", 1),
	   "a text is cut at a character");
	ok(number_is("-9223372036854775808", true, INT64_MIN) &&
		   number_is("9223372036854775807", true, INT64_MAX) &&
		   number_is("9223372036854775808", false, 0) &&
		   number_is("18446744073709551615", false, 0) && number_is("-0", true, 0),
	   "numbers to the last that fits");
}

int main(void)
{
	plan(13);
	scratch(root);
	write_log();
	test_all();
	test_places();
	test_bad();
	test_values();
	close(directory);
	return finish();
}
