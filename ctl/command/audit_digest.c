// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit digest`: a slip of paper for one day: the checkpoint that covers its records, to be
 * printed, signed and stamped. What is on paper nobody changes on a host. Knows nothing of what
 * records say.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "audit/day.h"
#include "audit/digest.h"
#include "audit/notes.h"
#include "command/audit.h"
#include "command/audit_place.h"
#include "command/context.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "ui/say.h"
#include "ui/table.h"

static const struct sekisho_option options[] = {
	{ "date", "DATE", false, N_("the day, as 2026-04-01; default: yesterday") },
	{ "log", "DIR", false, N_("the log's directory; default: this host's") },
	{ "key", "KEY", false, N_("the key of the checkpoints: a file, or its text") },
	{ 0 },
};

#define NUM(number)   ((unsigned long long)(number))
#define SECONDS_A_DAY 86400

struct slip {
	char date[SEKISHO_DAY_BYTES];
	struct sekisho_day day;
	struct sekisho_vkey key;
	struct sekisho_note note;
	char text[SEKISHO_NOTE_BYTES + 1];
	char root[SEKISHO_DIGEST_HEX + 1];
	char fingerprint[SEKISHO_DIGEST_HEX + 1];
};

static bool take_date(const struct sekisho_context *context, char date[SEKISHO_DAY_BYTES])
{
	const char *given = sekisho_context_option(context, "date");
	time_t yesterday = time(NULL) + sekisho_context_zone(context) - SECONDS_A_DAY;
	struct tm parts = { 0 };
	const char *end;

	if (!given) {
		gmtime_r(&yesterday, &parts);
		strftime(date, SEKISHO_DAY_BYTES, "%Y-%m-%d", &parts);
		return true;
	}
	end = strlen(given) == SEKISHO_DAY_BYTES - 1 ? strptime(given, "%Y-%m-%d", &parts) : NULL;
	if (!end || *end || given[4] != '-' || given[7] != '-') {
		sekisho_say(_("--%s cannot be '%s'"), "date", given);
		return false;
	}
	snprintf(date, SEKISHO_DAY_BYTES, "%s", given);
	return true;
}

/* The smallest checkpoint that covers the whole day; else the newest. */
static int find_note(struct slip *slip, int directory)
{
	char name[SEKISHO_NOTE_NAME] = SEKISHO_NEWEST;
	struct sekisho_sizes sizes;
	int error = sekisho_notes_list(directory, &sizes);
	size_t i = 0;

	while (i < sizes.count && sizes.size[i] <= slip->day.last_seq)
		i++;
	if (i < sizes.count)
		sekisho_notes_name(name, SEKISHO_NOTES, sizes.size[i]);
	sekisho_notes_free(&sizes);
	if (error) {
		sekisho_say(_("%s cannot be read: %s"), SEKISHO_NOTES, strerror(-error));
		return error;
	}
	return sekisho_audit_note(directory, name, &slip->key, &slip->note, slip->text);
}

static int fill(struct slip *slip, int directory)
{
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	struct sekisho_progress progress;
	const struct sekisho_pace pace = { &progress, sekisho_progress_tell };
	int error;

	sekisho_progress_begin(&progress, _("reading"), SEKISHO_PROGRESS_BYTES);
	error = sekisho_day_read(directory, slip->date, &pace, &slip->day);
	sekisho_progress_end(&progress);
	if (error) {
		sekisho_say(_("the log cannot be read: %s"), strerror(-error));
		return error;
	}
	if (!slip->day.records) {
		sekisho_say(_("the log has no record of %s"), slip->date);
		return -ENOENT;
	}
	error = find_note(slip, directory);
	if (error)
		return error;
	sekisho_digest_hex(slip->note.checkpoint.root, slip->root);
	if (!EVP_Digest(slip->key.public_key, sizeof(slip->key.public_key), digest, NULL,
			EVP_sha256(), NULL)) {
		sekisho_say(_("out of memory"));
		return -ENOMEM;
	}
	sekisho_digest_hex(digest, slip->fingerprint);
	return 0;
}

static void print_slip(const struct slip *slip)
{
	const struct sekisho_checkpoint *checkpoint = &slip->note.checkpoint;

	printf(_("DAILY DIGEST OF THE AUDIT LOG\n\n"));
	printf(_("Log:     %s\n"), checkpoint->origin);
	printf(_("Day:     %s\n"), slip->date);
	printf(_("Records: %llu, from no. %llu to no. %llu\n"), NUM(slip->day.records),
	       NUM(slip->day.first_seq), NUM(slip->day.last_seq));
	printf(_("Covered: the first %llu of the log\n"), NUM(checkpoint->size));
	if (checkpoint->size <= slip->day.last_seq)
		printf(_("         THE DAY IS NOT WHOLLY COVERED YET\n"));
	printf(_("\nRoot (SHA-256, RFC 9162):\n"));
	sekisho_print_digest(slip->root, stdout);
	printf(_("Key (Ed25519), its SHA-256:\n"));
	sekisho_print_digest(slip->fingerprint, stdout);
	printf(_("\nName:    ______________________\n\n"));
	printf(_("Stamp:   ______________________\n"));
}

static void print_json(const struct slip *slip)
{
	const struct sekisho_checkpoint *checkpoint = &slip->note.checkpoint;

	sekisho_json_print(json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:b}", "origin",
				     checkpoint->origin, "date", slip->date, "records",
				     (json_int_t)slip->day.records, "first_seq",
				     (json_int_t)slip->day.first_seq, "last_seq",
				     (json_int_t)slip->day.last_seq, "size",
				     (json_int_t)checkpoint->size, "root", slip->root, "key_sha256",
				     slip->fingerprint, "covered",
				     checkpoint->size > slip->day.last_seq),
			   stdout);
}

static int digest_in(struct sekisho_context *context, int directory, struct slip *slip)
{
	int error =
		sekisho_audit_key(sekisho_context_option(context, "key"), directory, &slip->key);

	if (!error)
		error = fill(slip, directory);
	if (error)
		return error;
	if (context->arguments->json)
		print_json(slip);
	else
		print_slip(slip);
	return 0;
}

static int audit_digest(struct sekisho_context *context)
{
	struct slip *slip = calloc(1, sizeof(*slip));
	int directory, status = SEKISHO_EXIT_REFUSED;

	if (!slip) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	if (!take_date(context, slip->date)) {
		free(slip);
		return SEKISHO_EXIT_USAGE;
	}
	directory = sekisho_audit_place(context, sekisho_context_option(context, "log"));
	if (directory >= 0) {
		if (!digest_in(context, directory, slip))
			status = SEKISHO_EXIT_DONE;
		close(directory);
	}
	free(slip);
	return status;
}

const struct sekisho_subcommand audit_action_digest = {
	.name = "audit digest",
	.run = audit_digest,
	.summary = N_("print a day's checkpoint as a slip to sign and stamp"),
	.operands = "",
	.options = options,
};
