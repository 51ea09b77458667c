// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit verify`: verifies audit logs, those of this host or a copy. Needs no privilege beyond
 * reading them. Knows nothing of what records say.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/digest.h"
#include "audit/verify.h"
#include "command/audit.h"
#include "command/audit_logs.h"
#include "command/audit_place.h"
#include "command/context.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "ui/say.h"

static const struct sekisho_option options[] = {
	{ "any-start", NULL, false, N_("the first files may be away, though no record says why") },
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
	sekisho_digest_hex(result->last_hash, hex);
	printf(_("%s: good; %llu records, %llu to %llu, in %llu files; last %s\n"), directory,
	       NUM(result->records), NUM(result->first_seq), NUM(result->last_seq),
	       NUM(result->files), hex);
	if (result->removed)
		printf(_("%s: the first %llu records were removed when their time was over, as a "
			 "record says\n"),
		       directory, NUM(result->removed));
	if (result->losses)
		printf(_("%s: %llu records tell of losses: %llu in all\n"), directory,
		       NUM(result->losses), NUM(result->lost));
	print_checkpoints(directory, result);
}

static int verify_one(const struct sekisho_context *context, int directory, const char *name,
		      const struct sekisho_verify_options *verify)
{
	struct sekisho_progress progress;
	const struct sekisho_pace pace = { &progress, sekisho_progress_tell };
	struct sekisho_verify_options options = *verify;
	struct sekisho_verify_result result = { 0 };
	int error;

	options.pace = &pace;
	sekisho_progress_begin(&progress, _("verifying"), SEKISHO_PROGRESS_BYTES);
	error = sekisho_verify(directory, &options, &result);
	sekisho_progress_end(&progress);
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

static bool take_expected(const struct sekisho_context *context, struct known *known)
{
	const char *seq = sekisho_context_option(context, "expect-seq");
	const char *hex = sekisho_context_option(context, "expect-hash");
	struct sekisho_verify_options *verify = &known->options;

	verify->any_start = sekisho_context_option(context, "any-start");
	verify->expects = seq;
	if (!sekisho_context_number(context, "expect-seq", 0, INT64_MAX, &verify->expect_seq))
		return false;
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

static int verify_logs(const struct sekisho_context *context, const struct sekisho_audit_logs *logs,
		       const struct sekisho_verify_options *verify)
{
	/* What is no log may be what is left of one. */
	int status = logs->others ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;

	if ((verify->key || verify->outside) && logs->count > 1) {
		sekisho_say(_("there are several logs, and --key and --checkpoint are of one"));
		return SEKISHO_EXIT_USAGE;
	}
	for (size_t i = 0; i < logs->count; i++) {
		const struct sekisho_audit_log *log = &logs->items[i];

		if (verify_one(context, log->directory, log->path, verify))
			status = SEKISHO_EXIT_REFUSED;
	}
	return status;
}

static int verify_known(struct sekisho_context *context, struct known *known)
{
	struct sekisho_audit_logs logs;
	int status = SEKISHO_EXIT_REFUSED;

	if (!take_expected(context, known))
		return SEKISHO_EXIT_USAGE;
	if (take_signed(context, known))
		return SEKISHO_EXIT_REFUSED;
	if (sekisho_audit_logs_open(context, context->arguments->operands[0], false, &logs))
		status = verify_logs(context, &logs, &known->options);
	sekisho_audit_logs_close(&logs);
	return status;
}

static int audit_verify(struct sekisho_context *context)
{
	struct known *known = calloc(1, sizeof(*known));
	int status;

	if (!known) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	status = verify_known(context, known);
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
