// SPDX-License-Identifier: GPL-2.0-only
/*
 * One audit record as a line of JSON. Knows nothing of files, locks or what the keys mean.
 */
#include "record.h"

#include <errno.h>
#include <string.h>

#include "utf8.h"

#define ELLIPSIS    "\xe2\x80\xa6"
#define REPLACEMENT "\xef\xbf\xbd"

/* Where text goes, and how much of it still may. */
struct cursor {
	char *at;
	char *end;
};

static bool put(struct cursor *cursor, const char *bytes, size_t length)
{
	if ((size_t)(cursor->end - cursor->at) < length)
		return false;
	memcpy(cursor->at, bytes, length);
	cursor->at += length;
	return true;
}

static bool put_string(struct cursor *cursor, const char *string)
{
	return put(cursor, string, strlen(string));
}

static bool put_unsigned(struct cursor *cursor, uint64_t value)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	return put(cursor, digits + i, sizeof(digits) - i);
}

static bool put_signed(struct cursor *cursor, int64_t value)
{
	if (value >= 0)
		return put_unsigned(cursor, (uint64_t)value);
	return put(cursor, "-", 1) && put_unsigned(cursor, -(uint64_t)value);
}

/* The JSON form of one character of a string, in @form (6 bytes); returns its length. */
static size_t character_form(const unsigned char *text, size_t bytes, char *form)
{
	static const char digits[] = "0123456789abcdef";
	static const char letters[] = "\b\f\n\r\t\"\\";
	static const char escapes[] = "bfnrt\"\\";
	const char *letter;

	if (!bytes) {
		memcpy(form, REPLACEMENT, 3);
		return 3;
	}
	if (text[0] >= 0x20 && text[0] != '"' && text[0] != '\\') {
		memcpy(form, text, bytes);
		return bytes;
	}
	letter = strchr(letters, text[0]);
	if (letter) {
		form[0] = '\\';
		form[1] = escapes[letter - letters];
		return 2;
	}
	memcpy(form, "\\u00", 4);
	form[4] = digits[text[0] >> 4];
	form[5] = digits[text[0] & 15];
	return 6;
}

/*
 * Put @text, quoted, in at most @limit bytes (quotes not counted). The end of the last character
 * after which an ellipsis still fits is kept, so that a cut needs no second look.
 */
static bool put_quoted(struct cursor *cursor, const char *text, size_t limit, bool *cut)
{
	const unsigned char *from = (const unsigned char *)text;
	char *start, *last;

	if ((size_t)(cursor->end - cursor->at) < limit + 2)
		return false;
	*cursor->at++ = '"';
	start = last = cursor->at;
	while (*from) {
		size_t used = (size_t)(cursor->at - start), length, bytes;
		char form[6];

		length = sekisho_utf8_plain((const char *)from);
		if (length && used + length + strlen(ELLIPSIS) <= limit) {
			put(cursor, (const char *)from, length);
			last = cursor->at;
			from += length;
			continue;
		}
		bytes = sekisho_utf8_bytes(from);
		length = character_form(from, bytes, form);
		if (used + length > limit) {
			cursor->at = last;
			put_string(cursor, ELLIPSIS);
			*cut = true;
			break;
		}
		put(cursor, form, length);
		if (used + length + strlen(ELLIPSIS) <= limit)
			last = cursor->at;
		from += bytes ? bytes : 1;
	}
	*cursor->at++ = '"';
	return true;
}

static struct cursor body_cursor(struct sekisho_record *record)
{
	return (struct cursor){ record->body + record->length,
				record->body + SEKISHO_RECORD_BODY_BYTES };
}

static void fail(struct sekisho_record *record, int error)
{
	if (!record->error)
		record->error = error;
}

/* Take the body as @cursor left it, or note that it did not fit. */
static void settle(struct sekisho_record *record, const struct cursor *cursor, bool fits)
{
	if (fits)
		record->length = (size_t)(cursor->at - record->body);
	else
		fail(record, -EMSGSIZE);
}

