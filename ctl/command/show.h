/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `show` can show, one function a subject. Each returns enum sekisho_exit.
 */
#ifndef SEKISHO_COMMAND_SHOW_H
#define SEKISHO_COMMAND_SHOW_H

#include <jansson.h>
#include <stddef.h>

#include "command/context.h"
#include "ui/table.h"

int sekisho_show_status(struct sekisho_context *context);
int sekisho_show_segments(struct sekisho_context *context);
int sekisho_show_flows(struct sekisho_context *context);
int sekisho_show_pairs(struct sekisho_context *context);
int sekisho_show_reasons(struct sekisho_context *context);
int sekisho_show_state(struct sekisho_context *context);
int sekisho_show_guard(struct sekisho_context *context);
int sekisho_show_metrics(struct sekisho_context *context);

/* Print rows, which are taken over, as the command line asks for. */
int sekisho_show_rows(const struct sekisho_context *context, json_t *rows,
		      const struct sekisho_column *columns, size_t count);

/* A time as JSON; null for @seconds 0. */
json_t *sekisho_show_time(int64_t seconds, int32_t zone);

#endif
