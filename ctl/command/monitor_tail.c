// SPDX-License-Identifier: GPL-2.0-only
/*
 * Follows the newest file of this host's audit log. Knows nothing of what lines say.
 */
#include "command/monitor_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "audit/files.h"
#include "command/audit_logs.h"

/* The number of the newest file; false where there is none. */
static bool newest(int directory, uint64_t *first)
{
	struct sekisho_files files = { 0 };
	bool found = false;

	if (!sekisho_files_list(directory, &files) && files.count) {
		*first = files.first[files.count - 1];
		found = true;
	}
	sekisho_files_free(&files);
	return found;
}

static int open_file(struct sekisho_monitor_tail *tail, uint64_t first)
{
	char name[SEKISHO_FILE_NAME_BYTES];

	if (tail->file >= 0)
		close(tail->file);
	sekisho_file_name(name, first);
	tail->first = first;
	tail->held = 0;
	tail->file = openat(tail->directory, name, O_RDONLY | O_CLOEXEC);
	return tail->file < 0 ? -errno : 0;
}

int sekisho_monitor_tail_open(struct sekisho_monitor_tail *tail, const char *state)
{
	char path[PATH_MAX];
	uint64_t first;
	int error = 0;

	tail->directory = tail->file = -1;
	sekisho_audit_own(state, path);
	tail->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tail->directory < 0)
		return -errno;
	if (newest(tail->directory, &first))
		error = open_file(tail, first);
	if (!error && tail->file >= 0)
		lseek(tail->file, 0, SEEK_END);
	return error;
}

void sekisho_monitor_tail_close(struct sekisho_monitor_tail *tail)
{
	if (tail->file >= 0)
		close(tail->file);
	if (tail->directory >= 0)
		close(tail->directory);
	tail->directory = tail->file = -1;
}

/* Whole lines of what is held go to @take; returns false when it had enough. */
static bool hand_over(struct sekisho_monitor_tail *tail,
		      bool (*take)(void *context, const char *line), void *context)
{
	char *line = tail->line, *end;

	tail->line[tail->held] = '\0';
	while ((end = memchr(line, '\n', tail->held - (size_t)(line - tail->line)))) {
		*end = '\0';
		if (!take(context, line))
			return false;
		line = end + 1;
	}
	tail->held -= (size_t)(line - tail->line);
	memmove(tail->line, line, tail->held);
	/* Longer than a record can be: no record. */
	if (tail->held == SEKISHO_RECORD_LINE_BYTES)
		tail->held = 0;
	return true;
}

int sekisho_monitor_tail_read(struct sekisho_monitor_tail *tail,
			      bool (*take)(void *context, const char *line), void *context)
{
	for (;;) {
		ssize_t got = 0;
		uint64_t first;

		if (tail->file >= 0) {
			got = read(tail->file, tail->line + tail->held,
				   SEKISHO_RECORD_LINE_BYTES - tail->held);
			if (got < 0)
				return -errno;
		}
		if (got > 0) {
			tail->held += (size_t)got;
			if (!hand_over(tail, take, context))
				return 0;
			continue;
		}
		/* All of this file was read: there may be a newer one. */
		if (!newest(tail->directory, &first) || (tail->file >= 0 && first == tail->first))
			return 0;
		if (open_file(tail, first))
			return 0;
	}
}
