/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands, one file each.
 */
#ifndef SEKISHO_COMMAND_COMMANDS_H
#define SEKISHO_COMMAND_COMMANDS_H

#include "command/arguments.h"

extern const struct sekisho_command cmd_check;
extern const struct sekisho_command cmd_apply;
extern const struct sekisho_command cmd_confirm;
extern const struct sekisho_command cmd_rollback;
extern const struct sekisho_command cmd_history;
extern const struct sekisho_command cmd_show;
extern const struct sekisho_command cmd_explain;
extern const struct sekisho_command cmd_isolate;
extern const struct sekisho_command cmd_release;
extern const struct sekisho_command cmd_suspend;
extern const struct sekisho_command cmd_restore;
extern const struct sekisho_command cmd_monitor;
extern const struct sekisho_command cmd_collect;
extern const struct sekisho_command cmd_audit;
extern const struct sekisho_command cmd_detach;

#endif
