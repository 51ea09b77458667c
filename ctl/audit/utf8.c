// SPDX-License-Identifier: GPL-2.0-only
/*
 * Characters of UTF-8. Knows nothing of records.
 */
#include "utf8.h"

#include <stdbool.h>

static bool continues(unsigned char byte, unsigned char low, unsigned char high)
{
	return byte >= low && byte <= high;
}

size_t sekisho_utf8_bytes(const unsigned char *text)
{
	if (text[0] < 0x80)
		return 1;
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		return continues(text[1], 0x80, 0xbf) ? 2 : 0;
	if (text[0] >= 0xe0 && text[0] <= 0xef) {
		/* Neither overlong forms nor halves of surrogate pairs. */
		if (!continues(text[1], text[0] == 0xe0 ? 0xa0 : 0x80,
			       text[0] == 0xed ? 0x9f : 0xbf))
			return 0;
		return continues(text[2], 0x80, 0xbf) ? 3 : 0;
	}
	if (text[0] >= 0xf0 && text[0] <= 0xf4) {
		if (!continues(text[1], text[0] == 0xf0 ? 0x90 : 0x80,
			       text[0] == 0xf4 ? 0x8f : 0xbf))
			return 0;
		return continues(text[2], 0x80, 0xbf) && continues(text[3], 0x80, 0xbf) ? 4 : 0;
	}
	return 0;
}

size_t sekisho_utf8_plain(const char *text)
{
	const char *at = text;

	while ((signed char)*at >= 0x20 && *at != '"' && *at != '\\')
		at++;
	return (size_t)(at - text);
}

uint32_t sekisho_utf8_character(const unsigned char *text, size_t bytes)
{
	uint32_t character = bytes == 1 ? text[0] : text[0] & (0x7f >> bytes);

	for (size_t i = 1; i < bytes; i++)
		character = character << 6 | (text[i] & 0x3f);
	return character;
}

size_t sekisho_utf8_put(uint32_t character, char bytes[4])
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t length = 1 + (character > 0x7f) + (character > 0x7ff) + (character > 0xffff);

	for (size_t i = length; i-- > 1; character >>= 6)
		bytes[i] = (char)(0x80 | (character & 0x3f));
	bytes[0] = (char)(lead[length] | character);
	return length;
}
