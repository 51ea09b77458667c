// SPDX-License-Identifier: GPL-2.0-only
/*
 * All metrics, one subject after the other. Knows nothing of how the text gets to whoever asks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/guard.h"
#include "command/metrics_parts.h"
#include "kernel/module.h"
#include "sekisho/version.h"

#define NS_A_SECOND 1000000000ll

struct sekisho_gather *sekisho_gather_new(const struct sekisho_context *context)
{
	struct sekisho_gather *gather = calloc(1, sizeof(*gather));

	if (!gather)
		return NULL;
	gather->context = *context;
	gather->context.engine = NULL;
	gather->context.module = NULL;
	gather->context.journal = NULL;
	gather->context.lock = -1;
	gather->monotone = sekisho_monotone_new();
	if (gather->monotone)
		return gather;
	free(gather);
	return NULL;
}

void sekisho_gather_free(struct sekisho_gather *gather)
{
	if (!gather)
		return;
	sekisho_metrics_policy_forget(&gather->policy);
	sekisho_monotone_free(gather->monotone);
	sekisho_context_end(&gather->context);
	free(gather);
}

/* Open what runs now. Another object may be there since the last time. */
static int look(struct sekisho_gather *gather)
{
	struct sekisho_context *context = &gather->context;
	int error = sekisho_context_reopen_engine(context);
	struct timespec wall, monotonic;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	gather->now_ns = wall.tv_sec * NS_A_SECOND + wall.tv_nsec;
	if (error) {
		sekisho_engine_close(context->engine);
		context->engine = NULL;
	} else {
		/* The table's secret outlives objects that take over from each other. */
		sekisho_monotone_look(gather->monotone, context->engine->hash_seed,
				      (uint64_t)monotonic.tv_sec);
	}
	sekisho_guard_reopen(context);
	sekisho_metrics_policy_look(gather);
	return error == -ENOENT ? 0 : error;
}

/* Nothing stays open in between: an old object would live on. */
static void look_away(struct sekisho_gather *gather)
{
	sekisho_engine_close(gather->context.engine);
	gather->context.engine = NULL;
	sekisho_module_close(gather->context.module);
	gather->context.module = NULL;
}

int sekisho_gather_take(struct sekisho_gather *gather, const struct sekisho_collector_tally *tally,
			struct sekisho_metrics *metrics)
{
	static const struct sekisho_metric build = { "sekisho_build", SEKISHO_METRIC_INFO, NULL,
						     "Which sekishoctl tells this." };
	static const struct sekisho_metric snapshot = { "sekisho_snapshot_timestamp_seconds",
							SEKISHO_METRIC_GAUGE, "seconds",
							"When this was gathered." };
	static const struct sekisho_metric readable = {
		"sekisho_filter_readable", SEKISHO_METRIC_GAUGE, NULL,
		"Whether the packet filter could be read, or there is none."
	};
	int error = look(gather);

	/* Without a filter nothing of the last one is forgotten yet: it may come back. */
	sekisho_metrics_begin(metrics, gather->context.engine ? gather->monotone : NULL);
	sekisho_metrics_family(metrics, &build);
	sekisho_metrics_sample(metrics, 1, "version", SEKISHO_VERSION, NULL);
	sekisho_metrics_family(metrics, &snapshot);
	sekisho_metrics_seconds(metrics, (uint64_t)gather->now_ns, NULL);
	sekisho_metrics_single(metrics, &readable, !error);
	if (gather->context.engine) {
		sekisho_metrics_filter(gather, metrics);
		sekisho_metrics_pairs(gather, metrics);
		sekisho_metrics_flows(gather, metrics);
	}
	sekisho_metrics_border(gather, metrics);
	sekisho_metrics_guard(gather, metrics);
	/* Counted by one process from its start: these do not fall. */
	metrics->monotone = NULL;
	sekisho_metrics_collector(gather, tally, metrics);
	look_away(gather);
	return sekisho_metrics_end(metrics);
}
