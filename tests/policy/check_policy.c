/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads one policy and shows what was found, under the file's base name so that the output does
 * not depend on where the tests are. Knows nothing of what is expected.
 *
 *	check_policy [-j | --canonical | --text] FILE
 */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/canonical.h"
#include "policy/diagnostics.h"
#include "policy/policy_file.h"

static char *read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	size_t room = 1 << 16;
	char *bytes = malloc(room);

	*length = 0;
	while (file && bytes) {
		size_t got = fread(bytes + *length, 1, room - *length, file);

		*length += got;
		if (!got)
			break;
		if (*length == room) {
			char *more = realloc(bytes, room * 2);

			if (!more)
				free(bytes);
			bytes = more;
			room *= 2;
		}
	}
	if (!file || !bytes || ferror(file)) {
		perror(path);
		exit(2);
	}
	fclose(file);
	return bytes;
}

static void show_canonical(const struct sekisho_policy *policy, const char *mode)
{
	size_t length;
	char *text;

	if (!strcmp(mode, "--canonical")) {
		for (size_t i = 0; i < sizeof(policy->digest); i++)
			printf("%02x", policy->digest[i]);
		putchar('\n');
	}
	if (strcmp(mode, "--text") != 0)
		return;
	text = sekisho_policy_canonical(policy, &length);
	if (text)
		fwrite(text, 1, length, stdout);
	free(text);
}

int main(int argc, char **argv)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	const char *mode = argc > 2 ? argv[1] : "";
	struct sekisho_policy *policy;
	size_t length;
	char *text;

	if (argc < 2 || argc > 3)
		return 2;
	text = read_file(argv[argc - 1], &length);
	policy = sekisho_policy_text_read(basename(argv[argc - 1]), text, length, &diagnostics);
	free(text);
	if (!strcmp(mode, "-j"))
		sekisho_diagnostics_json(&diagnostics, stdout);
	else if (policy && *mode)
		show_canonical(policy, mode);
	else
		sekisho_diagnostics_print(&diagnostics, stdout);
	sekisho_diagnostics_free(&diagnostics);
	sekisho_policy_free(policy);
	return policy ? 0 : 1;
}
