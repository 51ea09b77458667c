// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a request is refused: its asker reads why, and witnesses hear of it. Knows operations' names;
 * nothing of why one is refused.
 */
#include "attributes.h"
#include "request.h"
#include "witness.h"

/* Words of audit records, for the operations that change anything. */
static const char *const operation_names[SEKISHO_CMD_COUNT] = {
	[SEKISHO_CMD_BEGIN] = "begin",	   [SEKISHO_CMD_ADD] = "add",
	[SEKISHO_CMD_PREPARE] = "prepare", [SEKISHO_CMD_COMMIT] = "commit",
	[SEKISHO_CMD_ABORT] = "abort",	   [SEKISHO_CMD_CONFIRM] = "confirm",
	[SEKISHO_CMD_REVERT] = "revert",   [SEKISHO_CMD_CLEAR] = "clear",
	[SEKISHO_CMD_ISOLATE] = "isolate", [SEKISHO_CMD_RELEASE] = "release",
	[SEKISHO_CMD_SUSPEND] = "suspend", [SEKISHO_CMD_RESTORE] = "restore",
	[SEKISHO_CMD_SEAL] = "seal",	   [SEKISHO_CMD_UNSEAL] = "unseal",
	[SEKISHO_CMD_REPORT] = "report",
};

static u32 generation_in_force(const struct sekisho_border *border)
{
	const struct sekisho_policy *policy;
	u32 generation;

	rcu_read_lock();
	policy = rcu_dereference(border->regime)->policy;
	generation = policy ? READ_ONCE(policy->generation) : 0;
	rcu_read_unlock();
	return generation;
}

int sekisho_request_refused(struct genl_info *info, int error)
{
	struct sekisho_border *border = sekisho_request_border(info);
	const char *operation = operation_names[info->genlhdr->cmd] ?: "request";
	const char *text = info->extack ? info->extack->_msg : NULL;

	if (!text)
		text = error == -ENOMEM ? "no memory" : "refused";
	sekisho_witness_refused(border, operation, generation_in_force(border), text, error);
	return error;
}

int sekisho_request_refuse(struct genl_info *info, const struct nlattr *attribute, const char *text,
			   int error)
{
	sekisho_refuse(info->extack, attribute, text, error);
	return sekisho_request_refused(info, error);
}

int sekisho_request_unsealed(struct genl_info *info, const struct sekisho_border *border)
{
	if (!border->sealed)
		return 0;
	return sekisho_request_refuse(info, NULL, "sealed", -EPERM);
}
