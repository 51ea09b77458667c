/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `monitor` is to show, from the words of its command line. Knows which names there are;
 * nothing of records.
 */
#ifndef SEKISHO_COMMAND_MONITOR_ASK_H
#define SEKISHO_COMMAND_MONITOR_ASK_H

#include "command/context.h"
#include "command/monitor_filter.h"

/**
 * sekisho_monitor_ask - read the options that leave something out
 * @context: the command's
 * @filter: zeroed; filled in; borrows the words
 *
 * A segment or flow is looked for in the policy in force; where none is, any name will do.
 * Return: false after saying what is not there, and what was probably meant.
 */
bool sekisho_monitor_ask(const struct sekisho_context *context,
			 struct sekisho_monitor_filter *filter);

#endif
