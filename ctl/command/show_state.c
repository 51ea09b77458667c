// SPDX-License-Identifier: GPL-2.0-only
/*
 * `show state`: the tracked connections. There may be millions, so JSON is written as they are
 * read, and people see the first thousand. Knows nothing of how they are tracked.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/show.h"
#include "kernel/runtime.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SHOWN_MAX    1000

static const struct sekisho_column columns[] = {
	{ "protocol", N_("Protocol"), SEKISHO_COLUMN_TEXT },
	{ "initiator", N_("Initiator"), SEKISHO_COLUMN_TEXT },
	{ "initiator_port", N_("Port"), SEKISHO_COLUMN_TEXT },
	{ "responder", N_("Responder"), SEKISHO_COLUMN_TEXT },
	{ "responder_port", N_("Port"), SEKISHO_COLUMN_TEXT },
	{ "from", N_("From"), SEKISHO_COLUMN_TEXT },
	{ "to", N_("To"), SEKISHO_COLUMN_TEXT },
	{ "flow", N_("Flow"), SEKISHO_COLUMN_TEXT },
	{ "state", N_("State"), SEKISHO_COLUMN_TEXT },
	{ "packets", N_("Packets"), SEKISHO_COLUMN_NUMBER },
	{ "bytes", N_("Bytes"), SEKISHO_COLUMN_BYTES },
	{ "idle", N_("Idle (s)"), SEKISHO_COLUMN_NUMBER },
	{ "timeout", N_("Of (s)"), SEKISHO_COLUMN_NUMBER },
};

struct walk {
	const struct sekisho_context *context;
	const struct sekisho_policy_row *policy;
	const char *filter; /* an address as shown, or NULL */
	uint32_t now; /* seconds, monotonic */
	int32_t zone;
	uint64_t found;
	json_t *rows; /* for people */
};

static const char *state_name(const struct sekisho_connection *connection)
{
	static const char *const tcp[] = {
		[SEKISHO_TCP_HALF_OPEN] = "half-open",
		[SEKISHO_TCP_ANSWERED] = "answered",
		[SEKISHO_TCP_ESTABLISHED] = "established",
		[SEKISHO_TCP_CLOSING] = "closing",
		[SEKISHO_TCP_RESET] = "reset",
	};

	if (connection->tcp_state && connection->tcp_state < COUNT(tcp))
		return tcp[connection->tcp_state];
	return connection->flags & SEKISHO_CONNECTION_REPLIED ? "replied" : "unreplied";
}

/* Ports are text to people: they are names, not quantities. */
static json_t *port_json(const struct walk *walk, uint16_t port)
{
	char text[8];

	if (walk->context->arguments->json)
		return json_integer(port);
	snprintf(text, sizeof(text), "%u", port);
	return json_string(text);
}

static const char *flow_of(const struct walk *walk, const struct sekisho_connection *connection)
{
	const struct sekisho_name_row *row;

	if (connection->counter == SEKISHO_COUNTER_NONE)
		return NULL;
	row = sekisho_engine_row(walk->context->engine, SEKISHO_MAP_FLOW_NAMES,
				 connection->counter);
	return row && row->id[0] ? row->id : NULL;
}

static json_t *connection_json(const struct walk *walk, const struct sekisho_connection *connection,
			       uint32_t idle)
{
	const struct sekisho_engine *engine = walk->context->engine;
	char initiator[SEKISHO_ADDRESS_TEXT], responder[SEKISHO_ADDRESS_TEXT];
	uint64_t packets = connection->packets[0] + connection->packets[1];
	uint64_t bytes = connection->bytes[0] + connection->bytes[1];
	char protocol[SEKISHO_PROTOCOL_TEXT];

	sekisho_format_mapped(initiator, connection->initiator);
	sekisho_format_mapped(responder, connection->responder);
	sekisho_format_protocol(protocol, connection->protocol);
	if (walk->filter && strcmp(walk->filter, initiator) && strcmp(walk->filter, responder))
		return NULL;
	return json_pack(
		"{s:s, s:s, s:o, s:s, s:o, s:s, s:s, s:s?, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
		"protocol", protocol, "initiator", initiator, "initiator_port",
		port_json(walk, ntohs(connection->initiator_port)), "responder", responder,
		"responder_port", port_json(walk, ntohs(connection->responder_port)), "from",
		sekisho_runtime_segment_name(engine, connection->segments[SEKISHO_INITIATOR]), "to",
		sekisho_runtime_segment_name(engine, connection->segments[SEKISHO_RESPONDER]),
		"flow", flow_of(walk, connection), "state", state_name(connection), "packets",
		(json_int_t)packets, "bytes", (json_int_t)bytes, "packets_replied",
		(json_int_t)connection->packets[1], "bytes_replied",
		(json_int_t)connection->bytes[1], "idle", (json_int_t)idle, "timeout",
		(json_int_t)sekisho_runtime_timeout(walk->policy, connection), "created",
		sekisho_show_time(connection->created, walk->zone));
}

static bool visit(void *context, const struct sekisho_connection *connection)
{
	struct walk *walk = context;
	uint32_t idle = walk->now > connection->last_seen ? walk->now - connection->last_seen : 0;
	json_t *row;

	/* Idle for long enough, it is gone, whether it was swept yet or not. */
	if (idle >= sekisho_runtime_timeout(walk->policy, connection))
		return true;
	row = connection_json(walk, connection, idle);
	if (!row)
		return true;
	if (walk->context->arguments->json) {
		fputs(walk->found ? ",\n" : "\n", stdout);
		json_dumpf(row, stdout, JSON_COMPACT);
		json_decref(row);
	} else if (walk->found < SHOWN_MAX) {
		json_array_append_new(walk->rows, row);
	} else {
		json_decref(row);
	}
	walk->found++;
	return !ferror(stdout);
}

int sekisho_show_state(struct sekisho_context *context)
{
	const char *operand = context->arguments->operands[1];
	struct walk walk = { .context = context };
	char filter[SEKISHO_ADDRESS_TEXT];
	struct sekisho_address address;
	struct timespec now;
	uint8_t family;
	int status;

	if (operand) {
		if (!sekisho_parse_address(operand, &family, &address)) {
			sekisho_say(_("'%s' is no address"), operand);
			return SEKISHO_EXIT_USAGE;
		}
		sekisho_format_address(filter, family, address);
		walk.filter = filter;
	}
	if (sekisho_context_need_engine(context))
		return SEKISHO_EXIT_REFUSED;
	clock_gettime(CLOCK_MONOTONIC, &now);
	walk.now = (uint32_t)now.tv_sec;
	walk.zone = sekisho_context_zone(context);
	walk.policy = sekisho_engine_policy(context->engine);
	if (context->arguments->json) {
		putchar('[');
		sekisho_runtime_connections(context->engine, visit, &walk);
		puts(walk.found ? "\n]" : "]");
		return SEKISHO_EXIT_DONE;
	}
	walk.rows = json_array();
	sekisho_runtime_connections(context->engine, visit, &walk);
	status = sekisho_show_rows(context, walk.rows, columns, COUNT(columns));
	if (walk.found > SHOWN_MAX) {
		printf(_("and %zu more"), (size_t)walk.found - SHOWN_MAX);
		putchar('\n');
	}
	return status;
}
