/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends a log on to one peer as it is written: keeps the position, connects again after a failure,
 * begins where what arrived ends. At least once, in order. Knows nothing of how a record is sent.
 */
#ifndef SEKISHO_AUDIT_FORWARD_H
#define SEKISHO_AUDIT_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "follow.h"

/* The peer. Each returns 0 or -errno; after an error the connection is dropped and made anew. */
struct sekisho_forward_peer {
	void *context;
	int (*connect)(void *context);
	/* A record, and before it what was wrong with its place. May be kept until flush. */
	int (*record)(void *context, const struct sekisho_followed *followed);
	/* The log's checkpoint; NULL: not sent. */
	int (*note)(void *context, const char *note, size_t length);
	int (*flush)(void *context);
	/* Whether it still stands; @delivered: of what @sent counts, what the peer's host has. */
	int (*look)(void *context, uint64_t *delivered);
	uint64_t (*sent)(void *context);
	/* Flush and end it; 0: the peer took all. */
	int (*finish)(void *context);
	void (*drop)(void *context);
};

struct sekisho_forward_options {
	int directory; /* of one origin */
	int positions; /* directory of positions */
	const char *name; /* of the position */
	bool from_given; /* begin with @from_seq, whatever the position says */
	uint64_t from_seq;
	bool once; /* end when all is sent, or with the first failure */
	const struct sekisho_forward_peer *peer;
	void *context;
	/* The peer could not be reached or was lost; it is tried again in @wait_ms, 0: not again. */
	void (*failed)(void *context, int error, uint32_t wait_ms);
	void (*connected)(void *context, uint64_t seq); /* and goes on with record @seq */
};

/**
 * sekisho_forward_run - send until told to stop: by SIGTERM or SIGINT, or when all is sent
 * @options: needed until it returns
 *
 * Return: 0; -EBUSY (another sends under that name); -EINVAL (the position's file holds something
 * else); -ECONNABORTED (once: the peer failed, and @failed was called); or why the log cannot be
 * read or the position not be written.
 */
int sekisho_forward_run(const struct sekisho_forward_options *options);

#endif
