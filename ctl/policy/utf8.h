/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UTF-8, one character at a time, independent of the locale.
 * Knows nothing of files or messages.
 */
#ifndef SEKISHO_POLICY_UTF8_H
#define SEKISHO_POLICY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * sekisho_utf8_next - read one character
 * @text: bytes
 * @length: how many there are; at least 1
 * @character: receives the code point
 *
 * Return: bytes used, or 0 where they are no UTF-8 (overlong forms and surrogates included).
 */
static inline size_t sekisho_utf8_next(const char *text, size_t length, uint32_t *character)
{
	const unsigned char *byte = (const unsigned char *)text;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t size = byte[0] < 0x80 ? 1 : byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
	uint32_t value;

	if (size == 1) {
		*character = byte[0];
		return 1;
	}
	if (byte[0] < 0xc2 || byte[0] > 0xf4 || size > length)
		return 0;
	value = byte[0] & (0xffu >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (byte[i] & 0x3f);
	}
	if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*character = value;
	return size;
}

/**
 * sekisho_utf8_control - does a character steer the terminal or the reader's eye
 * @character: code point
 *
 * Return: true for control characters and for those that reorder or hide text.
 */
static inline bool sekisho_utf8_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
	       (character >= 0x200b && character <= 0x200f) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2060 && character <= 0x206f) || character == 0xfeff ||
	       character == 0xfffe || character == 0xffff;
}

#endif
