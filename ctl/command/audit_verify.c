// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit verify`: verifies audit logs, those of this host or a copy. Needs no privilege beyond
 * reading them. Knows nothing of what records say.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/digest.h"
#include "audit/verify.h"
#include "command/audit.h"
#include "command/audit_place.h"
#include "command/context.h"
#include "ui/format.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/say.h"

static const struct sekisho_option options[] = {
	{ "any-start", NULL, false, N_("the first files may have been moved to an archive") },
	{ "expect-seq", "N", false, N_("record N is known to have been there") },
	{ "expect-hash", "HEX", false, N_("and its line has this SHA-256") },
	{ "key", "KEY", false, N_("the key of the checkpoints: a file, or its text") },
	{ "checkpoint", "FILE", false, N_("a checkpoint that was kept elsewhere") },
	{ 0 },
};

#define NUM(number) ((unsigned long long)(number))

/* What is known from elsewhere. */
struct known {
	struct sekisho_verify_options options;
	uint8_t hash[SEKISHO_DIGEST_BYTES];
	struct sekisho_vkey key;
	struct sekisho_note outside;
	char text[SEKISHO_NOTE_BYTES + 1];
};

static void print_checkpoints(const char *directory, const struct sekisho_verify_result *result)
{
	const uint8_t *id = result->key.id;

	if (!result->checkpoints) {
		printf(_("%s: there is no checkpoint\n"), directory);
		return;
	}
	printf(_("%s: %llu checkpoints, the last of %llu records; key %s+%02x%02x%02x%02x\n"),
	       directory, NUM(result->checkpoints), NUM(result->checkpoint_size), result->key.name,
	       id[0], id[1], id[2], id[3]);
	if (!result->key_given)
		printf(_("%s: the key is the copy's own: it proves no origin (--key)\n"),
		       directory);
	if (result->tree == SEKISHO_TREE_CONTINUED)
		printf(_("%s: the first records are away: checkpoints are checked from there on, "
			 "the "
			 "ones before by their signature\n"),
		       directory);
	if (result->tree == SEKISHO_TREE_UNKNOWN)
		printf(_("%s: the first records are away: checkpoints are checked by their "
			 "signature "
			 "only\n"),
		       directory);
}

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
		print_checkpoints(directory, result);
		return;
	}
	sekisho_digest_hex(result->last_hash, hex);
	printf(_("%s: good; %llu records, %llu to %llu, in %llu files; last %s\n"), directory,
	       NUM(result->records), NUM(result->first_seq), NUM(result->last_seq),
	       NUM(result->files), hex);
	if (result->losses)
		printf(_("%s: %llu records tell of losses: %llu in all\n"), directory,
		       NUM(result->losses), NUM(result->lost));
	print_checkpoints(directory, result);
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

/* How many logs there are; a name that is no directory is not counted. */
static unsigned int count_origins(DIR *stream)
{
	const struct dirent *entry;
	unsigned int origins = 0;

	while ((entry = readdir(stream)))
		origins += entry->d_name[0] != '.' && entry->d_type != DT_REG;
	rewinddir(stream);
	return origins;
}

static int verify_origins(const struct sekisho_context *context, DIR *stream, const char *path,
			  const struct sekisho_verify_options *verify)
{
	const struct dirent *entry;
	int status = SEKISHO_EXIT_DONE;
	unsigned int origins = 0;
	int at = dirfd(stream);

	if ((verify->key || verify->outside) && count_origins(stream) > 1) {
		sekisho_say(_("%s has several logs: --key and --checkpoint are of one of them"),
			    path);
		return SEKISHO_EXIT_USAGE;
	}

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

static bool take_expected(const struct sekisho_context *context, struct known *known)
{
	const char *seq = sekisho_context_option(context, "expect-seq");
	const char *hex = sekisho_context_option(context, "expect-hash");
	struct sekisho_verify_options *verify = &known->options;

	verify->any_start = sekisho_context_option(context, "any-start");
	verify->expects = seq;
	if (seq && !sekisho_parse_number(seq, INT64_MAX, &verify->expect_seq)) {
		sekisho_say(_("%s cannot be '%s'"), "--expect-seq", seq);
		return false;
	}
	if (!hex)
		return true;
	if (!seq || strlen(hex) != SEKISHO_DIGEST_HEX || sekisho_digest_parse(hex, known->hash)) {
		sekisho_say(_("--expect-hash takes 64 lower-case digits, and --expect-seq with "
			      "it"));
		return false;
	}
	verify->expect_hash = known->hash;
	return true;
}

static int take_signed(const struct sekisho_context *context, struct known *known)
{
	const char *key = sekisho_context_option(context, "key");
	const char *checkpoint = sekisho_context_option(context, "checkpoint");
	int error = 0;

	if (key) {
		error = sekisho_audit_key(key, -1, &known->key);
		known->options.key = &known->key;
	}
	/* Its signature is verified with the others. */
	if (!error && checkpoint) {
		error = sekisho_audit_note(AT_FDCWD, checkpoint, NULL, &known->outside,
					   known->text);
		known->options.outside = &known->outside;
	}
	return error;
}

static int verify_path(struct sekisho_context *context, const char *path, struct known *known)
{
	DIR *stream;
	int status;

	if (!take_expected(context, known))
		return SEKISHO_EXIT_USAGE;
	if (take_signed(context, known))
		return SEKISHO_EXIT_REFUSED;
	stream = opendir(path);
	if (!stream) {
		sekisho_say(_("%s cannot be read: %s"), path, strerror(errno));
		return SEKISHO_EXIT_REFUSED;
	}
	status = is_log(stream) ? verify_one(context, dirfd(stream), path, &known->options)
				: verify_origins(context, stream, path, &known->options);
	closedir(stream);
	return status;
}

static int audit_verify(struct sekisho_context *context)
{
	const char *copy = context->arguments->operands[0];
	struct known *known = calloc(1, sizeof(*known));
	char path[PATH_MAX + 8];
	int status;

	if (!known) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	snprintf(path, sizeof(path), "%s/audit", context->state);
	status = verify_path(context, copy ? copy : path, known);
	free(known);
	return status;
}

const struct sekisho_subcommand audit_action_verify = {
	.name = "audit verify",
	.run = audit_verify,
	.summary = N_("verify the audit log, or a copy of one"),
	.operands = "[DIR]",
	.most = 1,
	.options = options,
};
