// SPDX-License-Identifier: GPL-2.0-only
/*
 * `show flows|pairs|reasons|segments`: the policy in force and what was counted under it. Knows
 * nothing of connections.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/show.h"
#include "kernel/runtime.h"
#include "policy/addresses.h"
#include "sekisho/reasons.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/reason.h"
#include "ui/say.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int cannot_read(int error)
{
	sekisho_say(_("the running filter cannot be read: %s"), strerror(-error));
	return SEKISHO_EXIT_REFUSED;
}

static json_t *flow_json(const struct sekisho_policy *policy, const struct sekisho_flow *flow,
			 const struct sekisho_flow_total *total)
{
	int64_t seen = (int64_t)(total->last_seen_ns / 1000000000);
	uint64_t packets = total->packets[0] + total->packets[1];
	uint64_t bytes = total->bytes[0] + total->bytes[1];

	return json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s}", "id", flow->id, "from",
		policy->segments[flow->from.segment].name, "to",
		policy->segments[flow->to.segment].name, "new", (json_int_t)total->new_connections,
		"packets", (json_int_t)packets, "bytes", (json_int_t)bytes, "packets_replied",
		(json_int_t)total->packets[1], "bytes_replied", (json_int_t)total->bytes[1],
		"last_seen", sekisho_show_time(seen, sekisho_policy_utc_offset(policy, seen)),
		"valid_until",
		sekisho_show_time(flow->valid_until,
				  sekisho_policy_utc_offset(policy, flow->valid_until)),
		"purpose", flow->purpose ? flow->purpose : "");
}

int sekisho_show_flows(struct sekisho_context *context)
{
	static const struct sekisho_column columns[] = {
		{ "id", N_("Flow"), SEKISHO_COLUMN_TEXT },
		{ "from", N_("From"), SEKISHO_COLUMN_TEXT },
		{ "to", N_("To"), SEKISHO_COLUMN_TEXT },
		{ "new", N_("New"), SEKISHO_COLUMN_NUMBER },
		{ "packets", N_("Packets"), SEKISHO_COLUMN_NUMBER },
		{ "bytes", N_("Bytes"), SEKISHO_COLUMN_BYTES },
		{ "last_seen", N_("Last seen"), SEKISHO_COLUMN_TIME },
		{ "valid_until", N_("Until"), SEKISHO_COLUMN_UNTIL },
		{ "purpose", N_("Purpose"), SEKISHO_COLUMN_TEXT },
	};
	struct sekisho_flow_total *totals;
	struct sekisho_policy *policy;
	json_t *rows;
	int error;

	if (sekisho_context_need_engine(context))
		return SEKISHO_EXIT_REFUSED;
	policy = sekisho_context_policy(context);
	if (!policy)
		return SEKISHO_EXIT_REFUSED;
	error = sekisho_runtime_flows(context->engine, policy, &totals);
	rows = error ? NULL : json_array();
	for (size_t i = 0; !error && i < policy->flow_count; i++)
		json_array_append_new(rows, flow_json(policy, &policy->flows[i], &totals[i]));
	sekisho_policy_free(policy);
	if (error)
		return cannot_read(error);
	free(totals);
	return sekisho_show_rows(context, rows, columns, COUNT(columns));
}

int sekisho_show_pairs(struct sekisho_context *context)
{
	static const struct sekisho_column columns[] = {
		{ "from", N_("From"), SEKISHO_COLUMN_TEXT },
		{ "to", N_("To"), SEKISHO_COLUMN_TEXT },
		{ "permitted_packets", N_("Permitted packets"), SEKISHO_COLUMN_NUMBER },
		{ "permitted_bytes", N_("Permitted bytes"), SEKISHO_COLUMN_BYTES },
		{ "denied_packets", N_("Denied packets"), SEKISHO_COLUMN_NUMBER },
		{ "denied_bytes", N_("Denied bytes"), SEKISHO_COLUMN_BYTES },
	};
	struct sekisho_pair_total *totals;
	json_t *rows;
	size_t count;
	int error;

	if (sekisho_context_need_engine(context))
		return SEKISHO_EXIT_REFUSED;
	error = sekisho_runtime_pairs(context->engine, &totals, &count);
	if (error)
		return cannot_read(error);
	rows = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct sekisho_pair_tally *tally = &totals[i].tally;

		json_array_append_new(
			rows, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "from", totals[i].from,
					"to", totals[i].to, "permitted_packets",
					(json_int_t)tally->permitted_packets, "denied_packets",
					(json_int_t)tally->denied_packets, "permitted_bytes",
					(json_int_t)tally->permitted_bytes, "denied_bytes",
					(json_int_t)tally->denied_bytes));
	}
	free(totals);
	return sekisho_show_rows(context, rows, columns, COUNT(columns));
}

int sekisho_show_reasons(struct sekisho_context *context)
{
	static const struct sekisho_column columns[] = {
		{ "reason", N_("Reason"), SEKISHO_COLUMN_TEXT },
		{ "packets", N_("Packets"), SEKISHO_COLUMN_NUMBER },
		{ "bytes", N_("Bytes"), SEKISHO_COLUMN_BYTES },
		{ "text", N_("Meaning"), SEKISHO_COLUMN_TEXT },
	};
	struct sekisho_reason_totals totals;
	json_t *rows;
	int error;

	if (sekisho_context_engine(context)) {
		sekisho_context_need_engine(context);
		return SEKISHO_EXIT_REFUSED;
	}
	error = sekisho_runtime_reasons(context->engine, &totals);
	if (error)
		return cannot_read(error);
	rows = json_array();
	for (unsigned int i = 1; i < SEKISHO_REASON_ROWS; i++) {
		const struct sekisho_tally *tally = &totals.by_reason[i];

		/* People see what happened; programs, every reason there is. */
		if (!sekisho_reason_name(i) || (!tally->packets && !context->arguments->json))
			continue;
		json_array_append_new(
			rows,
			json_pack("{s:s, s:I, s:I, s:s, s:s}", "reason", sekisho_reason_name(i),
				  "packets", (json_int_t)tally->packets, "bytes",
				  (json_int_t)tally->bytes, "verdict",
				  sekisho_reason_permits(i) ? "permit" : "deny", "text",
				  sekisho_reason_text(i, sekisho_language_current())));
	}
	return sekisho_show_rows(context, rows, columns, COUNT(columns));
}

