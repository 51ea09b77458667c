// SPDX-License-Identifier: GPL-2.0-only
/*
 * One look of `top` for programs, and as plain text. Knows nothing of maps or terminals.
 */
#include "command/top_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/orders.h"
#include "ui/message.h"
#include "ui/table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The keys of each kind: of texts, NULL for those that have none, and of counts. */
static const struct kind {
	const char *name;
	const char *texts[SEKISHO_TOP_TEXTS];
	const char *counts[SEKISHO_TOP_COUNTS];
	const char *alarm;
} kinds[SEKISHO_TOP_TOTALS] = {
	[SEKISHO_TOP_PAIRS] = { "pairs",
				{ "from", "to" },
				{ "permitted_packets", "permitted_bytes", "denied_packets",
				  "denied_bytes" },
				"isolated" },
	[SEKISHO_TOP_FLOWS] = { "flows",
				{ "id", NULL, "from", "to", "purpose" },
				{ "packets", "bytes", "new" },
				NULL },
	[SEKISHO_TOP_REASONS] = { "reasons",
				  { "reason", NULL, "verdict", "text" },
				  { "packets", "bytes" },
				  NULL },
	[SEKISHO_TOP_PORTS] = { "ports",
				{ "interface", "vlan", "segment", "attached", "egress" },
				{ "received_packets", "received_bytes", "sent_packets",
				  "sent_bytes" },
				NULL },
};

static json_t *rate_json(uint64_t thousandths)
{
	return json_real((double)thousandths / 1000);
}

static void set_count(json_t *object, const char *name, const struct sekisho_top_row *row,
		      size_t which)
{
	char rate[64];

	snprintf(rate, sizeof(rate), "%s_per_second", name);
	json_object_set_new(object, name, json_integer((json_int_t)row->sample.counts[which]));
	json_object_set_new(object, rate, rate_json(row->rates[which]));
}

/* Numbers and truths are those in JSON, as `show status` has them. */
static json_t *text_json(const char *name, const char *text)
{
	if (!strcmp(name, "vlan"))
		return json_integer(text ? strtol(text, NULL, 10) : 0);
	if (!strcmp(name, "egress"))
		return json_boolean(text && !strcmp(text, "guarded"));
	return json_string(text ? text : "");
}

static json_t *row_json(const struct kind *kind, const struct sekisho_top_row *row)
{
	json_t *object = json_object();

	for (size_t i = 0; i < SEKISHO_TOP_TEXTS; i++) {
		if (kind->texts[i])
			json_object_set_new(object, kind->texts[i],
					    text_json(kind->texts[i], row->sample.texts[i]));
	}
	for (size_t i = 0; i < SEKISHO_TOP_COUNTS; i++) {
		if (kind->counts[i])
			set_count(object, kind->counts[i], row, i);
	}
	if (kind->alarm)
		json_object_set_new(object, kind->alarm, json_boolean(row->sample.alarms));
	return object;
}

static json_t *rows_json(const struct sekisho_top_model *model, enum sekisho_top_kind kind)
{
	const struct sekisho_top_table *table = &model->tables[kind];
	json_t *list = json_array();

	for (size_t i = 0; i < table->count; i++)
		json_array_append_new(list, row_json(&kinds[kind], &table->rows[i]));
	return list;
}

static json_t *totals_json(const struct sekisho_top_model *model)
{
	static const char *const names[] = { "permitted", "denied", "new" };
	json_t *object = json_object();

	for (size_t i = 0; i < COUNT(names); i++) {
		static const struct sekisho_top_row nothing;
		const struct sekisho_top_row *row =
			sekisho_top_model_find(model, SEKISHO_TOP_TOTALS, names[i], NULL);
		json_t *total = json_object();

		set_count(total, i == 2 ? "connections" : "packets", row ? row : &nothing,
			  SEKISHO_TOP_PACKETS);
		if (i < 2)
			set_count(total, "bytes", row ? row : &nothing, SEKISHO_TOP_BYTES);
		json_object_set_new(object, names[i], total);
	}
	return object;
}

static json_t *isolated_json(const struct sekisho_top_facts *facts)
{
	json_t *list = json_array();

	if (facts->isolated_all)
		json_array_append_new(list, json_string(SEKISHO_ORDERS_ALL));
	for (size_t i = 0; i < facts->isolated_count; i++)
		json_array_append_new(list, json_string(facts->isolated[i]));
	return list;
}

