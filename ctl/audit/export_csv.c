// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table for spreadsheets: one row a record, one column a key. The label comes as rows of its own
 * below the headings, and its class on every row, so that no row is parted from it. Knows nothing
 * of encodings.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export_writer.h"
#include "headings.h"
#include "record.h"
#include "verify.h"

#define COLUMNS_MAX 128

/* Columns that are no key of a record. */
enum own {
	KEY,
	HANDLING,
	NOTICE,
	WHAT,
	OFFSET,
	OTHER,
	LOG_FILE,
	LOG_ROW,
	OWN,
};

static const char *const own_keys[OWN] = {
	[HANDLING] = "handling", [NOTICE] = "notice", [WHAT] = "what",
	[OFFSET] = "offset",	 [OTHER] = "other",   [LOG_FILE] = "log_file",
	[LOG_ROW] = "log_row",
};

struct column {
	const char *key;
	const char *heading;
	enum own own;
};

struct table {
	size_t count;
	struct column columns[COLUMNS_MAX];
};

/* What a row that is no record, or a column that is no key, has to say. */
struct row {
	const char *own[OWN]; /* NULL: nothing */
	const char *type, *sha256;
	const struct sekisho_fields *fields; /* NULL: none */
};

static const char *const leading[] = { "handling", "notice",  "what",	    "seq",
				       "time",	   "offset",  "clock",	    "host",
				       "boot",	   "mono_ns", "generation", "type" };
static const char *const trailing[] = {
	"cut", "other", "v", "prev", "sha256", "log_file", "log_row"
};

static bool has_column(const struct table *table, const char *key)
{
	for (size_t i = 0; i < table->count; i++)
		if (!strcmp(table->columns[i].key, key))
			return true;
	return false;
}

static enum own own_of(const char *key)
{
	for (int own = KEY + 1; own < OWN; own++)
		if (!strcmp(own_keys[own], key))
			return (enum own)own;
	return KEY;
}

static void add_column(struct table *table, const char *key, bool japanese)
{
	if (table->count < COLUMNS_MAX && !has_column(table, key))
		table->columns[table->count++] =
			(struct column){ key, sekisho_heading(key, japanese), own_of(key) };
}

static void add_columns(struct table *table, const char *const *keys, size_t count, bool japanese)
{
	for (size_t i = 0; i < count; i++)
		add_column(table, keys[i], japanese);
}

/* The order depends on the types asked for and on nothing in the log. */
static void choose_columns(struct table *table, const struct sekisho_export_options *options)
{
	uint64_t types = options->selection.types;

	add_columns(table, leading, sizeof(leading) / sizeof(leading[0]), options->japanese);
	for (int type = 0; type < SEKISHO_RECORD_TYPES; type++) {
		const struct sekisho_field *field;

		if (types && !(types & (1ull << type)))
			continue;
		field = sekisho_type_get((enum sekisho_record_type)type)->fields;
		for (; field->name; field++)
			add_column(table, field->name, options->japanese);
	}
	add_columns(table, trailing, sizeof(trailing) / sizeof(trailing[0]), options->japanese);
}

/* `2026-04-01T12:00:00.000+09:00` as `2026-04-01 12:00:00.000`. */
static bool is_time(const struct sekisho_value *value)
{
	static const char shape[] = "0000-00-00T00:00:00.000+00:00";

	if (value->kind != SEKISHO_VALUE_TEXT || value->length != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i]; i++) {
		char byte = value->text[i];
		bool fits = shape[i] == '0' ? byte >= '0' && byte <= '9'
					    : byte == shape[i] || (shape[i] == '+' && byte == '-');

		if (!fits)
			return false;
	}
	return true;
}

/* One element a line. */
static void list_text(const struct sekisho_value *list, char *text, size_t size)
{
	struct sekisho_value element;
	const char *at = NULL;
	size_t used = 0;

	text[0] = '\0';
	while (sekisho_value_next(list, &at, &element) && used + 2 < size) {
		if (used)
			text[used++] = '\n';
		if (element.key_length && used + element.key_length + 2 < size) {
			memcpy(text + used, element.key, element.key_length);
			used += element.key_length;
			text[used++] = '=';
		}
		used += sekisho_value_text(&element, text + used, size - used);
	}
}

static void put_value(struct sekisho_csv *csv, const char *heading,
		      const struct sekisho_value *value)
{
	char text[SEKISHO_RECORD_LINE_BYTES + 1];

	if (is_time(value)) {
		snprintf(text, sizeof(text), "%.10s %.12s", value->text, value->text + 11);
		sekisho_csv_cell(csv, heading, text, SEKISHO_CSV_TIME);
		return;
	}
	if (value->kind == SEKISHO_VALUE_TEXTS || value->kind == SEKISHO_VALUE_NUMBERS)
		list_text(value, text, sizeof(text));
	else
		sekisho_value_text(value, text, sizeof(text));
	sekisho_csv_cell(csv, heading, text,
			 value->kind == SEKISHO_VALUE_NUMBER ? SEKISHO_CSV_NUMBER
							     : SEKISHO_CSV_TEXT);
}

/* What a row that is no record says in a column. */
static const char *plain_text(const struct row *row, const char *key)
{
	if (!strcmp(key, "type"))
		return row->type;
	return !strcmp(key, "sha256") ? row->sha256 : NULL;
}

static void put_cell(struct sekisho_csv *csv, const struct row *row, const struct column *column)
{
	const struct sekisho_value *value = NULL;
	const char *text = NULL;

	if (column->own)
		text = row->own[column->own];
	else if (row->fields)
		value = sekisho_fields_find(row->fields, column->key);
	else
		text = plain_text(row, column->key);
	if (value)
		put_value(csv, column->heading, value);
	else
		sekisho_csv_cell(csv, column->heading, text ? text : "",
				 column->own == LOG_ROW ? SEKISHO_CSV_NUMBER : SEKISHO_CSV_TEXT);
}

