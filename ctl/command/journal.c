// SPDX-License-Identifier: GPL-2.0-only
/*
 * The audit log as commands use it. Knows nothing of what records say.
 */
#include "command/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/log.h"

#define PROBE ".probe"

struct sekisho_journal {
	struct sekisho_log *log;
};

int sekisho_journal_open(struct sekisho_journal **journal, const char *state, int32_t zone)
{
	struct sekisho_log_options options = { .zone = zone };
	struct sekisho_journal *opened = calloc(1, sizeof(*opened));
	char directory[PATH_MAX + 8];
	int error;

	*journal = NULL;
	if (!opened)
		return -ENOMEM;
	snprintf(directory, sizeof(directory), "%s/audit", state);
	options.directory = directory;
	error = sekisho_log_open(&opened->log, &options);
	if (error) {
		free(opened);
		return error;
	}
	*journal = opened;
	return 0;
}

int sekisho_journal_probe(struct sekisho_journal *journal)
{
	int directory = sekisho_log_directory(journal->log), fd, error = 0;
	char bytes[SEKISHO_RECORD_LINE_BYTES] = { 0 };

	/* One name for all: what a killed command leaves, the next one takes. */
	fd = openat(directory, PROBE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	/* A short write sets no errno; on a disk it means that no more fits. */
	errno = ENOSPC;
	if (write(fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes) || fsync(fd))
		error = -errno;
	close(fd);
	unlinkat(directory, PROBE, 0);
	return error;
}

int sekisho_journal_write(struct sekisho_journal *journal, struct sekisho_record *record)
{
	int error = sekisho_log_append(journal->log, record);

	return error ? error : sekisho_log_commit(journal->log);
}

void sekisho_journal_close(struct sekisho_journal *journal)
{
	if (!journal)
		return;
	sekisho_log_close(journal->log);
	free(journal);
}
