/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The language of what people read: Japanese or English, always in UTF-8. Knows nothing of what is
 * said.
 */
#ifndef SEKISHO_UI_LANGUAGE_H
#define SEKISHO_UI_LANGUAGE_H

#include <stdbool.h>

enum sekisho_language {
	SEKISHO_ENGLISH,
	SEKISHO_JAPANESE,
};

/**
 * sekisho_language_find - a language by name
 * @name: `ja` or `en`, as --lang takes it
 * @language: written only on success
 *
 * Return: whether there is such a language.
 */
bool sekisho_language_find(const char *name, enum sekisho_language *language);

/**
 * sekisho_language_of_environment - what LC_ALL, LC_MESSAGES or LANG asks for
 *
 * Return: Japanese where the first of them that is set begins with `ja`, else English.
 */
enum sekisho_language sekisho_language_of_environment(void);

/**
 * sekisho_language_set - show messages in a language from now on
 * @language: which
 *
 * Call it before other threads begin. Works without the language's locale being installed.
 */
void sekisho_language_set(enum sekisho_language language);

enum sekisho_language sekisho_language_current(void);

#endif
