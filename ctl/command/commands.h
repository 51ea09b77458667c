/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands, one file each.
 */
#ifndef SEKISHO_COMMAND_COMMANDS_H
#define SEKISHO_COMMAND_COMMANDS_H

#include "command/arguments.h"

extern const struct sekisho_subcommand cmd_check;
extern const struct sekisho_subcommand cmd_apply;
extern const struct sekisho_subcommand cmd_confirm;
extern const struct sekisho_subcommand cmd_rollback;
extern const struct sekisho_subcommand cmd_history;
extern const struct sekisho_subcommand cmd_show;
extern const struct sekisho_subcommand cmd_explain;
extern const struct sekisho_subcommand cmd_isolate;
extern const struct sekisho_subcommand cmd_release;
extern const struct sekisho_subcommand cmd_suspend;
extern const struct sekisho_subcommand cmd_restore;
extern const struct sekisho_subcommand cmd_monitor;
extern const struct sekisho_subcommand cmd_top;
extern const struct sekisho_subcommand cmd_collect;
extern const struct sekisho_subcommand cmd_audit;
extern const struct sekisho_subcommand cmd_detach;
extern const struct sekisho_subcommand cmd_seal;
extern const struct sekisho_subcommand cmd_unseal;

#endif
