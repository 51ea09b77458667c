/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far the reading of a policy is, on the terminal. Knows nothing of what becomes of the policy.
 *
 *	sekisho_policy_progress_begin(&progress, &diagnostics);
 *	policy = sekisho_policy_file_read(path, &diagnostics);
 *	sekisho_policy_progress_end(&progress, &diagnostics);
 */
#ifndef SEKISHO_COMMAND_POLICY_PACE_H
#define SEKISHO_COMMAND_POLICY_PACE_H

#include "policy/diagnostics.h"
#include "ui/progress.h"

struct sekisho_policy_progress {
	struct sekisho_policy_pace pace;
	struct sekisho_progress progress;
	enum sekisho_policy_step step;
};

/**
 * sekisho_policy_progress_begin - before the policy is read
 * @progress: borrowed by @diagnostics until the end
 */
void sekisho_policy_progress_begin(struct sekisho_policy_progress *progress,
				   struct sekisho_diagnostics *diagnostics);

/* Takes the line away. */
void sekisho_policy_progress_end(struct sekisho_policy_progress *progress,
				 struct sekisho_diagnostics *diagnostics);

#endif
