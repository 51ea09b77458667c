/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --redact and --key-file: whether, and with which key, something is redacted. Says itself what
 * cannot be. Knows nothing of what is redacted.
 */
#ifndef SEKISHO_COMMAND_REDACTION_H
#define SEKISHO_COMMAND_REDACTION_H

#include "audit/redact.h"

struct sekisho_context;

/**
 * sekisho_redaction_take - what the options of the command ask for
 * @redactor: gets it, to be freed with sekisho_redactor_free(); NULL where nothing is to be hidden
 *
 * Return: SEKISHO_EXIT_DONE, or another enum sekisho_exit after saying why.
 */
int sekisho_redaction_take(const struct sekisho_context *context,
			   struct sekisho_redactor **redactor);

#endif
