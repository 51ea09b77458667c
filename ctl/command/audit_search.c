// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the index of an audit log is kept, and a search of a log. Knows nothing of what is asked.
 */
#include "command/audit_search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/audit_logs.h"
#include "command/context.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "ui/say.h"

#define ATTEMPTS 3

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

static void place_index(const struct sekisho_context *context, const struct sekisho_audit_log *log,
			char place[PATH_MAX])
{
	char *real = realpath(log->path, NULL), own[PATH_MAX];

	if (!real)
		return;
	snprintf(own, sizeof(own), "%.*s/index", PATH_MAX - 8, context->state);
	if (sekisho_audit_log_ours(context, log) && have_directory(own))
		snprintf(place, PATH_MAX, "%.*s/%.255s.sqlite", PATH_MAX - 300, own,
			 last_part(real));
	else
		place_in_cache(real, place);
	free(real);
}

struct sekisho_index_place *sekisho_audit_index_places(const struct sekisho_context *context,
						       const struct sekisho_audit_logs *logs,
						       const char *given)
{
	struct sekisho_index_place *places;

	if (given && logs->count > 1) {
		sekisho_say(_("there are several logs, and --index is for one"));
		return NULL;
	}
	places = calloc(logs->count, sizeof(*places));
	if (!places) {
		sekisho_say(_("out of memory"));
		return NULL;
	}
	for (size_t i = 0; i < logs->count; i++) {
		places[i].ours = !given;
		if (given)
			snprintf(places[i].path, PATH_MAX, "%s", given);
		else
			place_index(context, &logs->items[i], places[i].path);
	}
	return places;
}

static int update(struct sekisho_index *index, const struct sekisho_audit_log *log,
		  struct sekisho_index_changes *changes)
{
	struct sekisho_progress progress;
	const struct sekisho_search search = { .context = &progress,
					       .progress = sekisho_progress_tell };
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

static void say_unusable(const struct sekisho_index_place *place, int error)
{
	if (error == -EBUSY)
		sekisho_say(_("another process is making the index %s"), place->path);
	else if (error == -EEXIST)
		sekisho_say(_("%s is there and is no index: it is left alone"), place->path);
	else
		sekisho_say(_("the index %s cannot be used: %s"), place->path, strerror(-error));
}

int sekisho_audit_index(const struct sekisho_audit_log *log,
			const struct sekisho_index_place *place, bool anew,
			struct sekisho_index_changes *changes, uint64_t *bytes)
{
	struct sekisho_index *index = NULL;
	struct stat status;
	int error;

	if (!*place->path) {
		sekisho_say(_("there is no place for the index of %s: give one with --index"),
			    log->path);
		return -ENOENT;
	}
	error = sekisho_index_open(&index, place->path, place->ours, anew);
	if (!error)
		error = update(index, log, changes);
	sekisho_index_close(index);
	index = NULL;
	if (error == -EBADMSG) {
		error = sekisho_index_open(&index, place->path, place->ours, true);
		if (!error)
			error = update(index, log, changes);
		sekisho_index_close(index);
	}
	if (error)
		say_unusable(place, error);
	*bytes = stat(place->path, &status) ? 0 : (uint64_t)status.st_size;
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

static int find_once(const struct sekisho_audit_log *log, const struct sekisho_index_place *place,
		     const struct sekisho_search *search, bool anew, struct sekisho_damage *damage)
{
	struct sekisho_index_changes changes;
	struct running *running = search->context;
	struct sekisho_index *index;
	int error = sekisho_index_open(&index, place->path, place->ours, anew);

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

static int find(const struct sekisho_audit_log *log, const struct sekisho_index_place *place,
		const struct sekisho_search *search, void (*restart)(void *context),
		struct sekisho_damage *damage)
{
	struct running *running = search->context;
	bool anew = false;
	int error = *place->path ? 0 : -ENOENT;

	for (int attempt = 0; *place->path && attempt < ATTEMPTS; attempt++) {
		if (attempt)
			restart(running->context);
		error = find_once(log, place, search, anew, damage);
		if (error == -ESTALE)
			sekisho_say(_("the index %s was not that of this log: it is made again"),
				    place->path);
		else if (error == -EBADMSG)
			sekisho_say(_("the index %s is damaged: it is made again"), place->path);
		else
			break;
		anew = error == -EBADMSG;
	}
	return error;
}

int sekisho_audit_search(const struct sekisho_audit_log *log,
			 const struct sekisho_index_place *place, const struct sekisho_query *query,
			 int (*found)(void *context, const struct sekisho_entry *entry,
				      const struct sekisho_facts *facts),
			 void (*restart)(void *context), void *context,
			 struct sekisho_damage *damage)
{
	struct running running = { .context = context, .found = found };
	const struct sekisho_search search = {
		.query = query, .context = &running, .found = hand_over, .progress = show_running
	};
	int error;

	if (place) {
		error = find(log, place, &search, restart, damage);
		if (!error)
			return 0;
		if (*place->path)
			say_unusable(place, error);
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
