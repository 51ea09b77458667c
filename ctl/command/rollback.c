// SPDX-License-Identifier: GPL-2.0-only
/*
 * `rollback`: an earlier generation's policy comes into force again, as a new generation. Knows
 * nothing of how the kernel gets it.
 */
#include <stdlib.h>
#include <string.h>

#include "command/change.h"
#include "command/commands.h"
#include "command/context.h"
#include "command/persons.h"
#include "command/policy_pace.h"
#include "policy/policy_file.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

static const struct sekisho_option options[] = {
	{ "actor", "A", false, N_("who does it; default: the user") },
	{ "second", "B", false, N_("the second person") },
	{ "ticket", "T", false, N_("the request it belongs to") },
	{ "reason", "R", false, N_("why") },
	{ 0 },
};

/* The newest confirmed generation before the running one whose policy is another. */
static const struct sekisho_history_entry *earlier(const struct sekisho_history_entry *entries,
						   size_t count, uint32_t running)
{
	const struct sekisho_history_entry *now = sekisho_history_find(entries, count, running);

	for (size_t i = count; i-- > 0;) {
		const struct sekisho_history_entry *entry = &entries[i];
		bool same = now && now->digest && entry->digest &&
			    !strcmp(now->digest, entry->digest);

		if (entry->generation < running && entry->confirmed && !same)
			return entry;
	}
	return NULL;
}

static int go_back(struct sekisho_context *context, struct sekisho_change *change,
		   const struct sekisho_history_entry *entry)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy_progress progress;
	struct sekisho_policy *policy;
	char *text = NULL, name[64];
	int status = SEKISHO_EXIT_REFUSED;
	int error = sekisho_history_text(context->state, entry->generation, &text, &change->length);

	if (error) {
		sekisho_say(_("the text of generation %u cannot be read in %s: %s"),
			    entry->generation, context->state, strerror(-error));
		return status;
	}
	snprintf(name, sizeof(name), "generations/%u/policy.yaml", entry->generation);
	sekisho_policy_progress_begin(&progress, &diagnostics);
	policy = sekisho_policy_text_read(name, text, change->length, &diagnostics);
	sekisho_policy_progress_end(&progress, &diagnostics);
	change->text = text;
	change->file = name;
	change->policy = policy;
	change->diagnostics = &diagnostics;
	change->rollback_of = entry->generation;
	if (policy) {
		status = sekisho_change_run(context, change);
	} else {
		sekisho_diagnostics_print(&diagnostics, stderr);
		sekisho_say(_("the policy was refused; what was in force still is"));
		sekisho_change_reject(context, change, "the check found errors", &diagnostics);
	}
	sekisho_policy_free(policy);
	sekisho_diagnostics_free(&diagnostics);
	change->text = change->file = NULL;
	change->policy = NULL;
	change->diagnostics = NULL;
	free(text);
	return status;
}

static int choose(struct sekisho_context *context, struct sekisho_change *change,
		  uint32_t generation)
{
	const struct sekisho_history_entry *entry;
	struct sekisho_history_entry *entries;
	int status = SEKISHO_EXIT_REFUSED;
	size_t count;

	if (sekisho_history_list(context->state, &entries, &count)) {
		sekisho_say(_("the history in %s cannot be read"), context->state);
		return status;
	}
	if (generation)
		entry = sekisho_history_find(entries, count, generation);
	else
		entry = earlier(entries, count, sekisho_context_generation(context));
	if (entry) {
		status = go_back(context, change, entry);
	} else {
		if (generation)
			sekisho_say(_("generation %u is not stored"), generation);
		else
			sekisho_say(_("there is no earlier policy to go back to"));
		sekisho_say_hint("sekishoctl history");
	}
	sekisho_history_free(entries, count);
	return status;
}

static int rollback(struct sekisho_context *context)
{
	const char *operand = context->arguments->operands[0];
	const char *actor = sekisho_context_option(context, "actor");
	char self[SEKISHO_PERSON_BYTES];
	struct sekisho_change change = {
		.kind = SEKISHO_HISTORY_ROLLBACK,
		.second = sekisho_context_option(context, "second"),
		.ticket = sekisho_context_option(context, "ticket"),
		.reason = sekisho_context_option(context, "reason"),
		.withdraw = true,
	};
	uint64_t generation = 0;

	if (operand && (!sekisho_parse_number(operand, UINT32_MAX, &generation) || !generation)) {
		sekisho_say(_("'%s' is no generation"), operand);
		return SEKISHO_EXIT_USAGE;
	}
	sekisho_persons_self(self);
	change.actor = actor ? actor : self;
	if (sekisho_change_begin(context))
		return SEKISHO_EXIT_REFUSED;
	if (change.second &&
	    !sekisho_change_two_persons(context, change.actor, change.second, "rollback"))
		return SEKISHO_EXIT_REFUSED;
	return choose(context, &change, (uint32_t)generation);
}

const struct sekisho_subcommand cmd_rollback = {
	.name = "rollback",
	.run = rollback,
	.summary = N_("put an earlier policy in force again"),
	.operands = "[GENERATION]",
	.most = 1,
	.options = options,
};
