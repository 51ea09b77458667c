/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps what a reading of a policy found, with the line it was found on.
 * Knows nothing of YAML, of the policy, or of how the list is shown.
 */
#include "policy/diagnostics.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/source.h"
#include "policy/utf8.h"

/* Of a long line only this many bytes are kept, beginning this many before the place. */
#define LINE_BYTES  200
#define LINE_BEFORE 60

/* In place: what a message or a line shows must not be able to steer a terminal. */
static void tame(char *text)
{
	size_t length = strlen(text);
	size_t to = 0;

	for (size_t at = 0; at < length;) {
		uint32_t character;
		size_t used = sekisho_utf8_next(text + at, length - at, &character);

		if (!used || sekisho_utf8_control(character)) {
			text[to++] = text[at] == '\t' ? ' ' : '?';
			at += used ? used : 1;
			continue;
		}
		memmove(text + to, text + at, used);
		to += used;
		at += used;
	}
	text[to] = '\0';
}

static size_t skip_characters(const char *text, size_t length, size_t count)
{
	size_t at = 0;

	while (count-- && at < length) {
		uint32_t character;
		size_t used = sekisho_utf8_next(text + at, length - at, &character);

		at += used ? used : 1;
	}
	return at;
}

static void keep_line(struct sekisho_diagnostic *diagnostic, const struct sekisho_source *source)
{
	size_t before = diagnostic->column ? diagnostic->column - 1 : 0;
	size_t length, start, size;
	const char *line;
	size_t hidden;

	line = sekisho_source_line(source, diagnostic->line, &length);
	if (!line)
		return;
	hidden = before > LINE_BEFORE && length > LINE_BYTES ? before - LINE_BEFORE : 0;
	start = skip_characters(line, length, hidden);
	size = length - start;
	if (size > LINE_BYTES) {
		size = LINE_BYTES;
		/* never cut a character in two */
		while (size && ((unsigned char)line[start + size] & 0xc0) == 0x80)
			size--;
	}
	diagnostic->text = strndup(line + start, size);
	diagnostic->caret = before - hidden;
	if (diagnostic->text)
		tame(diagnostic->text);
}

static void clear(struct sekisho_diagnostic *diagnostic)
{
	free(diagnostic->file);
	free(diagnostic->message);
	free(diagnostic->hint);
	free(diagnostic->text);
	memset(diagnostic, 0, sizeof(*diagnostic));
}

static struct sekisho_diagnostic *make_room(struct sekisho_diagnostics *diagnostics)
{
	if (diagnostics->count == diagnostics->room &&
	    diagnostics->room < SEKISHO_DIAGNOSTICS_MAX) {
		size_t room = diagnostics->room ? diagnostics->room * 2 : 16;
		struct sekisho_diagnostic *items;

		if (room > SEKISHO_DIAGNOSTICS_MAX)
			room = SEKISHO_DIAGNOSTICS_MAX;
		items = reallocarray(diagnostics->items, room, sizeof(*items));
		if (items) {
			diagnostics->items = items;
			diagnostics->room = room;
		}
	}
	if (diagnostics->count < diagnostics->room) {
		struct sekisho_diagnostic *diagnostic = &diagnostics->items[diagnostics->count++];

		memset(diagnostic, 0, sizeof(*diagnostic));
		return diagnostic;
	}
	return NULL;
}

void sekisho_diagnostics_pace(const struct sekisho_diagnostics *diagnostics,
			      enum sekisho_policy_step step, uint64_t done, uint64_t all)
{
	const struct sekisho_policy_pace *pace = diagnostics->pace;

	if (pace && !(done % SEKISHO_POLICY_TOLD_EVERY))
		pace->tell(pace->context, step, done, all);
}

struct sekisho_diagnostic *sekisho_diagnostics_addv(struct sekisho_diagnostics *diagnostics,
						    const struct sekisho_source *source,
						    enum sekisho_severity severity,
						    unsigned int line, unsigned int column,
						    const char *code, const char *requirement,
						    const char *format, va_list arguments)
{
	struct sekisho_diagnostic *diagnostic = make_room(diagnostics);

	if (severity == SEKISHO_ERROR)
		diagnostics->errors++;
	else
		diagnostics->warnings++;
	if (!diagnostic)
		return &diagnostics->spare;
	diagnostic->severity = severity;
	diagnostic->line = line;
	diagnostic->column = column;
	diagnostic->code = code;
	diagnostic->requirement = requirement;
	diagnostic->order = diagnostics->errors + diagnostics->warnings;
	diagnostic->file = strdup(source->name ? source->name : "");
	if (vasprintf(&diagnostic->message, format, arguments) < 0)
		diagnostic->message = NULL;
	else
		tame(diagnostic->message);
	keep_line(diagnostic, source);
	return diagnostic;
}

struct sekisho_diagnostic *sekisho_diagnostics_add(struct sekisho_diagnostics *diagnostics,
						   const struct sekisho_source *source,
						   enum sekisho_severity severity,
						   unsigned int line, unsigned int column,
						   const char *code, const char *requirement,
						   const char *format, ...)
{
	struct sekisho_diagnostic *diagnostic;
	va_list arguments;

	va_start(arguments, format);
	diagnostic = sekisho_diagnostics_addv(diagnostics, source, severity, line, column, code,
					      requirement, format, arguments);
	va_end(arguments);
	return diagnostic;
}

void sekisho_diagnostic_hint(struct sekisho_diagnostic *diagnostic, const char *format, ...)
{
	va_list arguments;

	if (!diagnostic->code) /* the spare one */
		return;
	free(diagnostic->hint);
	va_start(arguments, format);
	if (vasprintf(&diagnostic->hint, format, arguments) < 0)
		diagnostic->hint = NULL;
	else
		tame(diagnostic->hint);
	va_end(arguments);
}

static int compare(const void *left, const void *right)
{
	const struct sekisho_diagnostic *a = left;
	const struct sekisho_diagnostic *b = right;
	int files = strcmp(a->file ? a->file : "", b->file ? b->file : "");

	if (files)
		return files;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

void sekisho_diagnostics_sort(struct sekisho_diagnostics *diagnostics)
{
	if (diagnostics->count)
		qsort(diagnostics->items, diagnostics->count, sizeof(*diagnostics->items), compare);
}

void sekisho_diagnostics_free(struct sekisho_diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->count; i++)
		clear(&diagnostics->items[i]);
	free(diagnostics->items);
	memset(diagnostics, 0, sizeof(*diagnostics));
}