static json_t *segment_json(const struct sekisho_context *context,
			    const struct sekisho_segment *segment)
{
	uint16_t number = sekisho_runtime_segment(context->engine, segment->name);
	json_t *ports = json_array(), *networks = json_array();
	char text[SEKISHO_RANGE_TEXT];

	for (size_t i = 0; i < segment->port_count; i++) {
		const struct sekisho_port *port = &segment->ports[i];

		if (port->vlan)
			snprintf(text, sizeof(text), "%s.%u", port->interface, port->vlan);
		else
			snprintf(text, sizeof(text), "%s", port->interface);
		json_array_append_new(ports, json_string(text));
	}
	for (size_t i = 0; i < segment->networks.count; i++) {
		sekisho_range_format(&segment->networks.items[i], text);
		json_array_append_new(networks, json_string(text));
	}
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:b, s:{s:i, s:i, s:i}}", "name",
			 segment->name, "kind", sekisho_kind_names[segment->kind], "label",
			 segment->label, "ports", ports, "networks", networks, "intra",
			 segment->intra_permit ? "permit" : "deny", "isolated",
			 sekisho_runtime_is_isolated(context->engine, number), "class",
			 "confidentiality", segment->class.confidentiality, "integrity",
			 segment->class.integrity, "availability", segment->class.availability);
}

int sekisho_show_segments(struct sekisho_context *context)
{
	static const struct sekisho_column columns[] = {
		{ "name", N_("Segment"), SEKISHO_COLUMN_TEXT },
		{ "kind", N_("Kind"), SEKISHO_COLUMN_TEXT },
		{ "label", N_("Label"), SEKISHO_COLUMN_TEXT },
		{ "ports", N_("Ports"), SEKISHO_COLUMN_TEXT },
		{ "networks", N_("Networks"), SEKISHO_COLUMN_TEXT },
		{ "intra", N_("Inside"), SEKISHO_COLUMN_TEXT },
		{ "isolated", N_("Isolated"), SEKISHO_COLUMN_TEXT },
	};
	struct sekisho_policy *policy;
	json_t *rows;

	if (sekisho_context_need_engine(context))
		return SEKISHO_EXIT_REFUSED;
	policy = sekisho_context_policy(context);
	if (!policy)
		return SEKISHO_EXIT_REFUSED;
	rows = json_array();
	for (size_t i = 0; i < policy->segment_count; i++)
		json_array_append_new(rows, segment_json(context, &policy->segments[i]));
	sekisho_policy_free(policy);
	return sekisho_show_rows(context, rows, columns, COUNT(columns));
}
