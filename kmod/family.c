// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: docs/netlink/sekisho.yaml answered. Knows which operation wants which
 * attributes and who does it; nothing of what is done.
 *
 * Every operation wants CAP_NET_ADMIN of the initial user namespace: a user namespace's root has no
 * business with a border, nor with what crosses it.
 */
#include <linux/module.h>
#include <linux/notifier.h>

#include "attributes.h"
#include "border.h"
#include "dump.h"
#include "family.h"
#include "request.h"

#define DO(COMMAND, function, table)               \
	{                                          \
		.cmd = SEKISHO_CMD_##COMMAND,      \
		.flags = GENL_ADMIN_PERM,          \
		.doit = sekisho_do_##function,     \
		.policy = sekisho_request_##table, \
		.maxattr = SEKISHO_A_MAX,          \
	}

#define DUMP(COMMAND, begin, function, end)        \
	{                                          \
		.cmd = SEKISHO_CMD_##COMMAND,      \
		.flags = GENL_ADMIN_PERM,          \
		.start = (begin),                  \
		.dumpit = sekisho_dump_##function, \
		.done = (end),                     \
		.policy = sekisho_request_nothing, \
		.maxattr = SEKISHO_A_MAX,          \
	}

static const struct genl_ops operations[] = {
	DO(GET_STATUS, get_status, nothing),
	DUMP(GET_POLICY, sekisho_start_policy, policy, sekisho_dump_done),
	DUMP(GET_REASONS, sekisho_dump_start, reasons, sekisho_dump_done),
	DUMP(GET_FLOWS, sekisho_dump_start, flows, sekisho_dump_done),
	DUMP(GET_PAIRS, sekisho_dump_start, pairs, sekisho_dump_done),
	DUMP(GET_PORTS, sekisho_dump_start, ports, sekisho_dump_done),
	DUMP(GET_ORDERS, sekisho_start_orders, orders, sekisho_done_orders),
	DO(BEGIN, begin, nothing),
	DO(ADD, add, add),
	DO(PREPARE, prepare, nothing),
	DO(COMMIT, commit, commit),
	DO(ABORT, abort, nothing),
	DO(CONFIRM, confirm, generation),
	DO(REVERT, revert, generation),
	DO(CLEAR, clear, nothing),
	DO(ISOLATE, isolate, name),
	DO(RELEASE, release, name),
	DO(SUSPEND, suspend, host),
	DO(RESTORE, restore, host),
	DO(SEAL, seal, seal),
	DO(UNSEAL, unseal, unseal),
	DO(REPORT, report, report),
};

static const struct genl_multicast_group groups[] = {
	{
		.name = SEKISHO_GENL_GROUP_EVENTS,
#ifdef GENL_MCAST_CAP_NET_ADMIN
		.flags = GENL_MCAST_CAP_NET_ADMIN,
#endif
	},
};

/* Requests of different sockets run at once: the border's lock orders what must be ordered. */
struct genl_family sekisho_family __ro_after_init = {
	.name = SEKISHO_GENL_NAME,
	.version = SEKISHO_GENL_VERSION,
	.maxattr = SEKISHO_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.ops = operations,
	.n_ops = ARRAY_SIZE(operations),
	.resv_start_op = SEKISHO_CMD_UNSPEC + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.module = THIS_MODULE,
};

/* A transaction ends with its socket. */
static int socket_gone(struct notifier_block *block, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC)
		sekisho_transactions_release(sekisho_border_of(notify->net), notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_gone,
};

int sekisho_family_register(void)
{
	int error = netlink_register_notifier(&socket_notifier);

	if (error)
		return error;
	error = genl_register_family(&sekisho_family);
	if (error)
		netlink_unregister_notifier(&socket_notifier);
	else
		sekisho_family_open(true);
	return error;
}

void sekisho_family_unregister(void)
{
	sekisho_family_open(false);
	genl_unregister_family(&sekisho_family);
	netlink_unregister_notifier(&socket_notifier);
}
