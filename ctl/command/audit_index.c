// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit index`: makes the index that `audit query` goes by, or brings it up to date, ahead of a
 * query. Knows nothing of what is in one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "command/audit.h"
#include "command/audit_logs.h"
#include "command/audit_search.h"
#include "command/context.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/table.h"

static const struct sekisho_option options[] = {
	{ "anew", NULL, false, N_("from the log's first record") },
	{ "index", "FILE", false, N_("where the index is kept") },
	{ 0 },
};

static const struct sekisho_column columns[] = {
	{ "log", N_("Log"), SEKISHO_COLUMN_TEXT },
	{ "index", N_("Index"), SEKISHO_COLUMN_TEXT },
	{ "indexed", N_("Indexed"), SEKISHO_COLUMN_NUMBER },
	{ "replaced", N_("No longer there"), SEKISHO_COLUMN_NUMBER },
	{ "bytes", N_("Size"), SEKISHO_COLUMN_BYTES },
};

static json_t *to_json(const struct sekisho_audit_log *log, const struct sekisho_index_place *place,
		       const struct sekisho_index_changes *changes, uint64_t bytes)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I}", "log", log->path, "index", place->path,
			 "indexed", (json_int_t)changes->lines, "replaced",
			 (json_int_t)changes->replaced, "bytes", (json_int_t)bytes);
}

/* Return: whether all were made, and are in @rows. */
static bool index_logs(const struct sekisho_context *context, const struct sekisho_audit_logs *logs,
		       const struct sekisho_index_place *places, json_t *rows)
{
	bool anew = sekisho_context_option(context, "anew");

	for (size_t i = 0; i < logs->count; i++) {
		struct sekisho_index_changes changes;
		uint64_t bytes;

		if (sekisho_audit_index(&logs->items[i], &places[i], anew, &changes, &bytes))
			return false;
		if (json_array_append_new(rows,
					  to_json(&logs->items[i], &places[i], &changes, bytes))) {
			sekisho_say(_("out of memory"));
			return false;
		}
	}
	return true;
}

static int show(const struct sekisho_context *context, json_t *rows)
{
	int error;

	if (context->arguments->json)
		error = sekisho_json_print(json_incref(rows), stdout);
	else
		error = sekisho_table_print(rows, columns, sizeof(columns) / sizeof(columns[0]),
					    stdout);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

static int audit_index(struct sekisho_context *context)
{
	const char *operand = context->arguments->operands[0];
	struct sekisho_index_place *places = NULL;
	struct sekisho_audit_logs logs;
	json_t *rows = json_array();
	int status = SEKISHO_EXIT_REFUSED;

	if (sekisho_audit_logs_open(context, operand, !operand, &logs))
		places = sekisho_audit_index_places(context, &logs,
						    sekisho_context_option(context, "index"));
	if (places && index_logs(context, &logs, places, rows))
		status = show(context, rows);
	if (logs.others)
		status = SEKISHO_EXIT_REFUSED;
	json_decref(rows);
	free(places);
	sekisho_audit_logs_close(&logs);
	return status;
}

const struct sekisho_subcommand audit_action_index = {
	.name = "audit index",
	.run = audit_index,
	.summary = N_("make the index that a query goes by"),
	.operands = "[DIR]",
	.most = 1,
	.options = options,
};
