/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shows a list of diagnostics, to people and to machines.
 * Knows nothing of how they came about.
 */
#include "policy/diagnostics.h"

#include <errno.h>
#include <jansson.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "policy/utf8.h"
#include "ui/message.h"

static const char *severity_word(enum sekisho_severity severity)
{
	return severity == SEKISHO_ERROR ? _("error") : _("warning");
}

/* Full-width characters take two cells: the caret must stand under the place. */
static void print_caret(const struct sekisho_diagnostic *diagnostic, FILE *stream)
{
	size_t length = strlen(diagnostic->text);
	size_t at = 0;

	for (size_t i = 0; i < diagnostic->caret; i++) {
		uint32_t character = ' ';
		int width = 1;

		if (at < length)
			at += sekisho_utf8_next(diagnostic->text + at, length - at, &character);
		width = wcwidth((wchar_t)character);
		for (; width > 0; width--)
			fputc(' ', stream);
	}
	fputs("^\n", stream);
}

static void print_one(const struct sekisho_diagnostic *diagnostic, FILE *stream)
{
	fputs(diagnostic->file ? diagnostic->file : "", stream);
	if (diagnostic->line)
		fprintf(stream, ":%u:%u", diagnostic->line, diagnostic->column);
	fprintf(stream, ": %s: %s", severity_word(diagnostic->severity),
		diagnostic->message ? diagnostic->message : diagnostic->code);
	if (diagnostic->requirement)
		fprintf(stream, " [%s]", diagnostic->requirement);
	fputc('\n', stream);
	if (diagnostic->text) {
		fprintf(stream, "%s\n", diagnostic->text);
		print_caret(diagnostic, stream);
	}
	if (diagnostic->hint)
		fprintf(stream, "%s: %s\n", _("hint"), diagnostic->hint);
}

void sekisho_diagnostics_print(const struct sekisho_diagnostics *diagnostics, FILE *stream)
{
	/* wcwidth() asks the locale; the text is UTF-8 whatever the user's is */
	locale_t base = duplocale(LC_GLOBAL_LOCALE);
	locale_t utf8 = base ? newlocale(LC_CTYPE_MASK, "C.UTF-8", base) : base;
	size_t found = diagnostics->errors + diagnostics->warnings;
	locale_t before = (locale_t)0;
	size_t shown = 0;

	if (utf8)
		before = uselocale(utf8);
	for (; shown < diagnostics->count && shown < SEKISHO_DIAGNOSTICS_SHOWN; shown++)
		print_one(&diagnostics->items[shown], stream);
	if (found > shown) {
		fprintf(stream, _("and %zu more"), found - shown);
		fputc('\n', stream);
	}
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	} else if (base) {
		freelocale(base);
	}
}

static json_t *to_json(const struct sekisho_diagnostic *diagnostic)
{
	return json_pack("{s:s, s:s, s:i, s:i, s:s, s:s?, s:s, s:s?, s:s?}", "severity",
			 diagnostic->severity == SEKISHO_ERROR ? "error" : "warning", "file",
			 diagnostic->file ? diagnostic->file : "", "line", (int)diagnostic->line,
			 "column", (int)diagnostic->column, "code", diagnostic->code, "requirement",
			 diagnostic->requirement, "message",
			 diagnostic->message ? diagnostic->message : diagnostic->code, "hint",
			 diagnostic->hint, "text", diagnostic->text);
}

int sekisho_diagnostics_json(const struct sekisho_diagnostics *diagnostics, FILE *stream)
{
	json_t *array = json_array();
	int error = 0;

	if (!array)
		return -ENOMEM;
	for (size_t i = 0; i < diagnostics->count && !error; i++)
		if (json_array_append_new(array, to_json(&diagnostics->items[i])))
			error = -ENOMEM;
	if (!error && json_dumpf(array, stream, JSON_INDENT(2)))
		error = -ENOMEM;
	if (!error)
		fputc('\n', stream);
	json_decref(array);
	return error;
}
