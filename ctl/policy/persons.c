// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether two names mean two persons, however they are written. Knows nothing of who they are or
 * what they do.
 */
#include "policy/persons.h"

#include <stdint.h>
#include <string.h>

#include "policy/utf8.h"

#define FULL_WIDTH_FIRST 0xff01
#define FULL_WIDTH_LAST	 0xff5e
#define FULL_WIDTH_SHIFT 0xfee0

#define HALF_KANA_FIRST 0xff66
#define HALF_KANA_LAST	0xff9d
#define HALF_VOICED	0xff9e
#define HALF_HALF	0xff9f /* voiced halfway: p from h */

/* Katakana of usual width, for U+FF66 to U+FF9D. */
static const uint16_t wide_kana[HALF_KANA_LAST - HALF_KANA_FIRST + 1] = {
	0x30f2, 0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9, 0x30e3, 0x30e5, 0x30e7, 0x30c3,
	0x30fc, 0x30a2, 0x30a4, 0x30a6, 0x30a8, 0x30aa, 0x30ab, 0x30ad, 0x30af, 0x30b1,
	0x30b3, 0x30b5, 0x30b7, 0x30b9, 0x30bb, 0x30bd, 0x30bf, 0x30c1, 0x30c4, 0x30c6,
	0x30c8, 0x30ca, 0x30cb, 0x30cc, 0x30cd, 0x30ce, 0x30cf, 0x30d2, 0x30d5, 0x30d8,
	0x30db, 0x30de, 0x30df, 0x30e0, 0x30e1, 0x30e2, 0x30e4, 0x30e6, 0x30e8, 0x30e9,
	0x30ea, 0x30eb, 0x30ec, 0x30ed, 0x30ef, 0x30f3,
};

static uint32_t take(const char **text)
{
	uint32_t character = 0;
	size_t used;

	if (!**text)
		return 0;
	used = sekisho_utf8_next(*text, strlen(*text), &character);
	/* A byte that is no UTF-8 stands for itself. */
	if (!used)
		character = (unsigned char)**text | 0x80000000u;
	*text += used ? used : 1;
	return character;
}

static bool is_space(uint32_t character)
{
	return character == ' ' || character == '\t' || character == 0xa0 || character == 0x3000 ||
	       (character >= 0x2000 && character <= 0x200d) || character == 0xfeff;
}

/* Half-width katakana with the mark that may follow it. */
static uint32_t widen_kana(uint32_t character, const char **text)
{
	uint32_t wide = wide_kana[character - HALF_KANA_FIRST];
	const char *after = *text;
	uint32_t mark = take(&after);

	if (mark != HALF_VOICED && mark != HALF_HALF)
		return wide;
	*text = after;
	if (wide == 0x30a6)
		return 0x30f4;
	return wide + (mark == HALF_VOICED ? 1 : 2);
}

/* The next character that counts, in the one form it has for us; 0 at the end. */
static uint32_t next_letter(const char **text)
{
	uint32_t character;

	do {
		character = take(text);
	} while (character && is_space(character));
	if (character >= FULL_WIDTH_FIRST && character <= FULL_WIDTH_LAST)
		character -= FULL_WIDTH_SHIFT;
	else if (character >= HALF_KANA_FIRST && character <= HALF_KANA_LAST)
		character = widen_kana(character, text);
	if (character >= 'A' && character <= 'Z')
		character += 'a' - 'A';
	return character;
}

bool sekisho_persons_named(const char *name)
{
	return next_letter(&name) != 0;
}

bool sekisho_persons_same(const char *a, const char *b)
{
	uint32_t letter;

	if (!sekisho_persons_named(a) || !sekisho_persons_named(b))
		return true;
	do {
		letter = next_letter(&a);
		if (letter != next_letter(&b))
			return false;
	} while (letter);
	return true;
}
