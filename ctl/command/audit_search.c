// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which logs a command means, where their indexes are, and a search of one. Knows nothing of what is
 * asked.
 */
#include "command/audit_search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/files.h"
#include "audit/log.h"
#include "audit/reader.h"
#include "command/context.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "ui/say.h"

#define ATTEMPTS 3

static bool is_log(int directory)
{
	struct sekisho_files files = { 0 };
	bool has = !sekisho_files_list(directory, &files) && files.count;

	sekisho_files_free(&files);
	return has;
}

/* Makes a directory for nobody else to read, if it is not there. */
static bool have_directory(const char *path)
{
	return (!mkdir(path, 0700) || errno == EEXIST) && !access(path, W_OK | X_OK);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Below the user's cache: named after where the log is, since copies have the same names. */
static void place_in_cache(const char *real, char place[PATH_MAX])
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char parent[PATH_MAX - 160], directory[PATH_MAX - 128];
	uint64_t hash = 0xcbf29ce484222325;
	int length;

	*place = '\0';
	if (cache && *cache == '/')
		length = snprintf(parent, sizeof(parent), "%s", cache);
	else if (home && *home == '/')
		length = snprintf(parent, sizeof(parent), "%s/.cache", home);
	else
		return;
	if (length >= (int)sizeof(parent) || !have_directory(parent))
		return;
	snprintf(directory, sizeof(directory), "%s/sekisho", parent);
	if (!have_directory(directory))
		return;
	for (const char *at = real; *at; at++)
		hash = (hash ^ (unsigned char)*at) * 0x100000001b3;
	snprintf(place, PATH_MAX, "%s/%.64s-%016llx.sqlite", directory, last_part(real),
		 (unsigned long long)hash);
}

/* Where the index of the log at @real, without links in its path, is kept. */
static void place_index(const struct sekisho_context *context, const char *real,
			char place[PATH_MAX])
{
	char audit[PATH_MAX + 8], own[PATH_MAX], *resolved;
	size_t length;

	snprintf(audit, sizeof(audit), "%s/audit", context->state);
	resolved = realpath(audit, NULL);
	length = resolved ? strlen(resolved) : 0;
	snprintf(own, sizeof(own), "%.*s/index", PATH_MAX - 8, context->state);
	if (resolved && !strncmp(real, resolved, length) && real[length] == '/' &&
	    !strchr(real + length + 1, '/') && have_directory(own))
		snprintf(place, PATH_MAX, "%.*s/%.255s.sqlite", PATH_MAX - 300, own,
			 last_part(real));
	else
		place_in_cache(real, place);
	free(resolved);
}

/* Takes @directory over. */
static bool add(const struct sekisho_context *context, struct sekisho_audit_logs *logs,
		int directory, const char *path, const char *index)
{
	struct sekisho_audit_log *grown =
		reallocarray(logs->items, logs->count + 1, sizeof(*logs->items));
	struct sekisho_audit_log *log;
	char *real;

	if (!grown) {
		close(directory);
		return false;
	}
	logs->items = grown;
	log = &grown[logs->count++];
	*log = (struct sekisho_audit_log){ .directory = directory, .ours = !index };
	snprintf(log->path, sizeof(log->path), "%s", path);
	real = realpath(path, NULL);
	if (index)
		snprintf(log->index, sizeof(log->index), "%s", index);
	else if (real)
		place_index(context, real, log->index);
	free(real);
	return true;
}

