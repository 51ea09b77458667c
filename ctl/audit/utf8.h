/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Characters of UTF-8. Knows nothing of records.
 */
#ifndef SEKISHO_AUDIT_UTF8_H
#define SEKISHO_AUDIT_UTF8_H

#include <stddef.h>

/**
 * sekisho_utf8_bytes - how many bytes the character at @text has
 * @text: ends somewhere with a byte below 0x80 (a NUL, a LF), which may be its first
 *
 * Refuses overlong forms, surrogates and what is above U+10FFFF.
 * Return: 1 to 4, or 0 where there is no character of UTF-8.
 */
size_t sekisho_utf8_bytes(const unsigned char *text);

#endif
