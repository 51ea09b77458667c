// SPDX-License-Identifier: GPL-2.0-only
/*
 * `show status`: what is in force and how it does. Knows nothing of flows or connections.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/guard.h"
#include "command/orders.h"
#include "command/show.h"
#include "kernel/runtime.h"
#include "policy/history.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct sekisho_column fields[] = {
	{ "generation", N_("Generation"), SEKISHO_COLUMN_NUMBER },
	{ "digest", N_("Digest"), SEKISHO_COLUMN_DIGEST },
	{ "applied_at", N_("Applied"), SEKISHO_COLUMN_TIME },
	{ "actor", N_("Actor"), SEKISHO_COLUMN_TEXT },
	{ "confirm_within", N_("Confirm within (s)"), SEKISHO_COLUMN_NUMBER },
	{ "guard", N_("Kernel guard"), SEKISHO_COLUMN_TEXT },
	{ "collector", N_("Collector"), SEKISHO_COLUMN_TEXT },
	{ "isolated", N_("Isolated"), SEKISHO_COLUMN_TEXT },
	{ "suspended", N_("Suspended hosts"), SEKISHO_COLUMN_NUMBER },
	{ "frames", N_("Frames"), SEKISHO_COLUMN_NUMBER },
	{ "permitted", N_("Permitted"), SEKISHO_COLUMN_NUMBER },
	{ "denied", N_("Denied"), SEKISHO_COLUMN_NUMBER },
	{ "lost_events", N_("Lost events"), SEKISHO_COLUMN_NUMBER },
};

static const struct sekisho_column port_columns[] = {
	{ "interface", N_("Interface"), SEKISHO_COLUMN_TEXT },
	{ "vlan", N_("VLAN"), SEKISHO_COLUMN_NUMBER },
	{ "segment", N_("Segment"), SEKISHO_COLUMN_TEXT },
	{ "attached", N_("In"), SEKISHO_COLUMN_TEXT },
	{ "egress", N_("Out guarded"), SEKISHO_COLUMN_TEXT },
};

static json_t *ports_json(const struct sekisho_context *context)
{
	struct sekisho_port_status *ports = NULL;
	json_t *list = json_array();
	size_t count = 0;

	if (context->engine &&
	    sekisho_runtime_ports(context->engine, context->bpffs, &ports, &count))
		count = 0;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:s, s:b}", "interface",
						      ports[i].interface, "vlan", ports[i].vlan,
						      "segment", ports[i].segment, "attached",
						      sekisho_attached_name(ports[i].attached),
						      "egress", ports[i].egress));
	free(ports);
	return list;
}

static json_t *isolated_json(const struct sekisho_context *context)
{
	const struct sekisho_policy_row *row =
		context->engine ? sekisho_engine_policy(context->engine) : NULL;
	json_t *list = json_array();

	if (context->engine && sekisho_engine_control(context->engine)->isolated_all)
		json_array_append_new(list, json_string(SEKISHO_ORDERS_ALL));
	for (uint32_t i = 0; row && i < row->segment_count; i++) {
		if (row->isolated[i / 64] >> (i % 64) & 1)
			json_array_append_new(list, json_string(sekisho_runtime_segment_name(
							    context->engine, (uint16_t)i)));
	}
	return list;
}

static void add_history(const struct sekisho_context *context, uint32_t generation, json_t *object)
{
	const struct sekisho_history_entry *entry = NULL;
	struct sekisho_history_entry *entries = NULL;
	size_t count = 0;

	if (generation && !sekisho_history_list(context->state, &entries, &count))
		entry = sekisho_history_find(entries, count, generation);
	json_object_set_new(object, "applied_at",
			    entry && entry->applied_at ? json_string(entry->applied_at)
						       : json_null());
	json_object_set_new(object, "actor",
			    entry && entry->actor ? json_string(entry->actor) : json_null());
	json_object_set_new(object, "confirmed",
			    entry ? json_boolean(entry->confirmed) : json_null());
	sekisho_history_free(entries, count);
}

static json_t *status_json(const struct sekisho_context *context,
			   const struct sekisho_status *status)
{
	const struct sekisho_control *control =
		context->engine ? sekisho_engine_control(context->engine) : NULL;
	char digest[SEKISHO_DIGEST_TEXT];
	json_t *object;

	sekisho_format_digest(digest, status->digest);
	object = json_pack(
		"{s:I, s:o, s:s, s:s, s:o, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "generation",
		(json_int_t)status->generation, "digest",
		status->generation ? json_string(digest) : json_null(), "guard",
		context->module ? "present" : "absent", "collector",
		sekisho_context_collector_runs(context) ? "running" : "stopped", "isolated",
		isolated_json(context), "suspended",
		(json_int_t)(control ? control->suspended_addresses + control->suspended_macs : 0),
		"ports", ports_json(context), "frames", (json_int_t)status->frames, "permitted",
		(json_int_t)status->permitted, "denied", (json_int_t)status->denied, "lost_events",
		(json_int_t)status->lost_events, "epoch", (json_int_t)status->epoch, "fell_back",
		(json_int_t)status->fell_back);
	if (!object)
		return NULL;
	json_object_set_new(object, "confirm_within",
			    status->confirm_seconds ? json_integer(status->confirm_seconds)
						    : json_null());
	add_history(context, status->generation, object);
	return object;
}

int sekisho_show_status(struct sekisho_context *context)
{
	struct sekisho_status status = { 0 };
	int error = sekisho_context_engine(context);
	json_t *object;

	/* That nothing is in force is a status too. */
	if (error && error != -ENOENT)
		return SEKISHO_EXIT_REFUSED;
	if (!error)
		error = sekisho_runtime_status(context->engine, &status);
	if (error && error != -ENOENT) {
		sekisho_say(_("the running filter cannot be read: %s"), strerror(-error));
		return SEKISHO_EXIT_REFUSED;
	}
	/* Who may read the filter may ask the guard. */
	if (sekisho_guard_open(context))
		return SEKISHO_EXIT_REFUSED;
	object = status_json(context, &status);
	if (!object || context->arguments->json)
		return sekisho_json_print(object, stdout) ? SEKISHO_EXIT_REFUSED
							  : SEKISHO_EXIT_DONE;
	if (!status.generation)
		puts(_("No policy is in force."));
	sekisho_fields_print(object, fields, COUNT(fields), stdout);
	if (json_array_size(json_object_get(object, "ports"))) {
		putchar('\n');
		sekisho_table_print(json_object_get(object, "ports"), port_columns,
				    COUNT(port_columns), stdout);
	}
	json_decref(object);
	return SEKISHO_EXIT_DONE;
}
