/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One walk, two outputs: a command makes JSON objects, and what people see is made of those. Knows
 * nothing of what the objects say.
 */
#ifndef SEKISHO_UI_TABLE_H
#define SEKISHO_UI_TABLE_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

enum sekisho_column_kind {
	SEKISHO_COLUMN_TEXT,
	SEKISHO_COLUMN_NUMBER, /* to the right, by thousands */
	SEKISHO_COLUMN_BYTES, /* likewise, by units */
	SEKISHO_COLUMN_TIME, /* RFC 3339, shown without T and offset */
	SEKISHO_COLUMN_UNTIL, /* an exclusive end, shown as the last day included */
	SEKISHO_COLUMN_DIGEST, /* its first twelve digits */
};

/* What people see of an object: the member @key under the heading @label. */
struct sekisho_column {
	const char *key;
	const char *label; /* N_(): translated when shown */
	enum sekisho_column_kind kind;
};

/**
 * sekisho_table_print - an array of objects as a table with a heading
 * @rows: the array
 * @columns: what to show, in this order
 * @count: of columns
 * @stream: where to
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_table_print(const json_t *rows, const struct sekisho_column *columns, size_t count,
			FILE *stream);

/**
 * sekisho_fields_print - one object, a line a member; absent and null members are left out
 * @object: the object
 * @columns: what to show, in this order
 * @count: of columns
 * @stream: where to
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_fields_print(const json_t *object, const struct sekisho_column *columns, size_t count,
			 FILE *stream);

/**
 * sekisho_json_print - a value as JSON and a LF
 * @value: taken over and freed; NULL stands for lost memory
 * @stream: where to
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int sekisho_json_print(json_t *value, FILE *stream);

/**
 * sekisho_text_plain - a text with control characters replaced, safe on a terminal
 * @text: UTF-8 or not
 *
 * Return: the text, to be freed with free(), or NULL without memory.
 */
char *sekisho_text_plain(const char *text);

#endif
