/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The actions of `audit`, one file each.
 */
#ifndef SEKISHO_COMMAND_AUDIT_H
#define SEKISHO_COMMAND_AUDIT_H

#include "command/arguments.h"

extern const struct sekisho_subcommand audit_action_verify;

#endif
