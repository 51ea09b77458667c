// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which segments are isolated and which hosts suspended: copied when the dump begins, so that
 * nothing is left out or told twice while orders come in. Knows orders; nothing of their effect.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "attributes.h"
#include "border.h"
#include "dump.h"

struct sekisho_orders_shown {
	u32 isolation_count;
	u32 suspension_count;
	struct sekisho_suspension suspensions[SEKISHO_SUSPENSIONS_MAX];
	char isolations[SEKISHO_ISOLATIONS_MAX][SEKISHO_NAME_BYTES];
};

static void copy_orders(struct sekisho_orders_shown *orders, const struct sekisho_border *border)
{
	const struct sekisho_suspensions *list = sekisho_border_regime(border)->suspensions;
	const struct sekisho_isolation *isolation;

	list_for_each_entry(isolation, &border->isolations, list)
		strscpy(orders->isolations[orders->isolation_count++], isolation->name,
			SEKISHO_NAME_BYTES);
	if (!list)
		return;
	orders->suspension_count = list->count;
	memcpy(orders->suspensions, list->items, list->count * sizeof(*list->items));
}

int sekisho_start_orders(struct netlink_callback *cb)
{
	struct sekisho_border *border = sekisho_dump_border(cb);
	struct sekisho_dump *dump = sekisho_dump_of(cb);

	dump->orders = kvzalloc(sizeof(*dump->orders), GFP_KERNEL_ACCOUNT);
	if (!dump->orders)
		return -ENOMEM;
	mutex_lock(&border->lock);
	copy_orders(dump->orders, border);
	dump->epoch = sekisho_border_regime(border)->epoch;
	mutex_unlock(&border->lock);
	return 0;
}

int sekisho_done_orders(struct netlink_callback *cb)
{
	kvfree(sekisho_dump_of(cb)->orders);
	sekisho_dump_of(cb)->orders = NULL;
	return 0;
}

/* The reader is told where orders came in since the dump began. */
static void look(struct netlink_callback *cb)
{
	const struct sekisho_border *border = sekisho_dump_border(cb);

	rcu_read_lock();
	cb->seq = rcu_dereference(border->regime)->epoch == sekisho_dump_of(cb)->epoch ? 1 : 2;
	rcu_read_unlock();
	if (!cb->prev_seq)
		cb->prev_seq = 1;
}

static int put_suspension(struct sk_buff *skb, const struct sekisho_suspension *host)
{
	if (host->family)
		return sekisho_put_address(skb, SEKISHO_A_ADDRESS, host->family, host->address);
	return sekisho_put_mac(skb, SEKISHO_A_MAC, host->address.low);
}

/* Isolations first. */
static int put_order(struct sk_buff *skb, const struct sekisho_orders_shown *orders, u32 index)
{
	if (index < orders->isolation_count)
		return nla_put_string(skb, SEKISHO_A_NAME, orders->isolations[index]);
	return put_suspension(skb, &orders->suspensions[index - orders->isolation_count]);
}

int sekisho_dump_orders(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sekisho_dump *dump = sekisho_dump_of(cb);
	const struct sekisho_orders_shown *orders = dump->orders;
	u32 count = orders->isolation_count + orders->suspension_count;
	void *header;
	int error = 0;

	look(cb);
	for (; dump->index < count; dump->index++) {
		header = sekisho_dump_begin(skb, cb);
		error = header ? sekisho_dump_end(skb, header, put_order(skb, orders, dump->index))
			       : -EMSGSIZE;
		if (error)
			break;
	}
	return sekisho_dump_result(skb, error);
}
