/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the index of an audit log is kept, and a search of a log that goes by the index as long as it
 * is of use and else by the log itself. Says itself why something cannot be done. Knows nothing of
 * what is asked.
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
struct sekisho_audit_log;
struct sekisho_audit_logs;

struct sekisho_index_place {
	char path[PATH_MAX]; /* empty: there is none */
	bool ours; /* this program's own */
};

/**
 * sekisho_audit_index_places - where the indexes of logs are
 * @given: where the one index is to be, or NULL: below the state directory, or for a copy below the
 *	user's cache
 *
 * Return: one for each log, to be freed with free(); NULL after saying why: there are several logs
 * and one is @given, or no memory.
 */
struct sekisho_index_place *sekisho_audit_index_places(const struct sekisho_context *context,
						       const struct sekisho_audit_logs *logs,
						       const char *given);

/**
 * sekisho_audit_index - bring a log's index up to date
 * @anew: from its first line
 * @changes: filled
 * @bytes: gets the size of the index
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_audit_index(const struct sekisho_audit_log *log,
			const struct sekisho_index_place *place, bool anew,
			struct sekisho_index_changes *changes, uint64_t *bytes);

/**
 * sekisho_audit_search - search a log
 * @place: of its index, which is brought up to date first; NULL: read all of the log
 * @query: what for
 * @found: gets the answers, as struct sekisho_search has it
 * @restart: what was found counts for nothing; called before each new attempt
 * @context: of both
 * @damage: filled
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_audit_search(const struct sekisho_audit_log *log,
			 const struct sekisho_index_place *place, const struct sekisho_query *query,
			 int (*found)(void *context, const struct sekisho_entry *entry,
				      const struct sekisho_facts *facts),
			 void (*restart)(void *context), void *context,
			 struct sekisho_damage *damage);

#endif
