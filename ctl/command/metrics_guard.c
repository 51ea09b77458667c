// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metrics of the kernel guard. Knows nothing of the maps but whether it holds what they hold.
 */
#include "command/guard.h"
#include "command/metrics_parts.h"
#include "kernel/module.h"

static void tell_counts(struct sekisho_metrics *metrics, const struct sekisho_module_status *status)
{
	static const struct sekisho_metric counters[] = {
		{ "sekisho_guard_frames", SEKISHO_METRIC_COUNTER, NULL,
		  "Frames that the kernel guard judged." },
		{ "sekisho_guard_frames_denied", SEKISHO_METRIC_COUNTER, NULL,
		  "Frames that the kernel guard dropped." },
		{ "sekisho_guard_mismatches", SEKISHO_METRIC_COUNTER, NULL,
		  "Frames that the kernel guard dropped though the packet path had let them "
		  "through." },
		{ "sekisho_guard_events_lost", SEKISHO_METRIC_COUNTER, NULL,
		  "Events of the kernel guard that found no room." },
	};
	static const struct sekisho_metric connections = { "sekisho_guard_connections",
							   SEKISHO_METRIC_GAUGE, NULL,
							   "Connections that the kernel guard "
							   "tracks." };
	static const struct sekisho_metric limit = { "sekisho_guard_connections_limit",
						     SEKISHO_METRIC_GAUGE, NULL,
						     "Connections that the kernel guard has room "
						     "for." };
	static const struct sekisho_metric memory = { "sekisho_guard_policy_bytes",
						      SEKISHO_METRIC_GAUGE, "bytes",
						      "Memory of the kernel guard's policy." };
	const uint64_t values[] = { status->frames, status->denied, status->mismatches,
				    status->lost_events };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		sekisho_metrics_single(metrics, &counters[i], values[i]);
	sekisho_metrics_single(metrics, &connections, status->connections);
	sekisho_metrics_single(metrics, &limit, status->connections_room);
	sekisho_metrics_single(metrics, &memory, status->policy_bytes);
}

void sekisho_metrics_guard(struct sekisho_gather *gather, struct sekisho_metrics *metrics)
{
	static const struct sekisho_metric present = { "sekisho_guard_present",
						       SEKISHO_METRIC_GAUGE, NULL,
						       "Whether the kernel guard is loaded." };
	static const struct sekisho_metric in_step = {
		"sekisho_guard_in_step", SEKISHO_METRIC_GAUGE, NULL,
		"Whether the kernel guard holds the policy that the maps hold."
	};
	static const struct sekisho_metric generation = {
		"sekisho_guard_generation", SEKISHO_METRIC_GAUGE, NULL,
		"The generation that the kernel guard holds; 0 where it holds none."
	};
	static const struct sekisho_metric sealed = { "sekisho_guard_sealed", SEKISHO_METRIC_GAUGE,
						      NULL, "Whether the border is sealed." };
	struct sekisho_context *context = &gather->context;
	struct sekisho_module_status status;
	/* Loaded anew, it counts from 0: that is no fall of a moment. */
	struct sekisho_monotone *monotone = metrics->monotone;

	if (!context->module || sekisho_module_status(context->module, &status)) {
		sekisho_metrics_single(metrics, &present, 0);
		return;
	}
	sekisho_metrics_single(metrics, &present, 1);
	sekisho_metrics_single(metrics, &in_step, sekisho_guard_in_step(context, &status));
	sekisho_metrics_single(metrics, &generation, status.generation);
	sekisho_metrics_single(metrics, &sealed, status.sealed);
	metrics->monotone = NULL;
	tell_counts(metrics, &status);
	metrics->monotone = monotone;
}
