// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of an export: cells that spreadsheets do not change, characters that CP932 lacks,
 * headings for every key, classes of OCSF as they are documented, the label, counts with bounds.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/csv.h"
#include "audit/emit.h"
#include "audit/guideline_items.h"
#include "audit/headings.h"
#include "audit/label.h"
#include "audit/ocsf.h"
#include "audit/tallies.h"
#include "audit/types.h"
#include "ktap.h"

/* A table of one row of @count cells; freed by the caller. */
static char *table_of(const char *const *cells, size_t count, bool cp932, int *error,
		      struct sekisho_csv_problem *problem)
{
	struct sekisho_csv *csv;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream || sekisho_csv_open(&csv, stream, cp932))
		exit(1);
	for (size_t i = 0; i < count; i++)
		sekisho_csv_cell(csv, "heading", cells[i], SEKISHO_CSV_TEXT);
	*error = sekisho_csv_row(csv);
	*problem = *sekisho_csv_problem(csv);
	sekisho_csv_close(csv);
	fclose(stream);
	return text;
}

static bool row_is(const char *const *cells, size_t count, bool cp932, const char *expected)
{
	struct sekisho_csv_problem problem;
	int error;
	char *text = table_of(cells, count, cp932, &error, &problem);
	bool same = !error && !strcmp(text, expected);

	free(text);
	return same;
}

static bool stops_at(const char *text, uint32_t character)
{
	const char *const cells[] = { "a", text };
	struct sekisho_csv_problem problem;
	int error;

	free(table_of(cells, 2, true, &error, &problem));
	return error == -EILSEQ && problem.row == 1 && problem.column == 2 &&
	       problem.character == character && !strcmp(problem.heading, "heading");
}

static void test_csv(void)
{
	const char *const plain[] = { "a", "b,c", "d\"e", "f\r\ng", "" };
	const char *const japanese[] = { "髙①～", "\\~" };

	ok(row_is(plain, 5, false,
		  "\xef\xbb\xbf"
		  "a,\"b,c\",\"d\"\"e\",\"f\r\ng\",\r\n"),
	   "cells as RFC 4180 has them, after a byte order mark");
	ok(row_is(japanese, 2, true, "\xfb\xfc\x87\x40\x81\x60,\\~\r\n"), "characters of CP932");
	ok(stops_at("土\xf0\xa0\xae\xb7野", 0x20bb7), "one outside the first plane stops it");
	ok(stops_at("\xe3\x80\x9c", 0x301c) && stops_at("\xc2\xa5", 0xa5) &&
		   stops_at("\xe2\x80\xbe", 0x203e) && stops_at("\xe2\x88\x92", 0x2212),
	   "so does one that would come back as another");
	ok(stops_at("a\xff", 0xfffd), "and what is not UTF-8");
}

static void test_guards(void)
{
	static const struct {
		const char *text;
		enum sekisho_csv_kind kind;
		bool guarded;
	} cases[] = {
		{ "=1+1", SEKISHO_CSV_TEXT, true },
		{ "+81-3", SEKISHO_CSV_TEXT, true },
		{ "-1-1", SEKISHO_CSV_TEXT, true },
		{ "@A1", SEKISHO_CSV_TEXT, true },
		{ "\tx", SEKISHO_CSV_TEXT, true },
		{ "\rx", SEKISHO_CSV_TEXT, true },
		{ "\nx", SEKISHO_CSV_TEXT, true },
		{ "＝1", SEKISHO_CSV_TEXT, true },
		{ "＠x", SEKISHO_CSV_TEXT, true },
		{ "-", SEKISHO_CSV_TEXT, true },
		{ "-5", SEKISHO_CSV_TEXT, false },
		{ "-5", SEKISHO_CSV_NUMBER, false },
		{ "+5", SEKISHO_CSV_TEXT, false },
		{ "123456789012345", SEKISHO_CSV_NUMBER, false },
		{ "1234567890123456", SEKISHO_CSV_NUMBER, true },
		{ "-1234567890123456", SEKISHO_CSV_NUMBER, true },
		{ "0", SEKISHO_CSV_TEXT, false },
		{ "0012", SEKISHO_CSV_TEXT, true },
		{ "3/1", SEKISHO_CSV_TEXT, true },
		{ "1-2", SEKISHO_CSV_TEXT, true },
		{ "1e5", SEKISHO_CSV_TEXT, true },
		{ "1.5E+3", SEKISHO_CSV_TEXT, true },
		{ "10.20.0.1", SEKISHO_CSV_TEXT, false },
		{ "2026-04-01 12:00:00.000", SEKISHO_CSV_TIME, false },
		{ "a=1", SEKISHO_CSV_TEXT, false },
		{ "", SEKISHO_CSV_TEXT, false },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (sekisho_csv_guarded(cases[i].text, cases[i].kind) == cases[i].guarded)
			continue;
		printf("# '%s'\n", cases[i].text);
		good = false;
	}
	ok(good, "what a spreadsheet would change gets a quote before it, and nothing else");
}

