// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy in the making: each object is looked at as it comes, and all of them become a policy.
 * Knows nothing of netlink or of how a policy is matched.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "match.h"
#include "names.h"
#include "policy.h"
#include "rows.h"
#include "trie.h"

#define PROTOCOL_ICMP	1
#define PROTOCOL_TCP	6
#define PROTOCOL_UDP	17
#define PROTOCOL_ICMPV6 58

#define VLAN_MOST	  4094
#define DAY_MINUTES	  1440
#define DAY_SECONDS	  86400
#define ALL_DAYS	  0x7f
#define ICMP_TYPE_MOST	  255
#define MAC_MOST	  0xffffffffffffull
#define SOURCE_PORTS_MOST 1024 /* in one flow */
#define HOSTS_MAX	  (2 * SEKISHO_FLOWS_MAX)

struct sekisho_draft {
	struct sekisho_names *names;
	struct sekisho_policy *policy; /* site and store; the arrays join it in the end; or NULL */
	struct sekisho_rows segments; /* as the arrays of struct sekisho_policy */
	struct sekisho_rows ports;
	struct sekisho_rows own;
	struct sekisho_rows hosts;
	struct sekisho_rows flows;
	u32 network_count;
	bool has_site;
};

static int refuse(struct sekisho_policy_fault *fault, u32 attribute, int error, const char *text)
{
	*fault = (struct sekisho_policy_fault){ .text = text, .attribute = attribute };
	return error;
}

/* Shown in logs and on terminals: no control characters. */
static bool name_good(const char *name)
{
	size_t length = strnlen(name, SEKISHO_NAME_BYTES), i;

	if (!length || length == SEKISHO_NAME_BYTES)
		return false;
	for (i = 0; i < length; i++)
		if ((u8)name[i] < ' ' || name[i] == 0x7f)
			return false;
	return true;
}

static struct sekisho_segment *segment_at(const struct sekisho_draft *draft, u32 index)
{
	return (struct sekisho_segment *)draft->segments.items + index;
}

static struct sekisho_flow *flow_at(const struct sekisho_draft *draft, u32 index)
{
	return (struct sekisho_flow *)draft->flows.items + index;
}

static int add_self(struct sekisho_draft *draft)
{
	struct sekisho_segment *self;
	struct sekisho_segment_name *name = sekisho_names_segment(draft->names, "self");

	if (!name)
		return -ENOMEM;
	self = sekisho_rows_add(&draft->segments, 1);
	if (!self) {
		sekisho_segment_name_put(name);
		return -ENOMEM;
	}
	self->name = name;
	return 0;
}

struct sekisho_draft *sekisho_draft_new(struct sekisho_names *names)
{
	struct sekisho_draft *draft = kzalloc(sizeof(*draft), GFP_KERNEL);

	if (!draft)
		return NULL;
	draft->names = names;
	draft->segments = SEKISHO_ROWS(struct sekisho_segment);
	draft->ports = SEKISHO_ROWS(struct sekisho_port);
	draft->own = SEKISHO_ROWS(struct sekisho_own);
	draft->hosts = SEKISHO_ROWS(struct sekisho_hosts);
	draft->flows = SEKISHO_ROWS(struct sekisho_flow);
	draft->policy = kvzalloc(sizeof(*draft->policy), GFP_KERNEL);
	/* Sets are numbered from 1. */
	if (!draft->policy || add_self(draft) || !sekisho_rows_add(&draft->hosts, 1)) {
		sekisho_draft_free(draft);
		return NULL;
	}
	refcount_set(&draft->policy->references, 1);
	return draft;
}

void sekisho_draft_free(struct sekisho_draft *draft)
{
	u32 i;

	if (!draft)
		return;
	for (i = 0; i < draft->segments.count; i++)
		sekisho_segment_name_put(segment_at(draft, i)->name);
	for (i = 0; i < draft->flows.count; i++)
		sekisho_flow_use_put(flow_at(draft, i)->use);
	sekisho_rows_free(&draft->segments);
	sekisho_rows_free(&draft->ports);
	sekisho_rows_free(&draft->own);
	sekisho_rows_free(&draft->hosts);
	sekisho_rows_free(&draft->flows);
	if (draft->policy)
		sekisho_store_free(&draft->policy->store);
	kvfree(draft->policy);
	kfree(draft);
}

