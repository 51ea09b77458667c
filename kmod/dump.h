/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dumps of the family: many messages, each wherever there is room, gone on with where the last one
 * ended. Knows positions; nothing of what a policy means.
 */
#ifndef SEKISHO_KMOD_DUMP_H
#define SEKISHO_KMOD_DUMP_H

#include <net/genetlink.h>

struct sekisho_border;
struct sekisho_policy;
struct sekisho_orders_shown;

/**
 * struct sekisho_dump - where a dump is
 * @policy: as it was when the dump began; referenced; NULL: none was in force
 * @orders: of GET_ORDERS, as they were
 * @epoch: when they were
 * @stage: which kind of object is next
 * @index: which of them
 * @part: which part of it, or the other index of a pair
 */
struct sekisho_dump {
	struct sekisho_policy *policy;
	struct sekisho_orders_shown *orders;
	u64 epoch;
	u32 stage;
	u32 index;
	u32 part;
};

struct sekisho_dump *sekisho_dump_of(struct netlink_callback *cb);
struct sekisho_border *sekisho_dump_border(const struct netlink_callback *cb);

/* Begins with the policy in force, and lets go of it at the end. */
int sekisho_dump_start(struct netlink_callback *cb);
int sekisho_dump_done(struct netlink_callback *cb);

/* The reader is told where the policy in force is another one meanwhile. */
void sekisho_dump_look(struct netlink_callback *cb);

/* One message of a dump: its header, or NULL without room. */
void *sekisho_dump_begin(struct sk_buff *skb, struct netlink_callback *cb);

/* Ends it; with an @error, it was not. Returns @error. */
int sekisho_dump_end(struct sk_buff *skb, void *header, int error);

/* What a dump call returns after its last message: there is more, it ended, or none fits at all. */
int sekisho_dump_result(const struct sk_buff *skb, int error);

/* dump_policy.c */
int sekisho_start_policy(struct netlink_callback *cb);
int sekisho_dump_policy(struct sk_buff *skb, struct netlink_callback *cb);

/* dump_tallies.c: what was counted */
int sekisho_dump_reasons(struct sk_buff *skb, struct netlink_callback *cb);
int sekisho_dump_flows(struct sk_buff *skb, struct netlink_callback *cb);
int sekisho_dump_pairs(struct sk_buff *skb, struct netlink_callback *cb);
int sekisho_dump_ports(struct sk_buff *skb, struct netlink_callback *cb);

/* dump_orders.c: isolated segments and suspended hosts */
int sekisho_start_orders(struct netlink_callback *cb);
int sekisho_dump_orders(struct sk_buff *skb, struct netlink_callback *cb);
int sekisho_done_orders(struct netlink_callback *cb);

#endif