static json_t *facts_json(const struct sekisho_top_facts *facts)
{
	static const char *const guards[] = {
		[SEKISHO_TOP_GUARD_ABSENT] = "absent",
		[SEKISHO_TOP_GUARD_PRESENT] = "present",
		[SEKISHO_TOP_GUARD_DIFFERS] = "differs",
		[SEKISHO_TOP_GUARD_UNKNOWN] = "unknown",
	};

	return json_pack(
		"{s:I, s:o, s:o, s:s, s:b, s:s, s:b, s:I, s:I, s:o, s:I, s:I}", "generation",
		(json_int_t)facts->generation, "digest",
		facts->generation ? json_string(facts->digest) : json_null(), "confirm_within",
		facts->confirm_seconds ? json_integer(facts->confirm_seconds) : json_null(),
		"guard", guards[facts->guard], "sealed", facts->sealed, "collector",
		facts->recorded ? "running" : "stopped", "log_failed", facts->log_failed,
		"ports_present", (json_int_t)facts->ports, "ports_guarded",
		(json_int_t)facts->guarded, "isolated", isolated_json(facts), "suspended",
		(json_int_t)facts->suspended, "lost_events", (json_int_t)facts->lost_events);
}

json_t *sekisho_top_json(const struct sekisho_top_model *model,
			 const struct sekisho_top_facts *facts)
{
	char time_text[SEKISHO_TIME_TEXT];
	json_t *object = json_object();

	sekisho_format_time(time_text, time(NULL), facts->zone);
	json_object_set_new(object, "time", json_string(time_text));
	json_object_set_new(object, "seconds", json_real((double)model->elapsed_ns / 1000000000));
	json_object_update_new(object, facts_json(facts));
	json_object_set_new(object, "totals", totals_json(model));
	for (int kind = 0; kind < SEKISHO_TOP_TOTALS; kind++)
		json_object_set_new(object, kinds[kind].name,
				    rows_json(model, (enum sekisho_top_kind)kind));
	return object;
}

static const struct sekisho_column fact_columns[] = {
	{ "seconds", N_("Measured (s)"), SEKISHO_COLUMN_NUMBER },
	{ "generation", N_("Generation"), SEKISHO_COLUMN_NUMBER },
	{ "digest", N_("Digest"), SEKISHO_COLUMN_DIGEST },
	{ "confirm_within", N_("Confirm within (s)"), SEKISHO_COLUMN_NUMBER },
	{ "guard", N_("Kernel guard"), SEKISHO_COLUMN_TEXT },
	{ "collector", N_("Collector"), SEKISHO_COLUMN_TEXT },
	{ "isolated", N_("Isolated"), SEKISHO_COLUMN_TEXT },
	{ "suspended", N_("Suspended hosts"), SEKISHO_COLUMN_NUMBER },
	{ "lost_events", N_("Lost events"), SEKISHO_COLUMN_NUMBER },
};

static const struct sekisho_column total_columns[] = {
	{ "what", N_("Traffic"), SEKISHO_COLUMN_TEXT },
	{ "packets_per_second", N_("Packets/s"), SEKISHO_COLUMN_NUMBER },
	{ "bytes_per_second", N_("Bytes/s"), SEKISHO_COLUMN_BYTES },
};

static const struct sekisho_column pair_columns[] = {
	{ "from", N_("From"), SEKISHO_COLUMN_TEXT },
	{ "to", N_("To"), SEKISHO_COLUMN_TEXT },
	{ "permitted_packets_per_second", N_("Packets/s"), SEKISHO_COLUMN_NUMBER },
	{ "permitted_bytes_per_second", N_("Bytes/s"), SEKISHO_COLUMN_BYTES },
	{ "denied_packets_per_second", N_("Denied/s"), SEKISHO_COLUMN_NUMBER },
	{ "permitted_packets", N_("Packets"), SEKISHO_COLUMN_NUMBER },
	{ "denied_packets", N_("Denied"), SEKISHO_COLUMN_NUMBER },
	{ "isolated", N_("Isolated"), SEKISHO_COLUMN_TEXT },
};

