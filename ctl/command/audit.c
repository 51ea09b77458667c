// SPDX-License-Identifier: GPL-2.0-only
/*
 * `audit`: a group of commands about the audit log. Knows only which there are.
 */
#include "command/audit.h"

#include "command/commands.h"
#include "ui/message.h"

static const struct sekisho_subcommand *const actions[] = {
	&audit_action_export,
	&audit_action_report,
	&audit_action_incident,
	&audit_action_verify,
	&audit_action_prove,
	&audit_action_verify_proof,
	&audit_action_checkpoint,
	&audit_action_digest,
	&audit_action_timestamp,
	&audit_action_query,
	&audit_action_index,
	&audit_action_forward,
	NULL,
};

const struct sekisho_subcommand cmd_audit = {
	.name = "audit",
	.summary = N_("the audit log: verify, search, hand on"),
	.operands = "ACTION",
	.actions = actions,
};