static bool has_headings(const char *key)
{
	const char *const cells[] = { sekisho_heading(key, true) };
	struct sekisho_csv_problem problem;
	int error;

	free(table_of(cells, 1, true, &error, &problem));
	if (sekisho_heading(key, false) != key && sekisho_heading(key, true) != key && !error)
		return true;
	printf("# %s\n", key);
	return false;
}

static void test_headings(void)
{
	static const char *const common[] = { "v",	 "seq",	 "time",       "clock", "boot",
					      "mono_ns", "host", "generation", "type",	"prev" };
	bool good = true;

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		good &= has_headings(common[i]);
	for (int type = 0; type < SEKISHO_RECORD_TYPES; type++) {
		const struct sekisho_field *field =
			sekisho_type_get((enum sekisho_record_type)type)->fields;

		for (; field->name; field++)
			good &= has_headings(field->name);
	}
	ok(good, "every key has a heading in both languages, in CP932 too");
}

/* The row of docs/exports.md that a type must have. */
static bool is_documented(int type, const char *document)
{
	const struct sekisho_ocsf *ocsf = sekisho_ocsf_of(type);
	char row[128];

	snprintf(row, sizeof(row), "\n| `%s` | %u | %u | %u | %u | %u |\n",
		 sekisho_type_get((enum sekisho_record_type)type)->name, ocsf->class_uid,
		 ocsf->activity_id, ocsf->severity_id, ocsf->status_id, ocsf->disposition_id);
	if (strstr(document, row))
		return true;
	printf("# not there: %s\n", row + 1);
	return false;
}

static void test_ocsf(void)
{
	static char document[1 << 16];
	FILE *stream = fopen("docs/exports.md", "r");
	bool documented = true, whole = true;

	if (!stream)
		exit(1);
	document[fread(document, 1, sizeof(document) - 1, stream)] = '\0';
	fclose(stream);
	for (int type = 0; type < SEKISHO_RECORD_TYPES; type++) {
		const struct sekisho_ocsf *ocsf = sekisho_ocsf_of(type);

		documented &= is_documented(type, document);
		whole &= ocsf->activity_id && ocsf->severity_id &&
			 !ocsf->state_id == (ocsf->class_uid != SEKISHO_OCSF_CONFIG) &&
			 !ocsf->entity_type_id == (ocsf->class_uid != SEKISHO_OCSF_ENTITY);
	}
	ok(documented, "docs/exports.md has the classes of OCSF as they are");
	ok(whole, "every type has what its class wants");
	ok(sekisho_ocsf_of(-2)->activity_id == 99 &&
		   !sekisho_ocsf_of(SEKISHO_RECORD_TYPES)->class_uid,
	   "a type that is not known has none");
}

