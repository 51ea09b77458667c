// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metrics of what is in force: the policy, its ports, isolation and suspensions. Knows nothing of
 * what was counted under it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/stamp.h"
#include "command/metrics_parts.h"
#include "kernel/runtime.h"
#include "policy/history.h"
#include "ui/format.h"

/* The store has whole seconds, records have milliseconds. */
static bool read_time(const char *text, int64_t *at_ns)
{
	char stamp[SEKISHO_STAMP_BYTES];
	size_t seconds = strlen("2026-04-01T12:00:00");

	if (!text || strlen(text) <= seconds)
		return false;
	snprintf(stamp, sizeof(stamp), "%.*s.000%s", (int)seconds, text, text + seconds);
	return !sekisho_stamp_parse(stamp, at_ns) && *at_ns >= 0;
}

static void tell_applied(const struct sekisho_gather *gather, struct sekisho_metrics *metrics,
			 uint32_t generation)
{
	static const struct sekisho_metric applied = { "sekisho_policy_applied_timestamp_seconds",
						       SEKISHO_METRIC_GAUGE, "seconds",
						       "When the policy in force was applied." };
	static const struct sekisho_metric confirmed = {
		"sekisho_policy_confirmed", SEKISHO_METRIC_GAUGE, NULL,
		"Whether the policy in force was confirmed, or needs no confirmation."
	};
	const struct sekisho_history_entry *entry;
	struct sekisho_history_entry *entries;
	int64_t at_ns;
	size_t count;

	if (sekisho_history_list(gather->context.state, &entries, &count))
		return;
	entry = sekisho_history_find(entries, count, generation);
	if (entry && read_time(entry->applied_at, &at_ns)) {
		sekisho_metrics_family(metrics, &applied);
		sekisho_metrics_seconds(metrics, (uint64_t)at_ns, NULL);
	}
	if (entry)
		sekisho_metrics_single(metrics, &confirmed, entry->confirmed);
	sekisho_history_free(entries, count);
}

static void tell_policy(const struct sekisho_gather *gather, struct sekisho_metrics *metrics,
			const struct sekisho_policy_row *row)
{
	static const struct sekisho_metric info = { "sekisho_policy", SEKISHO_METRIC_INFO, NULL,
						    "Which policy is in force." };
	static const struct sekisho_metric readable = {
		"sekisho_policy_readable", SEKISHO_METRIC_GAUGE, NULL,
		"Whether the stored text of the policy in force could be read."
	};
	static const struct sekisho_metric fell_back = {
		"sekisho_policy_fallbacks", SEKISHO_METRIC_COUNTER, NULL,
		"How often the kernel took back a policy that nobody confirmed."
	};
	char digest[SEKISHO_DIGEST_TEXT];

	sekisho_format_digest(digest, row->digest);
	sekisho_metrics_family(metrics, &info);
	sekisho_metrics_sample(metrics, 1, "digest", digest, NULL);
	sekisho_metrics_single(metrics, &readable, gather->policy.readable);
	sekisho_metrics_single(metrics, &fell_back,
			       sekisho_engine_control(gather->context.engine)->fell_back);
	tell_applied(gather, metrics, row->generation);
}

static void tell_isolation(const struct sekisho_gather *gather, struct sekisho_metrics *metrics,
			   const struct sekisho_policy_row *row)
{
	static const struct sekisho_metric isolated = {
		"sekisho_segment_isolated", SEKISHO_METRIC_GAUGE, NULL,
		"Whether a segment is isolated, by itself or with all others."
	};
	static const struct sekisho_metric suspended = { "sekisho_suspended_hosts",
							 SEKISHO_METRIC_GAUGE, NULL,
							 "Hosts that are suspended." };
	const struct sekisho_engine *engine = gather->context.engine;
	const struct sekisho_control *control = sekisho_engine_control(engine);

	sekisho_metrics_family(metrics, &isolated);
	for (uint32_t i = 0; i < row->segment_count; i++) {
		const char *name = sekisho_runtime_segment_name(engine, (uint16_t)i);

		sekisho_metrics_sample(metrics, sekisho_runtime_is_isolated(engine, (uint16_t)i),
				       "segment", name, "kind", sekisho_metrics_kind(gather, name),
				       NULL);
	}
	sekisho_metrics_family(metrics, &suspended);
	sekisho_metrics_sample(metrics, control->suspended_addresses, "by", "address", NULL);
	sekisho_metrics_sample(metrics, control->suspended_macs, "by", "mac", NULL);
}

static void tell_port(struct sekisho_metrics *metrics, const struct sekisho_port_status *port,
		      bool out)
{
	char vlan[8];

	/* Of one that is absent not even the name is known. */
	if (!port->ifindex)
		return;
	snprintf(vlan, sizeof(vlan), "%u", port->vlan);
	sekisho_metrics_sample(
		metrics, out ? port->egress : port->attached != SEKISHO_ATTACHED_NONE, "interface",
		port->interface, "vlan", vlan, "segment", port->segment, NULL);
}

static void tell_ports(const struct sekisho_gather *gather, struct sekisho_metrics *metrics)
{
	static const struct sekisho_metric by_mode = {
		"sekisho_ports", SEKISHO_METRIC_GAUGE, NULL,
		"Ports of the policy, by how frames that come in are judged."
	};
	static const struct sekisho_metric guarded[] = {
		{ "sekisho_port_ingress_guarded", SEKISHO_METRIC_GAUGE, NULL,
		  "Whether what comes in by a port is judged." },
		{ "sekisho_port_egress_guarded", SEKISHO_METRIC_GAUGE, NULL,
		  "Whether what leaves by a port is judged." },
	};
	uint64_t counts[SEKISHO_ATTACHED_MODES] = { 0 };
	struct sekisho_port_status *ports;
	size_t count, there = 0;

	if (sekisho_runtime_ports(gather->context.engine, gather->context.bpffs, &ports, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		there += ports[i].ifindex != 0;
		counts[ports[i].attached] += ports[i].ifindex != 0;
	}
	sekisho_metrics_family(metrics, &by_mode);
	for (int mode = 0; mode < SEKISHO_ATTACHED_MODES; mode++)
		sekisho_metrics_sample(metrics, counts[mode], "mode",
				       sekisho_attached_name((enum sekisho_attached)mode), NULL);
	if (gather->policy.readable)
		sekisho_metrics_sample(
			metrics,
			gather->policy.port_count > there ? gather->policy.port_count - there : 0,
			"mode", "absent", NULL);
	for (size_t out = 0; out < 2; out++) {
		sekisho_metrics_family(metrics, &guarded[out]);
		for (size_t i = 0; i < count; i++)
			tell_port(metrics, &ports[i], out);
	}
	free(ports);
}

void sekisho_metrics_border(struct sekisho_gather *gather, struct sekisho_metrics *metrics)
{
	static const struct sekisho_metric generation = {
		"sekisho_policy_generation", SEKISHO_METRIC_GAUGE, NULL,
		"The generation in force; 0 where nothing is."
	};
	const struct sekisho_engine *engine = gather->context.engine;
	const struct sekisho_policy_row *row = engine ? sekisho_engine_policy(engine) : NULL;

	sekisho_metrics_single(metrics, &generation, row ? row->generation : 0);
	if (!row)
		return;
	tell_policy(gather, metrics, row);
	tell_isolation(gather, metrics, row);
	tell_ports(gather, metrics);
}
