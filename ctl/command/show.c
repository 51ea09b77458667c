// SPDX-License-Identifier: GPL-2.0-only
/*
 * `show`: finds the subject; those that are a page each have a file of their own. Knows nothing of
 * how numbers are gathered.
 */
#include "command/show.h"

#include <string.h>

#include "command/commands.h"
#include "command/orders.h"
#include "policy/names.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int sekisho_show_rows(const struct sekisho_context *context, json_t *rows,
		      const struct sekisho_column *columns, size_t count)
{
	int error;

	if (!rows) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	if (context->arguments->json)
		return sekisho_json_print(rows, stdout) ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
	error = sekisho_table_print(rows, columns, count, stdout);
	json_decref(rows);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

json_t *sekisho_show_time(int64_t seconds, int32_t zone)
{
	char text[SEKISHO_TIME_TEXT];

	if (!seconds)
		return json_null();
	sekisho_format_time(text, seconds, zone);
	return json_string(text);
}

static int show_suspended(struct sekisho_context *context)
{
	static const struct sekisho_column columns[] = {
		{ "target", N_("Host"), SEKISHO_COLUMN_TEXT },
		{ "at", N_("Since"), SEKISHO_COLUMN_TIME },
		{ "reason", N_("Reason"), SEKISHO_COLUMN_TEXT },
		{ "authority", N_("Authority"), SEKISHO_COLUMN_TEXT },
		{ "actor", N_("Actor"), SEKISHO_COLUMN_TEXT },
	};
	json_t *list;
	int error = sekisho_orders_read(context->state, SEKISHO_ORDERS_SUSPENSION, &list);

	if (error) {
		sekisho_say(_("%s in %s cannot be read: %s"), "suspended.json", context->state,
			    strerror(-error));
		return SEKISHO_EXIT_REFUSED;
	}
	return sekisho_show_rows(context, list, columns, COUNT(columns));
}

static const struct {
	const char *name;
	int (*show)(struct sekisho_context *context);
} subjects[] = {
	{ "status", sekisho_show_status },   { "segments", sekisho_show_segments },
	{ "flows", sekisho_show_flows },     { "pairs", sekisho_show_pairs },
	{ "reasons", sekisho_show_reasons }, { "state", sekisho_show_state },
	{ "suspended", show_suspended },     { "guard", sekisho_show_guard },
	{ "metrics", sekisho_show_metrics },
};

static int show(struct sekisho_context *context)
{
	const char *subject = context->arguments->operands[0];
	const char *names[COUNT(subjects)], *near;

	if (context->arguments->operand_count > 1 && strcmp(subject, "state") != 0) {
		sekisho_say(_("%s does not take '%s'"), "show", context->arguments->operands[1]);
		return SEKISHO_EXIT_USAGE;
	}
	for (size_t i = 0; i < COUNT(subjects); i++) {
		if (!strcmp(subjects[i].name, subject))
			return subjects[i].show(context);
		names[i] = subjects[i].name;
	}
	sekisho_say(_("'%s' cannot be shown"), subject);
	near = sekisho_words_nearest(names, COUNT(names), subject);
	if (near)
		sekisho_say_hint(_("did you mean '%s'?"), near);
	else
		sekisho_say_hint("sekishoctl show --help");
	return SEKISHO_EXIT_USAGE;
}

const struct sekisho_subcommand cmd_show = {
	.name = "show",
	.run = show,
	.summary = N_("what is in force, and what it has done"),
	.operands = "status|segments|flows|pairs|reasons|state [ADDR]|suspended|guard|metrics",
	.least = 1,
	.most = 2,
};