static void test_label(void)
{
	struct sekisho_label label = { 0 };
	char text[SEKISHO_LABEL_TEXT_BYTES];

	sekisho_label_raise(&label, 1, 3, 0);
	sekisho_label_raise(&label, 2, 1, 0);
	sekisho_label_handling(&label, false, true, text);
	ok(!strcmp(text, "機密性2・完全性3・可用性不明（不明は最高として扱う）"),
	   "the highest of each, and unknown where none is stated");
	sekisho_label_raise(&label, 0, 0, 1);
	sekisho_label_handling(&label, true, false, text);
	ok(!strcmp(text, "confidentiality 2, integrity 3, availability 1; redacted"), "in English");
	label.unknown = true;
	ok(!strcmp(sekisho_label_class(&label, 2), "unknown"), "unknown hides what is known");
	for (uint32_t generation = 4; generation < 9; generation++)
		sekisho_label_flow(&label, SEKISHO_LABEL_DUAL_ROLE, generation, "F", "甲",
				   generation < 7 ? "当直" : "応援");
	ok(label.flow_count == 2 && label.flows[0].first == 4 && label.flows[0].last == 6 &&
		   label.flows[1].first == 7 && label.flows[1].last == 8,
	   "a flow is noted once for its generations");
	ok(sekisho_label_has(&label, SEKISHO_LABEL_DUAL_ROLE, "F") &&
		   !sekisho_label_has(&label, SEKISHO_LABEL_EXCEPTION, "F") &&
		   !sekisho_label_has(&label, SEKISHO_LABEL_DUAL_ROLE, "G"),
	   "and found by its kind");
	sekisho_label_free(&label);
}

static void test_tallies(void)
{
	static struct sekisho_tallies tallies;
	static struct sekisho_name_list list;
	char name[8];

	for (unsigned int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "%u", i);
		sekisho_tallies_add(&tallies, name, i, INT64_MAX);
		sekisho_name_list_add(&list, name);
		sekisho_name_list_add(&list, name);
	}
	ok(tallies.all.records == 30 && tallies.count == SEKISHO_TALLIES_MAX &&
		   tallies.others.records == 6 && tallies.others.first_seq == 24 &&
		   tallies.all.sum == UINT64_MAX,
	   "what finds no place is counted as others, and sums stay at their bound");
	ok(list.count == SEKISHO_NAMES_MAX && list.more, "names that find no place are told of");
	sekisho_name_list_remove(&list, "0");
	sekisho_name_list_remove(&list, "23");
	sekisho_name_list_remove(&list, "nosuch");
	ok(list.count == SEKISHO_NAMES_MAX - 2 && !strcmp(list.names[0], "1") &&
		   !strcmp(list.names[21], "22"),
	   "names go where they are taken out");
}

static void test_items(void)
{
	bool good = true;

	for (int item = 0; item < SEKISHO_GUIDELINE_ITEMS; item++) {
		const struct sekisho_guideline_definition *definition =
			&sekisho_guideline_items[item];
		const char *const cells[] = { definition->item_japanese, definition->japanese };
		struct sekisho_csv_problem problem;
		int error;

		free(table_of(cells, 2, true, &error, &problem));
		good &= definition->id && definition->item_english && definition->english && !error;
	}
	ok(good, "every item of the guideline is told in both languages, in CP932 too");
}

static void test_emit(void)
{
	char *text = NULL;
	size_t length;
	struct sekisho_emit emit = { .stream = open_memstream(&text, &length) };

	if (!emit.stream)
		exit(1);
	sekisho_emit_begin(&emit, NULL, '{');
	sekisho_emit_text(&emit, "a", "\"\\\n\x01\xff\xe3\x81\x82");
	sekisho_emit_begin(&emit, "b", '[');
	sekisho_emit_number(&emit, NULL, INT64_MIN);
	sekisho_emit_count(&emit, NULL, UINT64_MAX);
	sekisho_emit_end(&emit, ']');
	sekisho_emit_begin(&emit, "c", '{');
	sekisho_emit_end(&emit, '}');
	sekisho_emit_truth(&emit, "d", true);
	sekisho_emit_end(&emit, '}');
	sekisho_emit_line(&emit);
	fclose(emit.stream);
	ok(!strcmp(text, "{\"a\":\"\\\"\\\\\\n\\u0001\xef\xbf\xbd\xe3\x81\x82\",\"b\":"
			 "[-9223372036854775808,18446744073709551615],\"c\":{},\"d\":true}\n"),
	   "JSON with its commas and escapes");
	free(text);
}

int main(void)
{
	plan(20);
	test_csv();
	test_guards();
	test_headings();
	test_ocsf();
	test_label();
	test_tallies();
	test_items();
	test_emit();
	return finish();
}
