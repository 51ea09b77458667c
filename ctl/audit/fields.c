// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys and values of one line of an audit log. Relies on the line's form, which line.c has
 * checked. Knows nothing of types, files or chains.
 */
#include "fields.h"

#include <string.h>

#include "utf8.h"

#define REPLACEMENT 0xfffd

/* @at: after the opening quote. Return: the closing one. */
static const char *text_end(const char *at)
{
	for (; *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at;
}

/* @at: the opening bracket. Return: after the closing one. */
static const char *list_end(const char *at)
{
	char close = *at == '[' ? ']' : '}';

	while (*++at != close)
		if (*at == '"')
			at = text_end(at + 1);
	return at + 1;
}

/* Return: after the value that begins at @at. */
static const char *read_value(struct sekisho_value *value, const char *at)
{
	const char *end;

	value->text = at;
	if (*at == '"') {
		value->kind = SEKISHO_VALUE_TEXT;
		value->text = at + 1;
		end = text_end(at + 1);
		value->length = (size_t)(end - value->text);
		return end + 1;
	}
	if (*at == '[' || *at == '{') {
		value->kind = *at == '[' ? SEKISHO_VALUE_TEXTS : SEKISHO_VALUE_NUMBERS;
		end = list_end(at);
	} else {
		value->kind = *at == 't' || *at == 'f' ? SEKISHO_VALUE_TRUTH : SEKISHO_VALUE_NUMBER;
		end = at + strcspn(at, ",]}\n");
	}
	value->length = (size_t)(end - value->text);
	return end;
}

/* Return: after the key and value that begin at @at. */
static const char *read_member(struct sekisho_value *value, const char *at)
{
	const char *end = text_end(at + 1);

	value->key = at + 1;
	value->key_length = (size_t)(end - value->key);
	return read_value(value, end + 2);
}

void sekisho_fields_read(struct sekisho_fields *fields, const char *text)
{
	const char *at = text;

	fields->count = 0;
	fields->more = false;
	do {
		if (fields->count == SEKISHO_FIELDS_MAX) {
			fields->more = true;
			return;
		}
		at = read_member(&fields->values[fields->count++], at + 1);
	} while (*at == ',');
}

const struct sekisho_value *sekisho_fields_find(const struct sekisho_fields *fields,
						const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < fields->count; i++) {
		const struct sekisho_value *value = &fields->values[i];

		if (value->key_length == length && !memcmp(value->key, key, length))
			return value;
	}
	return NULL;
}

int64_t sekisho_fields_number(const struct sekisho_fields *fields, const char *key,
			      int64_t otherwise)
{
	const struct sekisho_value *value = sekisho_fields_find(fields, key);

	if (value)
		sekisho_value_number(value, &otherwise);
	return otherwise;
}

bool sekisho_fields_text(const struct sekisho_fields *fields, const char *key, char *buffer,
			 size_t size)
{
	const struct sekisho_value *value = sekisho_fields_find(fields, key);

	buffer[0] = 0;
	if (!value || value->kind != SEKISHO_VALUE_TEXT)
		return false;
	sekisho_value_text(value, buffer, size);
	return true;
}

bool sekisho_value_is(const struct sekisho_value *value, const char *text)
{
	return value && value->kind == SEKISHO_VALUE_TEXT && value->length == strlen(text) &&
	       !memcmp(value->text, text, value->length);
}

bool sekisho_value_number(const struct sekisho_value *value, int64_t *number)
{
	bool negative = value->length && value->text[0] == '-';
	int64_t sum = 0;

	if (value->kind != SEKISHO_VALUE_NUMBER)
		return false;
	/* Downwards, where there is one more of them. */
	for (size_t i = negative; i < value->length; i++)
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_sub_overflow(sum, value->text[i] - '0', &sum))
			return false;
	if (!negative && __builtin_sub_overflow(0, sum, &sum))
		return false;
	*number = sum;
	return true;
}

static unsigned int hexadecimal(const char *at)
{
	unsigned int sum = 0;

	for (int i = 0; i < 4; i++) {
		unsigned int digit = at[i] <= '9' ? at[i] - '0' : (at[i] | 0x20) - 'a' + 10;

		sum = sum << 4 | digit;
	}
	return sum;
}

/* The character of an escape; @at: after its backslash, moved behind it. */
static unsigned int resolve(const char **at)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *text = *at, *known;
	unsigned int first, second;

	if (*text != 'u') {
		++*at;
		known = strchr(from, *text);
		return known ? (unsigned char)to[known - from] : (unsigned char)*text;
	}
	*at += 5;
	first = hexadecimal(text + 1);
	if (!first || first >> 11 != 0xd800 >> 11)
		return first ? first : REPLACEMENT;
	if (first >= 0xdc00 || text[5] != '\\' || text[6] != 'u')
		return REPLACEMENT;
	second = hexadecimal(text + 7);
	if (second >> 10 != 0xdc00 >> 10)
		return REPLACEMENT;
	*at += 6;
	return 0x10000 + ((first & 0x3ff) << 10 | (second & 0x3ff));
}

size_t sekisho_value_text(const struct sekisho_value *value, char *buffer, size_t size)
{
	const char *at = value->text, *end = value->text + value->length;
	bool escapes = value->kind == SEKISHO_VALUE_TEXT;
	size_t used = 0;

	while (at < end) {
		const char *from = at;
		char bytes[4];
		size_t length;

		if (escapes && *at == '\\') {
			at++;
			length = sekisho_utf8_put(resolve(&at), bytes);
			from = bytes;
		} else {
			length = sekisho_utf8_bytes((const unsigned char *)at);
			at += length;
		}
		if (used + length >= size)
			break;
		memcpy(buffer + used, from, length);
		used += length;
	}
	buffer[used] = 0;
	return used;
}

bool sekisho_value_next(const struct sekisho_value *list, const char **at,
			struct sekisho_value *element)
{
	const char *next = *at ? *at : list->text;

	/* At the opening bracket, a comma, or the closing one. */
	if (next == list->text + list->length - 1 || (!*at && list->length == 2))
		return false;
	next++;
	element->key = next;
	element->key_length = 0;
	*at = list->kind == SEKISHO_VALUE_NUMBERS ? read_member(element, next)
						  : read_value(element, next);
	return true;
}
