// SPDX-License-Identifier: GPL-2.0-only
/*
 * `detach`: takes the filter off every port. What the kernel forwards is then nobody's matter, so
 * it needs two persons and a reason. Knows nothing of how programs are attached.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/convert.h"
#include "command/change.h"
#include "command/commands.h"
#include "command/context.h"
#include "command/guard.h"
#include "kernel/commit.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"
#include "ui/table.h"

static const struct sekisho_option options[] = {
	{ "actor", "A", true, N_("who does it") },
	{ "second", "B", true, N_("the second person") },
	{ "reason", "R", true, N_("why") },
	{ 0 },
};

/* @digest: of the policy that was in force; "" without one. */
static int record(struct sekisho_context *context, uint32_t generation, const char *digest)
{
	struct sekisho_audit_guard guard = {
		.actor = sekisho_context_option(context, "actor"),
		.second = sekisho_context_option(context, "second"),
		.reason = sekisho_context_option(context, "reason"),
		.expected_generation = generation,
		.found_generation = -1,
		.expected_digest = digest,
	};
	struct sekisho_record record;

	sekisho_convert_guard(&record, SEKISHO_RECORD_GUARD_DETACH, generation,
			      sekisho_context_zone(context), &guard);
	return sekisho_context_record(context, &record);
}

/* Without a policy the guard forwards nothing: first of all, so that nothing crosses meanwhile. */
static int clear_guard(struct sekisho_context *context, bool *cleared)
{
	int error = context->module ? sekisho_module_clear(context->module) : -ENOENT;

	*cleared = !error;
	if (!error || error == -ENOENT)
		return 0;
	sekisho_guard_say(context, error);
	return error;
}

static void show(const struct sekisho_context *context, uint32_t generation)
{
	if (context->arguments->json) {
		sekisho_json_print(json_pack("{s:b, s:I, s:s}", "detached", true, "generation",
					     (json_int_t)generation, "guard",
					     context->module ? "present" : "absent"),
				   stdout);
		return;
	}
	if (!context->module) {
		puts(_("detached: nothing filters between segments now"));
		return;
	}
	puts(_("detached: the kernel guard has no policy and forwards nothing"));
	fflush(stdout);
	sekisho_say_hint(_("to route without a filter: rmmod sekisho"));
}

static int detach(struct sekisho_context *context)
{
	const struct sekisho_policy_row *row;
	char digest[SEKISHO_DIGEST_TEXT] = "";
	uint32_t generation;
	bool cleared;
	int error;

	if (sekisho_change_begin(context))
		return SEKISHO_EXIT_REFUSED;
	if (!sekisho_change_two_persons(context, sekisho_context_option(context, "actor"),
					sekisho_context_option(context, "second"), "detach"))
		return SEKISHO_EXIT_REFUSED;
	generation = sekisho_context_generation(context);
	row = context->engine ? sekisho_engine_policy(context->engine) : NULL;
	if (row)
		sekisho_format_digest(digest, row->digest);
	if (clear_guard(context, &cleared))
		return SEKISHO_EXIT_REFUSED;
	error = sekisho_commit_detach(context->bpffs);
	if (error == -ENOENT && cleared)
		error = 0;
	if (error == -ENOENT) {
		sekisho_say(_("nothing is pinned in %s"), context->bpffs);
		return SEKISHO_EXIT_REFUSED;
	}
	if (error) {
		sekisho_say(_("the kernel failed: %s"), strerror(-error));
		return SEKISHO_EXIT_REFUSED;
	}
	if (record(context, generation, digest))
		return SEKISHO_EXIT_REFUSED;
	show(context, generation);
	return SEKISHO_EXIT_DONE;
}

const struct sekisho_subcommand cmd_detach = {
	.name = "detach",
	.run = detach,
	.summary = N_("take the filter off every port; needs two persons"),
	.operands = "",
	.options = options,
};
