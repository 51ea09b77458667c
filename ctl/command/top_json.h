/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One look of `top` for programs, and, from the same object, as plain text. Knows nothing of maps
 * or terminals.
 */
#ifndef SEKISHO_COMMAND_TOP_JSON_H
#define SEKISHO_COMMAND_TOP_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "command/top_model.h"
#include "command/top_read.h"

/**
 * sekisho_top_json - what was counted between the last two looks
 * @model: after two looks or more
 * @facts: of the last one
 *
 * Return: an object, or NULL without memory.
 */
json_t *sekisho_top_json(const struct sekisho_top_model *model,
			 const struct sekisho_top_facts *facts);

/**
 * sekisho_top_text - the same for people
 * @object: of sekisho_top_json()
 * @stream: where to
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_top_text(const json_t *object, FILE *stream);

#endif
