/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of permissions that end: a notice thirty days before, and when it happened. Nothing
 * depends on them: the data plane ends permissions by itself. Knows the policy and the log.
 */
#ifndef SEKISHO_COMMAND_EXPIRY_H
#define SEKISHO_COMMAND_EXPIRY_H

#include <stdint.h>

#include "command/context.h"
#include "model/policy.h"

#define SEKISHO_EXPIRY_NOTICE_DAYS 30

/**
 * sekisho_expiry_tell - record what ended, or came within notice, since the last look
 * @context: the command's
 * @policy: in force
 * @generation: its number
 *
 * Each is told once a generation; what was told is remembered in the state directory.
 */
void sekisho_expiry_tell(struct sekisho_context *context, const struct sekisho_policy *policy,
			 uint32_t generation);

#endif
