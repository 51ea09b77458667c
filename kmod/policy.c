// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy once it is made: what is asked of it beside matching, and its end. Knows nothing of how
 * it came about.
 */
#include "policy.h"

#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "match.h"
#include "names.h"

void sekisho_policy_put(struct sekisho_policy *policy)
{
	u32 i;

	if (!policy || !refcount_dec_and_test(&policy->references))
		return;
	for (i = 0; i < policy->segment_count; i++)
		sekisho_segment_name_put(policy->segments[i].name);
	for (i = 0; i < policy->flow_count; i++) {
		sekisho_flow_use_put(policy->flows[i].use);
		if (!(i % 1024))
			cond_resched();
	}
	sekisho_matcher_free(policy->matcher);
	kvfree(policy->segments);
	kvfree(policy->ports);
	kvfree(policy->own);
	kvfree(policy->hosts);
	kvfree(policy->flows);
	sekisho_store_free(&policy->store);
	kvfree(policy);
}

s32 sekisho_policy_utc_offset(const struct sekisho_policy *policy, s64 time)
{
	s32 offset = 0;
	u32 i;

	for (i = 0; i < policy->zone_count && policy->zone[i].since <= time; i++)
		offset = policy->zone[i].offset;
	return offset;
}

static u32 slot_of(u32 ifindex, u16 vlan)
{
	return hash_32(ifindex << 12 ^ ifindex >> 20 ^ vlan, ilog2(SEKISHO_PORT_SLOTS));
}

/* Half of the slots stay empty. */
void sekisho_policy_index_ports(struct sekisho_policy *policy)
{
	u32 i, slot;

	for (i = 0; i < policy->port_count; i++) {
		if (!policy->ports[i].ifindex)
			continue;
		slot = slot_of(policy->ports[i].ifindex, policy->ports[i].vlan);
		while (policy->port_slots[slot])
			slot = (slot + 1) % SEKISHO_PORT_SLOTS;
		policy->port_slots[slot] = i + 1;
	}
}

const struct sekisho_port *sekisho_policy_port(const struct sekisho_policy *policy, u32 ifindex,
					       u16 vlan)
{
	u32 slot = slot_of(ifindex, vlan);

	for (; policy->port_slots[slot]; slot = (slot + 1) % SEKISHO_PORT_SLOTS) {
		const struct sekisho_port *port = &policy->ports[policy->port_slots[slot] - 1];

		if (port->ifindex == ifindex && port->vlan == vlan)
			return port;
	}
	return NULL;
}
