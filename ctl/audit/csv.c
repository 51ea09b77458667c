// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a table as CSV. Knows nothing of what the cells say.
 */
#include "csv.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define REPLACEMENT  "\xef\xbf\xbd"
#define DIGITS_EXACT 15 /* a spreadsheet's number has no more */

struct sekisho_csv {
	FILE *stream;
	bool cp932;
	iconv_t to, from;
	uint64_t rows;
	unsigned int column;
	bool stopped;
	struct sekisho_csv_problem problem;
};

static bool is_digits(const char *text, size_t length)
{
	return length && strspn(text, "0123456789") >= length;
}

/* `-12`, `+5`, `0`: a number and nothing else. */
static bool is_number(const char *text)
{
	if (*text == '-' || *text == '+')
		text++;
	return is_digits(text, strlen(text));
}

/* Digits that a spreadsheet would round, or whose zeros it would drop. */
static bool loses_digits(const char *text, enum sekisho_csv_kind kind)
{
	size_t length;

	if (*text == '-' || *text == '+')
		text++;
	length = strlen(text);
	if (!is_digits(text, length))
		return false;
	return length > DIGITS_EXACT || (kind == SEKISHO_CSV_TEXT && length > 1 && *text == '0');
}

/* `3/1`, `1-2`: taken for a date; `1e5`: taken for a number. */
static bool looks_like_another(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && text[digits] && strspn(text, "0123456789/-") == strlen(text);
}

static bool is_scientific(const char *text)
{
	size_t digits = strspn(text, "0123456789.");
	const char *rest = text + digits;

	if (!digits || (*rest != 'e' && *rest != 'E'))
		return false;
	rest++;
	return is_number(rest);
}

/* In Japan, their full-width forms begin a formula too. */
static bool begins_formula(const char *text)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
					    "\xef\xbc\xa0" };

	if (*text && strchr("=+-@\t\r\n", *text))
		return true;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (!strncmp(text, wide[i], 3))
			return true;
	return false;
}

bool sekisho_csv_guarded(const char *text, enum sekisho_csv_kind kind)
{
	if (kind == SEKISHO_CSV_TIME)
		return false;
	if (loses_digits(text, kind))
		return true;
	if (begins_formula(text))
		return !is_number(text);
	return kind == SEKISHO_CSV_TEXT && (looks_like_another(text) || is_scientific(text));
}

int sekisho_csv_open(struct sekisho_csv **csv, FILE *stream, bool cp932)
{
	struct sekisho_csv *opened = calloc(1, sizeof(*opened));
	iconv_t none = (iconv_t)-1;

	*csv = NULL;
	if (!opened)
		return -ENOMEM;
	opened->stream = stream;
	opened->cp932 = cp932;
	opened->to = opened->from = none;
	if (cp932) {
		/* What Japanese editions of Windows mean by Shift_JIS; glibc's SHIFT_JIS differs. */
		opened->to = iconv_open("CP932", "UTF-8");
		opened->from = iconv_open("UTF-8", "CP932");
		if (opened->to == none || opened->from == none) {
			sekisho_csv_close(opened);
			return -EOPNOTSUPP;
		}
	} else {
		fputs("\xef\xbb\xbf", stream);
	}
	*csv = opened;
	return 0;
}

void sekisho_csv_close(struct sekisho_csv *csv)
{
	if (!csv)
		return;
	if (csv->cp932 && csv->to != (iconv_t)-1)
		iconv_close(csv->to);
	if (csv->cp932 && csv->from != (iconv_t)-1)
		iconv_close(csv->from);
	free(csv);
}

static bool convert(iconv_t converter, const char *from, size_t length, char *to, size_t *got)
{
	char *in = (char *)from, *out = to;
	size_t left = length, room = *got;

	iconv(converter, NULL, NULL, NULL, NULL);
	if (iconv(converter, &in, &left, &out, &room) || left)
		return false;
	*got -= room;
	return true;
}

/* One that comes back as itself: CP932 takes some characters for others without a word. */
static bool put_converted(struct sekisho_csv *csv, const char *at, size_t bytes)
{
	char there[8], back[8];
	size_t length = sizeof(there), again = sizeof(back);

	if (!convert(csv->to, at, bytes, there, &length) ||
	    !convert(csv->from, there, length, back, &again) || again != bytes ||
	    memcmp(at, back, bytes) != 0)
		return false;
	fwrite(there, 1, length, csv->stream);
	return true;
}

static void stop(struct sekisho_csv *csv, const char *heading, uint32_t character)
{
	csv->stopped = true;
	csv->problem.row = csv->rows + 1;
	csv->problem.column = csv->column;
	csv->problem.character = character;
	snprintf(csv->problem.heading, sizeof(csv->problem.heading), "%s", heading);
}

/* Bytes at the start of @text that go out as they are. */
static size_t plain_bytes(const struct sekisho_csv *csv, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at && *at != '"') {
		size_t bytes = sekisho_utf8_bytes(at);

		if (!bytes || (bytes > 1 && csv->cp932))
			break;
		at += bytes;
	}
	return (size_t)(at - (const unsigned char *)text);
}

static void put_text(struct sekisho_csv *csv, const char *heading, const char *text)
{
	while (!csv->stopped) {
		size_t bytes = plain_bytes(csv, text), length;
		const char *at;

		fwrite(text, 1, bytes, csv->stream);
		text += bytes;
		if (!*text)
			return;
		bytes = sekisho_utf8_bytes((const unsigned char *)text);
		at = bytes ? text : REPLACEMENT;
		length = bytes ? bytes : strlen(REPLACEMENT);
		if (*at == '"')
			fputs("\"\"", csv->stream);
		else if (!csv->cp932)
			fwrite(at, 1, length, csv->stream);
		else if (!put_converted(csv, at, length))
			stop(csv, heading,
			     sekisho_utf8_character((const unsigned char *)at, length));
		text += bytes ? bytes : 1;
	}
}

void sekisho_csv_cell(struct sekisho_csv *csv, const char *heading, const char *text,
		      enum sekisho_csv_kind kind)
{
	bool guarded, quoted;

	if (csv->stopped)
		return;
	if (csv->column++)
		putc(',', csv->stream);
	if (!*text)
		return;
	guarded = sekisho_csv_guarded(text, kind);
	quoted = guarded || strpbrk(text, ",\"\r\n");
	if (quoted)
		putc('"', csv->stream);
	if (guarded)
		putc('\'', csv->stream);
	put_text(csv, heading, text);
	if (quoted)
		putc('"', csv->stream);
}

int sekisho_csv_row(struct sekisho_csv *csv)
{
	if (csv->stopped)
		return -EILSEQ;
	fputs("\r\n", csv->stream);
	csv->column = 0;
	csv->rows++;
	return 0;
}

uint64_t sekisho_csv_rows(const struct sekisho_csv *csv)
{
	return csv->rows;
}

const struct sekisho_csv_problem *sekisho_csv_problem(const struct sekisho_csv *csv)
{
	return &csv->problem;
}
