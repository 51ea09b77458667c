// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `monitor` is to show, from the words of its command line. Knows nothing of records.
 */
#include "command/monitor_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/types.h"
#include "kernel/runtime.h"
#include "policy/names.h"
#include "ui/message.h"
#include "ui/reason.h"
#include "ui/say.h"

#define PORT_MAX 65535

/* Names there are, of one kind; borrowed. */
struct names {
	const char **list;
	size_t count;
};

static bool is_among(const struct names *names, const char *word)
{
	for (size_t i = 0; i < names->count; i++) {
		if (!strcmp(names->list[i], word))
			return true;
	}
	return false;
}

static bool refuse(const struct names *names, const char *option, const char *word)
{
	const char *near = sekisho_words_nearest(names->list, names->count, word);

	sekisho_say(_("--%s: there is no '%s'"), option, word);
	if (near)
		sekisho_say_hint(_("did you mean '%s'?"), near);
	return false;
}

/* The option's word, which must be one of the names, if there are any to compare it with. */
static bool take_name(const struct sekisho_context *context, const char *option,
		      const struct names *names, const char **word)
{
	*word = sekisho_context_option(context, option);
	if (!*word || !names->list || is_among(names, *word))
		return true;
	return refuse(names, option, *word);
}

static bool take_type(const struct sekisho_context *context, struct sekisho_monitor_filter *filter)
{
	const char *list[SEKISHO_RECORD_TYPES];
	const struct names names = { list, SEKISHO_RECORD_TYPES };

	for (size_t i = 0; i < names.count; i++)
		list[i] = sekisho_type_get((enum sekisho_record_type)i)->name;
	return take_name(context, "type", &names, &filter->type);
}

static bool take_reason(const struct sekisho_context *context,
			struct sekisho_monitor_filter *filter)
{
	const char *list[SEKISHO_REASON_ROWS];
	struct names names = { list, 0 };

	for (unsigned int i = 0; i < SEKISHO_REASON_ROWS; i++) {
		if (sekisho_reason_name(i))
			list[names.count++] = sekisho_reason_name(i);
	}
	return take_name(context, "reason", &names, &filter->reason);
}

static bool take_segments(const struct sekisho_context *context,
			  const struct sekisho_engine *engine,
			  struct sekisho_monitor_filter *filter)
{
	const struct sekisho_policy_row *row = engine ? sekisho_engine_policy(engine) : NULL;
	const char *list[SEKISHO_SEGMENTS_MAX + 1];
	struct names names = { row ? list : NULL, 0 };

	for (uint32_t i = 0; row && i < row->segment_count && i <= SEKISHO_SEGMENTS_MAX; i++)
		list[names.count++] = sekisho_runtime_segment_name(engine, (uint16_t)i);
	return take_name(context, "segment", &names, &filter->segment) &&
	       take_name(context, "from", &names, &filter->from) &&
	       take_name(context, "to", &names, &filter->to);
}

static bool take_flow(const struct sekisho_context *context, const struct sekisho_engine *engine,
		      struct sekisho_monitor_filter *filter)
{
	bool asked = sekisho_context_option(context, "flow");
	uint32_t rows = asked && engine && sekisho_engine_policy(engine)
				? engine->maps[SEKISHO_MAP_FLOW_NAMES].rows
				: 0;
	struct names names = { rows ? (const char **)calloc(rows, sizeof(char *)) : NULL, 0 };
	bool fine;

	for (uint32_t i = 0; names.list && i < rows; i++) {
		const struct sekisho_name_row *row =
			sekisho_engine_row(engine, SEKISHO_MAP_FLOW_NAMES, i);

		if (row->id[0])
			names.list[names.count++] = row->id;
	}
	fine = take_name(context, "flow", &names, &filter->flow);
	free((void *)names.list);
	return fine;
}

static bool take_host(const struct sekisho_context *context, struct sekisho_monitor_filter *filter)
{
	const char *text = sekisho_context_option(context, "host");

	if (!text || sekisho_monitor_filter_host(filter, text))
		return true;
	sekisho_say(_("--%s cannot be '%s'"), "host", text);
	sekisho_say_hint(_("an address, a prefix such as 10.1.0.0/16, or a MAC address"));
	return false;
}

static bool take_port(const struct sekisho_context *context, struct sekisho_monitor_filter *filter)
{
	uint64_t port = 0;

	if (!sekisho_context_number(context, "port", 0, PORT_MAX, &port))
		return false;
	filter->by_port = sekisho_context_option(context, "port");
	filter->port = (uint16_t)port;
	return true;
}

bool sekisho_monitor_ask(const struct sekisho_context *context,
			 struct sekisho_monitor_filter *filter)
{
	struct sekisho_engine *engine = NULL;
	bool fine = take_type(context, filter) && take_reason(context, filter) &&
		    take_host(context, filter) && take_port(context, filter);

	if (!fine)
		return false;
	/* Only for its names: whoever may not open it is not asked for better ones. */
	if (sekisho_engine_open(context->bpffs, &engine))
		engine = NULL;
	fine = take_segments(context, engine, filter) && take_flow(context, engine, filter);
	sekisho_engine_close(engine);
	return fine;
}
