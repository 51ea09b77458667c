/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which flows let a host without an address ask a DHCP server (docs/semantics.md, line 6c): hosts
 * do not count there, so they are found by segment, service and sender. Knows nothing of packets.
 */
#ifndef SEKISHO_KMOD_LEASES_H
#define SEKISHO_KMOD_LEASES_H

#include "policy.h"
#include "rows.h"

#define SEKISHO_DHCP_SERVICE   67
#define SEKISHO_DHCPV6_SERVICE 547

struct sekisho_lease {
	u64 sender; /* 0: any; else its MAC and SEKISHO_LEASE_MAC */
	const struct sekisho_flow *flow; /* or another that differs in no more than its hosts */
	u16 from;
	u16 service;
};

#define SEKISHO_LEASE_MAC (1ull << 48)

/**
 * sekisho_leases_make - find them in a policy
 * @leases: set to struct sekisho_lease, ascending; to be freed where it fails, too
 * @policy: its flows are there
 * @fault: set where it is refused
 *
 * Return: 0, -ENOMEM, -EINTR, or -E2BIG with @fault where one sender's have more than
 * SEKISHO_CANDIDATES_MAX different times.
 */
int sekisho_leases_make(struct sekisho_rows *leases, const struct sekisho_policy *policy,
			struct sekisho_policy_fault *fault);

/* Those of a segment, a service and a sender as they have it; their number in @count. */
const struct sekisho_lease *sekisho_leases_find(const struct sekisho_rows *leases, u16 from,
						u16 service, u64 sender, u32 *count);

#endif
