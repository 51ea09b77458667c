// SPDX-License-Identifier: GPL-2.0-only
/*
 * How far the reading of a policy is, on the terminal. Knows nothing of what becomes of the policy.
 */
#include "command/policy_pace.h"

#include "ui/message.h"

static void tell(void *context, enum sekisho_policy_step step, uint64_t done, uint64_t all)
{
	static const char *const labels[SEKISHO_POLICY_STEPS] = {
		[SEKISHO_POLICY_TEXT] = N_("reading"),
		[SEKISHO_POLICY_FLOWS] = N_("checking"),
	};
	struct sekisho_policy_progress *progress = context;

	if (step != progress->step)
		sekisho_progress_next(&progress->progress, _(labels[step]));
	progress->step = step;
	sekisho_progress_update(&progress->progress, done, all);
}

void sekisho_policy_progress_begin(struct sekisho_policy_progress *progress,
				   struct sekisho_diagnostics *diagnostics)
{
	progress->pace = (struct sekisho_policy_pace){ progress, tell };
	progress->step = SEKISHO_POLICY_TEXT;
	sekisho_progress_begin(&progress->progress, _("reading"), SEKISHO_PROGRESS_ITEMS);
	diagnostics->pace = &progress->pace;
}

void sekisho_policy_progress_end(struct sekisho_policy_progress *progress,
				 struct sekisho_diagnostics *diagnostics)
{
	sekisho_progress_end(&progress->progress);
	diagnostics->pace = NULL;
}
