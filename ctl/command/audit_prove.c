// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit prove`: makes a file that proves that a record is in the log, or that the log only grew
 * between two checkpoints. Knows nothing of what records say.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/notes.h"
#include "audit/proof.h"
#include "command/audit.h"
#include "command/audit_place.h"
#include "command/context.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "ui/say.h"

static const struct sekisho_option options[] = {
	{ "size", "N", false, N_("by the checkpoint of N records; default: the newest") },
	{ "from", "N", false, N_("that the log only grew since the checkpoint of N records") },
	{ "to", "N", false, N_("until that of N records; default: the newest") },
	{ "log", "DIR", false, N_("the log's directory; default: this host's") },
	{ "key", "KEY", false, N_("the key of the checkpoints: a file, or its text") },
	{ 0 },
};

#define NUM(number) ((unsigned long long)(number))

struct request {
	struct sekisho_vkey key;
	char text[SEKISHO_NOTE_BYTES + 1]; /* of the checkpoint */
	char older[SEKISHO_NOTE_BYTES + 1];
	struct sekisho_proof proof;
	uint64_t seq, size, from, to; /* as asked for, where they were */
};

static bool read_numbers(const struct sekisho_context *context, struct request *request)
{
	const char *seq = context->arguments->operands[0];

	if (context->arguments->operand_count &&
	    !sekisho_parse_number(seq, INT64_MAX, &request->seq)) {
		sekisho_say(_("%s cannot be '%s'"), "SEQ", seq);
		return false;
	}
	return sekisho_context_number(context, "size", 0, INT64_MAX, &request->size) &&
	       sekisho_context_number(context, "from", 0, INT64_MAX, &request->from) &&
	       sekisho_context_number(context, "to", 0, INT64_MAX, &request->to);
}

/* The checkpoint of @size records, where the option was given, or the newest. */
static int find_note(const struct sekisho_context *context, const char *option, uint64_t size,
		     int directory, const struct sekisho_vkey *key, struct sekisho_note *note,
		     char *text)
{
	char name[SEKISHO_NOTE_NAME] = SEKISHO_NEWEST;
	int error;

	if (sekisho_context_option(context, option))
		sekisho_notes_name(name, SEKISHO_NOTES, size);
	error = sekisho_audit_note(directory, name, key, note, text);
	if (error == -ENOENT)
		sekisho_say_hint(
			_("'ls checkpoints' in the log's directory shows which there are"));
	return error;
}

static int take_record(struct sekisho_context *context, struct request *request, int directory)
{
	struct sekisho_proof *proof = &request->proof;
	int error;

	proof->kind = SEKISHO_PROOF_RECORD;
	proof->number = request->seq;
	error = find_note(context, "size", request->size, directory, &request->key, &proof->note,
			  request->text);
	if (error || proof->number < proof->note.checkpoint.size)
		return error;
	sekisho_say(_("the checkpoint has %llu records: record %llu is not yet among them"),
		    NUM(proof->note.checkpoint.size), NUM(proof->number));
	return -ERANGE;
}

static int take_growth(struct sekisho_context *context, struct request *request, int directory)
{
	struct sekisho_proof *proof = &request->proof;
	struct sekisho_note older;
	int error;

	proof->kind = SEKISHO_PROOF_GROWTH;
	error = find_note(context, "from", request->from, directory, &request->key, &older,
			  request->older);
	if (!error)
		error = find_note(context, "to", request->to, directory, &request->key,
				  &proof->note, request->text);
	if (error)
		return error;
	proof->number = older.checkpoint.size;
	if (proof->number && proof->number <= proof->note.checkpoint.size)
		return 0;
	sekisho_say(_("a log does not grow from %llu to %llu records"), NUM(proof->number),
		    NUM(proof->note.checkpoint.size));
	return -ERANGE;
}

static int make(struct request *request, int directory)
{
	struct sekisho_progress progress;
	const struct sekisho_pace pace = { &progress, sekisho_progress_tell };
	uint64_t bad;
	int error;

	sekisho_progress_begin(&progress, _("reading"), SEKISHO_PROGRESS_BYTES);
	error = sekisho_proof_make(directory, &request->proof, &pace, &bad);
	sekisho_progress_end(&progress);
	if (error == -ENOENT)
		sekisho_say(_("record %llu is not there: a proof needs it, and every later one"),
			    NUM(bad));
	else if (error == -EBADMSG)
		sekisho_say(
			_("the log is not the one that was signed: 'sekishoctl audit verify' says "
			  "where it differs"));
	else if (error)
		sekisho_say(_("the log cannot be read: %s"), strerror(-error));
	if (!error && sekisho_proof_write(&request->proof, stdout)) {
		sekisho_say(_("the proof cannot be written"));
		error = -EIO;
	}
	return error;
}

static int prove_in(struct sekisho_context *context, struct request *request, int directory)
{
	int error =
		sekisho_audit_key(sekisho_context_option(context, "key"), directory, &request->key);

	if (!error)
		error = context->arguments->operand_count
				? take_record(context, request, directory)
				: take_growth(context, request, directory);
	return error ? error : make(request, directory);
}

static int prove(struct sekisho_context *context, struct request *request)
{
	int directory, error;

	if (!read_numbers(context, request))
		return SEKISHO_EXIT_USAGE;
	directory = sekisho_audit_place(context, sekisho_context_option(context, "log"));
	if (directory < 0)
		return SEKISHO_EXIT_REFUSED;
	error = prove_in(context, request, directory);
	close(directory);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

static int audit_prove(struct sekisho_context *context)
{
	bool record = context->arguments->operand_count;
	bool growth = sekisho_context_option(context, "from");
	struct request *request;
	int status;

	if (record == growth || (record && sekisho_context_option(context, "to")) ||
	    (growth && sekisho_context_option(context, "size"))) {
		sekisho_say(
			_("either a record's number, perhaps with --size, or --from, perhaps with "
			  "--to"));
		return SEKISHO_EXIT_USAGE;
	}
	request = calloc(1, sizeof(*request));
	if (!request) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	status = prove(context, request);
	free(request);
	return status;
}

const struct sekisho_subcommand audit_action_prove = {
	.name = "audit prove",
	.run = audit_prove,
	.summary = N_("prove that a record is in the log, or that the log only grew"),
	.operands = "[SEQ]",
	.most = 1,
	.options = options,
};
