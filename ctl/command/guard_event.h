/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel guard told of denied frames, in the form of the programs' events, so that both
 * become records in one way. Knows both forms; nothing of records.
 */
#ifndef SEKISHO_COMMAND_GUARD_EVENT_H
#define SEKISHO_COMMAND_GUARD_EVENT_H

#include <stdbool.h>

#include "kernel/engine.h"
#include "kernel/module.h"
#include "sekisho/event.h"

/**
 * sekisho_guard_event - an event of the guard as one of the programs
 * @event: filled
 * @told: what the guard told
 * @engine: for the numbers of segments; or NULL
 *
 * Return: false where it does not tell of denied frames.
 */
bool sekisho_guard_event(struct sekisho_event *event, const struct sekisho_module_event *told,
			 const struct sekisho_engine *engine);

#endif