static bool add_origins(const struct sekisho_context *context, struct sekisho_audit_logs *logs,
			int parent, const char *path)
{
	struct dirent **names = NULL;
	int count = scandirat(parent, ".", &names, NULL, alphasort);
	bool good = count >= 0;

	for (int i = 0; i < count; i++) {
		char name[PATH_MAX];
		int length = snprintf(name, sizeof(name), "%s/%s", path, names[i]->d_name);
		int directory = -1;

		if (good && names[i]->d_name[0] != '.' && length < (int)sizeof(name))
			directory = openat(parent, names[i]->d_name,
					   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (directory >= 0 && is_log(directory))
			good = add(context, logs, directory, name, NULL);
		else if (directory >= 0)
			close(directory);
		free(names[i]);
	}
	free(names);
	return good;
}

bool sekisho_audit_logs_open(const struct sekisho_context *context, const char *operand,
			     const char *index, struct sekisho_audit_logs *logs)
{
	char origin[SEKISHO_RECORD_HOST_BYTES], host[HOST_NAME_MAX + 1] = "", own[PATH_MAX + 80];
	const char *path = operand;
	int directory;
	bool good;

	memset(logs, 0, sizeof(*logs));
	if (!path) {
		gethostname(host, sizeof(host) - 1);
		sekisho_log_origin(host, origin);
		snprintf(own, sizeof(own), "%s/audit/%s", context->state, origin);
		path = own;
	}
	directory = strlen(path) < PATH_MAX ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (directory < 0) {
		sekisho_say(_("%s cannot be read: %s"), path, strerror(errno));
		return false;
	}
	if (is_log(directory))
		return add(context, logs, directory, path, index);
	good = !operand || add_origins(context, logs, directory, path);
	close(directory);
	if (!good)
		sekisho_say(_("%s cannot be read: %s"), path, strerror(errno));
	else if (!logs->count)
		sekisho_say(_("there is no log in %s"), path);
	else if (index && logs->count > 1)
		sekisho_say(_("%s has several logs, and --index is for one"), path);
	else if (index)
		snprintf(logs->items[0].index, PATH_MAX, "%s", index);
	if (index && logs->count == 1)
		logs->items[0].ours = false;
	return good && logs->count && !(index && logs->count > 1);
}

void sekisho_audit_logs_close(struct sekisho_audit_logs *logs)
{
	for (size_t i = 0; i < logs->count; i++)
		close(logs->items[i].directory);
	free(logs->items);
	memset(logs, 0, sizeof(*logs));
}

int32_t sekisho_audit_log_zone(const struct sekisho_audit_log *log, int32_t otherwise)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry = { 0 };

	if (sekisho_reader_open(&reader, log->directory, UINT64_MAX))
		return otherwise;
	if (sekisho_reader_next(reader, &entry) > 0 && !entry.defect) {
		const char *offset = entry.line.time + 23;
		int minutes = (offset[1] - '0') * 600 + (offset[2] - '0') * 60 +
			      (offset[4] - '0') * 10 + (offset[5] - '0');

		otherwise = (*offset == '-' ? -minutes : minutes) * 60;
	}
	sekisho_reader_close(reader);
	return otherwise;
}

static void show(void *context, uint64_t done, uint64_t all)
{
	sekisho_progress_update(context, done, all);
}

static int update(struct sekisho_index *index, const struct sekisho_audit_log *log,
		  struct sekisho_index_changes *changes)
{
	struct sekisho_progress progress;
	const struct sekisho_search search = { .context = &progress, .progress = show };
	int error;

	sekisho_progress_begin(&progress, _("indexing"), SEKISHO_PROGRESS_BYTES);
	error = sekisho_index_update(index, log->directory, &search, changes);
	sekisho_progress_end(&progress);
	/* A log only grows. */
	if (!error && changes->replaced) {
		sekisho_say(_("%s: %llu records that were indexed are gone or no longer the same"),
			    log->path, (unsigned long long)changes->replaced);
		sekisho_say_hint(_("sekishoctl audit verify %s"), log->path);
	}
	return error;
}

static void say_unusable(const struct sekisho_audit_log *log, int error)
{
	if (error == -EBUSY)
		sekisho_say(_("another process is making the index %s"), log->index);
	else if (error == -EEXIST)
		sekisho_say(_("%s is there and is no index: it is left alone"), log->index);
	else
		sekisho_say(_("the index %s cannot be used: %s"), log->index, strerror(-error));
}

