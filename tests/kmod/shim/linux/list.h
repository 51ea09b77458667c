/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Doubly linked lists, as far as they are used.
 */
#ifndef SEKISHO_SHIM_LINUX_LIST_H
#define SEKISHO_SHIM_LINUX_LIST_H

#include <linux/kernel.h>
#include <linux/types.h>

#define HLIST_HEAD_INIT	      { NULL }
#define INIT_HLIST_HEAD(head) ((head)->first = NULL)

static inline void hlist_add_head(struct hlist_node *node, struct hlist_head *head)
{
	node->next = head->first;
	node->pprev = &head->first;
	if (head->first)
		head->first->pprev = &node->next;
	head->first = node;
}

static inline void hlist_del(struct hlist_node *node)
{
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
}

#define shim_hlist_entry(node, type, member) \
	((node) ? container_of(node, type, member) : (type *)NULL)

#define hlist_for_each_entry(entry, head, member)                                              \
	for ((entry) = shim_hlist_entry((head)->first, __typeof__(*(entry)), member); (entry); \
	     (entry) = shim_hlist_entry((entry)->member.next, __typeof__(*(entry)), member))

#define hlist_for_each_entry_safe(entry, follower, head, member)                      \
	for ((entry) = shim_hlist_entry((head)->first, __typeof__(*(entry)), member); \
	     (entry) && ((follower) = (entry)->member.next, true);                    \
	     (entry) = shim_hlist_entry(follower, __typeof__(*(entry)), member))

#endif
