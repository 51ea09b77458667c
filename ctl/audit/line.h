/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads one line of an audit log, strictly: the keys every record has, in their order, and between
 * them a flat object of text, integers, lists of text and objects of integers. Accepts exactly
 * what record.h writes, types that are not known yet included. Knows nothing of files or chains.
 */
#ifndef SEKISHO_AUDIT_LINE_H
#define SEKISHO_AUDIT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "defect.h"
#include "digest.h"

struct sekisho_line {
	uint64_t seq;
	uint64_t mono_ns;
	uint64_t generation;
	const char *time; /* inside the line read, as the next two; RFC 3339, no NUL after it */
	const char *type;
	size_t type_length;
	uint64_t count; /* of a loss; else 0 */
	uint8_t prev[SEKISHO_DIGEST_BYTES];
};

/**
 * sekisho_line_read - read a line
 * @text: with its LF as its last byte
 * @length: with the LF
 * @line: borrows from @text; of use only on success
 * Return: SEKISHO_DEFECT_NONE, LINE_END, LINE_LENGTH, UTF8 or FORM.
 */
enum sekisho_defect sekisho_line_read(const char *text, size_t length, struct sekisho_line *line);

/**
 * sekisho_line_is - whether the line's type is @type
 */
bool sekisho_line_is(const struct sekisho_line *line, const char *type);

#endif