/* Find @key at or after the type's next field; every field passed over must be optional. */
static bool take_field(struct sekisho_record *record, const char *key, enum sekisho_field_kind kind)
{
	const struct sekisho_type *type = sekisho_type_get(record->type);
	unsigned int i;

	if (record->error)
		return false;
	for (i = record->next; type->fields[i].name; i++) {
		if (!strcmp(type->fields[i].name, key)) {
			if (type->fields[i].kind != kind)
				break;
			record->next = i + 1;
			return true;
		}
		if (!type->fields[i].optional)
			break;
	}
	fail(record, -EINVAL);
	return false;
}

static bool put_key(struct cursor *cursor, const char *key)
{
	return put(cursor, ",\"", 2) && put_string(cursor, key) && put(cursor, "\":", 2);
}

/* What a field still to come is sure to get, without its key. */
static size_t least_room(enum sekisho_field_kind kind)
{
	switch (kind) {
	case SEKISHO_FIELD_TEXT:
		return 64;
	case SEKISHO_FIELD_TIME:
		return SEKISHO_STAMP_BYTES + 2;
	case SEKISHO_FIELD_NUMBER:
		return 20;
	case SEKISHO_FIELD_TEXTS:
		return 128;
	case SEKISHO_FIELD_NUMBERS:
		return SEKISHO_RECORD_NUMBERS_BYTES;
	}
	return 0;
}

/* How much of the room text may take: what the fields to come need is kept for them. */
static size_t free_room(const struct sekisho_record *record, const struct cursor *cursor)
{
	const struct sekisho_field *field = &sekisho_type_get(record->type)->fields[record->next];
	size_t room = (size_t)(cursor->end - cursor->at), kept = 2;

	/* Most records are short: no type keeps that much. */
	if (room > SEKISHO_RECORD_BODY_BYTES / 2 + SEKISHO_RECORD_TEXT_BYTES)
		return room - SEKISHO_RECORD_BODY_BYTES / 2;
	for (; field->name; field++)
		kept += strlen(field->name) + strlen(",\"\":\"\"") + least_room(field->kind);
	return room > kept ? room - kept : 0;
}

static size_t text_limit(const struct sekisho_record *record, const struct cursor *cursor)
{
	size_t room = free_room(record, cursor);

	return room < SEKISHO_RECORD_TEXT_BYTES ? room : SEKISHO_RECORD_TEXT_BYTES;
}

void sekisho_record_begin(struct sekisho_record *record, enum sekisho_record_type type,
			  uint32_t generation, int32_t zone)
{
	record->type = type;
	record->generation = generation;
	record->zone = zone;
	record->error = sekisho_type_get(type) ? 0 : -EINVAL;
	record->cut = false;
	record->next = 0;
	record->length = 0;
}

void sekisho_record_text(struct sekisho_record *record, const char *key, const char *value)
{
	struct cursor cursor = body_cursor(record);

	if (!value || !*value || !take_field(record, key, SEKISHO_FIELD_TEXT))
		return;
	settle(record, &cursor,
	       put_key(&cursor, key) &&
		       put_quoted(&cursor, value, text_limit(record, &cursor), &record->cut));
}

void sekisho_record_number(struct sekisho_record *record, const char *key, int64_t value)
{
	struct cursor cursor = body_cursor(record);

	if (!take_field(record, key, SEKISHO_FIELD_NUMBER))
		return;
	settle(record, &cursor, put_key(&cursor, key) && put_signed(&cursor, value));
}

void sekisho_record_count(struct sekisho_record *record, const char *key, uint64_t value)
{
	if (value > INT64_MAX)
		fail(record, -ERANGE);
	else
		sekisho_record_number(record, key, (int64_t)value);
}

void sekisho_record_time(struct sekisho_record *record, const char *key, int64_t wall_ns)
{
	struct cursor cursor = body_cursor(record);
	char text[SEKISHO_STAMP_BYTES];

	if (!take_field(record, key, SEKISHO_FIELD_TIME))
		return;
	sekisho_stamp_text(text, wall_ns, record->zone);
	settle(record, &cursor,
	       put_key(&cursor, key) && put(&cursor, "\"", 1) && put_string(&cursor, text) &&
		       put(&cursor, "\"", 1));
}

