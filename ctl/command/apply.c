// SPDX-License-Identifier: GPL-2.0-only
/*
 * `apply`: a policy file comes into force; at boot, the one that was in force. Knows nothing of how
 * the kernel gets it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "command/change.h"
#include "command/commands.h"
#include "command/context.h"
#include "command/persons.h"
#include "command/policy_pace.h"
#include "disk/durable.h"
#include "policy/policy_file.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/table.h"

#define CONFIRM_SECONDS_MAX 86400

#define BOOT "boot"

static const struct sekisho_option options[] = {
	{ "confirm", "SECONDS", false, N_("fall back unless confirmed within so many seconds") },
	{ "actor", "A", false, N_("who does it; default: the user") },
	{ "second", "B", false, N_("the second person") },
	{ "ticket", "T", false, N_("the request it belongs to") },
	{ "dry-run", NULL, false, N_("do everything but the change") },
	{ "boot", NULL, false,
	  N_("put the last confirmed policy in force; POLICY only where there is none") },
	{ 0 },
};

/* A refused policy as data: what the check found, under one roof with the refusal. */
static void show_findings(const struct sekisho_context *context,
			  const struct sekisho_diagnostics *diagnostics)
{
	char *text = NULL;
	size_t length;
	FILE *stream;

	if (!context->arguments->json) {
		sekisho_diagnostics_print(diagnostics, stderr);
		return;
	}
	stream = open_memstream(&text, &length);
	if (!stream)
		return;
	sekisho_diagnostics_json(diagnostics, stream);
	fclose(stream);
	sekisho_json_print(json_pack("{s:b, s:s, s:o}", "applied", false, "fault", "policy",
				     "findings", json_loads(text, 0, NULL)),
			   stdout);
	free(text);
}

/* Read, check, put in force; @change says the rest. */
static int apply_text(struct sekisho_context *context, struct sekisho_change *change,
		      const char *name)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy_progress progress;
	struct sekisho_policy *policy;
	int status;

	sekisho_policy_progress_begin(&progress, &diagnostics);
	policy = sekisho_policy_text_read(name, change->text, change->length, &diagnostics);
	sekisho_policy_progress_end(&progress, &diagnostics);
	change->policy = policy;
	change->diagnostics = &diagnostics;
	if (policy) {
		if (!context->arguments->json)
			sekisho_diagnostics_print(&diagnostics, stderr);
		status = sekisho_change_run(context, change);
	} else {
		show_findings(context, &diagnostics);
		sekisho_say(_("the policy was refused; what was in force still is"));
		if (!change->dry_run)
			sekisho_change_reject(context, change, "the check found errors",
					      &diagnostics);
		status = SEKISHO_EXIT_REFUSED;
	}
	sekisho_policy_free(policy);
	sekisho_diagnostics_free(&diagnostics);
	change->policy = NULL;
	change->diagnostics = NULL;
	return status;
}

static int apply_file(struct sekisho_context *context, struct sekisho_change *change)
{
	char *text = NULL;
	int error = sekisho_durable_read(AT_FDCWD, change->file, &text, &change->length);
	int status;

	if (error) {
		sekisho_say(_("%s cannot be read: %s"), change->file, strerror(-error));
		if (!change->dry_run)
			sekisho_change_reject(context, change, "the file cannot be read", NULL);
		return SEKISHO_EXIT_REFUSED;
	}
	change->text = text;
	status = apply_text(context, change, change->file);
	free(text);
	return status;
}

/* The generation to be in force after a reboot: the last one noted, or else the last confirmed. */
static const struct sekisho_history_entry *boot_entry(const struct sekisho_context *context,
						      const struct sekisho_history_entry *entries,
						      size_t count)
{
	uint32_t current = sekisho_history_current(context->state);

	for (size_t i = count; i-- > 0;) {
		/* What is stored beyond was never put in force. */
		if (entries[i].confirmed && (!current || entries[i].generation <= current))
			return &entries[i];
	}
	return NULL;
}

