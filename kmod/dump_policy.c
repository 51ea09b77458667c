// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy in force, object by object, in the attributes that it was added by. Knows policies and
 * attributes; nothing of how a policy is matched.
 */
#include <linux/sched.h>

#include "attributes.h"
#include "border.h"
#include "dump.h"
#include "names.h"

/* So many ranges fit in a message that fits in a page, whatever else it has. */
#define RANGES_A_MESSAGE 64

/* What a flow's attribute is at most, by what it has several of. */
#define FLOW_BYTES	  512
#define SERVICE_BYTES	  28
#define SOURCE_PORT_BYTES 20
#define MAC_BYTES	  12

enum stage {
	STAGE_HEAD,
	STAGE_SITE,
	STAGE_SEGMENTS,
	STAGE_PORTS,
	STAGE_ADDRESSES,
	STAGE_HOSTS,
	STAGE_FLOWS,
	STAGE_END,
};

/* Room for the largest flow: a reader with a small buffer gets small messages otherwise. */
static u32 largest_message(const struct sekisho_policy *policy)
{
	u32 largest = 0;
	u32 i;

	for (i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];
		u32 bytes = FLOW_BYTES + flow->service_count * SERVICE_BYTES +
			    flow->source_port_count * SOURCE_PORT_BYTES +
			    flow->mac_count * MAC_BYTES;

		largest = max(largest, bytes);
		if (!(i & 0xffff))
			cond_resched();
	}
	return largest;
}

int sekisho_start_policy(struct netlink_callback *cb)
{
	const struct sekisho_policy *policy;
	u32 bytes;

	sekisho_dump_start(cb);
	policy = sekisho_dump_of(cb)->policy;
	bytes = policy ? largest_message(policy) : 0;
	if (bytes > NLMSG_GOODSIZE)
		cb->min_dump_alloc = max(cb->min_dump_alloc, bytes);
	return 0;
}

static int put_counts(struct sk_buff *skb, const struct sekisho_policy *policy)
{
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_A_COUNTS);
	u32 networks = 0;
	u32 i;

	for (i = 1; i < policy->segment_count; i++)
		networks += policy->segments[i].network_count;
	/* Numbers count without what policies have of themselves: self, and the hosts that are all. */
	if (!nest || nla_put_u32(skb, SEKISHO_COUNTS_SEGMENTS, policy->segment_count - 1) ||
	    nla_put_u32(skb, SEKISHO_COUNTS_NETWORKS, networks) ||
	    nla_put_u32(skb, SEKISHO_COUNTS_PORTS, policy->port_count) ||
	    nla_put_u32(skb, SEKISHO_COUNTS_ADDRESSES, policy->own_count) ||
	    nla_put_u32(skb, SEKISHO_COUNTS_HOSTS, policy->hosts_count - 1) ||
	    nla_put_u32(skb, SEKISHO_COUNTS_FLOWS, policy->flow_count))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_head(struct sk_buff *skb, struct sekisho_dump *dump)
{
	const struct sekisho_policy *policy = dump->policy;

	if (!policy)
		return nla_put_u32(skb, SEKISHO_A_GENERATION, 0);
	if (nla_put_u32(skb, SEKISHO_A_GENERATION, READ_ONCE(policy->generation)) ||
	    nla_put(skb, SEKISHO_A_DIGEST, sizeof(policy->digest), policy->digest))
		return -EMSGSIZE;
	return put_counts(skb, policy);
}

