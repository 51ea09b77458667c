/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics served at an address, and written to a file for node_exporter: the loop of the process
 * that does it. Knows nothing of the collector but what it tells in shared memory.
 */
#ifndef SEKISHO_COMMAND_METRICS_SERVE_H
#define SEKISHO_COMMAND_METRICS_SERVE_H

#include "command/metrics_process.h"

/**
 * sekisho_metrics_serve - serve until the collector ends
 * @context: whose directories are looked at
 * @wanted: what is wanted
 * @shared: what the collector tells
 * @alive: becomes readable when the collector has ended
 *
 * Where it cannot listen or write it says so once and tries again every 15 s.
 * Return: 0.
 */
int sekisho_metrics_serve(const struct sekisho_context *context,
			  const struct sekisho_metrics_wanted *wanted,
			  const struct sekisho_metrics_shared *shared, int alive);

#endif
