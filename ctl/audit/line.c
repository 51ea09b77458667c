// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads one line of an audit log, strictly. Knows nothing of files or chains.
 */
#include "line.h"

#include <string.h>

#include "record.h"
#include "utf8.h"

/*
 * Every line ends with a LF, which no token contains: a scan stops there without looking at the
 * length.
 */
struct scan {
	const char *at;
	bool utf8; /* false: it stopped at a byte that is no UTF-8 */
};

static bool literal(struct scan *scan, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(scan->at, text, length) != 0)
		return false;
	scan->at += length;
	return true;
}

static bool digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* An integer without sign, leading zeros or more than 64 bits. */
static bool unsigned_number(struct scan *scan, uint64_t *value)
{
	const char *start = scan->at;
	uint64_t sum = 0;

	while (digit(*scan->at)) {
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*scan->at - '0'), &sum))
			return false;
		scan->at++;
	}
	*value = sum;
	return scan->at > start && (*start != '0' || scan->at == start + 1);
}

static bool number(struct scan *scan, uint64_t *value)
{
	if (*scan->at == '-')
		scan->at++;
	return unsigned_number(scan, value);
}

static bool escape(struct scan *scan)
{
	unsigned int i;

	if (*scan->at != 'u') {
		if (!*scan->at || !strchr("\"\\/bfnrt", *scan->at))
			return false;
		scan->at++;
		return true;
	}
	scan->at++;
	for (i = 0; i < 4; i++, scan->at++)
		if (!*scan->at || !strchr("0123456789abcdefABCDEF", *scan->at))
			return false;
	return true;
}

/* A string with its quotes; @text and @length, if any, get what is between them as it stands. */
static bool string(struct scan *scan, const char **text, size_t *length)
{
	const char *start;

	if (*scan->at != '"')
		return false;
	start = ++scan->at;
	for (;;) {
		size_t bytes;

		scan->at += sekisho_utf8_plain(scan->at);
		if (*scan->at == '"')
			break;
		if ((unsigned char)*scan->at < 0x20)
			return false;
		if (*scan->at == '\\') {
			scan->at++;
			if (!escape(scan))
				return false;
			continue;
		}
		bytes = sekisho_utf8_bytes((const unsigned char *)scan->at);
		if (!bytes) {
			scan->utf8 = false;
			return false;
		}
		scan->at += bytes;
	}
	if (text)
		*text = start;
	if (length)
		*length = (size_t)(scan->at - start);
	scan->at++;
	return true;
}

static bool texts(struct scan *scan)
{
	if (literal(scan, "]"))
		return true;
	do {
		if (!string(scan, NULL, NULL))
			return false;
	} while (literal(scan, ","));
	return literal(scan, "]");
}

static bool numbers(struct scan *scan)
{
	uint64_t value;

	if (literal(scan, "}"))
		return true;
	do {
		if (!string(scan, NULL, NULL) || !literal(scan, ":") || !number(scan, &value))
			return false;
	} while (literal(scan, ","));
	return literal(scan, "}");
}

/* @count gets the value if it is a number. */
static bool value(struct scan *scan, uint64_t *count)
{
	if (*scan->at == '"')
		return string(scan, NULL, NULL);
	if (literal(scan, "["))
		return texts(scan);
	if (literal(scan, "{"))
		return numbers(scan);
	if (literal(scan, "true") || literal(scan, "false"))
		return true;
	return number(scan, count);
}

/* `2026-04-01T12:00:00.000+09:00` */
static bool time_text(struct scan *scan, const char **text)
{
	static const char shape[] = "\"0000-00-00T00:00:00.000+00:00\"";
	size_t i;

	for (i = 0; shape[i]; i++) {
		char byte = scan->at[i];
		bool sign = shape[i] == '+' && byte == '-';

		if (shape[i] == '0' ? !digit(byte) : byte != shape[i] && !sign)
			return false;
	}
	*text = scan->at + 1;
	scan->at += i;
	return true;
}

static bool head(struct scan *scan, struct sekisho_line *line)
{
	return literal(scan, "{\"v\":1,\"seq\":") && unsigned_number(scan, &line->seq) &&
	       literal(scan, ",\"time\":") && time_text(scan, &line->time) &&
	       literal(scan, ",\"clock\":") &&
	       (literal(scan, "\"synchronised\"") || literal(scan, "\"unsynchronised\"")) &&
	       literal(scan, ",\"boot\":") && string(scan, NULL, NULL) &&
	       literal(scan, ",\"mono_ns\":") && unsigned_number(scan, &line->mono_ns) &&
	       literal(scan, ",\"host\":") && string(scan, NULL, NULL) &&
	       literal(scan, ",\"generation\":") && unsigned_number(scan, &line->generation) &&
	       literal(scan, ",\"type\":") && string(scan, &line->type, &line->type_length);
}

/* The type's own keys, then `prev` and the end. */
static bool rest(struct scan *scan, struct sekisho_line *line)
{
	bool loss = sekisho_line_is(line, "loss");
	const char *key;
	size_t length;

	line->count = 0;
	while (literal(scan, ",")) {
		uint64_t count = 0;

		if (!string(scan, &key, &length) || !literal(scan, ":"))
			return false;
		if (length == 4 && !memcmp(key, "prev", 4)) {
			if (!string(scan, &key, &length) || length != SEKISHO_DIGEST_HEX ||
			    sekisho_digest_parse(key, line->prev))
				return false;
			return literal(scan, "}\n");
		}
		if (!value(scan, &count))
			return false;
		if (loss && length == 5 && !memcmp(key, "count", 5))
			line->count = count;
	}
	return false;
}

enum sekisho_defect sekisho_line_read(const char *text, size_t length, struct sekisho_line *line)
{
	struct scan scan = { text, true };

	if (length > SEKISHO_RECORD_LINE_BYTES)
		return SEKISHO_DEFECT_LINE_LENGTH;
	if (!length || text[length - 1] != '\n')
		return SEKISHO_DEFECT_LINE_END;
	if (head(&scan, line) && rest(&scan, line) && scan.at == text + length)
		return SEKISHO_DEFECT_NONE;
	return scan.utf8 ? SEKISHO_DEFECT_FORM : SEKISHO_DEFECT_UTF8;
}

bool sekisho_line_is(const struct sekisho_line *line, const char *type)
{
	return line->type_length == strlen(type) && !memcmp(line->type, type, line->type_length);
}
