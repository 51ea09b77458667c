// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which log, which key, which checkpoint. Knows nothing of what is done with them.
 */
#include "command/audit_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/notes.h"
#include "command/audit_logs.h"
#include "ui/message.h"
#include "ui/say.h"

void sekisho_audit_keys(const struct sekisho_context *context, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/keys", PATH_MAX - 8, context->state);
}

int sekisho_audit_place(const struct sekisho_context *context, const char *given)
{
	struct sekisho_audit_logs logs;
	int directory = -ENOENT;

	if (sekisho_audit_logs_open(context, given, true, &logs)) {
		directory = fcntl(logs.items[0].directory, F_DUPFD_CLOEXEC, 0);
		if (directory < 0)
			directory = -errno;
	} else if (!given) {
		sekisho_say_hint(_("--log DIR takes the log of another host, or a copy"));
	}
	sekisho_audit_logs_close(&logs);
	return directory;
}

int sekisho_audit_key(const char *given, int directory, struct sekisho_vkey *key)
{
	int error;

	if (given && !sekisho_vkey_parse(key, given))
		return 0;
	error = given ? sekisho_notes_vkey(AT_FDCWD, given, key)
		      : sekisho_notes_vkey(directory, SEKISHO_VKEY, key);
	if (error == -EINVAL || error == -EFBIG)
		sekisho_say(_("%s is no key that verifies checkpoints"),
			    given ? given : SEKISHO_VKEY);
	else if (error)
		sekisho_say(_("%s cannot be read: %s"), given ? given : SEKISHO_VKEY,
			    strerror(-error));
	return error;
}

int sekisho_audit_note(int directory, const char *path, const struct sekisho_vkey *key,
		       struct sekisho_note *note, char text[SEKISHO_NOTE_BYTES + 1])
{
	int error = sekisho_notes_read(directory, path, key, note, text);

	if (error == -EINVAL || error == -EFBIG)
		sekisho_say(_("%s is no signed checkpoint"), path);
	else if (error == -ENOKEY || error == -EBADMSG)
		sekisho_say(_("%s is not signed by the key of %s"), path, key->name);
	else if (error)
		sekisho_say(_("%s cannot be read: %s"), path, strerror(-error));
	return error;
}