static int put_timeouts(struct sk_buff *skb, const u32 *timeouts)
{
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_SITE_TIMEOUTS);

	if (!nest ||
	    nla_put_u32(skb, SEKISHO_TIMEOUTS_TCP_HALF_OPEN,
			timeouts[SEKISHO_TIMEOUT_TCP_HALF_OPEN]) ||
	    nla_put_u32(skb, SEKISHO_TIMEOUTS_TCP_ESTABLISHED,
			timeouts[SEKISHO_TIMEOUT_TCP_ESTABLISHED]) ||
	    nla_put_u32(skb, SEKISHO_TIMEOUTS_TCP_CLOSING, timeouts[SEKISHO_TIMEOUT_TCP_CLOSING]) ||
	    nla_put_u32(skb, SEKISHO_TIMEOUTS_TCP_RESET, timeouts[SEKISHO_TIMEOUT_TCP_RESET]) ||
	    nla_put_u32(skb, SEKISHO_TIMEOUTS_UDP_UNREPLIED,
			timeouts[SEKISHO_TIMEOUT_UDP_UNREPLIED]) ||
	    nla_put_u32(skb, SEKISHO_TIMEOUTS_UDP_REPLIED, timeouts[SEKISHO_TIMEOUT_UDP_REPLIED]) ||
	    nla_put_u32(skb, SEKISHO_TIMEOUTS_ICMP, timeouts[SEKISHO_TIMEOUT_ICMP]) ||
	    nla_put_u32(skb, SEKISHO_TIMEOUTS_OTHER, timeouts[SEKISHO_TIMEOUT_OTHER]))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_zone(struct sk_buff *skb, const struct sekisho_zone_change *change)
{
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_SITE_ZONE);

	if (!nest || nla_put_s64(skb, SEKISHO_ZONE_SINCE, change->since, SEKISHO_ZONE_PAD) ||
	    nla_put_s32(skb, SEKISHO_ZONE_OFFSET, change->offset))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_site(struct sk_buff *skb, struct sekisho_dump *dump)
{
	const struct sekisho_policy *policy = dump->policy;
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_A_SITE);
	u32 i;

	if (!nest || nla_put_u32(skb, SEKISHO_SITE_CONNECTIONS, policy->connections) ||
	    put_timeouts(skb, policy->timeouts))
		return -EMSGSIZE;
	for (i = 0; i < policy->zone_count; i++)
		if (put_zone(skb, &policy->zone[i]))
			return -EMSGSIZE;
	if (policy->fast && nla_put_u8(skb, SEKISHO_SITE_FORWARD, SEKISHO_FORWARDING_FAST))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_range(struct sk_buff *skb, int type, const struct sekisho_range *range)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest || sekisho_put_address(skb, SEKISHO_RANGE_FIRST, range->family, range->first))
		return -EMSGSIZE;
	if (!sekisho_address_equal(range->first, range->last) &&
	    sekisho_put_address(skb, SEKISHO_RANGE_LAST, range->family, range->last))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* As many ranges as go in one part, from @first on. */
static int put_ranges(struct sk_buff *skb, int type, const struct sekisho_range *ranges, u32 count,
		      u32 first)
{
	u32 end = min(count, first + RANGES_A_MESSAGE);
	u32 i;

	for (i = first; i < end; i++)
		if (put_range(skb, type, &ranges[i]))
			return -EMSGSIZE;
	return 0;
}

/* The next part of the object, or the next object. */
static void advance(struct sekisho_dump *dump, u32 ranges)
{
	dump->part += RANGES_A_MESSAGE;
	if (dump->part >= ranges) {
		dump->part = 0;
		dump->index++;
	}
}

static int put_segment_itself(struct sk_buff *skb, const struct sekisho_segment *segment)
{
	u32 i;

	if (nla_put_string(skb, SEKISHO_SEGMENT_A_NAME, segment->name->name) ||
	    nla_put_u8(skb, SEKISHO_SEGMENT_A_MEANING, segment->meaning) ||
	    nla_put_u8(skb, SEKISHO_SEGMENT_A_INTRA, segment->intra))
		return -EMSGSIZE;
	for (i = 0; i < segment->ethertype_count; i++)
		if (nla_put_u16(skb, SEKISHO_SEGMENT_A_ETHERTYPE, segment->ethertypes[i]))
			return -EMSGSIZE;
	return 0;
}

static int put_segment(struct sk_buff *skb, struct sekisho_dump *dump)
{
	u32 number = dump->index + 1; /* self is not told */
	const struct sekisho_segment *segment = &dump->policy->segments[number];
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_A_SEGMENT);

	if (!nest || nla_put_u16(skb, SEKISHO_SEGMENT_A_INDEX, number))
		return -EMSGSIZE;
	if (!dump->part && put_segment_itself(skb, segment))
		return -EMSGSIZE;
	if (put_ranges(skb, SEKISHO_SEGMENT_A_NETWORK, segment->networks, segment->network_count,
		       dump->part))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	advance(dump, segment->network_count);
	return 0;
}

