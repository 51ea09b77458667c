/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches the devices of the ports: which have a program, which came or went. By notifier where
 * the kernel tells, by a look once a second where it does not. Knows nothing of verdicts.
 */
#ifndef SEKISHO_KMOD_WATCH_H
#define SEKISHO_KMOD_WATCH_H

#include <linux/types.h>

#include "sekisho/netlink.h"

struct sekisho_border;
struct sekisho_policy;
struct sekisho_watch;

struct sekisho_watch *sekisho_watch_new(struct sekisho_border *border);
void sekisho_watch_free(struct sekisho_watch *watch);

/* Once for the module, not for a namespace. 0 or -errno. */
int sekisho_watch_register(void);
void sekisho_watch_unregister(void);

/* Other ports are to be watched; border->lock is held. 0 or -ENOMEM. */
int sekisho_watch_policy(struct sekisho_watch *watch, const struct sekisho_policy *policy);

/* What was last seen on an interface; any context. */
enum sekisho_port_attached sekisho_watch_attached(const struct sekisho_watch *watch, u32 ifindex);
u32 sekisho_watch_lost(const struct sekisho_watch *watch, u32 ifindex);

#endif