static int check_segment(const struct sekisho_draft *draft, const struct sekisho_segment *segment,
			 const char *name, struct sekisho_policy_fault *fault)
{
	const u32 kind = SEKISHO_A_SEGMENT;
	u32 i, j;

	if (draft->segments.count > SEKISHO_SEGMENTS_MAX)
		return refuse(fault, kind, -E2BIG, "too many segments");
	if (!name_good(name))
		return refuse(fault, kind, -EINVAL, "not the name of a segment");
	for (i = 0; i < draft->segments.count; i++)
		if (!strcmp(segment_at(draft, i)->name->name, name))
			return refuse(fault, kind, -EEXIST, "a segment of this name is there");
	if (segment->meaning >= SEKISHO_MEANING_COUNT)
		return refuse(fault, kind, -EINVAL, "no such meaning");
	if (segment->ethertype_count > SEKISHO_ETHERTYPES_MAX)
		return refuse(fault, kind, -E2BIG, "too many EtherTypes");
	for (i = 0; i < segment->ethertype_count; i++)
		for (j = 0; j < i; j++)
			if (segment->ethertypes[i] == segment->ethertypes[j])
				return refuse(fault, kind, -EINVAL, "an EtherType twice");
	if (segment->network_count > SEKISHO_NETWORKS_MAX)
		return refuse(fault, kind, -E2BIG, "too many networks");
	for (i = 0; i < segment->network_count; i++) {
		if (!sekisho_range_valid(&segment->networks[i]))
			return refuse(fault, kind, -EINVAL, "not a range of addresses");
		if (!sekisho_range_is_prefix(&segment->networks[i]))
			return refuse(fault, kind, -EINVAL, "a network with host bits");
	}
	return 0;
}

/* An array of the store, or NULL for none. */
static int keep(struct sekisho_draft *draft, const void *source, size_t count, size_t size,
		void *pointer)
{
	void **copy = pointer;

	*copy = NULL;
	if (!count)
		return 0;
	return sekisho_store_copy(&draft->policy->store, source, count, size, copy);
}

int sekisho_draft_add_segment(struct sekisho_draft *draft, const struct sekisho_segment *segment,
			      const char *name, struct sekisho_policy_fault *fault)
{
	struct sekisho_segment *added;
	int error = check_segment(draft, segment, name, fault);

	if (error)
		return error;
	added = sekisho_rows_add(&draft->segments, 1);
	if (!added)
		return -ENOMEM;
	*added = *segment;
	if (keep(draft, segment->networks, segment->network_count, sizeof(*segment->networks),
		 &added->networks))
		goto undo;
	added->name = sekisho_names_segment(draft->names, name);
	if (!added->name)
		goto undo;
	draft->network_count += segment->network_count;
	return 0;

undo:
	draft->segments.count--;
	return -ENOMEM;
}

static int check_port(const struct sekisho_draft *draft, const struct sekisho_port *port,
		      struct sekisho_policy_fault *fault)
{
	const struct sekisho_port *ports = draft->ports.items;
	size_t length = strnlen(port->interface, sizeof(port->interface));
	u32 i;

	if (draft->ports.count >= SEKISHO_PORTS_MAX)
		return refuse(fault, SEKISHO_A_PORT, -E2BIG, "too many ports");
	if (!length || length == sizeof(port->interface))
		return refuse(fault, SEKISHO_A_PORT, -EINVAL, "not the name of an interface");
	if (port->ifindex > INT_MAX)
		return refuse(fault, SEKISHO_A_PORT, -EINVAL, "not the number of an interface");
	if (port->vlan > VLAN_MOST)
		return refuse(fault, SEKISHO_A_PORT, -EINVAL, "not the number of a VLAN");
	if (!port->segment || port->segment >= draft->segments.count)
		return refuse(fault, SEKISHO_A_PORT, -EINVAL, "no such segment");
	for (i = 0; i < draft->ports.count; i++) {
		if (ports[i].vlan != port->vlan)
			continue;
		if (!strcmp(ports[i].interface, port->interface) ||
		    (port->ifindex && ports[i].ifindex == port->ifindex))
			return refuse(fault, SEKISHO_A_PORT, -EEXIST, "this port is there");
	}
	return 0;
}

int sekisho_draft_add_port(struct sekisho_draft *draft, const struct sekisho_port *port,
			   struct sekisho_policy_fault *fault)
{
	struct sekisho_port *added;
	int error = check_port(draft, port, fault);

	if (error)
		return error;
	added = sekisho_rows_add(&draft->ports, 1);
	if (!added)
		return -ENOMEM;
	*added = *port;
	return 0;
}

