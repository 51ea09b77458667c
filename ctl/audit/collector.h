/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The collector's loop: takes events, adds up denials, watches counters, losses, links and the
 * clock, and writes the audit log in groups. Knows nothing of BPF: everything comes through
 * callbacks.
 */
#ifndef SEKISHO_AUDIT_COLLECTOR_H
#define SEKISHO_AUDIT_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregate.h"
#include "convert.h"
#include "ledger.h"
#include "log.h"
#include "retention.h"
#include "rounds.h"
#include "watch.h"

struct sekisho_collector;

struct sekisho_collector_tally {
	uint64_t events; /* taken */
	uint64_t unknown; /* of types that it does not know */
	uint64_t commits;
	uint64_t failures; /* commits that lost something */
	uint64_t records; /* written, and on disk */
	uint64_t lost_records; /* that the log did not take or could not write */
	int64_t committed_ns; /* the last commit without a failure, since 1970 UTC; 0: none yet */
	int64_t started_ns; /* since 1970 UTC */
	bool failing; /* the log cannot be written */
};

/*
 * Where it all comes from. Those that may be NULL say so. Reading returns 0 or -errno, which only
 * means that this time nothing is known.
 */
struct sekisho_collector_source {
	void *context;
	int events_fd; /* readable when there are events; -1: there is none */

	/*
	 * Take the events that are there, each given to sekisho_collector_event() of @collector.
	 * Called when events_fd is readable, and at least every commit_ms.
	 */
	int (*poll_events)(void *context, struct sekisho_collector *collector);
	/*
	 * Where in the ring the event is that is being given, which the ring lets go of only when
	 * sekisho_collector_event() has returned; between events, where it goes on. May be NULL:
	 * SEKISHO_LEDGER_NOWHERE.
	 */
	uint64_t (*place)(void *context);
	/* May be NULL. */
	int (*read_counters)(void *context, struct sekisho_audit_counters *counters);
	/* Totals since the maps were made. May be NULL. */
	int (*read_losses)(void *context, struct sekisho_loss_tally *losses);
	/* Fills at most @max and returns how many, or -errno. May be NULL. */
	int (*read_links)(void *context, struct sekisho_watch_link *links, size_t max);
	/* The generation in force. May be NULL: 0. */
	uint32_t (*generation)(void *context);
	/* The log cannot be written, or can be again: the declared rule applies. May be NULL. */
	void (*log_failed)(void *context, bool failed, int error);
	/* Checkpoints cannot be made, or can again: as rounds.h. May be NULL. */
	void (*checkpoints)(void *context, int error, const struct sekisho_checkpoint_state *state);
	/* For how many days records are kept; 0: nothing is removed. May be NULL. */
	uint32_t (*log_days)(void *context);
	/* As retention.h. May be NULL. */
	uint64_t (*log_needed)(void *context);
	void (*retention)(void *context, enum sekisho_retention_trouble trouble, uint64_t first);
	/* Every commit_ms: what it has done so far. Must not wait for anything. May be NULL. */
	void (*told)(void *context, const struct sekisho_collector_tally *tally);
};

struct sekisho_collector_options {
	/* Of the lock against a second collector, and of the ledger that outlives one; it exists. */
	const char *run_directory;
	const char *version; /* for the start record; or NULL */
	uint32_t commit_ms; /* 0: 200 */
	uint32_t commit_records; /* 0: 4096 */
	uint32_t flush_ms; /* of denials, losses and links; 0: 1000 */
	uint32_t counters_ms; /* 0: 60000 */
	const char *keys; /* the directory of keys; borrowed; NULL: no checkpoints are made */
	uint64_t checkpoint_records; /* one after so many, but one a second at most; 0: 1000 */
	uint32_t checkpoint_ms; /* and after so long, if the log grew; 0: 60000 */
	struct sekisho_aggregate_limits limits; /* all 0: the default */
};

/**
 * sekisho_collector_new - get ready, as the only collector of this run directory
 * @collector: gets it, to be freed with sekisho_collector_free(); NULL after an error
 * @log: borrowed until it is freed
 * @source: copied
 * @names: copied
 * @options: copied
 * Return: 0; -EBUSY (there is another); -ENOMEM; or why the lock file cannot be opened.
 */
int sekisho_collector_new(struct sekisho_collector **collector, struct sekisho_log *log,
			  const struct sekisho_collector_source *source,
			  const struct sekisho_audit_names *names,
			  const struct sekisho_collector_options *options);
void sekisho_collector_free(struct sekisho_collector *collector);

/**
 * sekisho_collector_run - collect until SIGTERM or SIGINT
 *
 * Blocks both signals while it runs. Writes `start` first and `stop` last. A log that cannot be
 * written does not end it.
 * Return: 0; or the error of waiting; or of the last commit.
 */
int sekisho_collector_run(struct sekisho_collector *collector);

/**
 * sekisho_collector_event - take an event; called by the source's poll_events()
 * @event: copied
 * Return: 0, or -EAGAIN: it was taken, and the loop wants control back before the next.
 */
int sekisho_collector_event(struct sekisho_collector *collector, const struct sekisho_event *event);

/**
 * sekisho_collector_tally - what it has done so far
 */
void sekisho_collector_tally(const struct sekisho_collector *collector,
			     struct sekisho_collector_tally *tally);

#endif
