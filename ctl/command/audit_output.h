/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file that something of an audit log is written to. Says itself why it cannot be. Knows
 * nothing of what is written.
 */
#ifndef SEKISHO_COMMAND_AUDIT_OUTPUT_H
#define SEKISHO_COMMAND_AUDIT_OUTPUT_H

#include <stdbool.h>

#include "audit/output.h"
#include "command/audit_logs.h"

/**
 * sekisho_audit_output_open - begin
 * @path: of the file; `-`: standard output
 * @force: a regular file of that name may be replaced
 * @log: among whose files it must not lie: with another file it would not verify
 * @output: gets it; ended by sekisho_audit_output_commit() or sekisho_output_abandon(), also after
 *	false
 *
 * Return: false after saying why.
 */
bool sekisho_audit_output_open(const char *path, bool force, const struct sekisho_audit_log *log,
			       struct sekisho_output **output);

/* Puts it on disk under its name; @output becomes NULL. Return: false after saying why. */
bool sekisho_audit_output_commit(const char *path, struct sekisho_output **output);

#endif
