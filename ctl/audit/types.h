/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of audit records and the keys of each, in their fixed order: the one table from which
 * records are built and checked and their documentation is made. Knows nothing of how a record is
 * written or where it goes.
 */
#ifndef SEKISHO_AUDIT_TYPES_H
#define SEKISHO_AUDIT_TYPES_H

#include <stdbool.h>

enum sekisho_record_type {
	SEKISHO_RECORD_POLICY_APPLY,
	SEKISHO_RECORD_POLICY_REJECT,
	SEKISHO_RECORD_POLICY_CONFIRM,
	SEKISHO_RECORD_POLICY_ROLLBACK,
	SEKISHO_RECORD_POLICY_PROPOSE,
	SEKISHO_RECORD_POLICY_APPROVE,
	SEKISHO_RECORD_ISOLATE,
	SEKISHO_RECORD_RELEASE,
	SEKISHO_RECORD_SUSPEND,
	SEKISHO_RECORD_RESTORE,
	SEKISHO_RECORD_PERMIT,
	SEKISHO_RECORD_DENY,
	SEKISHO_RECORD_FLOW_END,
	SEKISHO_RECORD_COUNTERS,
	SEKISHO_RECORD_EXPIRY_NOTICE,
	SEKISHO_RECORD_EXPIRY_EXPIRED,
	SEKISHO_RECORD_GUARD_ATTACH,
	SEKISHO_RECORD_GUARD_DETACH,
	SEKISHO_RECORD_GUARD_MISMATCH,
	SEKISHO_RECORD_LINK,
	SEKISHO_RECORD_CLOCK,
	SEKISHO_RECORD_LOSS,
	SEKISHO_RECORD_RETENTION,
	SEKISHO_RECORD_START,
	SEKISHO_RECORD_STOP,
	SEKISHO_RECORD_TYPES,
};

enum sekisho_field_kind {
	SEKISHO_FIELD_TEXT,
	SEKISHO_FIELD_TIME, /* text: RFC 3339 with milliseconds and the site's offset */
	SEKISHO_FIELD_NUMBER, /* an integer */
	SEKISHO_FIELD_TEXTS, /* an array of text */
	SEKISHO_FIELD_NUMBERS, /* an object of integers */
};

struct sekisho_field {
	const char *name; /* NULL ends a list */
	enum sekisho_field_kind kind;
	bool optional;
	const char *english; /* what it says, for the documentation */
};

struct sekisho_type {
	const char *name;
	const struct sekisho_field *fields;
	const char *english;
	const char *japanese;
};

/**
 * sekisho_type_get - what a record of @type is called and holds
 * Return: static data, or NULL where @type is none.
 */
const struct sekisho_type *sekisho_type_get(enum sekisho_record_type type);

/**
 * sekisho_type_find - the type called @name
 * Return: enum sekisho_record_type, or -ENOENT.
 */
int sekisho_type_find(const char *name);

#endif