int sekisho_draft_add_own(struct sekisho_draft *draft, const struct sekisho_own *own,
			  struct sekisho_policy_fault *fault)
{
	const struct sekisho_range range = { own->address, own->address, own->family };
	const u32 kind = own->broadcast ? SEKISHO_A_BROADCAST : SEKISHO_A_OWN;
	const struct sekisho_own *others = draft->own.items;
	struct sekisho_own *added;
	u32 i;

	if (draft->own.count >= SEKISHO_OWN_MAX)
		return refuse(fault, kind, -E2BIG, "too many addresses of the host");
	if (!sekisho_range_valid(&range))
		return refuse(fault, kind, -EINVAL, "not an address");
	if (own->broadcast && own->family != 4)
		return refuse(fault, kind, -EINVAL, "IPv6 has no broadcast addresses");
	for (i = 0; i < draft->own.count; i++)
		if (others[i].family == own->family && others[i].broadcast == own->broadcast &&
		    sekisho_address_equal(others[i].address, own->address))
			return refuse(fault, kind, -EEXIST, "this address is there");
	added = sekisho_rows_add(&draft->own, 1);
	if (!added)
		return -ENOMEM;
	*added = *own;
	return 0;
}

static int check_hosts(const struct sekisho_draft *draft, const struct sekisho_hosts *hosts,
		       struct sekisho_policy_fault *fault)
{
	const struct sekisho_range *before[2] = { NULL, NULL };
	u32 i;

	if (draft->hosts.count > HOSTS_MAX)
		return refuse(fault, SEKISHO_A_HOSTS, -E2BIG, "too many sets of hosts");
	if (hosts->segment >= draft->segments.count)
		return refuse(fault, SEKISHO_A_HOSTS, -EINVAL, "no such segment");
	if (!hosts->range_count)
		return refuse(fault, SEKISHO_A_HOSTS, -EINVAL, "no hosts");
	for (i = 0; i < hosts->range_count; i++) {
		const struct sekisho_range *range = &hosts->ranges[i];
		const struct sekisho_range **last = &before[range->family == 6];

		if (!sekisho_range_valid(range))
			return refuse(fault, SEKISHO_A_HOSTS, -EINVAL, "not a range of addresses");
		if (*last && sekisho_address_compare((*last)->last, range->first) >= 0)
			return refuse(fault, SEKISHO_A_HOSTS, -EINVAL,
				      "ranges do not ascend, or overlap");
		*last = range;
	}
	return 0;
}

int sekisho_draft_add_hosts(struct sekisho_draft *draft, const struct sekisho_hosts *hosts,
			    struct sekisho_policy_fault *fault)
{
	struct sekisho_hosts *added;
	int error = check_hosts(draft, hosts, fault);

	if (error)
		return error;
	added = sekisho_rows_add(&draft->hosts, 1);
	if (!added)
		return -ENOMEM;
	*added = *hosts;
	error = keep(draft, hosts->ranges, hosts->range_count, sizeof(*hosts->ranges),
		     &added->ranges);
	if (error)
		draft->hosts.count--;
	return error;
}

static int check_services(const struct sekisho_flow *flow, struct sekisho_policy_fault *fault)
{
	const u32 kind = SEKISHO_A_FLOW;
	u32 i;

	if (!flow->service_count)
		return refuse(fault, kind, -EINVAL, "no service");
	for (i = 0; i < flow->service_count; i++) {
		const struct sekisho_service *service = &flow->services[i];

		if (service->all)
			continue;
		if (service->first > service->last)
			return refuse(fault, kind, -EINVAL,
				      "a service whose first is after its last");
		switch (service->protocol) {
		case PROTOCOL_TCP:
		case PROTOCOL_UDP:
			break;
		case PROTOCOL_ICMP:
		case PROTOCOL_ICMPV6:
			if (service->last > ICMP_TYPE_MOST)
				return refuse(fault, kind, -EINVAL, "not a type of ICMP");
			break;
		default:
			if (service->first)
				return refuse(fault, kind, -EINVAL,
					      "this protocol has no service numbers");
		}
	}
	return 0;
}

