/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads, for the label of an export, the stored policies that a log's records were made under.
 * Knows policies and their store; nothing of exports.
 */
#ifndef SEKISHO_COMMAND_AUDIT_LABEL_H
#define SEKISHO_COMMAND_AUDIT_LABEL_H

#include <stdbool.h>

#include "audit/label.h"
#include "audit/survey.h"
#include "command/context.h"

/**
 * sekisho_audit_label - what the policies of a period say of classes and flows
 * @context: the command's
 * @survey: of the log
 * @own: the log is the one of this state directory; of another one, or a copy, only policies whose
 *	digest the log itself tells are believed
 * @label: filled in, to be freed with sekisho_label_free(), also after an error
 *
 * A policy that is not stored here, or not as the log knows it, makes the label unknown; so does a
 * period without any.
 * Return: 0 or -ENOMEM.
 */
int sekisho_audit_label(struct sekisho_context *context, const struct sekisho_survey *survey,
			bool own, struct sekisho_label *label);

#endif
