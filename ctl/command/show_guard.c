// SPDX-License-Identifier: GPL-2.0-only
/*
 * `show guard`: the kernel module, whether it holds what the maps hold, and what it did. Knows
 * nothing of how it is asked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/guard.h"
#include "command/show.h"
#include "ui/format.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/reason.h"
#include "ui/say.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct sekisho_column fields[] = {
	{ "guard", N_("Kernel guard"), SEKISHO_COLUMN_TEXT },
	{ "version", N_("Version"), SEKISHO_COLUMN_TEXT },
	{ "generation", N_("Generation"), SEKISHO_COLUMN_NUMBER },
	{ "digest", N_("Digest"), SEKISHO_COLUMN_DIGEST },
	{ "in_step", N_("As the maps"), SEKISHO_COLUMN_TEXT },
	{ "sealed", N_("Sealed"), SEKISHO_COLUMN_TEXT },
	{ "applied_at", N_("Applied"), SEKISHO_COLUMN_TIME },
	{ "confirm_within", N_("Confirm within (s)"), SEKISHO_COLUMN_NUMBER },
	{ "isolated_all", N_("All isolated"), SEKISHO_COLUMN_TEXT },
	{ "frames", N_("Frames"), SEKISHO_COLUMN_NUMBER },
	{ "permitted", N_("Permitted"), SEKISHO_COLUMN_NUMBER },
	{ "denied", N_("Denied"), SEKISHO_COLUMN_NUMBER },
	{ "mismatches", N_("Denied, though let through before"), SEKISHO_COLUMN_NUMBER },
	{ "lost_events", N_("Lost events"), SEKISHO_COLUMN_NUMBER },
	{ "connections", N_("Connections"), SEKISHO_COLUMN_NUMBER },
	{ "flows", N_("Flows"), SEKISHO_COLUMN_NUMBER },
	{ "policy_bytes", N_("Policy's memory"), SEKISHO_COLUMN_BYTES },
	{ "stale", N_("Reports of another generation"), SEKISHO_COLUMN_NUMBER },
};

static const struct sekisho_column port_columns[] = {
	{ "interface", N_("Interface"), SEKISHO_COLUMN_TEXT },
	{ "vlan", N_("VLAN"), SEKISHO_COLUMN_NUMBER },
	{ "attached", N_("In"), SEKISHO_COLUMN_TEXT },
	{ "lost", N_("Times lost"), SEKISHO_COLUMN_NUMBER },
};

static const struct sekisho_column reason_columns[] = {
	{ "reason", N_("Reason"), SEKISHO_COLUMN_TEXT },
	{ "packets", N_("Packets"), SEKISHO_COLUMN_NUMBER },
	{ "bytes", N_("Bytes"), SEKISHO_COLUMN_BYTES },
	{ "text", N_("Meaning"), SEKISHO_COLUMN_TEXT },
};

static const char *const attached_names[SEKISHO_PORT_ATTACHED_COUNT] = {
	[SEKISHO_PORT_ATTACHED_NONE] = "none",
	[SEKISHO_PORT_ATTACHED_GENERIC] = "generic",
	[SEKISHO_PORT_ATTACHED_NATIVE] = "native",
};

static json_t *ports_json(const struct sekisho_module_port *ports, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const char *attached = ports[i].attached < SEKISHO_PORT_ATTACHED_COUNT
					       ? attached_names[ports[i].attached]
					       : "none";

		json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:I}", "interface",
						      ports[i].interface, "vlan", ports[i].vlan,
						      "attached", attached, "lost",
						      (json_int_t)ports[i].lost));
	}
	return list;
}

static json_t *reasons_json(const struct sekisho_module_tally *tallies, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		unsigned int reason = tallies[i].reason;

		if (!sekisho_reason_name(reason))
			continue;
		json_array_append_new(
			list, json_pack("{s:s, s:I, s:I, s:s, s:s}", "reason",
					sekisho_reason_name(reason), "packets",
					(json_int_t)tallies[i].packets, "bytes",
					(json_int_t)tallies[i].bytes, "verdict",
					sekisho_reason_permits(reason) ? "permit" : "deny", "text",
					sekisho_reason_text(reason, sekisho_language_current())));
	}
	return list;
}

static json_t *optional(bool there, int64_t number)
{
	return there ? json_integer(number) : json_null();
}

static json_t *status_json(const struct sekisho_context *context,
			   const struct sekisho_module_status *status)
{
	char digest[SEKISHO_DIGEST_TEXT];
	json_t *object, *counts;

	sekisho_format_digest(digest, status->digest);
	object = json_pack(
		"{s:s, s:s, s:I, s:o, s:b, s:b, s:o, s:o, s:b, s:I, s:o}", "guard", "present",
		"version", status->version, "generation", (json_int_t)status->generation, "digest",
		status->generation ? json_string(digest) : json_null(), "in_step",
		sekisho_guard_in_step(context, status), "sealed", status->sealed, "applied_at",
		sekisho_show_time(status->applied_at, sekisho_context_zone(context)),
		"confirm_within", optional(status->confirming, status->confirm_seconds),
		"isolated_all", status->isolated_all, "fell_back", (json_int_t)status->fell_back,
		"maps_generation", optional(status->maps_known, status->maps_generation));
	counts = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "frames",
			   (json_int_t)status->frames, "permitted", (json_int_t)status->permitted,
			   "denied", (json_int_t)status->denied, "mismatches",
			   (json_int_t)status->mismatches, "lost_events",
			   (json_int_t)status->lost_events, "connections",
			   (json_int_t)status->connections, "connections_room",
			   (json_int_t)status->connections_room, "flows", (json_int_t)status->flows,
			   "policy_bytes", (json_int_t)status->policy_bytes, "stale",
			   (json_int_t)status->stale, "epoch", (json_int_t)status->epoch);
	if (object)
		json_object_update(object, counts);
	json_decref(counts);
	return object;
}

/* Adds what is told in lists. */
static int add_lists(struct sekisho_context *context, json_t *object)
{
	struct sekisho_module_tally *tallies = NULL;
	struct sekisho_module_port *ports = NULL;
	size_t port_count = 0, tally_count = 0;
	int error = sekisho_module_ports(context->module, &ports, &port_count);

	if (!error)
		error = sekisho_module_tallies(context->module, SEKISHO_CMD_GET_REASONS, &tallies,
					       &tally_count);
	if (!error) {
		json_object_set_new(object, "ports", ports_json(ports, port_count));
		json_object_set_new(object, "reasons", reasons_json(tallies, tally_count));
	}
	free(ports);
	free(tallies);
	return error;
}

