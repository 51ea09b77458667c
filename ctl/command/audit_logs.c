// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which audit logs a command means. Knows nothing of what is done with them.
 */
#include "command/audit_logs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/files.h"
#include "audit/log.h"
#include "audit/reader.h"
#include "audit/stamp.h"
#include "command/context.h"
#include "ui/message.h"
#include "ui/say.h"

#define BELOW_STATE "/audit"

void sekisho_audit_directory(const struct sekisho_context *context, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s" BELOW_STATE, PATH_MAX - 16, context->state);
}

static void own_origin(char origin[SEKISHO_RECORD_HOST_BYTES])
{
	char host[HOST_NAME_MAX + 1] = "";

	gethostname(host, sizeof(host) - 1);
	sekisho_log_origin(host, origin);
}

void sekisho_audit_own(const char *state, char path[PATH_MAX])
{
	char origin[SEKISHO_RECORD_HOST_BYTES];

	own_origin(origin);
	snprintf(path, PATH_MAX, "%.*s" BELOW_STATE "/%s", PATH_MAX - 16 - (int)sizeof(origin),
		 state, origin);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void say_unreadable(const char *path, int error)
{
	sekisho_say(_("%s cannot be read: %s"), path, strerror(-error));
}

static void say_none(const char *path)
{
	sekisho_say(_("there is no log in %s"), path);
}

/* Takes @directory over. */
static int add(struct sekisho_audit_logs *logs, int directory, const char *path)
{
	struct sekisho_audit_log *grown =
		reallocarray(logs->items, logs->count + 1, sizeof(*logs->items));

	if (!grown) {
		close(directory);
		return -ENOMEM;
	}
	logs->items = grown;
	grown[logs->count].directory = directory;
	snprintf(grown[logs->count].path, PATH_MAX, "%s", path);
	logs->count++;
	return 0;
}

/* What is called @name below: a log, something else, or not to be read. */
static int look_at(struct sekisho_audit_logs *logs, int parent, const char *path, const char *name,
		   bool one)
{
	char below[PATH_MAX];
	int directory, found;

	if ((size_t)snprintf(below, sizeof(below), "%s/%s", path, name) >= sizeof(below)) {
		logs->others++;
		say_unreadable(path, -ENAMETOOLONG);
		return 0;
	}
	directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 && errno == ENOTDIR)
		return 0;
	found = directory < 0 ? -errno : sekisho_files_is_log(directory);
	if (found == 1)
		return add(logs, directory, below);
	if (directory >= 0)
		close(directory);
	if (found < 0)
		say_unreadable(below, found);
	else if (!one)
		say_none(below);
	logs->others += found < 0 || !one;
	return 0;
}

static int add_below(struct sekisho_audit_logs *logs, int parent, const char *path, bool one)
{
	struct dirent **names = NULL;
	int count = scandirat(parent, ".", &names, NULL, alphasort);
	int error = count < 0 ? -errno : 0;

	for (int i = 0; i < count; i++) {
		if (!error && names[i]->d_name[0] != '.')
			error = look_at(logs, parent, path, names[i]->d_name, one);
		free(names[i]);
	}
	free(names);
	return error;
}

static void say_several(const struct sekisho_audit_logs *logs, const char *path)
{
	char names[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < logs->count && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? " " : "",
					 last_part(logs->items[i].path));
	sekisho_say(_("there is more than one log in %s: %s"), path, names);
	sekisho_say_hint(_("name the directory of one"));
}

/* Of several, this host's: the others are closed. */
static bool choose(struct sekisho_audit_logs *logs, const char *path)
{
	char origin[SEKISHO_RECORD_HOST_BYTES];
	struct sekisho_audit_log chosen;
	size_t own = 0;

	own_origin(origin);
	while (own < logs->count && strcmp(last_part(logs->items[own].path), origin) != 0)
		own++;
	if (own == logs->count) {
		if (logs->count > 1)
			say_several(logs, path);
		else if (!logs->count && !logs->others)
			say_none(path);
		/* One that cannot be read may be the one that is meant. */
		return logs->count == 1 && !logs->others;
	}
	chosen = logs->items[own];
	logs->items[own] = logs->items[0];
	logs->items[0] = chosen;
	while (logs->count > 1)
		close(logs->items[--logs->count].directory);
	return true;
}

bool sekisho_audit_logs_open(const struct sekisho_context *context, const char *operand, bool one,
			     struct sekisho_audit_logs *logs)
{
	char audit[PATH_MAX];
	const char *path = operand ? operand : audit;
	int directory, found, error;

	memset(logs, 0, sizeof(*logs));
	sekisho_audit_directory(context, audit);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0) {
		say_unreadable(path, -errno);
		return false;
	}
	found = sekisho_files_is_log(directory);
	if (found == 1) {
		error = add(logs, directory, path);
	} else {
		error = found < 0 ? found : add_below(logs, directory, path, one);
		close(directory);
	}
	if (error) {
		say_unreadable(path, error);
		return false;
	}
	if (one && found != 1)
		return choose(logs, path);
	if (!logs->count && !logs->others)
		say_none(path);
	return logs->count;
}

void sekisho_audit_logs_close(struct sekisho_audit_logs *logs)
{
	for (size_t i = 0; i < logs->count; i++)
		close(logs->items[i].directory);
	free(logs->items);
	memset(logs, 0, sizeof(*logs));
}

bool sekisho_audit_log_ours(const struct sekisho_context *context,
			    const struct sekisho_audit_log *log)
{
	char audit[PATH_MAX], resolved[PATH_MAX], real[PATH_MAX];
	size_t length;

	sekisho_audit_directory(context, audit);
	if (!realpath(audit, resolved) || !realpath(log->path, real))
		return false;
	length = strlen(resolved);
	return !strncmp(resolved, real, length) && real[length] == '/' &&
	       !strchr(real + length + 1, '/');
}

int32_t sekisho_audit_log_zone(const struct sekisho_audit_log *log, int32_t otherwise)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry = { 0 };

	if (sekisho_reader_open(&reader, log->directory, UINT64_MAX))
		return otherwise;
	if (sekisho_reader_next(reader, &entry) > 0 && !entry.defect)
		otherwise = sekisho_stamp_zone(entry.line.time);
	sekisho_reader_close(reader);
	return otherwise;
}
