/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of a policy, from attributes into a draft: each is put together from its parts and handed
 * over whole. Knows attributes and drafts; nothing of transactions.
 */
#ifndef SEKISHO_KMOD_OBJECTS_H
#define SEKISHO_KMOD_OBJECTS_H

#include <net/netlink.h>

#include "policy.h"

struct sekisho_objects;

/* Objects of a policy whose names are interned in @names; NULL without memory. */
struct sekisho_objects *sekisho_objects_new(struct sekisho_names *names);
void sekisho_objects_free(struct sekisho_objects *objects);

/**
 * sekisho_objects_add - add one attribute of a request
 * @objects: where
 * @attribute: SITE, SEGMENT, PORT, OWN, BROADCAST, HOSTS or FLOW, as the policies let it pass
 * @extack: says why it is refused, naming the attribute; not NULL
 *
 * What can be continued is handed over with the next attribute that does not, or at the end: a
 * fault that shows only then is of the earlier object. The caller serialises it with the collecting
 * of names.
 * Return: 0 or -errno; after an error only freeing is left.
 */
int sekisho_objects_add(struct sekisho_objects *objects, const struct nlattr *attribute,
			struct netlink_ext_ack *extack);

/* The attributes added so far are gone: none of them is to be named any more. */
void sekisho_objects_forget_message(struct sekisho_objects *objects);

/* Nothing more comes: hand over what waits. 0 or -errno. */
int sekisho_objects_finish(struct sekisho_objects *objects, struct netlink_ext_ack *extack);

/* As sekisho_draft_count() and sekisho_draft_compile(). */
void sekisho_objects_count(const struct sekisho_objects *objects,
			   struct sekisho_draft_counts *counts);
int sekisho_objects_compile(struct sekisho_objects *objects, struct sekisho_policy **policy,
			    struct sekisho_policy_fault *fault);

#endif
