/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why checkpoints are not made, in words. Knows nothing of how they are made.
 */
#ifndef SEKISHO_COMMAND_CHECKPOINT_WORDS_H
#define SEKISHO_COMMAND_CHECKPOINT_WORDS_H

#include "audit/checkpoint.h"

/**
 * sekisho_checkpoint_say - say why, and what would help
 * @error: -errno, not 0
 * @state: or NULL
 * @keys: the directory of keys
 */
void sekisho_checkpoint_say(int error, const struct sekisho_checkpoint_state *state,
			    const char *keys);

#endif
