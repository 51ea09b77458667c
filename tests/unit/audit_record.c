// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records as lines: order, escaping, cutting, points in time; and that the strict reader takes
 * exactly what is written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "audit/line.h"
#include "audit/record.h"
#include "ktap.h"

static const uint8_t no_digest[SEKISHO_DIGEST_BYTES];

static struct sekisho_record record;
static char line[SEKISHO_RECORD_LINE_BYTES + 1];

/* Jansson holds integers of 63 bits: @largest of 64 is for what only our reader reads. */
static size_t render(uint64_t largest)
{
	const struct sekisho_record_head head = {
		.seq = largest,
		.stamp = { 1775012696789000000, largest, false },
		.zone = -34200,
		.generation = UINT32_MAX,
		.type = record.type,
		.boot = "01234567-89ab-cdef-0123-456789abcdef",
		.host = "0123456789012345678901234567890123456789012345678901234567890123",
	};
	size_t length = sekisho_record_render(line, &head, record.body, record.length, record.cut,
					      no_digest);

	line[length] = '\0';
	return length;
}

static bool is_read(size_t length)
{
	struct sekisho_line read;
	json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	bool parsed = json;

	json_decref(json);
	return parsed && sekisho_line_read(line, length, &read) == SEKISHO_DEFECT_NONE;
}

static bool text_becomes(const char *text, const char *form)
{
	char expected[256];
	size_t length;

	sekisho_record_begin(&record, SEKISHO_RECORD_LINK, 1, 0);
	sekisho_record_text(&record, "interface", text);
	sekisho_record_text(&record, "state", "gone");
	snprintf(expected, sizeof(expected), ",\"interface\":\"%s\",\"state\":\"gone\"", form);
	length = render(INT64_MAX);
	return !sekisho_record_finish(&record) && strstr(line, expected) && is_read(length);
}

static void fill_text(char *text, size_t bytes, const char *unit)
{
	size_t length = strlen(unit), i;

	for (i = 0; i + length <= bytes; i += length)
		memcpy(text + i, unit, length);
	text[i] = '\0';
}

/* Every key of a type, as long as can be. */
static size_t largest(enum sekisho_record_type type, const char *unit)
{
	const struct sekisho_field *field = sekisho_type_get(type)->fields;
	struct sekisho_record_number numbers[64];
	static char text[20000];
	static char names[64][32];
	const char *texts[64];
	size_t i;

	fill_text(text, sizeof(text) - 1, unit);
	for (i = 0; i < 64; i++) {
		snprintf(names[i], sizeof(names[i]), "a-reason-of-some-length-%02zu", i);
		numbers[i] = (struct sekisho_record_number){ names[i], INT64_MAX };
		texts[i] = text;
	}
	sekisho_record_begin(&record, type, UINT32_MAX, -34200);
	for (; field->name; field++) {
		switch (field->kind) {
		case SEKISHO_FIELD_TEXT:
			sekisho_record_text(&record, field->name, text);
			break;
		case SEKISHO_FIELD_TIME:
			sekisho_record_time(&record, field->name, INT64_MAX);
			break;
		case SEKISHO_FIELD_NUMBER:
			sekisho_record_number(&record, field->name, INT64_MIN);
			break;
		case SEKISHO_FIELD_TEXTS:
			sekisho_record_texts(&record, field->name, texts, 64);
			break;
		case SEKISHO_FIELD_NUMBERS:
			sekisho_record_numbers(&record, field->name, numbers, 64);
			break;
		}
	}
	return sekisho_record_finish(&record) ? 0 : render(UINT64_MAX);
}