static int put_row(struct sekisho_export_run *run, const struct row *row)
{
	const struct table *table = run->writer;

	for (size_t i = 0; i < table->count; i++)
		put_cell(run->csv, row, &table->columns[i]);
	return sekisho_csv_row(run->csv);
}

static int put_fact(struct sekisho_export_run *run, const char *notice, const char *text)
{
	const struct row row = {
		.own = { [HANDLING] = run->handling, [NOTICE] = notice, [WHAT] = text },
		.type = "label",
	};

	return put_row(run, &row);
}

static int begin(struct sekisho_export_run *run)
{
	struct table *table = calloc(1, sizeof(*table));
	int error = table ? sekisho_csv_open(&run->csv, run->stream, run->options->cp932) : -ENOMEM;

	run->writer = table;
	if (error)
		return error;
	choose_columns(table, run->options);
	for (size_t i = 0; i < table->count; i++)
		sekisho_csv_cell(run->csv, table->columns[i].heading, table->columns[i].heading,
				 SEKISHO_CSV_TEXT);
	error = sekisho_csv_row(run->csv);
	return error ? error : sekisho_export_label_facts(run, put_fact);
}

static void add_notice(struct sekisho_export_run *run, char *notice, size_t size,
		       const char *english, const char *japanese)
{
	size_t used = strlen(notice);

	snprintf(notice + used, size - used, "%s%s",
		 used ? sekisho_export_words(run, ", ", "、") : "",
		 sekisho_export_words(run, english, japanese));
}

/* What an auditor has to mind about a record. */
static void notice_of(struct sekisho_export_run *run, const struct sekisho_export_record *record,
		      char *notice, size_t size)
{
	char flow[SEKISHO_LABEL_NAME_BYTES];

	notice[0] = '\0';
	if (!sekisho_value_is(sekisho_fields_find(&record->fields, "clock"), "synchronised"))
		add_notice(run, notice, size, "clock unsynchronised", "時刻未同期");
	if (sekisho_fields_text(&record->fields, "flow", flow, sizeof(flow))) {
		if (sekisho_label_has(run->label, SEKISHO_LABEL_DUAL_ROLE, flow))
			add_notice(run, notice, size, "dual role", "兼務");
		if (sekisho_label_has(run->label, SEKISHO_LABEL_EXCEPTION, flow))
			add_notice(run, notice, size, "exception", "例外措置");
	}
	if (record->type == SEKISHO_RECORD_LOSS)
		add_notice(run, notice, size, "loss", "記録欠落");
	if (sekisho_fields_find(&record->fields, "cut"))
		add_notice(run, notice, size, "cut", "切り詰め");
}

/* Keys that a newer build has written, as JSON, so that nothing is lost. */
static int others_of(const struct table *table, const struct sekisho_fields *fields, char **text)
{
	struct sekisho_emit emit = { 0 };
	size_t length = 0;
	bool any = false;

	*text = NULL;
	for (size_t i = 0; i < fields->count; i++) {
		const struct sekisho_value *value = &fields->values[i];
		bool quoted = value->kind == SEKISHO_VALUE_TEXT;
		char key[64];

		snprintf(key, sizeof(key), "%.*s", (int)value->key_length, value->key);
		if (has_column(table, key))
			continue;
		if (!any) {
			emit.stream = open_memstream(text, &length);
			if (!emit.stream)
				return -ENOMEM;
			sekisho_emit_begin(&emit, NULL, '{');
		}
		any = true;
		sekisho_emit_raw(&emit, value->key, value->key_length, value->text - quoted,
				 value->length + 2 * quoted);
	}
	if (!any)
		return 0;
	sekisho_emit_end(&emit, '}');
	return fclose(emit.stream) ? -ENOMEM : 0;
}

static int record(struct sekisho_export_run *run, const struct sekisho_export_record *given)
{
	const struct sekisho_type *type =
		given->type < 0 ? NULL : sekisho_type_get((enum sekisho_record_type)given->type);
	const struct sekisho_value *time = sekisho_fields_find(&given->fields, "time");
	char notice[256], offset[16] = "", *other;
	struct row row = {
		.own = { [HANDLING] = run->handling, [NOTICE] = notice, [OFFSET] = offset },
		.fields = &given->fields,
	};
	int error = others_of(run->writer, &given->fields, &other);

	if (!error) {
		notice_of(run, given, notice, sizeof(notice));
		if (time && is_time(time))
			snprintf(offset, sizeof(offset), "UTC%.6s", time->text + 23);
		row.own[OTHER] = other;
		if (type)
			row.own[WHAT] = sekisho_export_words(run, type->english, type->japanese);
		error = put_row(run, &row);
	}
	free(other);
	return error;
}

static int damaged(struct sekisho_export_run *run, const struct sekisho_export_damage *damage)
{
	char number[24];
	const struct row row = {
		.own = { [HANDLING] = run->handling,
			 [NOTICE] = sekisho_export_words(run, "damaged", "破損行"),
			 [WHAT] =
				 sekisho_defect_text(damage->entry->defect, run->options->japanese),
			 [LOG_FILE] = damage->file,
			 [LOG_ROW] = number },
		.type = "damaged",
		.sha256 = damage->digest,
	};

	snprintf(number, sizeof(number), "%" PRIu64, damage->entry->row);
	return put_row(run, &row);
}

static void done(struct sekisho_export_run *run)
{
	free(run->writer);
}

const struct sekisho_export_writer sekisho_export_csv = {
	.open = begin,
	.record = record,
	.damaged = damaged,
	.close = done,
};