int sekisho_audit_index(const struct sekisho_audit_log *log, bool anew,
			struct sekisho_index_changes *changes, uint64_t *bytes)
{
	struct sekisho_index *index = NULL;
	struct stat status;
	int error;

	if (!*log->index) {
		sekisho_say(_("there is no place for the index of %s: give one with --index"),
			    log->path);
		return -ENOENT;
	}
	error = sekisho_index_open(&index, log->index, log->ours, anew);
	if (!error)
		error = update(index, log, changes);
	sekisho_index_close(index);
	index = NULL;
	if (error == -EBADMSG) {
		error = sekisho_index_open(&index, log->index, log->ours, true);
		if (!error)
			error = update(index, log, changes);
		sekisho_index_close(index);
	}
	if (error)
		say_unusable(log, error);
	*bytes = stat(log->index, &status) ? 0 : (uint64_t)status.st_size;
	return error;
}

/* A search as index and scan see it: the progress of this file in front of the caller's context. */
struct running {
	struct sekisho_progress progress;
	void *context;
	int (*found)(void *context, const struct sekisho_entry *entry,
		     const struct sekisho_facts *facts);
};

static int hand_over(void *context, const struct sekisho_entry *entry,
		     const struct sekisho_facts *facts)
{
	struct running *running = context;

	return running->found(running->context, entry, facts);
}

static void show_running(void *context, uint64_t done, uint64_t all)
{
	struct running *running = context;

	sekisho_progress_update(&running->progress, done, all);
}

static int find_once(const struct sekisho_audit_log *log, const struct sekisho_search *search,
		     bool anew, struct sekisho_damage *damage)
{
	struct sekisho_index_changes changes;
	struct running *running = search->context;
	struct sekisho_index *index;
	int error = sekisho_index_open(&index, log->index, log->ours, anew);

	if (!error)
		error = update(index, log, &changes);
	if (!error) {
		sekisho_progress_begin(&running->progress, _("searching"), SEKISHO_PROGRESS_ITEMS);
		error = sekisho_index_find(index, log->directory, search, damage);
		sekisho_progress_end(&running->progress);
	}
	sekisho_index_close(index);
	return error;
}

static int find(const struct sekisho_audit_log *log, const struct sekisho_search *search,
		void (*restart)(void *context), struct sekisho_damage *damage)
{
	struct running *running = search->context;
	bool anew = false;
	int error = *log->index ? 0 : -ENOENT;

	for (int attempt = 0; *log->index && attempt < ATTEMPTS; attempt++) {
		if (attempt)
			restart(running->context);
		error = find_once(log, search, anew, damage);
		if (error == -ESTALE)
			sekisho_say(_("the index %s was not that of this log: it is made again"),
				    log->index);
		else if (error == -EBADMSG)
			sekisho_say(_("the index %s is damaged: it is made again"), log->index);
		else
			break;
		anew = error == -EBADMSG;
	}
	return error;
}

int sekisho_audit_search(const struct sekisho_audit_log *log, const struct sekisho_query *query,
			 int (*found)(void *context, const struct sekisho_entry *entry,
				      const struct sekisho_facts *facts),
			 void (*restart)(void *context), void *context, bool use_index,
			 struct sekisho_damage *damage)
{
	struct running running = { .context = context, .found = found };
	const struct sekisho_search search = {
		.query = query, .context = &running, .found = hand_over, .progress = show_running
	};
	int error = -ENOENT;

	if (use_index) {
		error = find(log, &search, restart, damage);
		if (!error)
			return 0;
		if (*log->index)
			say_unusable(log, error);
		if (error == -EEXIST)
			return error;
		sekisho_say(_("the log itself is read, which takes longer"));
		restart(context);
	}
	sekisho_progress_begin(&running.progress, _("searching"), SEKISHO_PROGRESS_BYTES);
	error = sekisho_scan(log->directory, &search, damage);
	sekisho_progress_end(&running.progress);
	if (error)
		sekisho_say(_("%s cannot be read: %s"), log->path, strerror(-error));
	return error;
}
