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
	{ "request", "FILE", false,
	  N_("write the request to this new file; with --response: the request that it answers") },
	{ "response", "FILE", false, N_("check what the authority answered") },
	{ "ca", "FILE", false, N_("certificates that are trusted to stamp, in PEM") },
	{ 0 },
};

/* A stamp has certificates of its authority in it. */
#define FILE_BYTES (1 << 20)

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

/* A file of the authority's, or for it; to be freed by the caller, after an error as well. */
static int read_file(const char *path, uint8_t **bytes, size_t *length)
{
	FILE *stream = fopen(path, "re");
	int error = stream ? 0 : -errno;

	*bytes = malloc(FILE_BYTES);
	if (!error && !*bytes)
		error = -ENOMEM;
	if (!error) {
		*length = fread(*bytes, 1, FILE_BYTES, stream);
		error = ferror(stream) ? -EIO : *length == FILE_BYTES ? -EFBIG : 0;
	}
	if (stream)
		fclose(stream);
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

/* Names of the files of an answer. */
struct files {
	const char *request; /* NULL: it is not looked at */
	const char *response;
	const char *authority;
};

static void say_why_not(const struct files *files, int error, const char *why)
{
	switch (error) {
	case -ENOKEY:
		sekisho_say(_("%s has no certificate that can be read: %s"), files->authority, why);
		break;
	case -EINVAL:
		sekisho_say(_("%s is no answer of a time stamping authority: %s"), files->response,
			    why);
		break;
	case -EPROTO:
		sekisho_say(_("%s is no request to a time stamping authority: %s"), files->request,
			    why);
		break;
	default:
		sekisho_say(_("%s is no good time stamp of this checkpoint: %s"), files->response,
			    why);
	}
}

static int check(struct sekisho_context *context, const struct sekisho_note *note,
		 const struct files *files)
{
	struct sekisho_timestamp_answer answer = { .authority = files->authority };
	uint8_t *request = NULL, *response = NULL;
	char why[SEKISHO_TIMESTAMP_WHY];
	int64_t seconds = 0;
	int error = read_file(files->response, &response, &answer.response_length);

	if (!error && files->request)
		error = read_file(files->request, &request, &answer.request_length);
	answer.response = response;
	answer.request = request;
	if (!error) {
		error = sekisho_timestamp_check(note->text, note->length, &answer, &seconds, why);
		if (error)
			say_why_not(files, error, why);
		else
			print_stamp(context, note, seconds);
	}
	free(request);
	free(response);
	return error;
}

static int audit_timestamp(struct sekisho_context *context)
{
	const struct files files = {
		.request = sekisho_context_option(context, "request"),
		.response = sekisho_context_option(context, "response"),
		.authority = sekisho_context_option(context, "ca"),
	};
	char text[SEKISHO_NOTE_BYTES + 1];
	struct sekisho_note note;
	int error;

	if ((!files.request && !files.response) || !files.response != !files.authority) {
		sekisho_say(_("either --request, or --response with --ca"));
		return SEKISHO_EXIT_USAGE;
	}
	error = sekisho_audit_note(AT_FDCWD, context->arguments->operands[0], NULL, &note, text);
	if (!error)
		error = files.response ? check(context, &note, &files)
				       : request(&note, files.request);
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
