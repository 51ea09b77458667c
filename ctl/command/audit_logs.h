/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which audit logs a command means: this host's, the one in a directory, or those below it. Says
 * itself why one cannot be had. Knows nothing of what is done with them.
 */
#ifndef SEKISHO_COMMAND_AUDIT_LOGS_H
#define SEKISHO_COMMAND_AUDIT_LOGS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sekisho_context;

/* The log of one origin. */
struct sekisho_audit_log {
	int directory; /* open */
	char path[PATH_MAX];
};

struct sekisho_audit_logs {
	struct sekisho_audit_log *items; /* by name */
	size_t count;
	size_t others; /* directories beside them that are no log or cannot be read; each was told */
};

/* Of the directory under which this state directory has its logs, one an origin. */
void sekisho_audit_directory(const struct sekisho_context *context, char path[PATH_MAX]);

/**
 * sekisho_audit_own - the path of the log that this host writes
 * @state: the state directory
 */
void sekisho_audit_own(const char *state, char path[PATH_MAX]);

/**
 * sekisho_audit_logs_open - find the logs that a command means
 * @operand: the directory of a log, or one with logs below it; NULL: that of this state directory
 * @one: only one is meant: where there are several, this host's
 * @logs: to be closed with sekisho_audit_logs_close(), also after false
 *
 * Where all are meant, a directory that is no log, or cannot be read, is told: it might be what is
 * left of one.
 * Return: false after saying why: there is none, or too many.
 */
bool sekisho_audit_logs_open(const struct sekisho_context *context, const char *operand, bool one,
			     struct sekisho_audit_logs *logs);
void sekisho_audit_logs_close(struct sekisho_audit_logs *logs);

/* Whether a log is one of this state directory, by whatever path. */
bool sekisho_audit_log_ours(const struct sekisho_context *context,
			    const struct sekisho_audit_log *log);

/* The offset of the log's newest file, seconds east of UTC; @otherwise where it has no record. */
int32_t sekisho_audit_log_zone(const struct sekisho_audit_log *log, int32_t otherwise);

#endif
