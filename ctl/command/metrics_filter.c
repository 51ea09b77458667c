// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metrics of the packet filter as a whole: frames, reasons, losses, the connection table. Knows
 * nothing of segments or flows.
 */
#include "command/metrics_parts.h"
#include "kernel/runtime.h"
#include "sekisho/event.h"
#include "sekisho/reasons.h"
#include "ui/reason.h"

static void tell_frames(struct sekisho_metrics *metrics, const struct sekisho_reason_totals *totals)
{
	static const struct sekisho_metric frames = { "sekisho_frames", SEKISHO_METRIC_COUNTER,
						      NULL, "Frames judged." };
	static const struct sekisho_metric permitted = { "sekisho_frames_permitted",
							 SEKISHO_METRIC_COUNTER, NULL,
							 "Frames let through." };
	static const struct sekisho_metric denied = { "sekisho_frames_denied",
						      SEKISHO_METRIC_COUNTER, NULL,
						      "Frames dropped." };
	uint64_t by_verdict[2] = { 0 };

	for (unsigned int i = 0; i < SEKISHO_REASON_ROWS; i++)
		by_verdict[sekisho_reason_permits(i) != 0] += totals->by_reason[i].packets;
	sekisho_metrics_single(metrics, &frames, by_verdict[0] + by_verdict[1]);
	sekisho_metrics_single(metrics, &permitted, by_verdict[1]);
	sekisho_metrics_single(metrics, &denied, by_verdict[0]);
}

static void tell_reasons(struct sekisho_metrics *metrics,
			 const struct sekisho_reason_totals *totals, bool bytes)
{
	static const struct sekisho_metric families[] = {
		{ "sekisho_reason_packets", SEKISHO_METRIC_COUNTER, NULL,
		  "Frames by the reason that decided them." },
		{ "sekisho_reason_bytes", SEKISHO_METRIC_COUNTER, "bytes",
		  "Bytes of frames by the reason that decided them." },
	};

	sekisho_metrics_family(metrics, &families[bytes]);
	for (unsigned int i = 1; i < SEKISHO_REASON_ROWS; i++) {
		const struct sekisho_tally *tally = &totals->by_reason[i];
		const char *name = sekisho_reason_name(i);

		if (name)
			sekisho_metrics_sample(metrics, bytes ? tally->bytes : tally->packets,
					       "reason", name, "verdict",
					       sekisho_reason_permits(i) ? "permit" : "deny", NULL);
	}
}

static void tell_losses(const struct sekisho_engine *engine, struct sekisho_metrics *metrics)
{
	static const struct sekisho_metric lost = {
		"sekisho_events_lost", SEKISHO_METRIC_COUNTER, NULL,
		"Events that found no room in the ring, and frames that were never told of."
	};
	struct sekisho_loss_tally losses;

	if (sekisho_runtime_losses(engine, &losses))
		return;
	sekisho_metrics_family(metrics, &lost);
	sekisho_metrics_sample(metrics, losses.ring_full, "cause", "ring-full", NULL);
	sekisho_metrics_sample(metrics, losses.forgotten, "cause", "forgotten", NULL);
}

void sekisho_metrics_filter(struct sekisho_gather *gather, struct sekisho_metrics *metrics)
{
	static const struct sekisho_metric connections = {
		"sekisho_connections", SEKISHO_METRIC_GAUGE, NULL,
		"Rows of the connection table that are taken, not yet swept ones too."
	};
	static const struct sekisho_metric limit = { "sekisho_connections_limit",
						     SEKISHO_METRIC_GAUGE, NULL,
						     "Rows of the connection table." };
	const struct sekisho_engine *engine = gather->context.engine;
	struct sekisho_reason_totals totals;
	uint64_t taken, rows;

	if (!sekisho_runtime_reasons(engine, &totals)) {
		tell_frames(metrics, &totals);
		tell_reasons(metrics, &totals, false);
		tell_reasons(metrics, &totals, true);
	}
	tell_losses(engine, metrics);
	taken = sekisho_runtime_occupied(engine, &rows);
	sekisho_metrics_single(metrics, &connections, taken);
	sekisho_metrics_single(metrics, &limit, rows);
}
