// SPDX-License-Identifier: GPL-2.0-only
/*
 * Orders to the module that take effect at once. Knows their attributes; nothing of who gives them.
 */
#include <errno.h>

#include "kernel/module_socket.h"

static int order_generation(struct sekisho_module *module, enum sekisho_command command,
			    uint32_t generation)
{
	struct nlmsghdr *message = sekisho_module_begin(module, command, NLM_F_ACK);

	if (generation)
		mnl_attr_put_u32(message, SEKISHO_A_GENERATION, generation);
	return sekisho_module_send(module, message, NULL, NULL);
}

int sekisho_module_confirm(struct sekisho_module *module, uint32_t generation)
{
	return order_generation(module, SEKISHO_CMD_CONFIRM, generation);
}

int sekisho_module_revert(struct sekisho_module *module, uint32_t generation)
{
	return order_generation(module, SEKISHO_CMD_REVERT, generation);
}

int sekisho_module_clear(struct sekisho_module *module)
{
	int error = sekisho_module_order(module, SEKISHO_CMD_CLEAR);

	/* A commit that waits to be confirmed is in the way of every change. */
	if (error == -EBUSY) {
		error = sekisho_module_confirm(module, 0);
		if (!error || error == -ENOENT)
			error = sekisho_module_order(module, SEKISHO_CMD_CLEAR);
	}
	if (error)
		return error;
	error = sekisho_module_confirm(module, 0);
	return error == -ENOENT ? 0 : error;
}

int sekisho_module_isolate(struct sekisho_module *module, const char *segment, bool isolated)
{
	struct nlmsghdr *message = sekisho_module_begin(
		module, isolated ? SEKISHO_CMD_ISOLATE : SEKISHO_CMD_RELEASE, NLM_F_ACK);

	if (segment)
		mnl_attr_put_strz(message, SEKISHO_A_NAME, segment);
	return sekisho_module_send(module, message, NULL, NULL);
}

int sekisho_module_suspend(struct sekisho_module *module, uint8_t family,
			   struct sekisho_address address, bool suspended)
{
	struct nlmsghdr *message = sekisho_module_begin(
		module, suspended ? SEKISHO_CMD_SUSPEND : SEKISHO_CMD_RESTORE, NLM_F_ACK);

	if (family)
		sekisho_module_put_address(message, SEKISHO_A_ADDRESS, family, address);
	else
		sekisho_module_put_mac(message, SEKISHO_A_MAC, address.low);
	return sekisho_module_send(module, message, NULL, NULL);
}

int sekisho_module_seal(struct sekisho_module *module,
			const uint8_t key_digest[SEKISHO_DIGEST_BYTES])
{
	struct nlmsghdr *message = sekisho_module_begin(module, SEKISHO_CMD_SEAL, NLM_F_ACK);

	mnl_attr_put(message, SEKISHO_A_KEY_DIGEST, SEKISHO_DIGEST_BYTES, key_digest);
	return sekisho_module_send(module, message, NULL, NULL);
}

int sekisho_module_unseal(struct sekisho_module *module, const uint8_t key[SEKISHO_SEAL_KEY_BYTES])
{
	struct nlmsghdr *message = sekisho_module_begin(module, SEKISHO_CMD_UNSEAL, NLM_F_ACK);

	mnl_attr_put(message, SEKISHO_A_KEY, SEKISHO_SEAL_KEY_BYTES, key);
	return sekisho_module_send(module, message, NULL, NULL);
}

int sekisho_module_report(struct sekisho_module *module, uint32_t generation)
{
	struct nlmsghdr *message = sekisho_module_begin(module, SEKISHO_CMD_REPORT, NLM_F_ACK);

	mnl_attr_put_u32(message, SEKISHO_A_GENERATION, generation);
	return sekisho_module_send(module, message, NULL, NULL);
}

int sekisho_module_report_log(struct sekisho_module *module, bool failed)
{
	struct nlmsghdr *message = sekisho_module_begin(module, SEKISHO_CMD_REPORT, NLM_F_ACK);

	mnl_attr_put_u8(message, SEKISHO_A_LOG_FAILED, failed);
	return sekisho_module_send(module, message, NULL, NULL);
}
