// SPDX-License-Identifier: GPL-2.0-only
/*
 * When checkpoints are made. Knows nothing of what a checkpoint is.
 */
#include "rounds.h"

#include <errno.h>
#include <string.h>

#define SECOND	       1000000000ull
#define BUDGET_NS      (SECOND / 10) /* of a round that has much to catch up with */
#define LAST_BUDGET_NS (20 * SECOND)

void sekisho_rounds_begin(struct sekisho_rounds *rounds, struct sekisho_log *log,
			  const struct sekisho_rounds_options *options, uint64_t now_ns)
{
	memset(rounds, 0, sizeof(*rounds));
	rounds->options = *options;
	rounds->options.records = options->records ?: 1000;
	rounds->options.ms = options->ms ?: 60000;
	rounds->log = log;
	rounds->signed_ns = now_ns;
}

void sekisho_rounds_end(struct sekisho_rounds *rounds)
{
	sekisho_checkpointer_close(rounds->checkpointer);
	rounds->checkpointer = NULL;
}

static void tell(struct sekisho_rounds *rounds, int error)
{
	struct sekisho_checkpoint_state state;

	if (error == rounds->told)
		return;
	rounds->told = error;
	if (!rounds->options.tell)
		return;
	if (rounds->checkpointer)
		sekisho_checkpointer_state(rounds->checkpointer, &state);
	rounds->options.tell(rounds->options.context, error, rounds->checkpointer ? &state : NULL);
}

static bool is_due(const struct sekisho_rounds *rounds, uint64_t now_ns)
{
	const struct sekisho_rounds_options *options = &rounds->options;
	uint64_t since = now_ns - rounds->signed_ns;
	struct sekisho_checkpoint_state state;

	if (since >= options->ms * 1000000ull)
		return true;
	sekisho_checkpointer_state(rounds->checkpointer, &state);
	return since >= SECOND && state.size >= state.signed_size &&
	       state.size - state.signed_size >= options->records;
}

static int make(struct sekisho_rounds *rounds, uint64_t now_ns, bool last)
{
	uint64_t budget = last ? LAST_BUDGET_NS : BUDGET_NS, next;
	bool behind;
	int error = sekisho_log_settle(rounds->log, &next);

	if (!error)
		error = sekisho_checkpointer_follow(rounds->checkpointer, next, budget, &behind);
	if (error || behind)
		return error ? error : last ? -ETIME : 0;
	rounds->signed_ns = now_ns;
	return sekisho_checkpointer_sign(rounds->checkpointer);
}

/* What is on disk then tells whether the log is the one that was signed before. */
static int open_checkpointer(struct sekisho_rounds *rounds)
{
	uint64_t next;
	bool behind;
	int error = sekisho_log_settle(rounds->log, &next);

	if (error)
		return error;
	error = sekisho_checkpointer_open(&rounds->checkpointer, sekisho_log_directory(rounds->log),
					  sekisho_log_name(rounds->log), rounds->options.keys);
	return error ? error
		     : sekisho_checkpointer_follow(rounds->checkpointer, next, BUDGET_NS, &behind);
}

void sekisho_rounds_go(struct sekisho_rounds *rounds, uint64_t now_ns, bool last)
{
	bool behind;
	int error;

	if (!rounds->options.keys)
		return;
	if (!rounds->checkpointer)
		error = open_checkpointer(rounds);
	else
		error = sekisho_checkpointer_follow(
			rounds->checkpointer, sekisho_log_next(rounds->log), BUDGET_NS, &behind);
	if (!error && (last || is_due(rounds, now_ns)))
		error = make(rounds, now_ns, last);
	tell(rounds, error);
}
