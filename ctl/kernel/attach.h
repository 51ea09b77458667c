/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs on interfaces: the XDP link on the way in, the tc filter on the way out. Knows
 * descriptors and interfaces; nothing of maps or policies.
 */
#ifndef SEKISHO_KERNEL_ATTACH_H
#define SEKISHO_KERNEL_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/runtime.h"

/* An interface whose way in and out is to be guarded. */
struct sekisho_attach_target {
	uint32_t ifindex;
	const char *interface;
	const char *directory; /* of the pinned links */
	int ingress; /* program descriptors */
	int egress;
};

/**
 * sekisho_attach_ingress - put the XDP program on an interface, or the link there on it
 * @target: where and what
 * @created: set where the link is new
 *
 * Native mode, and generic mode where the driver has none. The link is pinned, so that it outlives
 * every process and refuses `ip link set DEV xdp off`.
 * Return: 0 or -errno (-EBUSY: somebody else's program is there).
 */
int sekisho_attach_ingress(const struct sekisho_attach_target *target, bool *created);

/* Put the tc program on the way out, or in the place of the one that is there. 0 or -errno. */
int sekisho_attach_egress(const struct sekisho_attach_target *target);

/* Take both off again. Errors are of no use to the caller: what is gone is gone. */
void sekisho_attach_remove(const struct sekisho_attach_target *target);

/* Path of an interface's pinned link. 0 or -ENAMETOOLONG. */
int sekisho_attach_link_path(const char *directory, const char *interface, char *path,
			     size_t bytes);

/* How an interface is guarded by these very programs. */
enum sekisho_attached sekisho_attach_ingress_state(uint32_t ifindex, int ingress);
bool sekisho_attach_egress_state(uint32_t ifindex, int egress);

#endif
