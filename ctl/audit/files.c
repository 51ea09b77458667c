// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of an audit log. Knows nothing of what is in them.
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notes.h"

#define DIGITS 20
#define SUFFIX ".jsonl"
#define TORN   "torn-"

void sekisho_file_name(char name[SEKISHO_FILE_NAME_BYTES], uint64_t first)
{
	snprintf(name, SEKISHO_FILE_NAME_BYTES, "%020" PRIu64 SUFFIX, first);
}

void sekisho_torn_name(char name[SEKISHO_TORN_NAME_BYTES], uint64_t next)
{
	snprintf(name, SEKISHO_TORN_NAME_BYTES, TORN "%020" PRIu64, next);
}

static bool has_suffix(const char *name)
{
	size_t length = strlen(name);

	return length >= strlen(SUFFIX) && !strcmp(name + length - strlen(SUFFIX), SUFFIX);
}

static bool is_torn(const char *name)
{
	return !strncmp(name, TORN, strlen(TORN));
}

static bool parse_name(const char *name, uint64_t *first)
{
	char again[SEKISHO_FILE_NAME_BYTES];

	if (strspn(name, "0123456789") != DIGITS)
		return false;
	errno = 0;
	*first = strtoull(name, NULL, 10);
	sekisho_file_name(again, *first);
	return !errno && !strcmp(name, again);
}

static int add(struct sekisho_files *files, size_t *room, uint64_t first)
{
	if (files->count == *room) {
		size_t more = *room ? 2 * *room : 64;
		uint64_t *grown = reallocarray(files->first, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		files->first = grown;
		*room = more;
	}
	files->first[files->count++] = first;
	return 0;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static int take_name(struct sekisho_files *files, size_t *room, const char *name)
{
	uint64_t first;

	if (is_torn(name)) {
		files->torn++;
		return 0;
	}
	if (!has_suffix(name))
		return 0;
	if (parse_name(name, &first))
		return add(files, room, first);
	snprintf(files->stray, sizeof(files->stray), "%.*s", (int)sizeof(files->stray) - 1, name);
	return 0;
}

static int open_stream(int directory, DIR **stream)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = 0;

	*stream = fd < 0 ? NULL : fdopendir(fd);
	if (!*stream)
		error = -errno;
	if (!*stream && fd >= 0)
		close(fd);
	return error;
}

int sekisho_files_list(int directory, struct sekisho_files *files)
{
	struct dirent *entry;
	size_t room = 0;
	DIR *stream;
	int error;

	memset(files, 0, sizeof(*files));
	error = open_stream(directory, &stream);
	if (error)
		return error;
	for (;;) {
		errno = 0;
		entry = readdir(stream);
		if (!entry) {
			error = -errno;
			break;
		}
		error = take_name(files, &room, entry->d_name);
		if (error)
			break;
	}
	closedir(stream);
	if (!error && files->count)
		qsort(files->first, files->count, sizeof(*files->first), compare);
	return error;
}

void sekisho_files_free(struct sekisho_files *files)
{
	free(files->first);
	files->first = NULL;
	files->count = 0;
}

void sekisho_files_forget_torn(int directory, uint64_t next)
{
	const struct dirent *entry;
	char end[SEKISHO_TORN_NAME_BYTES];
	DIR *stream;

	if (open_stream(directory, &stream))
		return;
	sekisho_torn_name(end, next);
	/* Names of one length: their order is that of the numbers. */
	while ((entry = readdir(stream)) != NULL)
		if (is_torn(entry->d_name) && strlen(entry->d_name) == strlen(end) &&
		    strcmp(entry->d_name, end) < 0)
			unlinkat(directory, entry->d_name, 0);
	closedir(stream);
}

/* Not the directory of a host that happens to be called so. */
static bool is_file(int directory, const char *name)
{
	struct stat status;

	return !fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) && !S_ISDIR(status.st_mode);
}

static bool belongs_to_log(const char *name)
{
	static const char *const names[] = { SEKISHO_LOG_LOCK, SEKISHO_NEWEST, SEKISHO_VKEY,
					     SEKISHO_FRONTIER };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return has_suffix(name) || is_torn(name);
}

int sekisho_files_is_log(int directory)
{
	const struct dirent *entry;
	bool found = false;
	DIR *stream;
	int error = open_stream(directory, &stream);

	if (error)
		return error;
	do {
		errno = 0;
		entry = readdir(stream);
		error = entry ? 0 : -errno;
		found = entry && belongs_to_log(entry->d_name) && is_file(directory, entry->d_name);
	} while (entry && !found);
	closedir(stream);
	return error ? error : found;
}