static void test_largest(void)
{
	static const char *const units[] = { "x", "\"", "\x01", "関", "\xff", "\xf0\x9f\x90\x89" };
	bool fits = true, read = true, cut = true;
	unsigned int unit;
	int type;

	for (type = 0; type < SEKISHO_RECORD_TYPES; type++) {
		for (unit = 0; unit < sizeof(units) / sizeof(units[0]); unit++) {
			size_t length = largest(type, units[unit]);

			fits &= length && length <= SEKISHO_RECORD_LINE_BYTES;
			read &= is_read(render(INT64_MAX));
			if (strstr(line, "x\xe2\x80\xa6"))
				cut &= strstr(line, ",\"cut\":true,\"prev\"") != NULL;
		}
	}
	ok(fits, "every type fits its line, whatever its texts");
	ok(read, "every such line is read back");
	ok(cut, "what is cut says so");
}

static void test_order(void)
{
	sekisho_record_begin(&record, SEKISHO_RECORD_LINK, 1, 0);
	sekisho_record_text(&record, "state", "gone");
	ok(sekisho_record_finish(&record) == -EINVAL, "a key that must be there is missed");
	sekisho_record_begin(&record, SEKISHO_RECORD_PERMIT, 1, 0);
	sekisho_record_text(&record, "reason", "permit-new");
	sekisho_record_text(&record, "direction", "input");
	sekisho_record_text(&record, "to", "b");
	sekisho_record_text(&record, "from", "a");
	ok(sekisho_record_finish(&record) == -EINVAL, "keys in the wrong order are refused");
	sekisho_record_begin(&record, SEKISHO_RECORD_LINK, 1, 0);
	sekisho_record_number(&record, "interface", 1);
	ok(sekisho_record_finish(&record) == -EINVAL, "a key of another kind is refused");
	sekisho_record_begin(&record, SEKISHO_RECORD_LINK, 1, 0);
	sekisho_record_text(&record, "colour", "red");
	ok(sekisho_record_finish(&record) == -EINVAL, "an unknown key is refused");
	sekisho_record_begin(&record, SEKISHO_RECORD_LOSS, 1, 0);
	sekisho_record_count(&record, "count", 1ull << 63);
	ok(sekisho_record_finish(&record) == -ERANGE, "a number beyond 63 bits is refused");
	sekisho_record_begin(&record, SEKISHO_RECORD_TYPES, 1, 0);
	sekisho_record_text(&record, "reason", "x");
	ok(sekisho_record_finish(&record) == -EINVAL, "an unknown type is refused");
	sekisho_record_begin(&record, SEKISHO_RECORD_GUARD_ATTACH, 1, 0);
	ok(!sekisho_record_finish(&record), "optional keys may all be left out");
}

static bool is_stamp(int64_t wall_ns, int32_t zone, const char *expected)
{
	char text[SEKISHO_STAMP_BYTES];
	int64_t again;

	sekisho_stamp_text(text, wall_ns, zone);
	return !strcmp(text, expected) && !sekisho_stamp_parse(text, &again) &&
	       again == wall_ns / 1000000 * 1000000;
}

static void test_stamps(void)
{
	static const char *const bad[] = {
		"",
		"2026-04-01",
		"2026-04-01T12:00:00+09:00",
		"2026-13-01T12:00:00.000+09:00",
		"2026-04-01T24:00:00.000+09:00",
		"2026-04-01T12:00:00.000Z",
		"2026-04-01T12:00:00.000+9:00",
	};
	char text[SEKISHO_STAMP_BYTES];
	bool refused = true;
	int64_t wall_ns;
	size_t i;

	ok(is_stamp(1774969200123456789, 32400, "2026-04-01T00:00:00.123+09:00"),
	   "the fiscal year begins in Japan");
	ok(is_stamp(1774969200123456789, -34200, "2026-03-31T05:30:00.123-09:30"),
	   "zones west of UTC, by half hours");
	ok(is_stamp(0, 0, "1970-01-01T00:00:00.000+00:00"), "the epoch");
	sekisho_stamp_text(text, -1, -3600);
	ok(!strcmp(text, "1970-01-01T00:00:00.000-01:00"), "before it is shown as it");
	sekisho_stamp_text(text, INT64_MAX, 32400);
	ok(!strncmp(text, "2262-", 5), "the last nanosecond of 63 bits");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused &= sekisho_stamp_parse(bad[i], &wall_ns) == -EINVAL;
	ok(refused, "what is no such time is refused");
}

