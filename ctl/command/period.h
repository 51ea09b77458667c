/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The period that --since, --until and --last ask for. Says itself what cannot be one. Knows nothing
 * of what belongs to it.
 */
#ifndef SEKISHO_COMMAND_PERIOD_H
#define SEKISHO_COMMAND_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

struct sekisho_context;

/**
 * sekisho_period_take - what the options of the command ask for
 * @zone: of times without an offset; seconds east of UTC
 * @since_ns: included; since 1970 UTC; INT64_MIN where the period has no beginning
 * @until_ns: not included; INT64_MAX where it has no end. A day as --until is included as a whole
 *
 * Return: false after saying what is wrong.
 */
bool sekisho_period_take(const struct sekisho_context *context, int32_t zone, int64_t *since_ns,
			 int64_t *until_ns);

#endif
