// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit verify-proof`: verifies what `audit prove` made, without the log. Knows nothing of what
 * records say.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/proof.h"
#include "command/audit.h"
#include "command/audit_place.h"
#include "command/context.h"
#include "ui/message.h"
#include "ui/say.h"

static const struct sekisho_option options[] = {
	{ "key", "KEY", true, N_("the key of the checkpoints: a file, or its text") },
	{ "checkpoint", "FILE", false, N_("the older checkpoint, of a proof that the log grew") },
	{ 0 },
};

#define NUM(number) ((unsigned long long)(number))

struct given {
	struct sekisho_vkey key;
	struct sekisho_proof proof;
	char text[SEKISHO_PROOF_BYTES + 1];
	struct sekisho_note older;
	char older_text[SEKISHO_NOTE_BYTES + 1];
};

static int read_proof(const char *path, struct given *given)
{
	FILE *stream = fopen(path, "re");
	size_t length;
	int error;

	if (!stream) {
		error = -errno;
		sekisho_say(_("%s cannot be read: %s"), path, strerror(-error));
		return error;
	}
	length = fread(given->text, 1, SEKISHO_PROOF_BYTES, stream);
	error = ferror(stream) ? -EIO : 0;
	fclose(stream);
	given->text[length] = '\0';
	if (error)
		sekisho_say(_("%s cannot be read: %s"), path, strerror(-error));
	else if (length == SEKISHO_PROOF_BYTES ||
		 sekisho_proof_parse(&given->proof, given->text, length)) {
		sekisho_say(_("%s is no proof that 'audit prove' makes"), path);
		error = -EINVAL;
	}
	return error;
}

static int verify(const char *path, struct given *given, const struct sekisho_checkpoint *older)
{
	int error = sekisho_note_verify(&given->proof.note, &given->key);

	if (error) {
		sekisho_say(_("%s is not signed by the key of %s"), path, given->key.name);
		return error;
	}
	error = sekisho_proof_check(&given->proof, older);
	if (error == -ENODATA && given->proof.kind == SEKISHO_PROOF_GROWTH)
		sekisho_say(_("%s: the older checkpoint must be given: --checkpoint"), path);
	else if (error == -ENODATA)
		sekisho_say(_("%s: the record's line is not in it"), path);
	else if (error)
		sekisho_say(_("%s: the proof does not hold"), path);
	return error;
}

static void print_proof(const struct sekisho_context *context, const struct sekisho_proof *proof)
{
	const struct sekisho_checkpoint *checkpoint = &proof->note.checkpoint;
	bool record = proof->kind == SEKISHO_PROOF_RECORD;

	if (context->arguments->json) {
		printf("{\"ok\":true,\"kind\":\"%s\",\"%s\":%llu,\"size\":%llu}\n",
		       record ? "record" : "growth", record ? "seq" : "from", NUM(proof->number),
		       NUM(checkpoint->size));
		return;
	}
	if (record) {
		printf(_("good: record %llu is among the first %llu of %s\n"), NUM(proof->number),
		       NUM(checkpoint->size), checkpoint->origin);
		printf("%.*s\n", (int)proof->line_length, proof->line);
	} else {
		printf(_("good: the log of %s only grew from %llu to %llu records\n"),
		       checkpoint->origin, NUM(proof->number), NUM(checkpoint->size));
	}
}

static int audit_verify_proof(struct sekisho_context *context)
{
	const char *path = context->arguments->operands[0];
	const char *older = sekisho_context_option(context, "checkpoint");
	struct given *given = calloc(1, sizeof(*given));
	int error;

	if (!given) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	error = sekisho_audit_key(sekisho_context_option(context, "key"), -1, &given->key);
	if (!error)
		error = read_proof(path, given);
	if (!error && older)
		error = sekisho_audit_note(AT_FDCWD, older, &given->key, &given->older,
					   given->older_text);
	if (!error)
		error = verify(path, given, older ? &given->older.checkpoint : NULL);
	if (!error)
		print_proof(context, &given->proof);
	free(given);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

const struct sekisho_subcommand audit_action_verify_proof = {
	.name = "audit verify-proof",
	.run = audit_verify_proof,
	.summary = N_("verify a proof, without the log"),
	.operands = "FILE",
	.least = 1,
	.most = 1,
	.options = options,
};
