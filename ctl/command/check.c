// SPDX-License-Identifier: GPL-2.0-only
/*
 * `check`: errors and warnings of a policy file. Needs no privilege; knows nothing of the kernel.
 */
#include <stdio.h>

#include "command/commands.h"
#include "command/context.h"
#include "command/policy_pace.h"
#include "policy/policy_file.h"
#include "ui/format.h"
#include "ui/message.h"

static void summarise(const char *file, const struct sekisho_policy *policy,
		      const struct sekisho_diagnostics *diagnostics)
{
	char digest[SEKISHO_DIGEST_TEXT];

	if (!policy) {
		printf(_("%s: %zu errors, %zu warnings"), file, diagnostics->errors,
		       diagnostics->warnings);
		putchar('\n');
		return;
	}
	sekisho_format_digest(digest, policy->digest);
	printf(_("%s: good; %zu warnings, %zu segments, %zu flows, digest %.12s"), file,
	       diagnostics->warnings, policy->segment_count - 1, policy->flow_count, digest);
	putchar('\n');
}

static int check(struct sekisho_context *context)
{
	const char *file = context->arguments->operands[0];
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy_progress progress;
	struct sekisho_policy *policy;
	int status;

	sekisho_policy_progress_begin(&progress, &diagnostics);
	policy = sekisho_policy_file_read(file, &diagnostics);
	sekisho_policy_progress_end(&progress, &diagnostics);
	status = policy ? SEKISHO_EXIT_DONE : SEKISHO_EXIT_REFUSED;
	if (context->arguments->json) {
		if (sekisho_diagnostics_json(&diagnostics, stdout))
			status = SEKISHO_EXIT_REFUSED;
	} else {
		sekisho_diagnostics_print(&diagnostics, stdout);
		summarise(file, policy, &diagnostics);
	}
	sekisho_diagnostics_free(&diagnostics);
	sekisho_policy_free(policy);
	return status;
}

const struct sekisho_subcommand cmd_check = {
	.name = "check",
	.run = check,
	.summary = N_("errors and warnings of a policy file"),
	.operands = "POLICY",
	.least = 1,
	.most = 1,
};
