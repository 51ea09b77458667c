/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Sekisho tells Prometheus: gathered from the running filter, the kernel guard, the stored
 * policy and the audit log. Says nothing to anybody and changes nothing. Knows nothing of how the
 * text gets to whoever asks.
 */
#ifndef SEKISHO_COMMAND_METRICS_H
#define SEKISHO_COMMAND_METRICS_H

#include "audit/collector.h"
#include "command/context.h"
#include "ui/metrics.h"

/* A policy with more flows, or more pairs of segments, is told in sums only. */
#define SEKISHO_METRICS_FLOWS_MAX 2000
#define SEKISHO_METRICS_PAIRS_MAX 1024

struct sekisho_gather;

/**
 * sekisho_gather_new - get ready to gather
 * @context: whose directories are looked at; not needed afterwards
 *
 * One thread uses it at a time, which need not be that of @context.
 * Return: to be freed with sekisho_gather_free(), or NULL without memory.
 */
struct sekisho_gather *sekisho_gather_new(const struct sekisho_context *context);
void sekisho_gather_free(struct sekisho_gather *gather);

/**
 * sekisho_gather_take - all metrics as they are now
 * @gather: the gatherer
 * @tally: what the collector did, where it is this process's; or NULL
 * @metrics: begun and ended by this; to be freed with sekisho_metrics_free(), after an error too
 *
 * What cannot be read is left out: sekisho_filter_readable says whether the filter could be.
 * Return: 0, or -errno where there is no whole text.
 */
int sekisho_gather_take(struct sekisho_gather *gather, const struct sekisho_collector_tally *tally,
			struct sekisho_metrics *metrics);

#endif
