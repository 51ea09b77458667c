// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which flows let a host without an address ask a DHCP server. Knows nothing of packets.
 */
#include "leases.h"

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sort.h>

#define PROTOCOL_UDP 17

static bool serves(const struct sekisho_flow *flow, u16 service)
{
	u32 i;

	for (i = 0; i < flow->service_count; i++)
		if (flow->services[i].protocol == PROTOCOL_UDP &&
		    flow->services[i].first <= service && service <= flow->services[i].last)
			return true;
	return false;
}

static int add_leases(struct sekisho_rows *rows, const struct sekisho_flow *flow, u16 service)
{
	u32 i, count = flow->mac_count ? flow->mac_count : 1;
	struct sekisho_lease *leases;

	if (!serves(flow, service))
		return 0;
	leases = sekisho_rows_add(rows, count);
	if (!leases)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		leases[i] = (struct sekisho_lease){
			.sender = flow->mac_count ? flow->macs[i] | SEKISHO_LEASE_MAC : 0,
			.flow = flow,
			.from = flow->from,
			.service = service,
		};
	return 0;
}

static int compare_keys(const struct sekisho_lease *a, u16 from, u16 service, u64 sender)
{
	if (a->from != from)
		return a->from < from ? -1 : 1;
	if (a->service != service)
		return a->service < service ? -1 : 1;
	return a->sender < sender ? -1 : a->sender > sender;
}

/* By what is asked of a flow beside its key. */
static int compare_times(const struct sekisho_flow *a, const struct sekisho_flow *b)
{
	if (a->valid_until != b->valid_until)
		return a->valid_until > b->valid_until ? -1 : 1;
	if (a->valid_from != b->valid_from)
		return a->valid_from < b->valid_from ? -1 : 1;
	if (a->days != b->days)
		return a->days < b->days ? -1 : 1;
	if (a->start_minute != b->start_minute)
		return a->start_minute < b->start_minute ? -1 : 1;
	if (a->end_minute != b->end_minute)
		return a->end_minute < b->end_minute ? -1 : 1;
	return (int)b->survives - (int)a->survives;
}

static int compare_leases(const void *left, const void *right)
{
	const struct sekisho_lease *a = left, *b = right;
	int order = compare_keys(a, b->from, b->service, b->sender);

	cond_resched(); /* sort() does not, and there may be many */
	return order ? order : compare_times(a->flow, b->flow);
}

/* Of leases that differ in no more than the hosts of their flows one stands for all. */
static int merge(struct sekisho_rows *rows, const struct sekisho_policy *policy,
		 struct sekisho_policy_fault *fault)
{
	struct sekisho_lease *leases = rows->items;
	u32 i, kept = 0, same = 0;

	for (i = 0; i < rows->count; i++) {
		const struct sekisho_lease *lease = &leases[i];

		if (kept && !compare_leases(&leases[kept - 1], lease))
			continue;
		if (!kept ||
		    compare_keys(&leases[kept - 1], lease->from, lease->service, lease->sender))
			same = 0;
		if (++same > SEKISHO_CANDIDATES_MAX) {
			*fault = (struct sekisho_policy_fault){
				.text = "too many different times of one sender's DHCP",
				.index = lease->flow - policy->flows,
				.attribute = SEKISHO_A_FLOW,
			};
			return -E2BIG;
		}
		leases[kept++] = *lease;
	}
	rows->count = kept;
	sekisho_rows_trim(rows);
	return 0;
}

int sekisho_leases_make(struct sekisho_rows *leases, const struct sekisho_policy *policy,
			struct sekisho_policy_fault *fault)
{
	u32 i;

	*leases = SEKISHO_ROWS(struct sekisho_lease);
	for (i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];

		if (sekisho_rows_give_way(i))
			return -EINTR;
		if (flow->to != SEKISHO_SEGMENT_SELF)
			continue;
		if (add_leases(leases, flow, SEKISHO_DHCP_SERVICE) ||
		    add_leases(leases, flow, SEKISHO_DHCPV6_SERVICE))
			return -ENOMEM;
	}
	if (leases->count > 1)
		sort(leases->items, leases->count, sizeof(struct sekisho_lease), compare_leases,
		     NULL);
	return merge(leases, policy, fault);
}

const struct sekisho_lease *sekisho_leases_find(const struct sekisho_rows *rows, u16 from,
						u16 service, u64 sender, u32 *count)
{
	const struct sekisho_lease *leases = rows->items;
	u32 low = 0, high = rows->count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (compare_keys(&leases[middle], from, service, sender) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* At most SEKISHO_CANDIDATES_MAX have one key. */
	for (high = low; high < rows->count; high++)
		if (compare_keys(&leases[high], from, service, sender))
			break;
	*count = high - low;
	return leases + low;
}