static int apply_entry(struct sekisho_context *context, struct sekisho_change *change,
		       const struct sekisho_history_entry *entry)
{
	char *text = NULL, name[64];
	int error = sekisho_history_text(context->state, entry->generation, &text, &change->length);
	int status;

	if (error) {
		sekisho_say(_("the text of generation %u cannot be read in %s: %s"),
			    entry->generation, context->state, strerror(-error));
		return SEKISHO_EXIT_REFUSED;
	}
	snprintf(name, sizeof(name), "generations/%u/policy.yaml", entry->generation);
	change->text = text;
	change->file = name;
	change->kind = entry->kind;
	change->generation = entry->generation;
	change->stored = true;
	change->reason = BOOT;
	status = apply_text(context, change, name);
	change->text = change->file = NULL;
	free(text);
	return status;
}

static int apply_at_boot(struct sekisho_context *context, struct sekisho_change *change)
{
	const struct sekisho_history_entry *entry;
	struct sekisho_history_entry *entries;
	int status = SEKISHO_EXIT_REFUSED;
	size_t count;

	if (sekisho_context_generation(context)) {
		sekisho_say(_("generation %u is in force already"),
			    sekisho_context_generation(context));
		return SEKISHO_EXIT_DONE;
	}
	if (sekisho_history_list(context->state, &entries, &count)) {
		sekisho_say(_("the history in %s cannot be read"), context->state);
		return SEKISHO_EXIT_REFUSED;
	}
	change->absent_ports = true;
	entry = boot_entry(context, entries, count);
	if (entry)
		status = apply_entry(context, change, entry);
	else if (change->file)
		status = apply_file(context, change);
	else
		sekisho_say(_("there is no confirmed policy in %s"), context->state);
	sekisho_history_free(entries, count);
	return status;
}

static bool take_confirm(const struct sekisho_context *context, struct sekisho_change *change)
{
	const char *text = sekisho_context_option(context, "confirm");
	uint64_t seconds = 0;

	if (text && (!sekisho_parse_number(text, CONFIRM_SECONDS_MAX, &seconds) || !seconds)) {
		sekisho_say(_("--confirm takes seconds from 1 to %d, not '%s'"),
			    CONFIRM_SECONDS_MAX, text);
		return false;
	}
	change->confirm_seconds = (uint32_t)seconds;
	return true;
}

static int apply(struct sekisho_context *context)
{
	bool boot = sekisho_context_option(context, "boot");
	const char *actor = sekisho_context_option(context, "actor");
	char self[SEKISHO_PERSON_BYTES];
	struct sekisho_change change = {
		.kind = SEKISHO_HISTORY_APPLY,
		.file = context->arguments->operands[0],
		.second = sekisho_context_option(context, "second"),
		.ticket = sekisho_context_option(context, "ticket"),
		.dry_run = sekisho_context_option(context, "dry-run"),
	};

	if (!boot && !change.file) {
		sekisho_say(_("%s needs: %s"), "apply", "POLICY");
		return SEKISHO_EXIT_USAGE;
	}
	if (!take_confirm(context, &change))
		return SEKISHO_EXIT_USAGE;
	if (boot && change.confirm_seconds) {
		sekisho_say(_("%s and %s exclude each other"), "--boot", "--confirm");
		return SEKISHO_EXIT_USAGE;
	}
	sekisho_persons_self(self);
	change.actor = actor ? actor : boot ? BOOT : self;
	if (sekisho_change_begin(context))
		return SEKISHO_EXIT_REFUSED;
	if (change.second &&
	    !sekisho_change_two_persons(context, change.actor, change.second, "apply"))
		return SEKISHO_EXIT_REFUSED;
	return boot ? apply_at_boot(context, &change) : apply_file(context, &change);
}

const struct sekisho_subcommand cmd_apply = {
	.name = "apply",
	.run = apply,
	.summary = N_("put a policy in force, wholly or not at all"),
	.operands = "POLICY",
	.most = 1,
	.options = options,
};
