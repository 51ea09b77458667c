// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes JSON to a stream. Knows nothing of what is written.
 */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

#include "utf8.h"

static void put_escape(FILE *stream, unsigned char byte)
{
	static const char letters[] = "\b\f\n\r\t\"\\", escapes[] = "bfnrt\"\\";
	const char *letter = strchr(letters, byte);

	if (letter)
		fprintf(stream, "\\%c", escapes[letter - letters]);
	else
		fprintf(stream, "\\u%04x", byte);
}

static bool is_plain(const unsigned char *at, size_t bytes)
{
	return bytes > 1 || (bytes && *at >= 0x20 && *at != '"' && *at != '\\' && *at != 0x7f);
}

/* What needs no escape goes out in one piece. */
static void put_text(FILE *stream, const char *text)
{
	const unsigned char *at = (const unsigned char *)text, *start = at;

	putc('"', stream);
	while (*at) {
		size_t bytes = sekisho_utf8_bytes(at);

		if (is_plain(at, bytes)) {
			at += bytes;
			continue;
		}
		fwrite(start, 1, (size_t)(at - start), stream);
		if (bytes)
			put_escape(stream, *at);
		else
			fputs("\xef\xbf\xbd", stream);
		start = ++at;
	}
	fwrite(start, 1, (size_t)(at - start), stream);
	putc('"', stream);
}

static void before(struct sekisho_emit *emit, const char *key)
{
	if (emit->comma)
		putc(',', emit->stream);
	emit->comma = true;
	if (!key)
		return;
	put_text(emit->stream, key);
	putc(':', emit->stream);
}

void sekisho_emit_begin(struct sekisho_emit *emit, const char *key, char opening)
{
	before(emit, key);
	putc(opening, emit->stream);
	emit->comma = false;
}

void sekisho_emit_end(struct sekisho_emit *emit, char closing)
{
	putc(closing, emit->stream);
	emit->comma = true;
}

void sekisho_emit_text(struct sekisho_emit *emit, const char *key, const char *text)
{
	before(emit, key);
	put_text(emit->stream, text);
}

void sekisho_emit_number(struct sekisho_emit *emit, const char *key, int64_t number)
{
	before(emit, key);
	fprintf(emit->stream, "%" PRId64, number);
}

void sekisho_emit_count(struct sekisho_emit *emit, const char *key, uint64_t number)
{
	before(emit, key);
	fprintf(emit->stream, "%" PRIu64, number);
}

void sekisho_emit_truth(struct sekisho_emit *emit, const char *key, bool truth)
{
	before(emit, key);
	fputs(truth ? "true" : "false", emit->stream);
}

void sekisho_emit_raw(struct sekisho_emit *emit, const char *key, size_t key_length,
		      const char *value, size_t length)
{
	before(emit, NULL);
	if (key)
		fprintf(emit->stream, "\"%.*s\":", (int)key_length, key);
	fwrite(value, 1, length, emit->stream);
}

void sekisho_emit_line(struct sekisho_emit *emit)
{
	putc('\n', emit->stream);
	emit->comma = false;
}
