/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The actions of `audit`, one file each.
 */
#ifndef SEKISHO_COMMAND_AUDIT_H
#define SEKISHO_COMMAND_AUDIT_H

#include "command/arguments.h"

extern const struct sekisho_subcommand audit_action_index;
extern const struct sekisho_subcommand audit_action_query;
extern const struct sekisho_subcommand audit_action_export;
extern const struct sekisho_subcommand audit_action_report;
extern const struct sekisho_subcommand audit_action_verify;
extern const struct sekisho_subcommand audit_action_prove;
extern const struct sekisho_subcommand audit_action_verify_proof;
extern const struct sekisho_subcommand audit_action_checkpoint;
extern const struct sekisho_subcommand audit_action_digest;
extern const struct sekisho_subcommand audit_action_timestamp;
extern const struct sekisho_subcommand audit_action_forward;
extern const struct sekisho_subcommand audit_action_incident;

#endif
