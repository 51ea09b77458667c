// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables and lists of fields from JSON objects. Knows nothing of what they say.
 */
#include "ui/table.h"

#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "policy/utf8.h"
#include "ui/cells.h"
#include "ui/format.h"
#include "ui/message.h"

#define DIGEST_SHOWN 12

/* 1234567 as 1,234,567. */
static char *grouped(json_int_t number)
{
	char digits[32], *text = NULL;
	size_t length, used = 0;

	snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, number);
	length = strlen(digits);
	text = malloc(2 * length + 1);
	for (size_t i = 0; text && i < length; i++) {
		if (i && (length - i) % 3 == 0 && digits[i - 1] != '-')
			text[used++] = ',';
		text[used++] = digits[i];
	}
	if (text)
		text[used] = '\0';
	return text;
}

static char *with_unit(json_int_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;
	char *text;

	while (value >= 1024 && unit < 6) {
		value /= 1024;
		unit++;
	}
	if (asprintf(&text, unit ? "%.1f %s" : "%.0f %s", value, units[unit]) < 0)
		return NULL;
	return text;
}

/* A rate: with one decimal as long as that says something. */
static char *with_point(double value, enum sekisho_column_kind kind)
{
	char *text;

	if (kind == SEKISHO_COLUMN_BYTES)
		return with_unit((json_int_t)value);
	if (value >= 10 || (json_int_t)(value * 10 + 0.5) % 10 == 0)
		return grouped((json_int_t)(value + 0.5));
	return asprintf(&text, "%.1f", value) < 0 ? NULL : text;
}

/* The offset at the end of an RFC 3339 time. */
static int32_t zone_of(const char *time)
{
	size_t length = strlen(time);
	const char *offset = time + length - 6;
	long seconds;

	if (length < 6 || (offset[0] != '+' && offset[0] != '-') || offset[3] != ':')
		return 0;
	seconds = strtol(offset + 1, NULL, 10) * 3600 + strtol(offset + 4, NULL, 10) * 60;
	return (int32_t)(offset[0] == '-' ? -seconds : seconds);
}

static char *short_time(const char *time, bool until)
{
	char text[SEKISHO_TIME_TEXT];
	int64_t wall_ns;
	struct tm parts = { 0 };

	if (!strptime(time, "%Y-%m-%dT%H:%M:%S", &parts))
		return strdup(time);
	wall_ns = timegm(&parts);
	if (until)
		sekisho_format_last_day(text, wall_ns - zone_of(time), zone_of(time));
	else
		sekisho_format_time_short(text, wall_ns, 0);
	return strdup(text);
}

char *sekisho_text_plain(const char *text)
{
	size_t length = strlen(text), used = 0;
	char *plain = malloc(3 * length + 1);

	for (size_t at = 0; plain && at < length;) {
		uint32_t character = 0;
		size_t bytes = sekisho_utf8_next(text + at, length - at, &character);

		if (!bytes || sekisho_utf8_control(character)) {
			memcpy(plain + used, "\xef\xbf\xbd", 3);
			used += 3;
		} else {
			memcpy(plain + used, text + at, bytes);
			used += bytes;
		}
		at += bytes ? bytes : 1;
	}
	if (plain)
		plain[used] = '\0';
	return plain;
}

static char *text_form(const char *text, enum sekisho_column_kind kind)
{
	switch (kind) {
	case SEKISHO_COLUMN_TIME:
		return short_time(text, false);
	case SEKISHO_COLUMN_UNTIL:
		return short_time(text, true);
	case SEKISHO_COLUMN_DIGEST:
		return strndup(text, DIGEST_SHOWN);
	default:
		return sekisho_text_plain(text);
	}
}

static char *value_form(const json_t *value, enum sekisho_column_kind kind);

static char *list_form(const json_t *list, enum sekisho_column_kind kind)
{
	size_t count = json_array_size(list), length, i;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	for (i = 0; i < count; i++) {
		char *item = value_form(json_array_get(list, i), kind);

		if (!item)
			break;
		fprintf(stream, "%s%s", i ? ", " : "", item);
		free(item);
	}
	if (fclose(stream) || i < count) {
		free(text);
		return NULL;
	}
	return text;
}

/* How people see a value; NULL without memory. */
static char *value_form(const json_t *value, enum sekisho_column_kind kind)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		return text_form(json_string_value(value), kind);
	case JSON_INTEGER:
		return kind == SEKISHO_COLUMN_BYTES ? with_unit(json_integer_value(value))
						    : grouped(json_integer_value(value));
	case JSON_REAL:
		return with_point(json_real_value(value), kind);
	case JSON_TRUE:
		return strdup(_("yes"));
	case JSON_FALSE:
		return strdup(_("no"));
	case JSON_ARRAY:
		return list_form(value, kind);
	default:
		return strdup("-");
	}
}

static int fill_line(struct libscols_line *line, const json_t *row,
		     const struct sekisho_column *columns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text = value_form(json_object_get(row, columns[i].key), columns[i].kind);

		if (!text)
			return -ENOMEM;
		if (scols_line_refer_data(line, i, text)) {
			free(text);
			return -ENOMEM;
		}
	}
	return 0;
}

static bool is_right(enum sekisho_column_kind kind)
{
	return kind == SEKISHO_COLUMN_NUMBER || kind == SEKISHO_COLUMN_BYTES;
}

int sekisho_table_print(const json_t *rows, const struct sekisho_column *columns, size_t count,
			FILE *stream)
{
	struct libscols_table *table = scols_new_table();
	int error = table ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !error; i++) {
		int flags = is_right(columns[i].kind) ? SCOLS_FL_RIGHT : 0;

		if (!scols_table_new_column(table, _(columns[i].label), 0, flags))
			error = -ENOMEM;
	}
	for (size_t i = 0; i < json_array_size(rows) && !error; i++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		error = line ? fill_line(line, json_array_get(rows, i), columns, count) : -ENOMEM;
	}
	if (!error) {
		scols_table_set_stream(table, stream);
		/* A pipe has no width to cut at. */
		if (!isatty(fileno(stream)))
			scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
		error = scols_print_table(table) < 0 ? -ENOMEM : 0;
	}
	scols_unref_table(table);
	return error;
}

static bool is_shown(const json_t *value)
{
	return value && !json_is_null(value) &&
	       !(json_is_array(value) && json_array_size(value) == 0);
}

int sekisho_fields_print(const json_t *object, const struct sekisho_column *columns, size_t count,
			 FILE *stream)
{
	size_t widest = 0;

	for (size_t i = 0; i < count; i++) {
		if (is_shown(json_object_get(object, columns[i].key)) &&
		    sekisho_cells(_(columns[i].label)) > widest)
			widest = sekisho_cells(_(columns[i].label));
	}
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(object, columns[i].key);
		const char *label = _(columns[i].label);
		char *text;

		if (!is_shown(value))
			continue;
		text = value_form(value, columns[i].kind);
		if (!text)
			return -ENOMEM;
		fprintf(stream, "%s:%*s %s\n", label, (int)(widest - sekisho_cells(label)), "",
			text);
		free(text);
	}
	return 0;
}

int sekisho_json_print(json_t *value, FILE *stream)
{
	int error = 0;

	if (!value)
		return -ENOMEM;
	if (json_dumpf(value, stream, JSON_INDENT(2)) || fputc('\n', stream) == EOF)
		error = -EIO;
	json_decref(value);
	return error;
}
