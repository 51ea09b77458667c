// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit index`: makes the index that `audit query` goes by, or brings it up to date, ahead of a
 * query. Knows nothing of what is in one.
 */
#include <stdio.h>

#include "command/audit.h"
#include "command/audit_search.h"
#include "command/context.h"
#include "ui/message.h"
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

static int audit_index(struct sekisho_context *context)
{
	bool anew = sekisho_context_option(context, "anew");
	struct sekisho_audit_logs logs;
	json_t *rows = json_array();
	int status = SEKISHO_EXIT_DONE, error = 0;

	if (!sekisho_audit_logs_open(context, context->arguments->operands[0],
				     sekisho_context_option(context, "index"), &logs))
		status = SEKISHO_EXIT_REFUSED;
	for (size_t i = 0; i < logs.count && !status; i++) {
		const struct sekisho_audit_log *log = &logs.items[i];
		struct sekisho_index_changes changes;
		uint64_t bytes;

		if (sekisho_audit_index(log, anew, &changes, &bytes))
			status = SEKISHO_EXIT_REFUSED;
		else
			json_array_append_new(rows,
					      json_pack("{s:s, s:s, s:I, s:I, s:I}", "log",
							log->path, "index", log->index, "indexed",
							(json_int_t)changes.lines, "replaced",
							(json_int_t)changes.replaced, "bytes",
							(json_int_t)bytes));
	}
	if (!status && context->arguments->json)
		error = sekisho_json_print(json_incref(rows), stdout);
	else if (!status)
		error = sekisho_table_print(rows, columns, sizeof(columns) / sizeof(columns[0]),
					    stdout);
	json_decref(rows);
	sekisho_audit_logs_close(&logs);
	return error ? SEKISHO_EXIT_REFUSED : status;
}

const struct sekisho_subcommand audit_action_index = {
	.name = "audit index",
	.run = audit_index,
	.summary = N_("make the index that a query goes by"),
	.operands = "[DIR]",
	.most = 1,
	.options = options,
};
