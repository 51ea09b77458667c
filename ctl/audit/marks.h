/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Up to which record what was sent may be taken to have arrived. Syslog and IPFIX have no answer
 * that says so: what was written to a connection that breaks soon after may be gone. So a place
 * in the log counts only once the connection outlived it for some time, or the peer closed it after
 * it had read everything. Pure. Knows nothing of connections.
 */
#ifndef SEKISHO_AUDIT_MARKS_H
#define SEKISHO_AUDIT_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "position.h"

#define SEKISHO_MARKS_SETTLE_MS 10000 /* so long a connection must have lived on */
#define SEKISHO_MARKS_APART_MS	250
#define SEKISHO_MARKS_MAX	64

struct sekisho_mark {
	struct sekisho_position position;
	uint64_t bytes; /* sent up to here on this connection */
	int64_t begun_ms, last_ms;
};

struct sekisho_marks {
	struct sekisho_position settled;
	size_t first, count;
	struct sekisho_mark ring[SEKISHO_MARKS_MAX];
};

/**
 * sekisho_marks_begin - a new connection: what is not settled is to be sent again
 */
void sekisho_marks_begin(struct sekisho_marks *marks);

/**
 * sekisho_marks_add - everything before @position was sent
 * @bytes: that were sent on this connection
 * @now_ms: a clock that only grows
 */
void sekisho_marks_add(struct sekisho_marks *marks, const struct sekisho_position *position,
		       uint64_t bytes, int64_t now_ms);

/* Up to where was sent: the last position added, or else the settled one. Borrowed. */
const struct sekisho_position *sekisho_marks_last(const struct sekisho_marks *marks);

/**
 * sekisho_marks_settle - some time went by, and the connection is well
 * @bytes: that the peer's host is known to have
 * Return: whether the settled position moved.
 */
bool sekisho_marks_settle(struct sekisho_marks *marks, uint64_t bytes, int64_t now_ms);

/**
 * sekisho_marks_settle_all - all that was sent arrived
 */
void sekisho_marks_settle_all(struct sekisho_marks *marks);

#endif