static int check_senders(const struct sekisho_flow *flow, struct sekisho_policy_fault *fault)
{
	const u32 kind = SEKISHO_A_FLOW;
	u32 i;

	if (flow->mac_count > SEKISHO_MACS_MAX)
		return refuse(fault, kind, -E2BIG, "too many MACs");
	for (i = 0; i < flow->mac_count; i++) {
		if (flow->macs[i] > MAC_MOST)
			return refuse(fault, kind, -EINVAL, "not a MAC");
		if (i && flow->macs[i - 1] >= flow->macs[i])
			return refuse(fault, kind, -EINVAL, "MACs do not ascend");
	}
	if (flow->source_port_count > SOURCE_PORTS_MOST)
		return refuse(fault, kind, -E2BIG, "too many source ports");
	for (i = 0; i < flow->source_port_count; i++) {
		const struct sekisho_port_range *range = &flow->source_ports[i];

		if (range->first > range->last)
			return refuse(fault, kind, -EINVAL,
				      "source ports whose first is after their last");
		if (i && flow->source_ports[i - 1].last >= range->first)
			return refuse(fault, kind, -EINVAL,
				      "source ports do not ascend, or overlap");
	}
	return 0;
}

static int check_time(const struct sekisho_flow *flow, struct sekisho_policy_fault *fault)
{
	const u32 kind = SEKISHO_A_FLOW;

	if (flow->valid_from >= flow->valid_until)
		return refuse(fault, kind, -EINVAL, "it ends before it begins");
	if (flow->days & ~ALL_DAYS)
		return refuse(fault, kind, -EINVAL, "not days of a week");
	if (flow->days && flow->start_minute >= DAY_MINUTES)
		return refuse(fault, kind, -EINVAL, "hours begin after the day's end");
	if (flow->days && flow->end_minute > DAY_MINUTES)
		return refuse(fault, kind, -EINVAL, "hours end after the day's end");
	return 0;
}

/* One end of a flow. */
static int check_end(const struct sekisho_draft *draft, u16 segment, u32 hosts,
		     struct sekisho_policy_fault *fault)
{
	const struct sekisho_hosts *sets = draft->hosts.items;

	if (segment >= draft->segments.count)
		return refuse(fault, SEKISHO_A_FLOW, -EINVAL, "no such segment");
	if (hosts >= draft->hosts.count)
		return refuse(fault, SEKISHO_A_FLOW, -EINVAL, "no such hosts");
	if (hosts && sets[hosts].segment != segment)
		return refuse(fault, SEKISHO_A_FLOW, -EINVAL, "hosts of another segment");
	return 0;
}

static int check_id(const struct sekisho_draft *draft, const char *id,
		    struct sekisho_policy_fault *fault)
{
	int order;

	if (draft->flows.count >= SEKISHO_FLOWS_MAX)
		return refuse(fault, SEKISHO_A_FLOW, -E2BIG, "too many flows");
	if (!name_good(id))
		return refuse(fault, SEKISHO_A_FLOW, -EINVAL, "not the id of a flow");
	if (!draft->flows.count)
		return 0;
	order = strcmp(flow_at(draft, draft->flows.count - 1)->use->id, id);
	if (!order)
		return refuse(fault, SEKISHO_A_FLOW, -EEXIST, "a flow of this id is there");
	if (order > 0)
		return refuse(fault, SEKISHO_A_FLOW, -EINVAL, "ids do not ascend");
	return 0;
}

static int check_flow(const struct sekisho_draft *draft, const struct sekisho_flow *flow,
		      const char *id, struct sekisho_policy_fault *fault)
{
	int error = check_id(draft, id, fault);

	if (!error)
		error = check_end(draft, flow->from, flow->from_hosts, fault);
	if (!error)
		error = check_end(draft, flow->to, flow->to_hosts, fault);
	if (!error)
		error = check_services(flow, fault);
	if (!error)
		error = check_senders(flow, fault);
	if (!error)
		error = check_time(flow, fault);
	if (!error && flow->log >= SEKISHO_FLOW_LOG_COUNT)
		error = refuse(fault, SEKISHO_A_FLOW, -EINVAL, "no such level of logging");
	return error;
}

static int keep_lists(struct sekisho_draft *draft, const struct sekisho_flow *flow,
		      struct sekisho_flow *added)
{
	u32 i;

	if (keep(draft, flow->services, flow->service_count, sizeof(*flow->services),
		 &added->services) ||
	    keep(draft, flow->macs, flow->mac_count, sizeof(*flow->macs), &added->macs) ||
	    keep(draft, flow->source_ports, flow->source_port_count, sizeof(*flow->source_ports),
		 &added->source_ports))
		return -ENOMEM;
	for (i = 0; i < flow->service_count; i++) {
		if (!added->services[i].all)
			continue;
		added->services[i].first = 0;
		added->services[i].last = U16_MAX;
	}
	return 0;
}

