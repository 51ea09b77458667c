// SPDX-License-Identifier: GPL-2.0-only
/*
 * --redact and --key-file. Knows nothing of what is redacted.
 */
#include "command/redaction.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/context.h"
#include "ui/message.h"
#include "ui/say.h"

/* Return: bytes read, or -errno after saying why. */
static ssize_t read_key(const char *path, uint8_t *key, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
	struct stat status = { 0 };
	ssize_t got = -1;

	if (fd >= 0 && !fstat(fd, &status))
		got = read(fd, key, size);
	if (got < 0)
		error = -errno;
	if (fd >= 0)
		close(fd);
	if (error) {
		sekisho_say(_("%s cannot be read: %s"), path, strerror(-error));
		return error;
	}
	if (status.st_mode & 077) {
		sekisho_say(_("%s can be read by others: it is no secret"), path);
		sekisho_say_hint("chmod 600 %s", path);
		return -EPERM;
	}
	return got;
}

int sekisho_redaction_take(const struct sekisho_context *context,
			   struct sekisho_redactor **redactor)
{
	const char *path = sekisho_context_option(context, "key-file");
	uint8_t key[SEKISHO_REDACT_KEY_MOST + 1];
	ssize_t length = 0;
	int error;

	*redactor = NULL;
	if (!sekisho_context_option(context, "redact")) {
		if (path)
			sekisho_say(_("--key-file is for --redact"));
		return path ? SEKISHO_EXIT_USAGE : SEKISHO_EXIT_DONE;
	}
	if (path)
		length = read_key(path, key, sizeof(key));
	if (length < 0)
		return SEKISHO_EXIT_REFUSED;
	error = sekisho_redactor_new(redactor, path ? key : NULL, (size_t)length);
	explicit_bzero(key, sizeof(key));
	if (error == -EINVAL) {
		sekisho_say(_("%s is no key: it must have %d to %d bytes"), path,
			    SEKISHO_REDACT_KEY_LEAST, SEKISHO_REDACT_KEY_MOST);
		sekisho_say_hint("(umask 077; openssl rand -hex 32 >%s)", path);
	} else if (error) {
		sekisho_say(_("no key could be made: %s"), strerror(-error));
	}
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}
