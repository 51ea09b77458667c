// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is at the terminal. Knows nothing of what they do.
 */
#include "command/persons.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void sekisho_persons_self(char name[SEKISHO_PERSON_BYTES])
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *user;

	if (sudo && *sudo) {
		snprintf(name, SEKISHO_PERSON_BYTES, "%s", sudo);
		return;
	}
	user = getpwuid(getuid());
	if (user)
		snprintf(name, SEKISHO_PERSON_BYTES, "%s", user->pw_name);
	else
		snprintf(name, SEKISHO_PERSON_BYTES, "uid %u", getuid());
}
