// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all dumps share: they are of the policy that was in force when they began, and say so where
 * it is no more. Knows positions; nothing of what is dumped.
 */
#include <net/sock.h>

#include "border.h"
#include "dump.h"
#include "request.h"

struct sekisho_dump *sekisho_dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct sekisho_dump) > sizeof(cb->ctx));
	return (struct sekisho_dump *)cb->ctx;
}

struct sekisho_border *sekisho_dump_border(const struct netlink_callback *cb)
{
	return sekisho_border_of(sock_net(cb->skb->sk));
}

int sekisho_dump_start(struct netlink_callback *cb)
{
	struct sekisho_border *border = sekisho_dump_border(cb);
	struct sekisho_dump *dump = sekisho_dump_of(cb);

	mutex_lock(&border->lock);
	dump->policy = sekisho_border_policy(border);
	if (dump->policy)
		sekisho_policy_get(dump->policy);
	dump->epoch = sekisho_border_regime(border)->epoch;
	mutex_unlock(&border->lock);
	return 0;
}

int sekisho_dump_done(struct netlink_callback *cb)
{
	struct sekisho_dump *dump = sekisho_dump_of(cb);

	/* Others let go of it after a grace period: no packet is judged by it. */
	sekisho_policy_put(dump->policy);
	dump->policy = NULL;
	return 0;
}

/* The kernel compares one call's number with the last one's; 0 would be none. */
void sekisho_dump_look(struct netlink_callback *cb)
{
	const struct sekisho_border *border = sekisho_dump_border(cb);

	rcu_read_lock();
	cb->seq = rcu_dereference(border->regime)->policy == sekisho_dump_of(cb)->policy ? 1 : 2;
	rcu_read_unlock();
	/* The first look has nothing before it, but the dump had begun. */
	if (!cb->prev_seq)
		cb->prev_seq = 1;
}

void *sekisho_dump_begin(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genlmsghdr *request = nlmsg_data(cb->nlh);
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &sekisho_family, NLM_F_MULTI, request->cmd);

	if (header)
		genl_dump_check_consistent(cb, header);
	return header;
}

int sekisho_dump_end(struct sk_buff *skb, void *header, int error)
{
	if (error)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return error;
}

int sekisho_dump_result(const struct sk_buff *skb, int error)
{
	if (error && error != -EMSGSIZE)
		return error;
	if (error && !skb->len)
		return error;
	return skb->len;
}
