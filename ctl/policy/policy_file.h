/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From policy text to a checked policy, all or nothing.
 * Knows nothing of what becomes of the policy.
 */
#ifndef SEKISHO_POLICY_POLICY_FILE_H
#define SEKISHO_POLICY_POLICY_FILE_H

#include <stddef.h>

#include "model/policy.h"
#include "policy/diagnostics.h"

/**
 * sekisho_policy_file_read - read and check a policy file
 * @path: the file; also its name in diagnostics
 * @diagnostics: receives all that was found, sorted by place
 *
 * Not for use by several threads at once (see sekisho_zone_read()).
 *
 * Return: the policy with its digest, or NULL if there is any error.
 */
struct sekisho_policy *sekisho_policy_file_read(const char *path,
						struct sekisho_diagnostics *diagnostics);

/**
 * sekisho_policy_text_read - read and check a policy from memory
 * @name: its name in diagnostics
 * @text: the bytes
 * @length: how many
 * @diagnostics: receives all that was found, sorted by place
 *
 * Return: the policy with its digest, or NULL if there is any error.
 */
struct sekisho_policy *sekisho_policy_text_read(const char *name, const char *text, size_t length,
						struct sekisho_diagnostics *diagnostics);

#endif
