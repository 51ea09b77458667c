/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes audit records of what happened: of packet events, and of what the host and its operators
 * did. Knows nothing of maps, policies or where records go: names are asked for through callbacks.
 *
 * Every function begins @record anew. A mistake in what is given (a text missing that must be
 * there) is remembered in the record and told by sekisho_log_append().
 */
#ifndef SEKISHO_AUDIT_CONVERT_H
#define SEKISHO_AUDIT_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#include <sekisho/event.h>
#include <sekisho/reasons.h>

#include "record.h"
#include "retention.h"

/* Flags of events that were not made by the programs: the kernel guard denied it, ... */
#define SEKISHO_AUDIT_GUARD    0x80
#define SEKISHO_AUDIT_MISMATCH 0x40 /* ... although a program had let it pass */

#define SEKISHO_AUDIT_MACS_MAX SEKISHO_MACS_MAX
#define SEKISHO_MAC_BYTES      18 /* aa:bb:cc:dd:ee:ff and a NUL */

/* What numbers in events mean. Texts are borrowed until the next call. */
struct sekisho_audit_names {
	void *context;
	int32_t zone; /* the site's offset, seconds east of UTC */
	/* The segment's name, or NULL where there is none. */
	const char *(*segment)(void *context, uint16_t segment);
	/* The interface's name, or NULL where it is gone. */
	const char *(*interface)(void *context, uint32_t ifindex);
	/* The MAC addresses that a flow permits: up to @max, as text; returns how many. */
	size_t (*macs)(void *context, const char *flow, char (*macs)[SEKISHO_MAC_BYTES],
		       size_t max);
};

/* Too many different keys: what a denial stands for. */
enum sekisho_overflow {
	SEKISHO_OVERFLOW_NONE, /* one key */
	SEKISHO_OVERFLOW_SOURCE, /* all further keys of a source, between two segments, by reason */
	SEKISHO_OVERFLOW_PAIR, /* all further sources between two segments, by reason */
	SEKISHO_OVERFLOW_REASON, /* all further segment pairs, by reason */
};

/* Packets denied alike. */
struct sekisho_denial {
	struct sekisho_event sample; /* the first; of use where @overflow leaves it */
	enum sekisho_overflow overflow;
	uint64_t count; /* packets */
	uint64_t bytes; /* of those told one by one */
	int64_t first_ns; /* since 1970 UTC */
	int64_t last_ns;
};

struct sekisho_audit_counters {
	uint64_t frames, permitted, denied, lost_events;
	uint64_t reasons[SEKISHO_REASON_ROWS]; /* packets */
};

/* Of a policy.* record; texts may be NULL except @actor. */
struct sekisho_audit_policy {
	const char *actor, *second, *role, *authority, *ticket, *file;
	const char *digest_before, *digest_after; /* hexadecimal */
	int64_t flows; /* -1: not said */
	int64_t confirm; /* seconds; -1: not said */
	const char *reason;
	const char *const *findings;
	size_t findings_count;
};

/* Of isolate, release, suspend and restore. */
struct sekisho_audit_order {
	const char *target; /* a segment or `all`; an address or MAC address */
	const char *reason, *authority, *actor, *second, *ticket;
};

/* Of guard.*; texts may be NULL. */
struct sekisho_audit_guard {
	const char *actor, *second, *reason;
	int64_t expected_generation, found_generation; /* -1: not said */
	const char *expected_digest, *found_digest;
};

/**
 * sekisho_convert_permit - a `permit` record of a SEKISHO_EVENT_PERMIT
 */
void sekisho_convert_permit(struct sekisho_record *record, const struct sekisho_event *event,
			    const struct sekisho_audit_names *names);

/**
 * sekisho_convert_deny - a `deny` record
 */
void sekisho_convert_deny(struct sekisho_record *record, const struct sekisho_denial *denial,
			  const struct sekisho_audit_names *names);

/**
 * sekisho_convert_mismatch - a `guard.mismatch` record of packets that only the guard denied
 */
void sekisho_convert_mismatch(struct sekisho_record *record, const struct sekisho_denial *denial,
			      const struct sekisho_audit_names *names);

/**
 * sekisho_convert_flow_end - a `flow.end` record of a SEKISHO_EVENT_FLOW_END
 */
void sekisho_convert_flow_end(struct sekisho_record *record, const struct sekisho_event *event,
			      const struct sekisho_audit_names *names);

/**
 * sekisho_denial_of - one SEKISHO_EVENT_DENY as a denial
 */
void sekisho_denial_of(struct sekisho_denial *denial, const struct sekisho_event *event);

void sekisho_convert_counters(struct sekisho_record *record, uint32_t generation, int32_t zone,
			      const struct sekisho_audit_counters *counters);

/**
 * sekisho_convert_link - a `link` record
 * @state: attached, detached, gone or added
 * @mode: native, generic or NULL
 */
void sekisho_convert_link(struct sekisho_record *record, uint32_t generation, int32_t zone,
			  const char *interface, const char *state, const char *mode);

/**
 * sekisho_convert_loss - a `loss` record
 * @start: ns since 1970 UTC, as @end
 * @cause: one of those the type's table names
 */
void sekisho_convert_loss(struct sekisho_record *record, uint32_t generation, int32_t zone,
			  uint64_t count, int64_t start, int64_t end, const char *cause);

/**
 * sekisho_convert_retention - a `retention` record: the file of @removal will be removed
 */
void sekisho_convert_retention(struct sekisho_record *record, uint32_t generation, int32_t zone,
			       const struct sekisho_removal *removal);

/**
 * sekisho_convert_run - a `start` or `stop` record of this process
 * @version: or NULL
 * @reason: or NULL
 */
void sekisho_convert_run(struct sekisho_record *record, enum sekisho_record_type type,
			 uint32_t generation, int32_t zone, const char *program,
			 const char *version, const char *reason);

/**
 * sekisho_convert_clock - a `clock` record
 * @step_ms: how far the wall clock moved beside the monotonic one
 */
void sekisho_convert_clock(struct sekisho_record *record, uint32_t generation, int32_t zone,
			   int64_t step_ms, bool before, bool after);

/**
 * sekisho_convert_policy - a policy.* record
 */
void sekisho_convert_policy(struct sekisho_record *record, enum sekisho_record_type type,
			    uint32_t generation, int32_t zone,
			    const struct sekisho_audit_policy *policy);

/**
 * sekisho_convert_order - an `isolate`, `release`, `suspend` or `restore` record
 */
void sekisho_convert_order(struct sekisho_record *record, enum sekisho_record_type type,
			   uint32_t generation, int32_t zone,
			   const struct sekisho_audit_order *order);

/**
 * sekisho_convert_guard - a guard.* record
 */
void sekisho_convert_guard(struct sekisho_record *record, enum sekisho_record_type type,
			   uint32_t generation, int32_t zone,
			   const struct sekisho_audit_guard *guard);

/**
 * sekisho_convert_expiry - an expiry.* record
 * @valid_until: seconds since 1970 UTC, the first second in which it no longer holds
 * @days: that remain; -1: not said
 */
void sekisho_convert_expiry(struct sekisho_record *record, enum sekisho_record_type type,
			    uint32_t generation, int32_t zone, const char *flow,
			    int64_t valid_until, int64_t days);

/**
 * sekisho_audit_reason - a reason's name, or NULL where @reason is none
 */
const char *sekisho_audit_reason(unsigned int reason);

#endif