/* One byte changed anywhere: never read past the line, and never taken if it is no JSON. */
static void test_reader(void)
{
	struct sekisho_line read;
	size_t length, i;
	bool strict = true;
	char *copy;

	sekisho_record_begin(&record, SEKISHO_RECORD_COUNTERS, 7, 0);
	sekisho_record_count(&record, "frames", 3);
	sekisho_record_count(&record, "permitted", 2);
	sekisho_record_count(&record, "denied", 1);
	sekisho_record_count(&record, "lost_events", 0);
	sekisho_record_numbers(
		&record, "reasons",
		(struct sekisho_record_number[]){ { "permit-new", 2 }, { "no-flow", 1 } }, 2);
	length = render(1234);
	copy = malloc(length);
	for (i = 0; copy && i < length * 256; i++) {
		json_t *json;

		memcpy(copy, line, length);
		copy[i / 256] = (char)(i % 256);
		if (sekisho_line_read(copy, length, &read) != SEKISHO_DEFECT_NONE)
			continue;
		json = json_loadb(copy, length, JSON_ALLOW_NUL, NULL);
		strict &= json != NULL;
		json_decref(json);
	}
	ok(copy && strict, "no line is read that is not JSON");
	for (i = 0; copy && i < length; i++) {
		char *cut = malloc(i + 1);

		memcpy(cut, line, i);
		strict &= !i || sekisho_line_read(cut, i, &read) == SEKISHO_DEFECT_LINE_END;
		if (i) {
			cut[i - 1] = '\n';
			strict &= sekisho_line_read(cut, i, &read) != SEKISHO_DEFECT_NONE;
		}
		free(cut);
	}
	ok(strict, "nor a part of one");
	free(copy);
}

static void test_text(void)
{
	ok(text_becomes("lg0", "lg0"), "plain text");
	ok(text_becomes("関所市 𠮷", "関所市 𠮷"), "Japanese, also beyond the basic plane");
	ok(text_becomes("a\"b\\c/d", "a\\\"b\\\\c/d"), "quotes and backslashes");
	ok(text_becomes("\b\f\n\r\t\x01\x1f\x7f", "\\b\\f\\n\\r\\t\\u0001\\u001f\x7f"),
	   "control characters");
	ok(text_becomes("\x80z", "\xef\xbf\xbdz"), "a continuation byte alone");
	ok(text_becomes("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"), "an overlong slash");
	ok(text_becomes("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
	   "half a surrogate");
	ok(text_becomes("\xf4\x90\x80\x80x", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx"),
	   "beyond Unicode");
	ok(text_becomes("\xe9\x96", "\xef\xbf\xbd\xef\xbf\xbd"), "a character cut in the middle");
}

static void test_cut(void)
{
	char text[1026];

	memset(text, 'a', sizeof(text));
	text[1024] = '\0';
	sekisho_record_begin(&record, SEKISHO_RECORD_LINK, 1, 0);
	sekisho_record_text(&record, "interface", text);
	ok(!record.cut && record.length == 1024 + strlen(",\"interface\":\"\""),
	   "a text of 1024 bytes is not cut");
	text[1024] = 'a';
	text[1025] = '\0';
	sekisho_record_begin(&record, SEKISHO_RECORD_LINK, 1, 0);
	sekisho_record_text(&record, "interface", text);
	ok(record.cut && record.length == 1024 + strlen(",\"interface\":\"\"") &&
		   !memcmp(record.body + record.length - 5, "a\xe2\x80\xa6\"", 5),
	   "one more is, with an ellipsis within the bound");
}

int main(void)
{
	plan(29);
	test_text();
	test_cut();
	test_largest();
	test_order();
	test_stamps();
	test_reader();
	return finish();
}