static int put_port(struct sk_buff *skb, struct sekisho_dump *dump)
{
	const struct sekisho_port *port = &dump->policy->ports[dump->index];
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_A_PORT);

	if (!nest || nla_put_string(skb, SEKISHO_PORT_INTERFACE, port->interface) ||
	    nla_put_u32(skb, SEKISHO_PORT_IFINDEX, port->ifindex) ||
	    nla_put_u16(skb, SEKISHO_PORT_VLAN, port->vlan) ||
	    nla_put_u16(skb, SEKISHO_PORT_SEGMENT, port->segment))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	dump->index++;
	return 0;
}

static int put_own(struct sk_buff *skb, struct sekisho_dump *dump)
{
	const struct sekisho_own *own = &dump->policy->own[dump->index];

	if (sekisho_put_address(skb, own->broadcast ? SEKISHO_A_BROADCAST : SEKISHO_A_OWN,
				own->family, own->address))
		return -EMSGSIZE;
	dump->index++;
	return 0;
}

static int put_hosts(struct sk_buff *skb, struct sekisho_dump *dump)
{
	u32 number = dump->index + 1; /* 0 is every host */
	const struct sekisho_hosts *hosts = &dump->policy->hosts[number];
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_A_HOSTS);

	if (!nest || nla_put_u32(skb, SEKISHO_HOSTS_INDEX, number))
		return -EMSGSIZE;
	if (!dump->part && nla_put_u16(skb, SEKISHO_HOSTS_SEGMENT, hosts->segment))
		return -EMSGSIZE;
	if (put_ranges(skb, SEKISHO_HOSTS_RANGE, hosts->ranges, hosts->range_count, dump->part))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	advance(dump, hosts->range_count);
	return 0;
}

static int put_service(struct sk_buff *skb, const struct sekisho_service *service)
{
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_FLOW_SERVICE);

	if (!nest || nla_put_u8(skb, SEKISHO_SERVICE_PROTOCOL, service->protocol))
		return -EMSGSIZE;
	if (!service->all && nla_put_u16(skb, SEKISHO_SERVICE_FIRST, service->first))
		return -EMSGSIZE;
	if (!service->all && service->last != service->first &&
	    nla_put_u16(skb, SEKISHO_SERVICE_LAST, service->last))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_source_ports(struct sk_buff *skb, const struct sekisho_port_range *range)
{
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_FLOW_SOURCE_PORT);

	if (!nest || nla_put_u16(skb, SEKISHO_PORT_RANGE_FIRST, range->first))
		return -EMSGSIZE;
	if (range->last != range->first && nla_put_u16(skb, SEKISHO_PORT_RANGE_LAST, range->last))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What a flow has several of. */
static int put_lists(struct sk_buff *skb, const struct sekisho_flow *flow)
{
	u32 i;

	for (i = 0; i < flow->service_count; i++)
		if (put_service(skb, &flow->services[i]))
			return -EMSGSIZE;
	for (i = 0; i < flow->mac_count; i++)
		if (sekisho_put_mac(skb, SEKISHO_FLOW_MAC, flow->macs[i]))
			return -EMSGSIZE;
	for (i = 0; i < flow->source_port_count; i++)
		if (put_source_ports(skb, &flow->source_ports[i]))
			return -EMSGSIZE;
	return 0;
}

/* Numbers that are absent where they are 0. */
static int put_nonzero(struct sk_buff *skb, int type, u32 value)
{
	return value ? nla_put_u32(skb, type, value) : 0;
}

static int put_ends(struct sk_buff *skb, const struct sekisho_flow *flow)
{
	if (nla_put_string(skb, SEKISHO_FLOW_ID, flow->use->id) ||
	    nla_put_u16(skb, SEKISHO_FLOW_FROM, flow->from) ||
	    nla_put_u16(skb, SEKISHO_FLOW_TO, flow->to) ||
	    put_nonzero(skb, SEKISHO_FLOW_FROM_HOSTS, flow->from_hosts) ||
	    put_nonzero(skb, SEKISHO_FLOW_TO_HOSTS, flow->to_hosts))
		return -EMSGSIZE;
	return 0;
}

