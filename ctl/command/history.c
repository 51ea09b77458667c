// SPDX-License-Identifier: GPL-2.0-only
/*
 * `history`: the generations that were in force. Knows nothing of what their policies say.
 */
#include "policy/history.h"

#include <stdio.h>
#include <string.h>

#include "command/commands.h"
#include "command/context.h"
#include "command/generations.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/table.h"

static const struct sekisho_column columns[] = {
	{ "generation", N_("Generation"), SEKISHO_COLUMN_NUMBER },
	{ "in_force", N_("In force"), SEKISHO_COLUMN_TEXT },
	{ "kind", N_("Kind"), SEKISHO_COLUMN_TEXT },
	{ "confirmed", N_("Confirmed"), SEKISHO_COLUMN_TEXT },
	{ "applied_at", N_("Applied"), SEKISHO_COLUMN_TIME },
	{ "actor", N_("Actor"), SEKISHO_COLUMN_TEXT },
	{ "second", N_("Second"), SEKISHO_COLUMN_TEXT },
	{ "ticket", N_("Ticket"), SEKISHO_COLUMN_TEXT },
	{ "flows", N_("Flows"), SEKISHO_COLUMN_NUMBER },
	{ "digest", N_("Digest"), SEKISHO_COLUMN_DIGEST },
	{ "file", N_("File"), SEKISHO_COLUMN_TEXT },
};

static json_t *to_json(const struct sekisho_history_entry *entry, uint32_t running)
{
	return json_pack("{s:I, s:b, s:s, s:b, s:s?, s:s?, s:s?, s:s?, s:I, s:s?, s:s?, s:o}",
			 "generation", (json_int_t)entry->generation, "in_force",
			 entry->generation == running, "kind",
			 sekisho_history_kind_name(entry->kind), "confirmed", entry->confirmed,
			 "applied_at", entry->applied_at, "actor", entry->actor, "second",
			 entry->second, "ticket", entry->ticket, "flows", (json_int_t)entry->flows,
			 "digest", entry->digest, "file", entry->file, "rollback_of",
			 entry->rollback_of ? json_integer(entry->rollback_of) : json_null());
}

static int history(struct sekisho_context *context)
{
	struct sekisho_history_entry *entries;
	json_t *list;
	uint32_t running;
	size_t count;
	int error;

	/* An auditor may read the history without access to the filter. */
	if (!sekisho_context_reopen_engine(context))
		sekisho_generations_notice(context);
	running = context->engine ? sekisho_context_generation(context)
				  : sekisho_history_current(context->state);
	error = sekisho_history_list(context->state, &entries, &count);
	if (error) {
		sekisho_say(_("the history in %s cannot be read: %s"), context->state,
			    strerror(-error));
		return SEKISHO_EXIT_REFUSED;
	}
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, to_json(&entries[i], running));
	sekisho_history_free(entries, count);
	if (context->arguments->json)
		return sekisho_json_print(list, stdout) ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
	error = sekisho_table_print(list, columns, sizeof(columns) / sizeof(columns[0]), stdout);
	json_decref(list);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

const struct sekisho_subcommand cmd_history = {
	.name = "history",
	.run = history,
	.summary = N_("the policies that were in force, and who put them there"),
	.operands = "",
};
