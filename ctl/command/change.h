/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One change of the policy in force, from text to record: stored, committed, orders kept, written
 * down. Shared by the commands that change it. Knows nothing of where the text came from.
 */
#ifndef SEKISHO_COMMAND_CHANGE_H
#define SEKISHO_COMMAND_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command/context.h"
#include "model/policy.h"
#include "policy/diagnostics.h"
#include "policy/history.h"

/**
 * struct sekisho_change - what to put in force, and on whose word
 * @kind: as the history is to show it
 * @text: the exact bytes of the policy
 * @length: how many
 * @policy: what they mean, checked
 * @file: where they came from
 * @actor: who; @second, @ticket, @reason: or NULL
 * @generation: its number; 0: the next one
 * @diagnostics: what the check found, whose warnings are recorded; or NULL
 * @rollback_of: the generation whose text it is; 0: none
 * @confirm_seconds: fall back unless confirmed within; 0: no
 * @stored: the history has it already
 * @absent_ports: interfaces may be missing
 * @dry_run: all but the change
 * @withdraw: a commit that waits to be confirmed gives way
 * @quiet: nothing on standard output
 */
struct sekisho_change {
	enum sekisho_history_kind kind;
	const char *text;
	size_t length;
	const struct sekisho_policy *policy;
	const char *file;
	const char *actor;
	const char *second;
	const char *ticket;
	const char *reason;
	const struct sekisho_diagnostics *diagnostics;
	uint32_t generation;
	uint32_t rollback_of;
	uint32_t confirm_seconds;
	bool stored;
	bool absent_ports;
	bool dry_run;
	bool withdraw;
	bool quiet;
};

/**
 * sekisho_change_prepare - get what every change needs: directories, lock, filter, log
 * @context: the command's
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_change_prepare(struct sekisho_context *context);

/**
 * sekisho_change_begin - likewise, where the border is not sealed, and with the guard in step
 * @context: the command's
 *
 * Return: 0, or -errno after saying, and recording, why. That the guard could not be brought in
 * step is said, and is no reason not to go on.
 */
int sekisho_change_begin(struct sekisho_context *context);

/**
 * sekisho_change_run - put it in force
 * @context: after sekisho_change_begin()
 * @change: what
 *
 * Return: enum sekisho_exit, after saying how it went.
 */
int sekisho_change_run(struct sekisho_context *context, const struct sekisho_change *change);

/**
 * sekisho_change_reject - record that a change was refused
 * @context: with its log open
 * @change: what was asked for; @change->policy may be NULL
 * @reason: why, in English
 * @diagnostics: what the check found, or NULL
 */
void sekisho_change_reject(struct sekisho_context *context, const struct sekisho_change *change,
			   const char *reason, const struct sekisho_diagnostics *diagnostics);

/* Whether the second person is another one; says and records the refusal where not. */
bool sekisho_change_two_persons(struct sekisho_context *context, const char *actor,
				const char *second, const char *what);

#endif
