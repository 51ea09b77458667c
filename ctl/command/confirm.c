// SPDX-License-Identifier: GPL-2.0-only
/*
 * `confirm`: a policy that waits stays in force. Knows nothing of how it got there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/convert.h"
#include "command/change.h"
#include "command/commands.h"
#include "command/context.h"
#include "command/guard.h"
#include "command/persons.h"
#include "kernel/commit.h"
#include "policy/history.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/table.h"

static const struct sekisho_option options[] = {
	{ "actor", "A", false, N_("who does it; default: the user") },
	{ "second", "B", false, N_("the second person") },
	{ "ticket", "T", false, N_("the request it belongs to") },
	{ 0 },
};

static int record(struct sekisho_context *context, const char *actor)
{
	const struct sekisho_policy_row *row = sekisho_engine_policy(context->engine);
	char digest[SEKISHO_DIGEST_TEXT];
	struct sekisho_audit_policy policy = {
		.actor = actor,
		.second = sekisho_context_option(context, "second"),
		.ticket = sekisho_context_option(context, "ticket"),
		.digest_after = digest,
		.flows = -1,
		.confirm = -1,
	};
	struct sekisho_record record;

	sekisho_format_digest(digest, row->digest);
	sekisho_convert_policy(&record, SEKISHO_RECORD_POLICY_CONFIRM,
			       sekisho_context_generation(context), sekisho_context_zone(context),
			       &policy);
	return sekisho_context_record(context, &record);
}

/*
 * The maps have decided: the guard keeps the policy too. Where it had fallen back already it gets
 * the policy again.
 */
static int confirm_guard(struct sekisho_context *context, uint32_t generation, const char *actor)
{
	struct sekisho_module_status status;
	int error;

	if (!context->module)
		return 0;
	error = sekisho_module_status(context->module, &status);
	if (!error && !sekisho_guard_in_step(context, &status))
		return sekisho_guard_mend(context, actor);
	if (!error && status.confirming)
		error = sekisho_module_confirm(context->module, generation);
	/* It fell back at this moment. */
	if (error == -ENOENT || error == -ESTALE)
		return sekisho_guard_mend(context, actor);
	if (error)
		sekisho_guard_say(context, error);
	return error;
}

static int confirm_running(struct sekisho_context *context, const char *actor)
{
	uint32_t generation = sekisho_context_generation(context);
	int error = sekisho_commit_confirm(context->engine), status = SEKISHO_EXIT_DONE;

	if (error == -ENOENT) {
		sekisho_say(_("no policy waits to be confirmed; generation %u is in force"),
			    generation);
		return SEKISHO_EXIT_REFUSED;
	}
	if (error) {
		sekisho_say(_("too late: the policy fell back just now"));
		return SEKISHO_EXIT_REFUSED;
	}
	if (confirm_guard(context, generation, actor))
		status = SEKISHO_EXIT_REFUSED;
	error = sekisho_history_confirm(context->state, generation);
	if (error) {
		sekisho_say(_("confirmed, but the history in %s could not be written: %s"),
			    context->state, strerror(-error));
		status = SEKISHO_EXIT_REFUSED;
	}
	if (record(context, actor))
		status = SEKISHO_EXIT_REFUSED;
	if (status)
		return status;
	if (context->arguments->json)
		sekisho_json_print(json_pack("{s:b, s:I}", "confirmed", true, "generation",
					     (json_int_t)generation),
				   stdout);
	else
		printf(_("generation %u is confirmed\n"), generation);
	return status;
}

static int confirm(struct sekisho_context *context)
{
	const char *actor = sekisho_context_option(context, "actor");
	const char *second = sekisho_context_option(context, "second");
	char self[SEKISHO_PERSON_BYTES];

	sekisho_persons_self(self);
	actor = actor ? actor : self;
	if (sekisho_change_begin(context) || sekisho_context_need_engine(context))
		return SEKISHO_EXIT_REFUSED;
	if (second && !sekisho_change_two_persons(context, actor, second, "confirm"))
		return SEKISHO_EXIT_REFUSED;
	return confirm_running(context, actor);
}

const struct sekisho_subcommand cmd_confirm = {
	.name = "confirm",
	.run = confirm,
	.summary = N_("keep a policy that waits to be confirmed"),
	.operands = "",
	.options = options,
};
