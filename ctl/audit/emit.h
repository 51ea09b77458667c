/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes JSON to a stream, one member after another, commas and escapes included; text that is not
 * UTF-8 gets U+FFFD in place of what could not be read. Knows nothing of what is written; errors
 * are the stream's.
 */
#ifndef SEKISHO_AUDIT_EMIT_H
#define SEKISHO_AUDIT_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sekisho_emit {
	FILE *stream;
	bool comma; /* before what comes next */
};

/*
 * The @key of each is NULL in a list and at the top. @opening is '{' or '[', @closing its
 * counterpart.
 */
void sekisho_emit_begin(struct sekisho_emit *emit, const char *key, char opening);
void sekisho_emit_end(struct sekisho_emit *emit, char closing);
void sekisho_emit_text(struct sekisho_emit *emit, const char *key, const char *text);
void sekisho_emit_number(struct sekisho_emit *emit, const char *key, int64_t number);
void sekisho_emit_count(struct sekisho_emit *emit, const char *key, uint64_t number);
void sekisho_emit_truth(struct sekisho_emit *emit, const char *key, bool truth);

/**
 * sekisho_emit_raw - a value that is JSON already
 * @key: of @key_length bytes, as JSON has it
 */
void sekisho_emit_raw(struct sekisho_emit *emit, const char *key, size_t key_length,
		      const char *value, size_t length);

/* Ends a line: what comes next is another document. */
void sekisho_emit_line(struct sekisho_emit *emit);

#endif
