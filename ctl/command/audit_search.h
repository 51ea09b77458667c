/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which logs a command about the audit log means, where the index of each is kept, and a search of
 * one that goes by the index as long as it is of use and else by the log itself. Says itself why
 * something cannot be done. Knows nothing of what is asked.
 */
#ifndef SEKISHO_COMMAND_AUDIT_SEARCH_H
#define SEKISHO_COMMAND_AUDIT_SEARCH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/index.h"
#include "audit/scan.h"

struct sekisho_context;

/* The log of one origin. */
struct sekisho_audit_log {
	int directory;
	char path[PATH_MAX];
	char index[PATH_MAX]; /* empty: there is no place for one */
	bool ours; /* the place is this program's own */
};

struct sekisho_audit_logs {
	size_t count;
	struct sekisho_audit_log *items;
};

/**
 * sekisho_audit_logs_open - find the logs that an operand means
 * @logs: to be closed with sekisho_audit_logs_close(), also after false
 * @operand: the directory of one log or of several; NULL: this host's
 * @index: where the index is to be, or NULL: below the state directory, or for a copy below the
 *	user's cache
 *
 * Return: false after saying why: there is none, or several with one @index.
 */
bool sekisho_audit_logs_open(const struct sekisho_context *context, const char *operand,
			     const char *index, struct sekisho_audit_logs *logs);
void sekisho_audit_logs_close(struct sekisho_audit_logs *logs);

/* The offset of the log's newest file, seconds east of UTC; @otherwise where it has no record. */
int32_t sekisho_audit_log_zone(const struct sekisho_audit_log *log, int32_t otherwise);

/**
 * sekisho_audit_index - bring a log's index up to date
 * @anew: from its first line
 * @changes: filled
 * @bytes: gets the size of the index
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_audit_index(const struct sekisho_audit_log *log, bool anew,
			struct sekisho_index_changes *changes, uint64_t *bytes);

/**
 * sekisho_audit_search - search a log
 * @log: its index is brought up to date first
 * @query: what for
 * @found: gets the answers, as struct sekisho_search has it
 * @restart: what was found counts for nothing; called before each new attempt
 * @context: of both
 * @use_index: false: read all of the log
 * @damage: filled
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_audit_search(const struct sekisho_audit_log *log, const struct sekisho_query *query,
			 int (*found)(void *context, const struct sekisho_entry *entry,
				      const struct sekisho_facts *facts),
			 void (*restart)(void *context), void *context, bool use_index,
			 struct sekisho_damage *damage);

#endif
