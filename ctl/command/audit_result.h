/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a search of the audit log found, until all is known: records as they stand in the log, or
 * counts; then the printing of it. Knows nothing of how it was found.
 */
#ifndef SEKISHO_COMMAND_AUDIT_RESULT_H
#define SEKISHO_COMMAND_AUDIT_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "audit/query.h"

/* What records are counted by. */
enum sekisho_audit_by {
	SEKISHO_AUDIT_BY_NOTHING,
	SEKISHO_AUDIT_BY_HOSTS, /* source and destination */
	SEKISHO_AUDIT_BY_SRC,
	SEKISHO_AUDIT_BY_DST,
	SEKISHO_AUDIT_BY_SEGMENTS,
	SEKISHO_AUDIT_BY_PORT, /* protocol and destination port */
	SEKISHO_AUDIT_BY_REASON,
	SEKISHO_AUDIT_BY_FLOW,
	SEKISHO_AUDIT_BY_TYPE,
	SEKISHO_AUDIT_BY_KEYS,
};

/* More groups would neither fit in memory nor be read. */
#define SEKISHO_AUDIT_GROUPS_MAX 100000

enum sekisho_audit_form {
	SEKISHO_AUDIT_TABLE,
	SEKISHO_AUDIT_JSON,
	SEKISHO_AUDIT_LINES, /* as they stand in the log */
};

struct sekisho_audit_group {
	char *key;
	uint64_t records, packets;
	int64_t first_ns, last_ns;
};

struct sekisho_audit_result {
	/* set by the caller */
	uint64_t limit; /* of records, or of groups shown */
	bool count;
	enum sekisho_audit_by by;
	/* read by the caller */
	bool more; /* than the limit */
	bool cleared; /* what was found was, since the caller set this to false */
	int error; /* -errno; -E2BIG: too many groups */
	/* private */
	FILE *rows;
	uint64_t records;
	struct sekisho_audit_group all, *groups;
	size_t group_count, group_room;
	json_t *places; /* of groups, by key */
};

/* `hosts`, `src`, ...; false where @name is no key. */
bool sekisho_audit_by_find(const char *name, enum sekisho_audit_by *by);

/* Nothing was found yet. Return: 0 or -errno. */
int sekisho_audit_result_begin(struct sekisho_audit_result *result);
void sekisho_audit_result_end(struct sekisho_audit_result *result);

/* A search's found(): @context is the result. */
int sekisho_audit_result_add(void *context, const struct sekisho_entry *entry,
			     const struct sekisho_facts *facts);

/* What was found counts for nothing. */
void sekisho_audit_result_clear(void *context);

/* Whether there is nothing to show. */
bool sekisho_audit_result_empty(const struct sekisho_audit_result *result);

/**
 * sekisho_audit_result_print - show it
 * @hosts: records of several hosts
 * @zone: of times that are made here, seconds east of UTC
 * Return: 0 or -errno.
 */
int sekisho_audit_result_print(struct sekisho_audit_result *result, enum sekisho_audit_form form,
			       bool hosts, int32_t zone, FILE *stream);

#endif