static const struct sekisho_column flow_columns[] = {
	{ "id", N_("Flow"), SEKISHO_COLUMN_TEXT },
	{ "from", N_("From"), SEKISHO_COLUMN_TEXT },
	{ "to", N_("To"), SEKISHO_COLUMN_TEXT },
	{ "new_per_second", N_("New/s"), SEKISHO_COLUMN_NUMBER },
	{ "packets_per_second", N_("Packets/s"), SEKISHO_COLUMN_NUMBER },
	{ "bytes_per_second", N_("Bytes/s"), SEKISHO_COLUMN_BYTES },
	{ "packets", N_("Packets"), SEKISHO_COLUMN_NUMBER },
	{ "purpose", N_("Purpose"), SEKISHO_COLUMN_TEXT },
};

static const struct sekisho_column reason_columns[] = {
	{ "reason", N_("Reason"), SEKISHO_COLUMN_TEXT },
	{ "packets_per_second", N_("Packets/s"), SEKISHO_COLUMN_NUMBER },
	{ "bytes_per_second", N_("Bytes/s"), SEKISHO_COLUMN_BYTES },
	{ "packets", N_("Packets"), SEKISHO_COLUMN_NUMBER },
	{ "text", N_("Meaning"), SEKISHO_COLUMN_TEXT },
};

static const struct sekisho_column port_columns[] = {
	{ "interface", N_("Interface"), SEKISHO_COLUMN_TEXT },
	{ "vlan", N_("VLAN"), SEKISHO_COLUMN_NUMBER },
	{ "segment", N_("Segment"), SEKISHO_COLUMN_TEXT },
	{ "attached", N_("In"), SEKISHO_COLUMN_TEXT },
	{ "egress", N_("Out guarded"), SEKISHO_COLUMN_TEXT },
	{ "received_packets_per_second", N_("Received/s"), SEKISHO_COLUMN_NUMBER },
	{ "received_bytes_per_second", N_("Bytes/s"), SEKISHO_COLUMN_BYTES },
	{ "sent_packets_per_second", N_("Sent/s"), SEKISHO_COLUMN_NUMBER },
	{ "sent_bytes_per_second", N_("Bytes/s"), SEKISHO_COLUMN_BYTES },
};

static const struct {
	const char *name;
	const struct sekisho_column *columns;
	size_t count;
} tables[] = {
	{ "pairs", pair_columns, COUNT(pair_columns) },
	{ "flows", flow_columns, COUNT(flow_columns) },
	{ "reasons", reason_columns, COUNT(reason_columns) },
	{ "ports", port_columns, COUNT(port_columns) },
};

static void add_total(json_t *rows, const json_t *total, const char *what, const char *rate)
{
	json_array_append_new(rows,
			      json_pack("{s:s, s:O?, s:O?}", "what", what, "packets_per_second",
					json_object_get(total, rate), "bytes_per_second",
					json_object_get(total, "bytes_per_second")));
}

static int print_totals(const json_t *totals, FILE *stream)
{
	json_t *rows = json_array();
	int error;

	add_total(rows, json_object_get(totals, "permitted"), _("Permitted"), "packets_per_second");
	add_total(rows, json_object_get(totals, "denied"), _("Denied"), "packets_per_second");
	add_total(rows, json_object_get(totals, "new"), _("New"), "connections_per_second");
	fputc('\n', stream);
	error = rows ? sekisho_table_print(rows, total_columns, COUNT(total_columns), stream)
		     : -ENOMEM;
	json_decref(rows);
	return error;
}

int sekisho_top_text(const json_t *object, FILE *stream)
{
	int error;

	if (!json_integer_value(json_object_get(object, "generation")))
		fprintf(stream, "%s\n", _("No policy is in force."));
	error = sekisho_fields_print(object, fact_columns, COUNT(fact_columns), stream);
	if (!error)
		error = print_totals(json_object_get(object, "totals"), stream);
	for (size_t i = 0; i < COUNT(tables) && !error; i++) {
		const json_t *rows = json_object_get(object, tables[i].name);

		if (!json_array_size(rows))
			continue;
		fputc('\n', stream);
		error = sekisho_table_print(rows, tables[i].columns, tables[i].count, stream);
	}
	return error;
}
