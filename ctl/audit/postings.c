// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of lines among 65,536. Knows nothing of what lines say.
 */
#include "postings.h"

size_t sekisho_pack(uint8_t *bytes, uint32_t number)
{
	size_t used = 0;

	while (number >= 0x80) {
		bytes[used++] = (uint8_t)(number | 0x80);
		number >>= 7;
	}
	bytes[used++] = (uint8_t)number;
	return used;
}

bool sekisho_unpack(const uint8_t **bytes, const uint8_t *end, uint32_t *number)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < SEKISHO_PACKED_BYTES && *bytes < end; i++) {
		uint8_t byte = *(*bytes)++;

		sum |= (uint32_t)(byte & 0x7f) << 7 * i;
		if (byte < 0x80) {
			*number = sum;
			return true;
		}
	}
	return false;
}

bool sekisho_lines_add(struct sekisho_lines *lines, const uint8_t *bytes, size_t length)
{
	const uint8_t *end = bytes + length;
	uint32_t line = UINT32_MAX, distance;

	while (bytes < end) {
		if (!sekisho_unpack(&bytes, end, &distance) || !distance)
			return false;
		line += distance;
		if (line >= SEKISHO_POSTINGS_LINES)
			return false;
		lines->words[line / 64] |= 1ull << line % 64;
	}
	return true;
}

void sekisho_lines_fill(struct sekisho_lines *lines, size_t first, size_t end)
{
	for (size_t line = first; line < end && line < SEKISHO_POSTINGS_LINES;) {
		if (line % 64 == 0 && end - line >= 64) {
			lines->words[line / 64] = UINT64_MAX;
			line += 64;
		} else {
			lines->words[line / 64] |= 1ull << line % 64;
			line++;
		}
	}
}

void sekisho_lines_join(struct sekisho_lines *lines, const struct sekisho_lines *other)
{
	for (size_t i = 0; i < SEKISHO_POSTINGS_WORDS; i++)
		lines->words[i] |= other->words[i];
}

bool sekisho_lines_keep(struct sekisho_lines *lines, const struct sekisho_lines *other)
{
	uint64_t left = 0;

	for (size_t i = 0; i < SEKISHO_POSTINGS_WORDS; i++)
		left |= lines->words[i] &= other->words[i];
	return left;
}

size_t sekisho_lines_next(const struct sekisho_lines *lines, size_t from)
{
	for (size_t word = from / 64; word < SEKISHO_POSTINGS_WORDS; word++) {
		uint64_t bits = lines->words[word];

		if (word == from / 64)
			bits &= UINT64_MAX << from % 64;
		if (bits)
			return word * 64 + (size_t)__builtin_ctzll(bits);
	}
	return SEKISHO_POSTINGS_LINES;
}
