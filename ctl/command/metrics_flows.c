// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metrics of the policy's flows: each, where they are few enough, and when they end. Knows nothing
 * of connections or of matching.
 */
#include <stdlib.h>

#include "command/metrics_parts.h"
#include "kernel/runtime.h"

#define NS_A_SECOND 1000000000ull
/* `collect` tells of an end as long before. */
#define SOON_SECONDS (30 * 86400)

/* What of a flow a family tells. */
enum part {
	CONNECTIONS,
	PACKETS,
	BYTES,
	LAST_SEEN,
	VALID_UNTIL,
	PARTS
};

static const struct sekisho_metric families[PARTS] = {
	[CONNECTIONS] = { "sekisho_flow_connections", SEKISHO_METRIC_COUNTER, NULL,
			  "New connections that a flow permitted." },
	[PACKETS] = { "sekisho_flow_packets", SEKISHO_METRIC_COUNTER, NULL,
		      "Frames of a flow, by the side that sent them." },
	[BYTES] = { "sekisho_flow_bytes", SEKISHO_METRIC_COUNTER, "bytes",
		    "Bytes of a flow, by the side that sent them." },
	[LAST_SEEN] = { "sekisho_flow_last_seen_timestamp_seconds", SEKISHO_METRIC_GAUGE, "seconds",
			"When a flow last carried a frame; 0 where it never did." },
	[VALID_UNTIL] = { "sekisho_flow_valid_until_timestamp_seconds", SEKISHO_METRIC_GAUGE,
			  "seconds", "When the permission of a flow ends." },
};

static void tell_sides(struct sekisho_metrics *metrics, const uint64_t values[2], const char *id,
		       const char *from, const char *to)
{
	sekisho_metrics_sample(metrics, values[0], "flow", id, "from", from, "to", to, "side",
			       "initiator", NULL);
	sekisho_metrics_sample(metrics, values[1], "flow", id, "from", from, "to", to, "side",
			       "responder", NULL);
}

static void tell_flow(struct sekisho_metrics *metrics, enum part part,
		      const struct sekisho_policy *policy, const struct sekisho_flow *flow,
		      const struct sekisho_flow_total *total)
{
	const char *from = policy->segments[flow->from.segment].name;
	const char *to = policy->segments[flow->to.segment].name;
	uint64_t until = flow->valid_until < 0 ? 0 : (uint64_t)flow->valid_until;

	switch (part) {
	case CONNECTIONS:
		sekisho_metrics_sample(metrics, total->new_connections, "flow", flow->id, "from",
				       from, "to", to, NULL);
		break;
	case PACKETS:
		tell_sides(metrics, total->packets, flow->id, from, to);
		break;
	case BYTES:
		tell_sides(metrics, total->bytes, flow->id, from, to);
		break;
	case LAST_SEEN:
		sekisho_metrics_seconds(metrics, total->last_seen_ns, "flow", flow->id, "from",
					from, "to", to, NULL);
		break;
	default:
		sekisho_metrics_sample(metrics, until, "flow", flow->id, "from", from, "to", to,
				       NULL);
		break;
	}
}

static void tell_each(const struct sekisho_gather *gather, struct sekisho_metrics *metrics)
{
	const struct sekisho_policy *policy = gather->policy.kept;
	struct sekisho_flow_total *totals;

	if (!policy || sekisho_runtime_flows(gather->context.engine, policy, &totals))
		return;
	for (enum part part = 0; part < PARTS; part++) {
		sekisho_metrics_family(metrics, &families[part]);
		for (size_t i = 0; i < policy->flow_count; i++)
			tell_flow(metrics, part, policy, &policy->flows[i], &totals[i]);
	}
	free(totals);
}

/* How many flows end at or before a time. */
static size_t ended_by(const struct sekisho_metrics_policy *policy, int64_t time)
{
	size_t low = 0, high = policy->flow_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (policy->ends[middle] <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void sekisho_metrics_flows(struct sekisho_gather *gather, struct sekisho_metrics *metrics)
{
	static const struct sekisho_metric flows = { "sekisho_flows", SEKISHO_METRIC_GAUGE, NULL,
						     "Flows of the policy in force." };
	static const struct sekisho_metric ended = { "sekisho_flows_ended", SEKISHO_METRIC_GAUGE,
						     NULL, "Flows whose permission has ended." };
	static const struct sekisho_metric ending = {
		"sekisho_flows_ending", SEKISHO_METRIC_GAUGE, NULL,
		"Flows whose permission ends within 30 days."
	};
	static const struct sekisho_metric untold = {
		"sekisho_flows_untold", SEKISHO_METRIC_GAUGE, NULL,
		"Flows without series of their own, as there are too many."
	};
	const struct sekisho_metrics_policy *policy = &gather->policy;
	int64_t now = gather->now_ns / (int64_t)NS_A_SECOND;
	size_t gone;

	if (!policy->readable)
		return;
	gone = ended_by(policy, now);
	sekisho_metrics_single(metrics, &flows, policy->flow_count);
	sekisho_metrics_single(metrics, &ended, gone);
	sekisho_metrics_single(metrics, &ending, ended_by(policy, now + SOON_SECONDS) - gone);
	sekisho_metrics_single(metrics, &untold, policy->kept ? 0 : policy->flow_count);
	tell_each(gather, metrics);
}
