// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file that something of an audit log is written to. Knows nothing of what is written.
 */
#include "command/audit_output.h"

#include <errno.h>
#include <string.h>

#include "ui/message.h"
#include "ui/say.h"

static void say(const char *path, int error)
{
	if (error == -EEXIST) {
		sekisho_say(_("%s exists"), path);
		sekisho_say_hint(_("another name, or --force to replace it"));
	} else {
		sekisho_say(_("%s cannot be written: %s"), path, strerror(-error));
	}
}

bool sekisho_audit_output_open(const char *path, bool force, const struct sekisho_audit_log *log,
			       struct sekisho_output **output)
{
	struct stat logs, place;
	int error = sekisho_output_open(output, path, force);

	if (error) {
		say(path, error);
		return false;
	}
	if (!sekisho_output_directory(*output, &place) && !fstat(log->directory, &logs) &&
	    logs.st_dev == place.st_dev && logs.st_ino == place.st_ino) {
		sekisho_say(_("%s would lie in the log's own directory"), path);
		return false;
	}
	return true;
}

bool sekisho_audit_output_commit(const char *path, struct sekisho_output **output)
{
	int error = sekisho_output_commit(*output);

	*output = NULL;
	if (error)
		say(path, error);
	return !error;
}