static void print_list(const json_t *object, const char *key, const struct sekisho_column *columns,
		       size_t count)
{
	const json_t *list = json_object_get(object, key);

	if (!json_array_size(list))
		return;
	putchar('\n');
	sekisho_table_print(list, columns, count, stdout);
}

static int show_present(struct sekisho_context *context)
{
	struct sekisho_module_status status;
	json_t *object = NULL;
	int error = sekisho_module_status(context->module, &status);

	if (!error) {
		object = status_json(context, &status);
		error = object ? add_lists(context, object) : -ENOMEM;
	}
	if (error) {
		json_decref(object);
		sekisho_say(_("the kernel guard cannot be asked: %s"), strerror(-error));
		return SEKISHO_EXIT_REFUSED;
	}
	if (context->arguments->json)
		return sekisho_json_print(object, stdout) ? SEKISHO_EXIT_REFUSED
							  : SEKISHO_EXIT_DONE;
	sekisho_fields_print(object, fields, COUNT(fields), stdout);
	print_list(object, "ports", port_columns, COUNT(port_columns));
	print_list(object, "reasons", reason_columns, COUNT(reason_columns));
	json_decref(object);
	return SEKISHO_EXIT_DONE;
}

static int show_absent(const struct sekisho_context *context)
{
	if (context->arguments->json)
		return sekisho_json_print(json_pack("{s:s, s:n, s:n}", "guard", "absent",
						    "generation", "digest"),
					  stdout)
			       ? SEKISHO_EXIT_REFUSED
			       : SEKISHO_EXIT_DONE;
	puts(_("The kernel guard is absent."));
	fflush(stdout);
	sekisho_say_hint("modprobe sekisho");
	return SEKISHO_EXIT_DONE;
}

int sekisho_show_guard(struct sekisho_context *context)
{
	if (sekisho_guard_open(context))
		return SEKISHO_EXIT_REFUSED;
	if (!context->module)
		return show_absent(context);
	/* Without a filter in the maps there is nothing to be in step with. */
	if (sekisho_context_engine(context) == -EPERM)
		return SEKISHO_EXIT_REFUSED;
	return show_present(context);
}
