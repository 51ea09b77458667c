// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policies that were in force, by generation. Knows nothing of the kernel or of records.
 */
#include "policy/history.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/durable.h"

#define DIRECTORY "generations"
#define TEXT_NAME "policy.yaml"
#define META_NAME "meta.json"
#define CURRENT	  "current"

static const char *const kinds[] = {
	[SEKISHO_HISTORY_APPLY] = "apply",
	[SEKISHO_HISTORY_ROLLBACK] = "rollback",
	[SEKISHO_HISTORY_FALLBACK] = "fallback",
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *sekisho_history_kind_name(enum sekisho_history_kind kind)
{
	return kind < KINDS ? kinds[kind] : NULL;
}

static int open_directory(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* The directory of all generations, or -errno. */
static int open_store(const char *state, bool make)
{
	int at = open_directory(AT_FDCWD, state), store;

	if (at < 0)
		return at;
	if (make && mkdirat(at, DIRECTORY, 0750) && errno != EEXIST)
		store = -errno;
	else
		store = open_directory(at, DIRECTORY);
	close(at);
	return store;
}

static void remove_entry(int store, const char *name)
{
	int entry = open_directory(store, name);

	if (entry < 0)
		return;
	unlinkat(entry, TEXT_NAME, 0);
	unlinkat(entry, META_NAME, 0);
	unlinkat(entry, "." META_NAME ".new", 0);
	close(entry);
	unlinkat(store, name, AT_REMOVEDIR);
}

static char *meta_text(const struct sekisho_history_entry *entry)
{
	json_t *meta = json_pack("{s:I, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:I, s:b, s:I, s:s}",
				 "generation", (json_int_t)entry->generation, "digest",
				 entry->digest, "applied_at", entry->applied_at, "actor",
				 entry->actor, "second", entry->second, "ticket", entry->ticket,
				 "file", entry->file, "flows", (json_int_t)entry->flows,
				 "confirmed", entry->confirmed, "rollback_of",
				 (json_int_t)entry->rollback_of, "kind", kinds[entry->kind]);
	char *text;

	/* What a person typed may not be UTF-8; the entry matters more. */
	if (!meta)
		meta = json_pack("{s:I, s:s?, s:s?, s:I, s:b, s:I, s:s}", "generation",
				 (json_int_t)entry->generation, "digest", entry->digest,
				 "applied_at", entry->applied_at, "flows", (json_int_t)entry->flows,
				 "confirmed", entry->confirmed, "rollback_of",
				 (json_int_t)entry->rollback_of, "kind", kinds[entry->kind]);
	text = meta ? json_dumps(meta, JSON_INDENT(2)) : NULL;
	json_decref(meta);
	return text;
}

static int write_entry(int directory, const struct sekisho_history_entry *entry, const char *text,
		       size_t length)
{
	char *meta = meta_text(entry);
	int error = meta ? sekisho_durable_write(directory, TEXT_NAME, text, length) : -ENOMEM;

	if (!error)
		error = sekisho_durable_write(directory, META_NAME, meta, strlen(meta));
	if (!error && fsync(directory))
		error = -errno;
	free(meta);
	return error;
}

int sekisho_history_add(const char *state, const struct sekisho_history_entry *entry,
			const char *text, size_t length)
{
	int store = open_store(state, true), directory, error = 0;
	char name[16], fresh[32];

	if (store < 0)
		return store;
	snprintf(name, sizeof(name), "%u", entry->generation);
	snprintf(fresh, sizeof(fresh), ".new-%u", entry->generation);
	remove_entry(store, fresh);
	if (mkdirat(store, fresh, 0750))
		error = -errno;
	directory = error ? error : open_directory(store, fresh);
	if (directory >= 0) {
		error = write_entry(directory, entry, text, length);
		close(directory);
	} else {
		error = directory;
	}
	/* Over an existing entry, which is not empty, this fails. */
	if (!error && renameat(store, fresh, store, name))
		error = errno == ENOTEMPTY ? -EEXIST : -errno;
	if (!error && fsync(store))
		error = -errno;
	if (error)
		remove_entry(store, fresh);
	close(store);
	return error;
}

int sekisho_history_remove(const char *state, uint32_t generation)
{
	int store = open_store(state, false);
	char name[16];

	if (store < 0)
		return store;
	snprintf(name, sizeof(name), "%u", generation);
	remove_entry(store, name);
	close(store);
	return 0;
}

static char *copy_member(const json_t *meta, const char *key)
{
	const char *text = json_string_value(json_object_get(meta, key));

	return text ? strdup(text) : NULL;
}

static void free_entry(struct sekisho_history_entry *entry)
{
	free(entry->digest);
	free(entry->applied_at);
	free(entry->actor);
	free(entry->second);
	free(entry->ticket);
	free(entry->file);
}

static bool read_entry(int store, uint32_t generation, struct sekisho_history_entry *entry)
{
	char name[32], *text;
	const char *kind;
	size_t length;
	json_t *meta;

	snprintf(name, sizeof(name), "%u/" META_NAME, generation);
	if (sekisho_durable_read(store, name, &text, &length))
		return false;
	meta = json_loadb(text, length, 0, NULL);
	free(text);
	if (!json_is_object(meta)) {
		json_decref(meta);
		return false;
	}
	memset(entry, 0, sizeof(*entry));
	entry->generation = generation;
	entry->confirmed = json_is_true(json_object_get(meta, "confirmed"));
	entry->rollback_of = (uint32_t)json_integer_value(json_object_get(meta, "rollback_of"));
	entry->flows = (uint64_t)json_integer_value(json_object_get(meta, "flows"));
	entry->digest = copy_member(meta, "digest");
	entry->applied_at = copy_member(meta, "applied_at");
	entry->actor = copy_member(meta, "actor");
	entry->second = copy_member(meta, "second");
	entry->ticket = copy_member(meta, "ticket");
	entry->file = copy_member(meta, "file");
	kind = json_string_value(json_object_get(meta, "kind"));
	for (unsigned int i = 0; kind && i < KINDS; i++) {
		if (!strcmp(kinds[i], kind))
			entry->kind = (enum sekisho_history_kind)i;
	}
	json_decref(meta);
	return true;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

/* Numbers of the generations in the store, ascending; to be freed. */
static int list_numbers(int store, uint32_t **numbers, size_t *count)
{
	int fd = dup(store);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t room = 0;

	*numbers = NULL;
	*count = 0;
	if (!stream)
		return -errno;
	rewinddir(stream);
	while ((entry = readdir(stream))) {
		char *end;
		unsigned long number = strtoul(entry->d_name, &end, 10);

		if (*end || !number || number > UINT32_MAX || entry->d_name[0] == '0')
			continue;
		if (*count == room) {
			uint32_t *more = realloc(*numbers, (room = 2 * room + 16) * sizeof(*more));

			if (!more) {
				free(*numbers);
				closedir(stream);
				return -ENOMEM;
			}
			*numbers = more;
		}
		(*numbers)[(*count)++] = (uint32_t)number;
	}
	closedir(stream);
	if (*count)
		qsort(*numbers, *count, sizeof(**numbers), compare_numbers);
	return 0;
}

int sekisho_history_list(const char *state, struct sekisho_history_entry **entries, size_t *count)
{
	int store = open_store(state, false), error;
	size_t number_count;
	uint32_t *numbers;

	*entries = NULL;
	*count = 0;
	if (store < 0)
		return store == -ENOENT ? 0 : store;
	error = list_numbers(store, &numbers, &number_count);
	if (!error) {
		*entries = calloc(number_count + 1, sizeof(**entries));
		error = *entries ? 0 : -ENOMEM;
	}
	for (size_t i = 0; !error && i < number_count; i++) {
		if (read_entry(store, numbers[i], &(*entries)[*count]))
			(*count)++;
	}
	free(numbers);
	close(store);
	return error;
}

void sekisho_history_free(struct sekisho_history_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free_entry(&entries[i]);
	free(entries);
}

uint32_t sekisho_history_last(const char *state)
{
	int store = open_store(state, false);
	uint32_t *numbers, last = 0;
	size_t count;

	if (store < 0)
		return 0;
	if (!list_numbers(store, &numbers, &count)) {
		last = count ? numbers[count - 1] : 0;
		free(numbers);
	}
	close(store);
	return last;
}

const struct sekisho_history_entry *
sekisho_history_find(const struct sekisho_history_entry *entries, size_t count, uint32_t generation)
{
	for (size_t i = 0; i < count; i++) {
		if (entries[i].generation == generation)
			return &entries[i];
	}
	return NULL;
}

int sekisho_history_confirm(const char *state, uint32_t generation)
{
	int store = open_store(state, false), directory, error = -ENOENT;
	struct sekisho_history_entry entry;
	char name[16], *meta;

	if (store < 0)
		return store;
	snprintf(name, sizeof(name), "%u", generation);
	directory = open_directory(store, name);
	if (directory >= 0 && read_entry(store, generation, &entry)) {
		entry.confirmed = true;
		meta = meta_text(&entry);
		error = meta ? sekisho_durable_replace(directory, META_NAME, meta, strlen(meta))
			     : -ENOMEM;
		free(meta);
		free_entry(&entry);
	}
	if (directory >= 0)
		close(directory);
	close(store);
	return error;
}

int sekisho_history_set_current(const char *state, uint32_t generation)
{
	int at = open_directory(AT_FDCWD, state), error;
	char text[16];

	if (at < 0)
		return at;
	snprintf(text, sizeof(text), "%u\n", generation);
	error = sekisho_durable_replace(at, CURRENT, text, strlen(text));
	close(at);
	return error;
}

uint32_t sekisho_history_current(const char *state)
{
	int at = open_directory(AT_FDCWD, state);
	unsigned long number = 0;
	size_t length;
	char *text;

	if (at < 0)
		return 0;
	if (!sekisho_durable_read(at, CURRENT, &text, &length)) {
		number = strtoul(text, NULL, 10);
		free(text);
	}
	close(at);
	return number > UINT32_MAX ? 0 : (uint32_t)number;
}

int sekisho_history_text(const char *state, uint32_t generation, char **text, size_t *length)
{
	int store = open_store(state, false), error;
	char name[32];

	if (store < 0)
		return store;
	snprintf(name, sizeof(name), "%u/" TEXT_NAME, generation);
	error = sekisho_durable_read(store, name, text, length);
	close(store);
	return error;
}