int sekisho_draft_add_flow(struct sekisho_draft *draft, const struct sekisho_flow *flow,
			   const char *id, struct sekisho_policy_fault *fault)
{
	struct sekisho_flow *added;
	int error = check_flow(draft, flow, id, fault);

	if (error)
		return error;
	added = sekisho_rows_add(&draft->flows, 1);
	if (!added)
		return -ENOMEM;
	*added = *flow;
	if (keep_lists(draft, flow, added))
		goto undo;
	added->use = sekisho_names_use(draft->names, id);
	if (!added->use)
		goto undo;
	return 0;

undo:
	draft->flows.count--;
	return -ENOMEM;
}

static int check_site(const struct sekisho_draft *draft, const struct sekisho_site *site,
		      struct sekisho_policy_fault *fault)
{
	const u32 kind = SEKISHO_A_SITE;
	u32 i;

	if (draft->has_site)
		return refuse(fault, kind, -EEXIST, "the site is there");
	if (!site->connections || site->connections > SEKISHO_CONNECTIONS_MAX)
		return refuse(fault, kind, -EINVAL, "no such room for connections");
	for (i = 0; i < SEKISHO_TIMEOUTS; i++)
		if (!site->timeouts[i] || site->timeouts[i] > INT_MAX)
			return refuse(fault, kind, -EINVAL, "not a timeout");
	if (site->zone_count > SEKISHO_ZONE_CHANGES_MAX)
		return refuse(fault, kind, -E2BIG, "too many changes of the zone");
	for (i = 0; i < site->zone_count; i++) {
		if (site->zone[i].offset <= -DAY_SECONDS || site->zone[i].offset >= DAY_SECONDS)
			return refuse(fault, kind, -EINVAL, "not an offset from UTC");
		if (i && site->zone[i - 1].since >= site->zone[i].since)
			return refuse(fault, kind, -EINVAL, "changes of the zone do not ascend");
	}
	return 0;
}

int sekisho_draft_set_site(struct sekisho_draft *draft, const struct sekisho_site *site,
			   struct sekisho_policy_fault *fault)
{
	struct sekisho_policy *policy = draft->policy;
	int error = check_site(draft, site, fault);

	if (error)
		return error;
	policy->connections = site->connections;
	memcpy(policy->timeouts, site->timeouts, sizeof(policy->timeouts));
	policy->fast = site->fast;
	policy->zone_count = site->zone_count;
	memcpy(policy->zone, site->zone, site->zone_count * sizeof(*site->zone));
	draft->has_site = true;
	return 0;
}

void sekisho_draft_count(const struct sekisho_draft *draft, struct sekisho_draft_counts *counts)
{
	*counts = (struct sekisho_draft_counts){
		.segments = draft->segments.count - 1,
		.networks = draft->network_count,
		.ports = draft->ports.count,
		.addresses = draft->own.count,
		.hosts = draft->hosts.count - 1,
		.flows = draft->flows.count,
	};
}

/* An array of the draft becomes one of the policy. */
static void *hand_over(struct sekisho_policy *policy, struct sekisho_rows *rows, u32 *count)
{
	void *items;

	sekisho_rows_trim(rows);
	items = rows->items;
	*count = rows->count;
	policy->bytes += sekisho_rows_bytes(rows);
	*rows = (struct sekisho_rows){ .size = rows->size };
	return items;
}

int sekisho_draft_compile(struct sekisho_draft *draft, struct sekisho_policy **result,
			  struct sekisho_policy_fault *fault)
{
	struct sekisho_policy *policy = draft->policy;
	int error;

	*fault = (struct sekisho_policy_fault){ .text = NULL };
	if (!policy)
		return refuse(fault, SEKISHO_A_UNSPEC, -EINVAL, "it was compiled before");
	if (!draft->has_site)
		return refuse(fault, SEKISHO_A_SITE, -EINVAL, "the site is missing");
	draft->policy = NULL;
	policy->bytes = sizeof(*policy) + policy->store.bytes;
	policy->segments = hand_over(policy, &draft->segments, &policy->segment_count);
	policy->ports = hand_over(policy, &draft->ports, &policy->port_count);
	policy->own = hand_over(policy, &draft->own, &policy->own_count);
	policy->hosts = hand_over(policy, &draft->hosts, &policy->hosts_count);
	policy->flows = hand_over(policy, &draft->flows, &policy->flow_count);
	sekisho_policy_index_ports(policy);
	error = sekisho_matcher_make(policy, fault);
	if (error) {
		sekisho_policy_put(policy);
		return error;
	}
	*result = policy;
	return 0;
}
