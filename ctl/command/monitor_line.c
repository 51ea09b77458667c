// SPDX-License-Identifier: GPL-2.0-only
/*
 * One record or event as a line for people. Knows nothing of where records come from.
 */
#include "command/monitor_line.h"

#include <stdlib.h>
#include <string.h>

#include "audit/types.h"
#include "ui/language.h"
#include "ui/table.h"

static const char *text_of(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text ? text : "";
}

static void put(const char *text, FILE *stream)
{
	char *plain = sekisho_text_plain(text);

	fputs(plain ? plain : "?", stream);
	free(plain);
}

/* The time of day: the date is today's. */
static void put_time(const json_t *record, FILE *stream)
{
	const char *time = text_of(record, "time"), *clock;

	if (!*time)
		time = text_of(record, "at");
	clock = strchr(time, 'T');
	fprintf(stream, "%.8s ", clock ? clock + 1 : "--:--:--");
}

/* `address:port`, `[address]:port`, or the address. */
static void put_side(const json_t *record, const char *address_key, const char *port_key,
		     FILE *stream)
{
	const char *address = text_of(record, address_key);
	const json_t *port = json_object_get(record, port_key);

	if (!json_is_integer(port))
		put(address, stream);
	else
		fprintf(stream, strchr(address, ':') ? "[%s]:%d" : "%s:%d", address,
			(int)json_integer_value(port));
}

static void put_optional(const json_t *record, const char *key, const char *lead, FILE *stream)
{
	const json_t *value = json_object_get(record, key);

	if (json_is_string(value)) {
		fprintf(stream, " %s", lead);
		put(json_string_value(value), stream);
	} else if (json_is_integer(value)) {
		fprintf(stream, " %s%" JSON_INTEGER_FORMAT, lead, json_integer_value(value));
	}
}

static void put_traffic(const json_t *record, bool end, FILE *stream)
{
	const char *from = text_of(record, "from"), *to = text_of(record, "to");

	fprintf(stream, "%-18s %s > %s  %s ", text_of(record, end ? "cause" : "reason"),
		*from ? from : "-", *to ? to : "-", text_of(record, "proto"));
	put_side(record, end ? "initiator" : "src", end ? "initiator_port" : "sport", stream);
	fputs(" > ", stream);
	put_side(record, end ? "responder" : "dst", end ? "responder_port" : "dport", stream);
	put_optional(record, "icmp", "icmp ", stream);
	put_optional(record, "smac", "mac ", stream);
	put_optional(record, "interface", "", stream);
	put_optional(record, "flow", "", stream);
	put_optional(record, "enforcer", "by ", stream);
	put_optional(record, "count", "x", stream);
}

/* Every key of the type's own, for what has no form of its own. */
static void put_others(const json_t *record, const struct sekisho_type *type, FILE *stream)
{
	for (const struct sekisho_field *field = type->fields; field->name; field++) {
		char lead[64];

		snprintf(lead, sizeof(lead), "%s=", field->name);
		put_optional(record, field->name, lead, stream);
	}
}

static const struct sekisho_type *type_of(const json_t *record)
{
	int number = sekisho_type_find(text_of(record, "type"));

	return number < 0 ? NULL : sekisho_type_get((enum sekisho_record_type)number);
}

const char *sekisho_monitor_type(const json_t *record)
{
	const struct sekisho_type *type = type_of(record);

	return type && sekisho_language_current() == SEKISHO_JAPANESE ? type->japanese
								      : text_of(record, "type");
}

void sekisho_monitor_details(const json_t *record, FILE *stream)
{
	const struct sekisho_type *type = type_of(record);
	const char *name = text_of(record, "type");
	bool traffic = !strcmp(name, "permit") || !strcmp(name, "deny");
	bool end = !strcmp(name, "flow.end");

	if (traffic || end)
		put_traffic(record, end, stream);
	else if (type)
		put_others(record, type, stream);
}

void sekisho_monitor_line(const json_t *record, FILE *stream)
{
	const char *name = text_of(record, "type"), *shown = sekisho_monitor_type(record);

	put_time(record, stream);
	fprintf(stream, shown == name ? "%-9s " : "%s ", shown);
	sekisho_monitor_details(record, stream);
	fputc('\n', stream);
}
