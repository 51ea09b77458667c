/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What commands share while they run: directories, the lock against two changes at once, the
 * running filter, the audit log. Says itself why one of them cannot be had. Knows nothing of what
 * a command does with them.
 */
#ifndef SEKISHO_COMMAND_CONTEXT_H
#define SEKISHO_COMMAND_CONTEXT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "audit/record.h"
#include "command/arguments.h"
#include "kernel/engine.h"

struct sekisho_journal;
struct sekisho_module;
struct sekisho_policy;

struct sekisho_context {
	const struct sekisho_arguments *arguments;
	char state[PATH_MAX];
	char run[PATH_MAX];
	char bpffs[PATH_MAX];
	int lock; /* -1: not held */
	struct sekisho_engine *engine; /* NULL: not opened, or nothing is in force */
	struct sekisho_module *module; /* NULL: not opened, or absent (guard.h) */
	struct sekisho_journal *journal; /* NULL: not opened */
};

/* Directories from the environment; nothing is opened. */
void sekisho_context_begin(struct sekisho_context *context,
			   const struct sekisho_arguments *arguments);
void sekisho_context_end(struct sekisho_context *context);

/**
 * sekisho_context_prepare - make the state and run directories
 * @context: the command's
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_context_prepare(struct sekisho_context *context);

/**
 * sekisho_context_lock - be the only one to change the policy
 * @context: the command's; prepared
 *
 * Return: 0, or -errno after saying why: -EBUSY where another still holds it after five seconds.
 */
int sekisho_context_lock(struct sekisho_context *context);

/* Likewise, without a word: 0, -EBUSY or -errno. Held already: 0. */
int sekisho_context_try_lock(struct sekisho_context *context);
void sekisho_context_unlock(struct sekisho_context *context);

/**
 * sekisho_context_engine - open the running filter
 * @context: the command's
 *
 * Notices on the way what the kernel did by itself (generations.h).
 * Return: 0; -ENOENT without a word where nothing is pinned; or -errno after saying why.
 */
int sekisho_context_engine(struct sekisho_context *context);

/* As sekisho_context_engine(), but a filter must run: -ENOENT too is said. */
int sekisho_context_need_engine(struct sekisho_context *context);

/* Open it again: another may have put a new object there. */
int sekisho_context_reopen_engine(struct sekisho_context *context);

/**
 * sekisho_context_log - open the audit log, and see that it can be written
 * @context: the command's; prepared
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_context_log(struct sekisho_context *context);

/**
 * sekisho_context_record - write a record to disk
 * @context: the command's, with its log open
 * @record: as made by audit/convert.h
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_context_record(struct sekisho_context *context, struct sekisho_record *record);

/* The site's offset now, by the policy in force; Japan's without one. */
int32_t sekisho_context_zone(const struct sekisho_context *context);

/* The generation in force; 0 without one. */
uint32_t sekisho_context_generation(const struct sekisho_context *context);

/**
 * sekisho_context_policy - read the stored policy of the generation in force
 * @context: the command's, with its engine open
 *
 * Return: the policy, or NULL after saying why.
 */
struct sekisho_policy *sekisho_context_policy(struct sekisho_context *context);

/* Likewise of any generation; the kernel is not asked. */
struct sekisho_policy *sekisho_context_stored_policy(struct sekisho_context *context,
						     uint32_t generation);

/**
 * sekisho_context_stored_text - likewise, with the text itself
 * @text: gets it, to be freed with free(); of use where there is a policy
 * @length: gets its bytes
 */
struct sekisho_policy *sekisho_context_stored_text(struct sekisho_context *context,
						   uint32_t generation, char **text,
						   size_t *length);

/* Whether a collector runs on this run directory. */
bool sekisho_context_collector_runs(const struct sekisho_context *context);

/* The value of an option of the command, as sekisho_argument(). */
const char *sekisho_context_option(const struct sekisho_context *context, const char *name);

/**
 * sekisho_context_number - the number that an option gives
 * @name: of the option
 * @least: included
 * @most: included
 * @number: stays as it is where the option was not given
 *
 * Return: false after saying that it cannot be what was given.
 */
bool sekisho_context_number(const struct sekisho_context *context, const char *name, uint64_t least,
			    uint64_t most, uint64_t *number);

#endif
