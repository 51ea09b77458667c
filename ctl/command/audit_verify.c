// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit verify`: verifies audit logs, those of this host or a copy. Needs no privilege beyond
 * reading them. Knows nothing of what records say.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/digest.h"
#include "audit/verify.h"
#include "command/audit.h"
#include "command/context.h"
#include "ui/format.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/say.h"

static const struct sekisho_option options[] = {
	{ "any-start", NULL, false, N_("the first files may have been moved to an archive") },
	{ "expect-seq", "N", false, N_("record N is known to have been there") },
	{ "expect-hash", "HEX", false, N_("and its line has this SHA-256") },
	{ 0 },
};

#define NUM(number) ((unsigned long long)(number))

static void print_result(const char *directory, const struct sekisho_verify_result *result)
{
	char hex[SEKISHO_DIGEST_HEX + 1] = "";

	if (result->defect) {
		bool japanese = sekisho_language_current() == SEKISHO_JAPANESE;

		printf(_("%s: NOT good: record %llu, %s line %llu: %s\n"), directory,
		       NUM(result->seq), *result->file ? result->file : "-", NUM(result->line),
		       sekisho_defect_text(result->defect, japanese));
		printf(_("%s: %llu records before it are good\n"), directory, NUM(result->records));
		return;
	}
	if (!result->records) {
		printf(_("%s: good; no records\n"), directory);
		return;
	}
	sekisho_digest_hex(result->last_hash, hex);
	printf(_("%s: good; %llu records, %llu to %llu, in %llu files; last %s\n"), directory,
	       NUM(result->records), NUM(result->first_seq), NUM(result->last_seq),
	       NUM(result->files), hex);
	if (result->losses)
		printf(_("%s: %llu records tell of losses: %llu in all\n"), directory,
		       NUM(result->losses), NUM(result->lost));
}

static int verify_one(const struct sekisho_context *context, int directory, const char *name,
		      const struct sekisho_verify_options *verify)
{
	struct sekisho_verify_result result = { 0 };
	int error = sekisho_verify(directory, verify, &result);

	if (error) {
		sekisho_say(_("%s cannot be read: %s"), name, strerror(-error));
		return SEKISHO_EXIT_REFUSED;
	}
	if (context->arguments->json)
		sekisho_verify_json(&result, stdout);
	else
		print_result(name, &result);
	return result.defect ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

/* A log's own directory has files; above it is one directory an origin. */
static bool is_log(DIR *stream)
{
	const struct dirent *entry;
	bool found = false;

	rewinddir(stream);
	while (!found && (entry = readdir(stream)))
		found = strstr(entry->d_name, ".jsonl");
	rewinddir(stream);
	return found;
}

static int verify_origins(const struct sekisho_context *context, DIR *stream, const char *path,
			  const struct sekisho_verify_options *verify)
{
	const struct dirent *entry;
	int status = SEKISHO_EXIT_DONE;
	unsigned int origins = 0;
	int at = dirfd(stream);

	while (at >= 0 && (entry = readdir(stream))) {
		char name[PATH_MAX + 512];
		int directory;

		if (entry->d_name[0] == '.')
			continue;
		directory = openat(at, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (directory < 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (verify_one(context, directory, name, verify))
			status = SEKISHO_EXIT_REFUSED;
		origins++;
		close(directory);
	}
	if (!origins) {
		sekisho_say(_("there is no log in %s"), path);
		return SEKISHO_EXIT_REFUSED;
	}
	return status;
}

static bool take_expected(const struct sekisho_context *context,
			  struct sekisho_verify_options *verify, uint8_t *hash)
{
	const char *seq = sekisho_context_option(context, "expect-seq");
	const char *hex = sekisho_context_option(context, "expect-hash");

	verify->any_start = sekisho_context_option(context, "any-start");
	verify->expects = seq;
	if (seq && !sekisho_parse_number(seq, INT64_MAX, &verify->expect_seq)) {
		sekisho_say(_("%s cannot be '%s'"), "--expect-seq", seq);
		return false;
	}
	if (!hex)
		return true;
	if (!seq || strlen(hex) != SEKISHO_DIGEST_HEX || sekisho_digest_parse(hex, hash)) {
		sekisho_say(_("--expect-hash takes 64 lower-case digits, and --expect-seq with "
			      "it"));
		return false;
	}
	verify->expect_hash = hash;
	return true;
}

static int verify_path(struct sekisho_context *context, const char *path)
{
	struct sekisho_verify_options verify = { 0 };
	uint8_t hash[SEKISHO_DIGEST_BYTES];
	DIR *stream;
	int status;

	if (!take_expected(context, &verify, hash))
		return SEKISHO_EXIT_USAGE;
	stream = opendir(path);
	if (!stream) {
		sekisho_say(_("%s cannot be read: %s"), path, strerror(errno));
		return SEKISHO_EXIT_REFUSED;
	}
	status = is_log(stream) ? verify_one(context, dirfd(stream), path, &verify)
				: verify_origins(context, stream, path, &verify);
	closedir(stream);
	return status;
}

static int audit_verify(struct sekisho_context *context)
{
	const char *copy = context->arguments->operands[0];
	char path[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/audit", context->state);
	return verify_path(context, copy ? copy : path);
}

const struct sekisho_subcommand audit_action_verify = {
	.name = "audit verify",
	.run = audit_verify,
	.summary = N_("verify the audit log, or a copy of one"),
	.operands = "[DIR]",
	.most = 1,
	.options = options,
};
