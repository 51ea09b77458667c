/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When checkpoints are made: so many records or so much time after the last, and at the end. Opens
 * the checkpointer, tries again after errors, and tells when something changes. Knows nothing of
 * what a checkpoint is.
 */
#ifndef SEKISHO_AUDIT_ROUNDS_H
#define SEKISHO_AUDIT_ROUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include "checkpoint.h"
#include "log.h"

struct sekisho_rounds_options {
	const char *keys; /* the directory of keys; NULL: no checkpoints are made */
	uint64_t records; /* 0: 1000; but at most one checkpoint a second */
	uint32_t ms; /* if the log grew; 0: 60000 */
	void *context;
	/*
	 * Checkpoints cannot be made, or can again. May be NULL.
	 * @error: 0: they can; -ESTALE: not until a person has looked, see @state; -EBUSY: another
	 * process makes them; else why not now. @state is NULL where that is all that is known.
	 */
	void (*tell)(void *context, int error, const struct sekisho_checkpoint_state *state);
};

struct sekisho_rounds {
	struct sekisho_rounds_options options;
	struct sekisho_log *log;
	struct sekisho_checkpointer *checkpointer; /* NULL: not open yet */
	uint64_t signed_ns; /* when the last was made, or the first round was; monotonic */
	int told;
};

/**
 * sekisho_rounds_begin - get ready
 * @log: borrowed; checkpoints are of its records
 * @options: copied; what it points to is borrowed
 * @now_ns: monotonic
 */
void sekisho_rounds_begin(struct sekisho_rounds *rounds, struct sekisho_log *log,
			  const struct sekisho_rounds_options *options, uint64_t now_ns);
void sekisho_rounds_end(struct sekisho_rounds *rounds);

/**
 * sekisho_rounds_go - follow the log, and make a checkpoint if one is due
 * @now_ns: monotonic
 * @last: there is no other round: one is due if the log grew
 *
 * Takes a bounded time: a log that was never hashed takes many rounds.
 */
void sekisho_rounds_go(struct sekisho_rounds *rounds, uint64_t now_ns, bool last);

#endif
