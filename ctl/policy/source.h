/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy file's text: read whole, proven to be UTF-8 text, with its lines findable.
 * Knows nothing of YAML or of what the text means.
 */
#ifndef SEKISHO_POLICY_SOURCE_H
#define SEKISHO_POLICY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/diagnostics.h"

#define SEKISHO_SOURCE_BYTES_MAX (256u * 1024 * 1024)

struct sekisho_source {
	char *name; /* as shown in diagnostics */
	char *bytes; /* owned; with the byte order mark */
	const char *text; /* without it */
	size_t length;
	size_t *lines; /* where each line begins in @text */
	size_t line_count;
};

/**
 * sekisho_source_open - read a file
 * @source: filled in; to be closed in any case
 * @path: the file
 * @diagnostics: receives why it cannot be read or is no text
 *
 * Return: true if the text can be used.
 */
bool sekisho_source_open(struct sekisho_source *source, const char *path,
			 struct sekisho_diagnostics *diagnostics);

/**
 * sekisho_source_text - take text from memory as if it were a file
 * @source: filled in; to be closed in any case
 * @name: shown in diagnostics
 * @text: the bytes, copied
 * @length: how many
 * @diagnostics: receives why it is no text
 *
 * Return: true if the text can be used.
 */
bool sekisho_source_text(struct sekisho_source *source, const char *name, const char *text,
			 size_t length, struct sekisho_diagnostics *diagnostics);

/**
 * sekisho_source_line - one line without its line break
 * @source: the text
 * @line: 1 is the first
 * @length: receives its bytes
 *
 * Return: where it begins, or NULL where there is no such line.
 */
const char *sekisho_source_line(const struct sekisho_source *source, unsigned int line,
				size_t *length);

/**
 * sekisho_source_close - give everything back
 * @source: the text
 */
void sekisho_source_close(struct sekisho_source *source);

#endif
