// SPDX-License-Identifier: GPL-2.0-only
/*
 * Follows a log as it is written. Knows nothing of peers, or of what records say.
 */
#include "follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/durable.h"
#include "files.h"
#include "notes.h"

#define CHANGES (IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE)

struct sekisho_follow {
	int directory; /* borrowed */
	int changes; /* inotify, or -1 */
	struct sekisho_digester *digester;
	struct sekisho_reader *reader; /* NULL: to be opened at the position */
	struct sekisho_position position;
	bool passing; /* over records before the first one asked for */
	bool rolled; /* the file is shorter than what was read of it */
	uint64_t newest; /* the newest file that the reader knows */
	dev_t device; /* of the position's file when it was opened */
	ino_t inode;
	char note[SEKISHO_NOTE_BYTES + 1];
};

int sekisho_follow_open(struct sekisho_follow **follow, int directory,
			const struct sekisho_position *from)
{
	struct sekisho_follow *opened = calloc(1, sizeof(*opened));
	char path[32];

	*follow = NULL;
	if (!opened)
		return -ENOMEM;
	opened->directory = directory;
	opened->position = *from;
	opened->passing = from->seq && !from->chained;
	opened->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	opened->digester = sekisho_digester_new();
	if (!opened->digester) {
		sekisho_follow_close(opened);
		return -ENOMEM;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", directory);
	if (opened->changes >= 0 && inotify_add_watch(opened->changes, path, CHANGES) < 0) {
		close(opened->changes);
		opened->changes = -1;
	}
	*follow = opened;
	return 0;
}

void sekisho_follow_close(struct sekisho_follow *follow)
{
	if (!follow)
		return;
	sekisho_reader_close(follow->reader);
	sekisho_digester_free(follow->digester);
	if (follow->changes >= 0)
		close(follow->changes);
	free(follow);
}

static int file_status(const struct sekisho_follow *follow, struct stat *status)
{
	char name[SEKISHO_FILE_NAME_BYTES];

	sekisho_file_name(name, follow->position.file);
	return fstatat(follow->directory, name, status, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

/* The number of the newest file. Return: 1; 0 where there is none; or -errno. */
static int find_newest(const struct sekisho_follow *follow, uint64_t *newest)
{
	struct sekisho_files files;
	int error = sekisho_files_list(follow->directory, &files);
	int found = error ? error : files.count > 0;

	if (found == 1)
		*newest = files.first[files.count - 1];
	sekisho_files_free(&files);
	return found;
}

/* Behind what was read, or at the file's start where that is no longer there. */
static int seek(struct sekisho_follow *follow)
{
	struct sekisho_position *position = &follow->position;
	struct stat status;
	int error;

	if (!position->chained)
		return 0;
	error = file_status(follow, &status);
	if (error)
		return error == -ENOENT ? 0 : error;
	follow->device = status.st_dev;
	follow->inode = status.st_ino;
	if ((uint64_t)status.st_size < position->offset) {
		follow->rolled = true;
		position->offset = 0;
	}
	error = sekisho_reader_seek(follow->reader, position->file, position->offset);
	return error == -ENOENT ? 0 : error;
}

static int open_reader(struct sekisho_follow *follow)
{
	int found = find_newest(follow, &follow->newest);
	int error;

	if (found <= 0)
		return found;
	error = sekisho_reader_open(&follow->reader, follow->directory, follow->position.seq);
	if (!error)
		error = seek(follow);
	if (error) {
		sekisho_reader_close(follow->reader);
		follow->reader = NULL;
	}
	return error ? error : 1;
}

/* At the end: whether the reader must be opened anew, since the files are no longer those it has. */
static bool is_stale(struct sekisho_follow *follow)
{
	uint64_t newest = 0;
	struct stat status;
	int found = find_newest(follow, &newest);

	if (found < 0)
		return false;
	if (!found || newest != follow->newest)
		return true;
	if (!follow->position.chained || follow->rolled)
		return false;
	return file_status(follow, &status) || status.st_dev != follow->device ||
	       status.st_ino != follow->inode || (uint64_t)status.st_size < follow->position.offset;
}

static void judge(const struct sekisho_follow *follow, struct sekisho_followed *followed)
{
	const struct sekisho_position *position = &follow->position;
	const struct sekisho_line *line = &followed->entry.line;

	followed->trouble = SEKISHO_FOLLOW_FINE;
	followed->expected = position->seq;
	if (followed->entry.defect)
		return;
	if (line->seq > position->seq)
		followed->trouble = SEKISHO_FOLLOW_GAP;
	else if (line->seq < position->seq || follow->rolled)
		followed->trouble = SEKISHO_FOLLOW_ROLLBACK;
	else if (position->chained && memcmp(line->prev, position->hash, sizeof(line->prev)) != 0)
		followed->trouble = SEKISHO_FOLLOW_CHAIN;
}

static int advance(struct sekisho_follow *follow, const struct sekisho_entry *entry)
{
	struct sekisho_position *position = &follow->position;
	struct stat status;
	int error =
		sekisho_digester_line(follow->digester, entry->text, entry->length, position->hash);

	if (error)
		return error;
	/* A bad line counts by its place. */
	position->seq = entry->defect ? position->seq + 1 : entry->line.seq + 1;
	position->offset = entry->offset + entry->length;
	if (!position->chained || position->file != entry->file) {
		position->file = entry->file;
		error = file_status(follow, &status);
		if (!error) {
			follow->device = status.st_dev;
			follow->inode = status.st_ino;
		}
	}
	position->chained = true;
	if (!entry->defect)
		follow->rolled = false;
	return 0;
}

/* The next record of the reader there is; 0 also where it has to be opened anew. */
static int take(struct sekisho_follow *follow, struct sekisho_followed *followed)
{
	for (;;) {
		struct sekisho_entry *entry = &followed->entry;
		int got = sekisho_reader_next(follow->reader, entry);

		if (got <= 0)
			return got;
		if (follow->passing && (entry->defect || entry->line.seq < follow->position.seq))
			continue;
		follow->passing = false;
		judge(follow, followed);
		got = advance(follow, entry);
		return got ? got : 1;
	}
}

int sekisho_follow_next(struct sekisho_follow *follow, struct sekisho_followed *followed)
{
	/* Once more where the files changed; what changes meanwhile is found next time. */
	for (int tries = 0; tries < 2; tries++) {
		int got = follow->reader ? 1 : open_reader(follow);

		if (got <= 0)
			return got;
		got = take(follow, followed);
		if (got || !is_stale(follow))
			return got;
		sekisho_reader_close(follow->reader);
		follow->reader = NULL;
	}
	return 0;
}

int sekisho_follow_note(struct sekisho_follow *follow, const char **note, size_t *length)
{
	struct sekisho_position *position = &follow->position;
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	int got = sekisho_durable_text(follow->directory, SEKISHO_NEWEST, follow->note,
				       sizeof(follow->note));
	int error;

	if (got <= 0)
		return got == -ENOENT ? 0 : got;
	error = sekisho_digester_line(follow->digester, follow->note, (size_t)got, digest);
	if (error)
		return error;
	if (position->noted && !memcmp(position->note, digest, sizeof(digest)))
		return 0;
	memcpy(position->note, digest, sizeof(digest));
	position->noted = true;
	*note = follow->note;
	*length = (size_t)got;
	return 1;
}

const struct sekisho_position *sekisho_follow_position(const struct sekisho_follow *follow)
{
	return &follow->position;
}

int sekisho_follow_fd(const struct sekisho_follow *follow)
{
	return follow->changes;
}

void sekisho_follow_seen(struct sekisho_follow *follow)
{
	char events[4096];

	while (read(follow->changes, events, sizeof(events)) > 0)
		;
}
