/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard: netfilter hooks that judge what the kernel's own path carries. Knows skbs, devices
 * and hooks; the verdict is judge.h's.
 */
#ifndef SEKISHO_KMOD_GUARD_H
#define SEKISHO_KMOD_GUARD_H

#include <linux/types.h>

struct net_device;
struct sekisho_border;
struct sekisho_policy;

/* Hooks of a namespace. 0 or -errno. */
int sekisho_guard_register(struct sekisho_border *border);

/* No packet enters the hooks any more. Those inside have left after a grace period of RCU. */
void sekisho_guard_unregister(struct sekisho_border *border);

/**
 * sekisho_guard_segment - the segment that a device belongs to
 * @policy: the policy, or NULL
 * @device: of packets without a tag, VLAN devices included
 * @vlan: set to the VLAN of the port, unless NULL
 *
 * Under rcu_read_lock().
 * Return: segment number, or SEKISHO_SEGMENT_NONE where it is not a port's.
 */
u16 sekisho_guard_segment(const struct sekisho_policy *policy, const struct net_device *device,
			  u16 *vlan);

#endif