void sekisho_record_texts(struct sekisho_record *record, const char *key, const char *const *values,
			  size_t count)
{
	struct cursor cursor = body_cursor(record);
	bool fits;
	size_t i;

	if (!count || !take_field(record, key, SEKISHO_FIELD_TEXTS))
		return;
	fits = put_key(&cursor, key) && put(&cursor, "[", 1);
	for (i = 0; fits && i < count; i++) {
		size_t room = free_room(record, &cursor);

		/* The comma, the quotes, the end of the list; and something to read. */
		if (room < 64) {
			record->cut = true;
			break;
		}
		room -= 4;
		if (room > SEKISHO_RECORD_TEXT_BYTES)
			room = SEKISHO_RECORD_TEXT_BYTES;
		fits = (!i || put(&cursor, ",", 1)) &&
		       put_quoted(&cursor, values[i], room, &record->cut);
	}
	settle(record, &cursor, fits && put(&cursor, "]", 1));
}

void sekisho_record_numbers(struct sekisho_record *record, const char *key,
			    const struct sekisho_record_number *values, size_t count)
{
	struct cursor cursor = body_cursor(record);
	bool fits;
	size_t i;

	if (!take_field(record, key, SEKISHO_FIELD_NUMBERS))
		return;
	fits = put_key(&cursor, key) && put(&cursor, "{", 1);
	for (i = 0; fits && i < count; i++) {
		if (values[i].value > INT64_MAX) {
			fail(record, -ERANGE);
			return;
		}
		fits = (!i || put(&cursor, ",", 1)) &&
		       put_quoted(&cursor, values[i].name, SEKISHO_RECORD_NAME_BYTES,
				  &record->cut) &&
		       put(&cursor, ":", 1) && put_unsigned(&cursor, values[i].value);
	}
	settle(record, &cursor, fits && put(&cursor, "}", 1));
}

int sekisho_record_finish(struct sekisho_record *record)
{
	const struct sekisho_type *type = sekisho_type_get(record->type);
	unsigned int i;

	if (record->error)
		return record->error;
	for (i = record->next; type->fields[i].name; i++)
		if (!type->fields[i].optional)
			fail(record, -EINVAL);
	return record->error;
}

size_t sekisho_record_render(char *line, const struct sekisho_record_head *head, const char *body,
			     size_t length, bool cut, const uint8_t prev[SEKISHO_DIGEST_BYTES])
{
	struct cursor cursor = { line, line + SEKISHO_RECORD_LINE_BYTES };
	char text[SEKISHO_DIGEST_HEX];

	/* All of it fits: the head and tail have their bytes, the body at most its own. */
	put_string(&cursor, "{\"v\":1,\"seq\":");
	put_unsigned(&cursor, head->seq);
	sekisho_stamp_text(text, head->stamp.wall_ns, head->zone);
	put_string(&cursor, ",\"time\":\"");
	put_string(&cursor, text);
	put_string(&cursor, "\",\"clock\":\"");
	put_string(&cursor, sekisho_stamp_clock(head->stamp.synchronised));
	put_string(&cursor, "\",\"boot\":\"");
	put_string(&cursor, head->boot);
	put_string(&cursor, "\",\"mono_ns\":");
	put_unsigned(&cursor, head->stamp.mono_ns);
	put_string(&cursor, ",\"host\":\"");
	put_string(&cursor, head->host);
	put_string(&cursor, "\",\"generation\":");
	put_unsigned(&cursor, head->generation);
	put_string(&cursor, ",\"type\":\"");
	put_string(&cursor, sekisho_type_get(head->type)->name);
	put_string(&cursor, "\"");
	put(&cursor, body, length);
	if (cut)
		put_string(&cursor, ",\"cut\":true");
	put_string(&cursor, ",\"prev\":\"");
	sekisho_digest_hex(prev, text);
	put(&cursor, text, sizeof(text));
	put_string(&cursor, "\"}\n");
	return (size_t)(cursor.at - line);
}
