/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics while the collector runs: a process of their own, so that no event waits for them, and
 * nothing that is sent to it touches the collector. Knows nothing of the collector's loop.
 */
#ifndef SEKISHO_COMMAND_METRICS_PROCESS_H
#define SEKISHO_COMMAND_METRICS_PROCESS_H

#include "audit/collector.h"
#include "command/context.h"
#include "serve/endpoint.h"

struct sekisho_metrics_wanted {
	const char *endpoint; /* as given; NULL: nothing is served */
	struct sekisho_endpoint_address address; /* of @endpoint */
	const char *file; /* absolute; NULL: none is written */
};

struct sekisho_metrics_process;
struct sekisho_metrics_shared;

/**
 * sekisho_metrics_wanted - what the options of `collect` ask for
 * @context: the command's
 * @wanted: filled on success
 * Return: enum sekisho_exit, after saying why it is not DONE.
 */
int sekisho_metrics_wanted(const struct sekisho_context *context,
			   struct sekisho_metrics_wanted *wanted);

/**
 * sekisho_metrics_start - begin to serve
 * @context: the command's; borrowed until the end
 * @wanted: copied; its texts are borrowed until the end
 * @let_go: called in the new process: frees what of the collector's would keep an old filter alive
 * @let_go_context: handed to @let_go
 *
 * Return: to be ended with sekisho_metrics_stop(); NULL after saying why: the log comes first.
 */
struct sekisho_metrics_process *sekisho_metrics_start(struct sekisho_context *context,
						      const struct sekisho_metrics_wanted *wanted,
						      void (*let_go)(void *context),
						      void *let_go_context);

/* NULL does nothing. The file stays; who reads it sees that it grows old. */
void sekisho_metrics_stop(struct sekisho_metrics_process *process);

/* What the collector did so far. Never waits. Where the process has ended another is begun. */
void sekisho_metrics_tell(struct sekisho_metrics_process *process,
			  const struct sekisho_collector_tally *tally);

/* Likewise, in the other process: what was last told, whole. */
void sekisho_metrics_read(const struct sekisho_metrics_shared *shared,
			  struct sekisho_collector_tally *tally);

#endif
