/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the stored generations true to the one in force, which the kernel changes by itself where
 * nobody confirms. Knows the store and the log; nothing of commits.
 */
#ifndef SEKISHO_COMMAND_GENERATIONS_H
#define SEKISHO_COMMAND_GENERATIONS_H

#include <stdint.h>

#include "command/context.h"

/**
 * sekisho_generations_notice - store and record a generation that the kernel made, or that a
 * command cut off had left without record
 * @context: with its engine open
 *
 * Does nothing, without a word, where all is known, where this user cannot write the store, or
 * where another process is changing the policy: the next command notices.
 */
void sekisho_generations_notice(struct sekisho_context *context);

/* The number that the next generation gets. */
uint32_t sekisho_generations_next(const struct sekisho_context *context);

#endif
