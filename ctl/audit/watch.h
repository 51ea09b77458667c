/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notices what changed since last time: links, the clock, and losses not yet told. Knows nothing
 * of the log or the loop; what it found goes to its caller.
 */
#ifndef SEKISHO_AUDIT_WATCH_H
#define SEKISHO_AUDIT_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sekisho/event.h>

#include "stamp.h"

/* The wall clock may move by so much beside the monotonic one, between two looks, unnoticed. */
#define SEKISHO_CLOCK_STEP_MS 100

#define SEKISHO_WATCH_LINKS_MAX 1024

/* An interface that the policy names and that exists. */
struct sekisho_watch_link {
	char interface[16];
	char mode[8]; /* native, generic; empty: nothing is attached */
};

/* All zero before the first look. */
struct sekisho_watch_links {
	bool known;
	size_t count;
	struct sekisho_watch_link links[SEKISHO_WATCH_LINKS_MAX];
};

/**
 * sekisho_watch_links - tell what became of links
 * @watch: what was last seen; becomes @now
 * @now: @count of them, at most SEKISHO_WATCH_LINKS_MAX are looked at
 * @tell: called once a change; state is attached, detached, gone or added; mode may be empty
 *
 * The first look tells of each link whether it is attached.
 */
void sekisho_watch_links(struct sekisho_watch_links *watch, const struct sekisho_watch_link *now,
			 size_t count,
			 void (*tell)(void *context, const char *interface, const char *state,
				      const char *mode),
			 void *context);

/* All zero before the first look. */
struct sekisho_watch_clock {
	bool known;
	struct sekisho_stamp last;
};

/**
 * sekisho_watch_clock - whether the clock was set, or its source lost or found
 * @step_ms: gets by how much it moved; 0 if it was not set
 * @before: gets whether it was synchronised at the last look
 * Return: true if one of them changed. Never at the first look.
 */
bool sekisho_watch_clock(struct sekisho_watch_clock *watch, const struct sekisho_stamp *now,
			 int64_t *step_ms, bool *before);

/* Totals as they were, and when. */
struct sekisho_watch_losses {
	struct sekisho_loss_tally tally;
	int64_t wall_ns; /* 0: never looked */
};

/**
 * sekisho_watch_since - @now less @then, or @now where the maps were made anew since
 */
uint64_t sekisho_watch_since(uint64_t then, uint64_t now);

#endif
