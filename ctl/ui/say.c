// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sentences to the person at the terminal. Knows nothing of what is said.
 */
#include "ui/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/message.h"
#include "ui/table.h"

static void say(const char *lead, const char *format, va_list arguments)
{
	char *text, *plain = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	if (text)
		plain = sekisho_text_plain(text);
	fprintf(stderr, "%s: %s\n", lead, plain ? plain : format);
	free(plain);
	free(text);
}

void sekisho_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("sekishoctl", format, arguments);
	va_end(arguments);
}

void sekisho_say_hint(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(_("hint"), format, arguments);
	va_end(arguments);
}

void sekisho_say_lines(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);
		char *plain = line ? sekisho_text_plain(line) : NULL;

		if (plain)
			fprintf(stderr, "  %s\n", plain);
		free(plain);
		free(line);
		text += length + (text[length] == '\n');
	}
}
