/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel guard as commands use it: whether it is there and open to change, that it holds the
 * policy of the maps, that orders stand in it. Knows the module, the store and the log; nothing of
 * what a command does with it.
 */
#ifndef SEKISHO_COMMAND_GUARD_H
#define SEKISHO_COMMAND_GUARD_H

#include <jansson.h>
#include <stdbool.h>

#include "audit/types.h"
#include "command/context.h"
#include "kernel/module.h"

/**
 * sekisho_guard_open - open the module, where it is there
 * @context: the command's; its module is NULL afterwards where there is none
 *
 * Return: 0, also where it is absent; or -errno after saying why it cannot be asked.
 */
int sekisho_guard_open(struct sekisho_context *context);

/* Open it anew: it may have come or gone, or been loaded again. Without a word. */
int sekisho_guard_reopen(struct sekisho_context *context);

/* As sekisho_guard_open(), but it must be there: -ENOENT too is said. */
int sekisho_guard_need(struct sekisho_context *context);

/* Say that the module refused something, in its own words, and what would help. */
void sekisho_guard_say(const struct sekisho_context *context, int error);

/**
 * sekisho_guard_unsealed - whether the border is open to change
 * @context: the command's, with its log open
 *
 * Return: 0, also where there is no module; or -errno after saying and recording the refusal.
 */
int sekisho_guard_unsealed(struct sekisho_context *context);

/* Whether the module holds what the maps hold. */
bool sekisho_guard_in_step(const struct sekisho_context *context,
			   const struct sekisho_module_status *status);

/**
 * sekisho_guard_mend - bring the module in step with the maps where it is not
 * @context: the command's, locked, with its engine open
 * @actor: for the record
 *
 * Writes `guard.mismatch` where it had another policy or had lost its own, and `guard.attach` once it has the stored
 * one of the generation in force. Where nothing is in force in the maps nothing is done.
 * Return: 0, or -errno after saying why it is not in step.
 */
int sekisho_guard_mend(struct sekisho_context *context, const char *actor);

/**
 * sekisho_guard_keep_orders - orders that stand are in force in the module, too
 * @context: the command's
 * @isolation: as sekisho_orders_read() gave it; or NULL
 * @suspensions: likewise
 *
 * What stands already is not ordered again.
 * Return: how many were missing, or -errno.
 */
int sekisho_guard_keep_orders(struct sekisho_context *context, const json_t *isolation,
			      const json_t *suspensions);

/* The same of the orders in the store. */
int sekisho_guard_keep_stored_orders(struct sekisho_context *context);

/* Whether the module isolates a segment, or `all`. */
bool sekisho_guard_isolates(struct sekisho_context *context, const char *segment);

/**
 * sekisho_guard_isolate - isolate or release a segment, or `all`, in the module
 * @context: the command's; without a module nothing is done
 * @segment: which
 * @isolated: isolate
 *
 * Return: 0, also where it is isolated already; -ENOENT where nothing was to be released; or -errno
 * after saying why.
 */
int sekisho_guard_isolate(struct sekisho_context *context, const char *segment, bool isolated);

/* Likewise a host: @family 4, 6, or 0 for the MAC in @address.low. */
int sekisho_guard_suspend(struct sekisho_context *context, uint8_t family,
			  struct sekisho_address address, bool suspended);

/* A guard.* record of what happened to the module as a whole. 0, or -errno after saying why. */
int sekisho_guard_record(struct sekisho_context *context, enum sekisho_record_type type,
			 const char *actor, const char *second, const char *reason);

#endif
