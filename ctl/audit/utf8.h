/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Characters of UTF-8. Knows nothing of records.
 */
#ifndef SEKISHO_AUDIT_UTF8_H
#define SEKISHO_AUDIT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/**
 * sekisho_utf8_bytes - how many bytes the character at @text has
 * @text: ends somewhere with a byte below 0x80 (a NUL, a LF), which may be its first
 *
 * Refuses overlong forms, surrogates and what is above U+10FFFF.
 * Return: 1 to 4, or 0 where there is no character of UTF-8.
 */
size_t sekisho_utf8_bytes(const unsigned char *text);

/*
 * How many bytes from @text on are ASCII that a string of JSON holds as they are; it ends with one
 * that is not. Most text is nothing else.
 */
size_t sekisho_utf8_plain(const char *text);

/* The character at @text, of as many bytes as sekisho_utf8_bytes() said. */
uint32_t sekisho_utf8_character(const unsigned char *text, size_t bytes);

/* The reverse, without a NUL. Return: how many bytes. */
size_t sekisho_utf8_put(uint32_t character, char bytes[4]);

#endif
