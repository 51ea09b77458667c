// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where `audit forward` reads and where it keeps its positions. Knows nothing of peers.
 */
#include "command/forward_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/context.h"
#include "command/faults.h"
#include "ui/message.h"
#include "ui/say.h"

/* A log's own directory has its lock, and soon its files; above it is one directory an origin. */
static bool is_log(int directory)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool found = false;

	if (!stream) {
		if (copy >= 0)
			close(copy);
		return false;
	}
	while (!found && (entry = readdir(stream)))
		found = strstr(entry->d_name, ".jsonl") || !strcmp(entry->d_name, "lock");
	closedir(stream);
	return found;
}

/* The only log below, or else this host's. Return: its name in @name, or -errno. */
static int choose(int above, char name[NAME_MAX + 1])
{
	int copy = openat(above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	char host[HOST_NAME_MAX + 1] = "";
	unsigned int logs = 0;
	bool own = false;

	if (!stream) {
		if (copy >= 0)
			close(copy);
		return -EACCES;
	}
	gethostname(host, sizeof(host) - 1);
	while (!own && (entry = readdir(stream))) {
		int directory;

		if (entry->d_name[0] == '.')
			continue;
		directory = openat(above, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (directory < 0)
			continue;
		if (is_log(directory)) {
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
			own = !strcmp(name, host);
			logs++;
		}
		close(directory);
	}
	closedir(stream);
	if (own || logs == 1)
		return 0;
	return logs ? -ENOTUNIQ : -ENOENT;
}

static int open_log(struct sekisho_forward_place *place)
{
	int above = open(place->log_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1] = "";
	size_t used = strlen(place->log_path);
	int error;

	if (above < 0)
		return -errno;
	if (is_log(above)) {
		place->log = above;
		return 0;
	}
	error = choose(above, name);
	if (!error) {
		place->log = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (place->log < 0)
			error = -errno;
		snprintf(place->log_path + used, sizeof(place->log_path) - used, "/%s", name);
	}
	close(above);
	return error;
}

static int open_positions(struct sekisho_forward_place *place)
{
	if (mkdir(place->positions_path, 0750) && errno != EEXIST)
		return -errno;
	place->positions = open(place->positions_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return place->positions < 0 ? -errno : 0;
}

int sekisho_forward_place_open(struct sekisho_forward_place *place,
			       const struct sekisho_context *context, const char *path)
{
	int error;

	place->log = place->positions = -1;
	if (path)
		snprintf(place->log_path, sizeof(place->log_path), "%s", path);
	else
		snprintf(place->log_path, sizeof(place->log_path), "%.*s/audit", PATH_MAX - 16,
			 context->state);
	snprintf(place->positions_path, sizeof(place->positions_path), "%.*s/forward",
		 PATH_MAX - 16, context->state);
	error = open_log(place);
	if (error == -ENOTUNIQ) {
		sekisho_say(_("there are several logs in %s"), place->log_path);
		sekisho_say_hint(_("name the directory of one"));
	} else if (error == -ENOENT) {
		sekisho_say(_("there is no log in %s"), place->log_path);
	} else if (error) {
		sekisho_say(_("%s cannot be read: %s"), place->log_path, strerror(-error));
		sekisho_faults_hint(error);
	}
	if (error)
		return error;
	error = open_positions(place);
	if (error) {
		sekisho_say(_("%s cannot be made: %s"), place->positions_path, strerror(-error));
		sekisho_faults_hint(error);
	}
	return error;
}

void sekisho_forward_place_close(struct sekisho_forward_place *place)
{
	if (place->log >= 0)
		close(place->log);
	if (place->positions >= 0)
		close(place->positions);
}
