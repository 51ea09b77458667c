/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of lines among 65,536: as bits, to intersect, and packed, to be kept. Pure. Knows nothing of
 * what lines say.
 */
#ifndef SEKISHO_AUDIT_POSTINGS_H
#define SEKISHO_AUDIT_POSTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEKISHO_POSTINGS_LINES 65536
#define SEKISHO_POSTINGS_WORDS (SEKISHO_POSTINGS_LINES / 64)

struct sekisho_lines {
	uint64_t words[SEKISHO_POSTINGS_WORDS];
};

/* A number packed: seven bits a byte, the lowest first. At most this many bytes. */
#define SEKISHO_PACKED_BYTES 3

/**
 * sekisho_pack - pack a number below 2^21
 * Return: bytes written, at most SEKISHO_PACKED_BYTES.
 */
size_t sekisho_pack(uint8_t *bytes, uint32_t number);

/**
 * sekisho_unpack - the reverse
 * @bytes: moved on
 * @end: behind the last byte
 * @number: written only on success
 * Return: false where there is no such number.
 */
bool sekisho_unpack(const uint8_t **bytes, const uint8_t *end, uint32_t *number);

/**
 * sekisho_lines_add - add a packed set: the distances between its lines
 * @bytes: as packed: for each line, ascending, how far it is from the one before; the first from -1
 * Return: false where it is damaged.
 */
bool sekisho_lines_add(struct sekisho_lines *lines, const uint8_t *bytes, size_t length);

/* Adds all lines from @first to before @end. */
void sekisho_lines_fill(struct sekisho_lines *lines, size_t first, size_t end);

/* Adds what is in @other. */
void sekisho_lines_join(struct sekisho_lines *lines, const struct sekisho_lines *other);

/* Keeps what is in @other too. Return: whether anything is left. */
bool sekisho_lines_keep(struct sekisho_lines *lines, const struct sekisho_lines *other);

/* The first line not before @from; SEKISHO_POSTINGS_LINES where there is none. */
size_t sekisho_lines_next(const struct sekisho_lines *lines, size_t from);

#endif
