// SPDX-License-Identifier: GPL-2.0-only
/*
 * The language of what people read. Knows nothing of what is said.
 */
#include "ui/language.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/message.h"

#define DOMAIN "sekisho"

#ifndef SEKISHO_LOCALE_DEFAULT
#define SEKISHO_LOCALE_DEFAULT "/usr/share/locale"
#endif

static enum sekisho_language current;

bool sekisho_language_find(const char *name, enum sekisho_language *language)
{
	if (!strcmp(name, "ja"))
		*language = SEKISHO_JAPANESE;
	else if (!strcmp(name, "en"))
		*language = SEKISHO_ENGLISH;
	else
		return false;
	return true;
}

enum sekisho_language sekisho_language_of_environment(void)
{
	static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]);

		if (value && *value)
			return strncmp(value, "ja", 2) ? SEKISHO_ENGLISH : SEKISHO_JAPANESE;
	}
	return SEKISHO_ENGLISH;
}

/* A program that was not installed has its catalogues beside it, in build/locale. */
static bool beside_program(char directory[PATH_MAX])
{
	char program[PATH_MAX - 64], catalogue[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (length <= 0)
		return false;
	program[length] = '\0';
	slash = strrchr(program, '/');
	if (!slash)
		return false;
	*slash = '\0';
	snprintf(directory, PATH_MAX, "%s/locale", program);
	snprintf(catalogue, sizeof(catalogue), "%s/locale/ja/LC_MESSAGES/" DOMAIN ".mo", program);
	return !access(catalogue, R_OK);
}

void sekisho_language_set(enum sekisho_language language)
{
	const char *given;
	char directory[PATH_MAX];

	current = language;
	/*
	 * gettext translates in every locale but C, and picks by LANGUAGE. C.UTF-8 is always there;
	 * the user's own locale may not be, on a host with little installed.
	 */
	setlocale(LC_ALL, "C.UTF-8");
	setenv("LANGUAGE", language == SEKISHO_JAPANESE ? "ja" : "en", 1);
	given = getenv("SEKISHO_LOCALE_DIR");
	if (given && *given)
		bindtextdomain(DOMAIN, given);
	else if (beside_program(directory))
		bindtextdomain(DOMAIN, directory);
	else
		bindtextdomain(DOMAIN, SEKISHO_LOCALE_DEFAULT);
	bind_textdomain_codeset(DOMAIN, "UTF-8");
	textdomain(DOMAIN);
}

enum sekisho_language sekisho_language_current(void)
{
	return current;
}
