// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit timestamp`: the files that go to a time stamping authority and come back from it (RFC
 * 3161), for a checkpoint. Carrying them there is not its business: the border host talks to
 * nobody outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/notes.h"
#include "audit/timestamp.h"
#include "command/audit.h"
#include "command/audit_place.h"
#include "command/context.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

static const struct sekisho_option options[] = {
	{ "request", "FILE", false, N_("write the request to this new file") },
	{ "response", "FILE", false, N_("check what the authority answered") },
	{ "ca", "FILE", false, N_("certificates that are trusted to stamp, in PEM") },
	{ 0 },
};

/* A stamp has certificates of its authority in it. */
#define RESPONSE_BYTES (1 << 20)

/* A new file, whole or not at all. */
static int write_new(const char *path, const uint8_t *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	int error = fd < 0 ? -errno : 0;

	errno = EIO;
	if (!error && (write(fd, bytes, length) != (ssize_t)length || fsync(fd)))
		error = -errno;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && error)
		unlink(path);
	if (error)
		sekisho_say(_("%s cannot be written: %s"), path, strerror(-error));
	return error;
}

static int request(const struct sekisho_note *note, const char *path)
{
	uint8_t bytes[SEKISHO_TIMESTAMP_BYTES];
	int length = sekisho_timestamp_request(note->text, note->length, bytes);

	if (length < 0) {
		sekisho_say(_("the request cannot be made: %s"), strerror(-length));
		return length;
	}
	return write_new(path, bytes, (size_t)length);
}

static int read_response(const char *path, uint8_t *bytes, size_t *length)
{
	FILE *stream = fopen(path, "re");
	int error = stream ? 0 : -errno;

	if (stream) {
		*length = fread(bytes, 1, RESPONSE_BYTES, stream);
		error = ferror(stream) ? -EIO : *length == RESPONSE_BYTES ? -EFBIG : 0;
		fclose(stream);
	}
	if (error)
		sekisho_say(_("%s cannot be read: %s"), path, strerror(-error));
	return error;
}

static void print_stamp(const struct sekisho_context *context, const struct sekisho_note *note,
			int64_t seconds)
{
	char when[SEKISHO_TIME_TEXT];

	sekisho_format_time(when, seconds, sekisho_context_zone(context));
	if (context->arguments->json)
		printf("{\"ok\":true,\"size\":%llu,\"stamped_at\":\"%s\"}\n",
		       (unsigned long long)note->checkpoint.size, when);
	else
		printf(_("good: the checkpoint of %llu records was there at %s\n"),
		       (unsigned long long)note->checkpoint.size, when);
}

static int check(struct sekisho_context *context, const struct sekisho_note *note,
		 const char *response, const char *authority)
{
	uint8_t *bytes = malloc(RESPONSE_BYTES);
	char why[SEKISHO_TIMESTAMP_WHY];
	int64_t seconds = 0;
	size_t length = 0;
	int error = bytes ? read_response(response, bytes, &length) : -ENOMEM;

	if (!error) {
		error = sekisho_timestamp_check(note->text, note->length, bytes, length, authority,
						&seconds, why);
		if (!error)
			print_stamp(context, note, seconds);
		else if (error == -ENOKEY)
			sekisho_say(_("%s has no certificate that can be read: %s"), authority,
				    why);
		else if (error == -EINVAL)
			sekisho_say(_("%s is no answer of a time stamping authority: %s"), response,
				    why);
		else
			sekisho_say(_("%s is no good time stamp of this checkpoint: %s"), response,
				    why);
	}
	free(bytes);
	return error;
}

static int audit_timestamp(struct sekisho_context *context)
{
	const char *wanted = sekisho_context_option(context, "request");
	const char *response = sekisho_context_option(context, "response");
	const char *authority = sekisho_context_option(context, "ca");
	char text[SEKISHO_NOTE_BYTES + 1];
	struct sekisho_note note;
	int error;

	if (!wanted == !response || !response != !authority) {
		sekisho_say(_("either --request, or --response with --ca"));
		return SEKISHO_EXIT_USAGE;
	}
	error = sekisho_audit_note(AT_FDCWD, context->arguments->operands[0], NULL, &note, text);
	if (!error)
		error = wanted ? request(&note, wanted)
			       : check(context, &note, response, authority);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

const struct sekisho_subcommand audit_action_timestamp = {
	.name = "audit timestamp",
	.run = audit_timestamp,
	.summary = N_("ask for, or check, a time stamp of a checkpoint (RFC 3161)"),
	.operands = "CHECKPOINT",
	.least = 1,
	.most = 1,
	.options = options,
};