static int put_times(struct sk_buff *skb, const struct sekisho_flow *flow)
{
	if (nla_put_s64(skb, SEKISHO_FLOW_VALID_FROM, flow->valid_from, SEKISHO_FLOW_PAD) ||
	    nla_put_s64(skb, SEKISHO_FLOW_VALID_UNTIL, flow->valid_until, SEKISHO_FLOW_PAD))
		return -EMSGSIZE;
	if (flow->days == SEKISHO_SCHEDULE_NONE)
		return 0;
	if (nla_put_u8(skb, SEKISHO_FLOW_DAYS, flow->days) ||
	    nla_put_u16(skb, SEKISHO_FLOW_START_MINUTE, flow->start_minute) ||
	    nla_put_u16(skb, SEKISHO_FLOW_END_MINUTE, flow->end_minute))
		return -EMSGSIZE;
	return 0;
}

static int put_flow(struct sk_buff *skb, struct sekisho_dump *dump)
{
	const struct sekisho_flow *flow = &dump->policy->flows[dump->index];
	struct nlattr *nest = nla_nest_start(skb, SEKISHO_A_FLOW);

	if (!nest || put_ends(skb, flow) || put_lists(skb, flow) || put_times(skb, flow) ||
	    put_nonzero(skb, SEKISHO_FLOW_NEW_PER_SECOND, flow->new_per_second) ||
	    put_nonzero(skb, SEKISHO_FLOW_CONCURRENT, flow->concurrent) ||
	    nla_put_u8(skb, SEKISHO_FLOW_SURVIVES, flow->survives) ||
	    nla_put_u8(skb, SEKISHO_FLOW_LOG, flow->log))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	dump->index++;
	return 0;
}

/* How many objects a stage has. */
static u32 stage_count(const struct sekisho_policy *policy, u32 stage)
{
	if (!policy)
		return 0;
	switch (stage) {
	case STAGE_SEGMENTS:
		return policy->segment_count - 1;
	case STAGE_PORTS:
		return policy->port_count;
	case STAGE_ADDRESSES:
		return policy->own_count;
	case STAGE_HOSTS:
		return policy->hosts_count - 1;
	case STAGE_FLOWS:
		return policy->flow_count;
	}
	return 0;
}

static int put_object(struct sk_buff *skb, struct sekisho_dump *dump)
{
	switch (dump->stage) {
	case STAGE_SEGMENTS:
		return put_segment(skb, dump);
	case STAGE_PORTS:
		return put_port(skb, dump);
	case STAGE_ADDRESSES:
		return put_own(skb, dump);
	case STAGE_HOSTS:
		return put_hosts(skb, dump);
	}
	return put_flow(skb, dump);
}

/* One message, after which the dump is one object or part further on. */
static int dump_one(struct sk_buff *skb, struct netlink_callback *cb, struct sekisho_dump *dump)
{
	void *header = sekisho_dump_begin(skb, cb);
	int error;

	if (!header)
		return -EMSGSIZE;
	switch (dump->stage) {
	case STAGE_HEAD:
		error = put_head(skb, dump);
		break;
	case STAGE_SITE:
		error = put_site(skb, dump);
		break;
	default:
		return sekisho_dump_end(skb, header, put_object(skb, dump));
	}
	if (!error)
		dump->stage = dump->policy ? dump->stage + 1 : STAGE_END;
	return sekisho_dump_end(skb, header, error);
}

int sekisho_dump_policy(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sekisho_dump *dump = sekisho_dump_of(cb);
	int error = 0;

	sekisho_dump_look(cb);
	while (!error && dump->stage < STAGE_END) {
		if (dump->stage >= STAGE_SEGMENTS &&
		    dump->index >= stage_count(dump->policy, dump->stage)) {
			dump->stage++;
			dump->index = 0;
			continue;
		}
		error = dump_one(skb, cb, dump);
	}
	return sekisho_dump_result(skb, error);
}
