/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys and values of one line of an audit log, for those who read what records say: one walk,
 * no memory of its own. Knows nothing of types, files or chains.
 */
#ifndef SEKISHO_AUDIT_FIELDS_H
#define SEKISHO_AUDIT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No type of this build has as many. */
#define SEKISHO_FIELDS_MAX 64

enum sekisho_value_kind {
	SEKISHO_VALUE_TEXT,
	SEKISHO_VALUE_NUMBER,
	SEKISHO_VALUE_TRUTH, /* true or false */
	SEKISHO_VALUE_TEXTS, /* a list of texts */
	SEKISHO_VALUE_NUMBERS, /* an object of integers */
};

/* Both texts lie in the line, as they are written there, escapes included. */
struct sekisho_value {
	const char *key; /* empty in a list */
	size_t key_length;
	enum sekisho_value_kind kind;
	const char *text; /* without the quotes of a text; with the brackets of lists and objects */
	size_t length;
};

struct sekisho_fields {
	size_t count;
	bool more; /* than SEKISHO_FIELDS_MAX: those are not here */
	struct sekisho_value values[SEKISHO_FIELDS_MAX];
};

/**
 * sekisho_fields_read - take a line apart
 * @fields: filled, in the line's order, `v` first and `prev` last; borrows from @text
 * @text: a line that sekisho_line_read() accepts
 */
void sekisho_fields_read(struct sekisho_fields *fields, const char *text);

/**
 * sekisho_fields_find - the value of a key
 * Return: it, or NULL where the line has none.
 */
const struct sekisho_value *sekisho_fields_find(const struct sekisho_fields *fields,
						const char *key);

/**
 * sekisho_fields_number - the integer called @key
 * Return: it; @otherwise where there is none, or it does not fit.
 */
int64_t sekisho_fields_number(const struct sekisho_fields *fields, const char *key,
			      int64_t otherwise);

/**
 * sekisho_fields_text - the text called @key, its escapes resolved
 * @buffer: gets it, or an empty text where there is none
 * @size: at least 1; what does not fit is cut at a character
 * Return: whether there is one.
 */
bool sekisho_fields_text(const struct sekisho_fields *fields, const char *key, char *buffer,
			 size_t size);

/**
 * sekisho_value_is - whether a value is the text @text, which needs no escapes
 * @value: or NULL, which is no text
 */
bool sekisho_value_is(const struct sekisho_value *value, const char *text);

/**
 * sekisho_value_number - an integer
 * @number: written only on success
 * Return: whether it is one that fits.
 */
bool sekisho_value_number(const struct sekisho_value *value, int64_t *number);

/**
 * sekisho_value_text - a text with its escapes resolved; of other kinds what is written there
 * @buffer: gets UTF-8 and a NUL
 * @size: at least 1; what does not fit is cut at a character. An escaped NUL, or half a surrogate
 *	pair, becomes U+FFFD.
 * Return: bytes without the NUL.
 */
size_t sekisho_value_text(const struct sekisho_value *value, char *buffer, size_t size);

/**
 * sekisho_value_next - walk through a list or object
 * @list: a list of texts, or an object of integers
 * @at: NULL at the start; moved on
 * @element: gets the next element, with its key in an object
 * Return: false where there is no other.
 */
bool sekisho_value_next(const struct sekisho_value *list, const char **at,
			struct sekisho_value *element);

#endif
