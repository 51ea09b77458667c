// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit checkpoint`: signs the audit log as it is now, where no collector does. Knows nothing of
 * what records say.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/checkpoint.h"
#include "audit/log.h"
#include "command/audit.h"
#include "command/audit_logs.h"
#include "command/audit_place.h"
#include "command/checkpoint_words.h"
#include "command/context.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "ui/say.h"

#define TURN_NS 100000000 /* after so long the bar moves */

#define NUM(number) ((unsigned long long)(number))

static int sign(struct sekisho_log *log, struct sekisho_checkpointer *checkpointer)
{
	struct sekisho_checkpoint_state state;
	struct sekisho_progress progress;
	uint64_t next;
	bool behind = true;
	int error = sekisho_log_settle(log, &next);

	sekisho_progress_begin(&progress, _("reading"), SEKISHO_PROGRESS_ITEMS);
	while (!error && behind) {
		error = sekisho_checkpointer_follow(checkpointer, next, TURN_NS, &behind);
		sekisho_checkpointer_state(checkpointer, &state);
		sekisho_progress_update(&progress, state.size, next);
	}
	sekisho_progress_end(&progress);
	return error ? error : sekisho_checkpointer_sign(checkpointer);
}

static void print_state(const struct sekisho_context *context, const char *directory,
			const struct sekisho_checkpoint_state *state)
{
	if (context->arguments->json)
		printf("{\"size\":%llu}\n", NUM(state->signed_size));
	else
		printf(_("%s: the newest checkpoint has %llu records\n"), directory,
		       NUM(state->signed_size));
}

static int checkpoint(struct sekisho_context *context, struct sekisho_log *log)
{
	struct sekisho_checkpoint_state state = { 0 };
	struct sekisho_checkpointer *checkpointer;
	char keys[PATH_MAX];
	int error;

	sekisho_audit_keys(context, keys);
	error = sekisho_checkpointer_open(&checkpointer, sekisho_log_directory(log),
					  sekisho_log_name(log), keys);
	if (error == -EBUSY) {
		sekisho_say(_("the collector is running, and signs the checkpoints"));
		return error;
	}
	if (!error)
		error = sign(log, checkpointer);
	if (checkpointer)
		sekisho_checkpointer_state(checkpointer, &state);
	if (error)
		sekisho_checkpoint_say(error, checkpointer ? &state : NULL, keys);
	else
		print_state(context, sekisho_log_name(log), &state);
	sekisho_checkpointer_close(checkpointer);
	return error;
}

static int audit_checkpoint(struct sekisho_context *context)
{
	struct sekisho_log_options options = { .zone = sekisho_context_zone(context) };
	char directory[PATH_MAX];
	struct sekisho_log *log;
	struct stat status;
	int error;

	sekisho_audit_directory(context, directory);
	/* Opening makes what is not there; a log that never was is nothing to sign. */
	error = stat(directory, &status) ? -errno : 0;
	options.directory = directory;
	if (!error)
		error = sekisho_log_open(&log, &options);
	if (error) {
		sekisho_say(_("the audit log in %s cannot be written: %s"), directory,
			    strerror(-error));
		return SEKISHO_EXIT_REFUSED;
	}
	error = checkpoint(context, log);
	sekisho_log_close(log);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}

const struct sekisho_subcommand audit_action_checkpoint = {
	.name = "audit checkpoint",
	.run = audit_checkpoint,
	.summary = N_("sign the audit log as it is now, where no collector runs"),
	.operands = "",
};
