// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects of a policy, from attributes into a draft: each is put together from its parts and handed
 * over whole. Knows attributes and drafts; nothing of transactions.
 *
 * A segment or a set of hosts may be larger than one attribute holds: its ranges are gathered until
 * something else comes. Whether values make sense is the draft's to say.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "attributes.h"
#include "object_site.h"
#include "objects.h"

/* What one set of hosts can hold, so that nobody grows it without end. */
#define RANGES_MAX   (1U << 20)
#define SERVICES_MAX 4096
/* A flow is dumped as one attribute, whose length has 16 bits, and may be written longer there. */
#define FLOW_BYTES_MAX 60000
/* Ranges are gathered in room that doubles. */
#define RANGES_FIRST 64

struct gathered_ranges {
	struct sekisho_range *items;
	u32 count;
	u32 room;
};

struct sekisho_objects {
	struct sekisho_draft *draft;
	/* SEKISHO_A_SEGMENT or _HOSTS: one is being gathered; 0: none */
	int open;
	const struct nlattr *opened_by; /* NULL: an earlier message */
	u32 segments; /* begun */
	u32 hosts;
	char name[SEKISHO_NAME_BYTES];
	struct sekisho_segment segment; /* open; its networks are @ranges */
	u16 hosts_segment; /* likewise */
	struct gathered_ranges ranges;
	/* A flow's, while it is read: room is not asked for a million times. */
	struct sekisho_service services[SERVICES_MAX];
	struct sekisho_port_range source_ports[SERVICES_MAX];
	u64 macs[SEKISHO_MACS_MAX];
};

struct sekisho_objects *sekisho_objects_new(struct sekisho_names *names)
{
	struct sekisho_objects *objects = kvzalloc(sizeof(*objects), GFP_KERNEL_ACCOUNT);

	if (!objects)
		return NULL;
	objects->draft = sekisho_draft_new(names);
	if (!objects->draft) {
		kvfree(objects);
		return NULL;
	}
	return objects;
}

void sekisho_objects_free(struct sekisho_objects *objects)
{
	if (!objects)
		return;
	sekisho_draft_free(objects->draft);
	kvfree(objects->ranges.items);
	kvfree(objects);
}

static int ranges_grow(struct gathered_ranges *ranges)
{
	u32 room = ranges->room ? 2 * ranges->room : RANGES_FIRST;
	struct sekisho_range *items = kvmalloc_array(room, sizeof(*items), GFP_KERNEL_ACCOUNT);

	if (!items)
		return -ENOMEM;
	if (ranges->count)
		memcpy(items, ranges->items, ranges->count * sizeof(*items));
	kvfree(ranges->items);
	ranges->items = items;
	ranges->room = room;
	return 0;
}

/* The tables have been applied to the whole request: nests are only taken apart here. */
static int read_nest(struct nlattr **parts, int max, const struct nlattr *nest,
		     struct netlink_ext_ack *extack)
{
	return nla_parse_nested(parts, max, nest, NULL, extack);
}

static int gather_range(struct gathered_ranges *ranges, const struct nlattr *nest, u32 max,
			struct netlink_ext_ack *extack)
{
	struct nlattr *parts[SEKISHO_RANGE_MAX + 1];
	struct sekisho_range *range;
	int error = read_nest(parts, SEKISHO_RANGE_MAX, nest, extack);

	if (error)
		return error;
	if (!parts[SEKISHO_RANGE_FIRST])
		return sekisho_refuse_missing(extack, nest, SEKISHO_RANGE_FIRST,
					      "a range has no first address");
	if (ranges->count >= max)
		return sekisho_refuse(extack, nest, "too many networks or ranges", -E2BIG);
	if (ranges->count == ranges->room && ranges_grow(ranges))
		return -ENOMEM;
	range = &ranges->items[ranges->count];
	range->family = sekisho_read_address(parts[SEKISHO_RANGE_FIRST], &range->first);
	range->last = range->first;
	if (parts[SEKISHO_RANGE_LAST] &&
	    sekisho_read_address(parts[SEKISHO_RANGE_LAST], &range->last) != range->family)
		return sekisho_refuse(extack, parts[SEKISHO_RANGE_LAST],
				      "a range's addresses are of two families", -EINVAL);
	ranges->count++;
	return 0;
}

static int gather_ranges(struct gathered_ranges *ranges, const struct nlattr *object, int type,
			 u32 max, struct netlink_ext_ack *extack)
{
	const struct nlattr *part;
	int error = 0;
	int rest;

	nla_for_each_nested(part, object, rest) {
		if (nla_type(part) == type)
			error = gather_range(ranges, part, max, extack);
		if (error)
			return error;
	}
	return 0;
}

/* What the draft said, where it said anything. */
static int refuse_fault(struct netlink_ext_ack *extack, const struct nlattr *attribute,
			const struct sekisho_policy_fault *fault, int error)
{
	if (!error || error == -ENOMEM)
		return error;
	return sekisho_refuse(extack, attribute, fault->text ?: "refused", error);
}

/* Hands over what was gathered. */
static int close_open(struct sekisho_objects *objects, struct netlink_ext_ack *extack)
{
	struct gathered_ranges *ranges = &objects->ranges;
	struct sekisho_policy_fault fault = {};
	int error = 0;

	if (objects->open == SEKISHO_A_SEGMENT) {
		objects->segment.networks = ranges->items;
		objects->segment.network_count = ranges->count;
		error = sekisho_draft_add_segment(objects->draft, &objects->segment, objects->name,
						  &fault);
	} else if (objects->open == SEKISHO_A_HOSTS) {
		struct sekisho_hosts hosts = {
			.ranges = ranges->items,
			.range_count = ranges->count,
			.segment = objects->hosts_segment,
		};

		error = sekisho_draft_add_hosts(objects->draft, &hosts, &fault);
	}
	error = refuse_fault(extack, objects->opened_by, &fault, error);
	objects->open = 0;
	objects->opened_by = NULL;
	ranges->count = 0;
	return error;
}

static int read_ethertypes(struct sekisho_segment *segment, const struct nlattr *nest,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *part;
	int rest;

	nla_for_each_nested(part, nest, rest) {
		if (nla_type(part) != SEKISHO_SEGMENT_A_ETHERTYPE)
			continue;
		if (segment->ethertype_count >= SEKISHO_ETHERTYPES_MAX)
			return sekisho_refuse(extack, part, "too many EtherTypes in a segment",
					      -E2BIG);
		segment->ethertypes[segment->ethertype_count++] = nla_get_u16(part);
	}
	return 0;
}

/* Whether a segment's attribute is only the rest of the one before. */
static bool continues_segment(const struct sekisho_objects *objects, struct nlattr **parts)
{
	return objects->open == SEKISHO_A_SEGMENT && !parts[SEKISHO_SEGMENT_A_NAME] &&
	       !parts[SEKISHO_SEGMENT_A_MEANING] && !parts[SEKISHO_SEGMENT_A_INTRA] &&
	       !parts[SEKISHO_SEGMENT_A_ETHERTYPE] &&
	       nla_get_u16(parts[SEKISHO_SEGMENT_A_INDEX]) == objects->segments;
}

static int open_segment(struct sekisho_objects *objects, const struct nlattr *nest,
			struct nlattr **parts, struct netlink_ext_ack *extack)
{
	struct sekisho_segment *segment = &objects->segment;
	int error = close_open(objects, extack);

	if (error)
		return error;
	if (nla_get_u16(parts[SEKISHO_SEGMENT_A_INDEX]) != objects->segments + 1)
		return sekisho_refuse(extack, parts[SEKISHO_SEGMENT_A_INDEX],
				      "segments are not numbered 1, 2, ...", -EINVAL);
	if (!parts[SEKISHO_SEGMENT_A_NAME])
		return sekisho_refuse_missing(extack, nest, SEKISHO_SEGMENT_A_NAME,
					      "a segment has no name");
	memset(segment, 0, sizeof(*segment));
	nla_strscpy(objects->name, parts[SEKISHO_SEGMENT_A_NAME], sizeof(objects->name));
	if (parts[SEKISHO_SEGMENT_A_MEANING])
		segment->meaning = nla_get_u8(parts[SEKISHO_SEGMENT_A_MEANING]);
	if (parts[SEKISHO_SEGMENT_A_INTRA])
		segment->intra = nla_get_u8(parts[SEKISHO_SEGMENT_A_INTRA]);
	error = read_ethertypes(segment, nest, extack);
	if (error)
		return error;
	objects->open = SEKISHO_A_SEGMENT;
	objects->opened_by = nest;
	objects->segments++;
	return 0;
}

static int add_segment(struct sekisho_objects *objects, const struct nlattr *nest,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *parts[SEKISHO_SEGMENT_A_MAX + 1];
	int error = read_nest(parts, SEKISHO_SEGMENT_A_MAX, nest, extack);

	if (error)
		return error;
	if (!parts[SEKISHO_SEGMENT_A_INDEX])
		return sekisho_refuse_missing(extack, nest, SEKISHO_SEGMENT_A_INDEX,
					      "a segment has no index");
	if (!continues_segment(objects, parts)) {
		error = open_segment(objects, nest, parts, extack);
		if (error)
			return error;
	}
	return gather_ranges(&objects->ranges, nest, SEKISHO_SEGMENT_A_NETWORK,
			     SEKISHO_NETWORKS_MAX, extack);
}

static int open_hosts(struct sekisho_objects *objects, const struct nlattr *nest,
		      struct nlattr **parts, struct netlink_ext_ack *extack)
{
	int error = close_open(objects, extack);

	if (error)
		return error;
	if (nla_get_u32(parts[SEKISHO_HOSTS_INDEX]) != objects->hosts + 1)
		return sekisho_refuse(extack, parts[SEKISHO_HOSTS_INDEX],
				      "sets of hosts are not numbered 1, 2, ...", -EINVAL);
	if (!parts[SEKISHO_HOSTS_SEGMENT])
		return sekisho_refuse_missing(extack, nest, SEKISHO_HOSTS_SEGMENT,
					      "a set of hosts has no segment");
	objects->hosts_segment = nla_get_u16(parts[SEKISHO_HOSTS_SEGMENT]);
	objects->open = SEKISHO_A_HOSTS;
	objects->opened_by = nest;
	objects->hosts++;
	return 0;
}

static int add_hosts(struct sekisho_objects *objects, const struct nlattr *nest,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *parts[SEKISHO_HOSTS_MAX + 1];
	int error = read_nest(parts, SEKISHO_HOSTS_MAX, nest, extack);

	if (error)
		return error;
	if (!parts[SEKISHO_HOSTS_INDEX])
		return sekisho_refuse_missing(extack, nest, SEKISHO_HOSTS_INDEX,
					      "a set of hosts has no index");
	if (objects->open != SEKISHO_A_HOSTS || parts[SEKISHO_HOSTS_SEGMENT] ||
	    nla_get_u32(parts[SEKISHO_HOSTS_INDEX]) != objects->hosts) {
		error = open_hosts(objects, nest, parts, extack);
		if (error)
			return error;
	}
	return gather_ranges(&objects->ranges, nest, SEKISHO_HOSTS_RANGE, RANGES_MAX, extack);
}

static int add_site(struct sekisho_objects *objects, const struct nlattr *nest,
		    struct netlink_ext_ack *extack)
{
	struct sekisho_policy_fault fault = {};
	struct sekisho_site site = {};
	int error = sekisho_object_site(&site, nest, extack);

	if (error)
		return error;
	error = sekisho_draft_set_site(objects->draft, &site, &fault);
	return refuse_fault(extack, nest, &fault, error);
}

static int add_port(struct sekisho_objects *objects, const struct nlattr *nest,
		    struct netlink_ext_ack *extack)
{
	struct nlattr *parts[SEKISHO_PORT_MAX + 1];
	struct sekisho_policy_fault fault = {};
	struct sekisho_port port = {};
	int error = read_nest(parts, SEKISHO_PORT_MAX, nest, extack);

	if (error)
		return error;
	if (!parts[SEKISHO_PORT_INTERFACE])
		return sekisho_refuse_missing(extack, nest, SEKISHO_PORT_INTERFACE,
					      "a port has no interface");
	if (!parts[SEKISHO_PORT_SEGMENT])
		return sekisho_refuse_missing(extack, nest, SEKISHO_PORT_SEGMENT,
					      "a port has no segment");
	nla_strscpy(port.interface, parts[SEKISHO_PORT_INTERFACE], sizeof(port.interface));
	port.segment = nla_get_u16(parts[SEKISHO_PORT_SEGMENT]);
	if (parts[SEKISHO_PORT_IFINDEX])
		port.ifindex = nla_get_u32(parts[SEKISHO_PORT_IFINDEX]);
	if (parts[SEKISHO_PORT_VLAN])
		port.vlan = nla_get_u16(parts[SEKISHO_PORT_VLAN]);
	error = sekisho_draft_add_port(objects->draft, &port, &fault);
	return refuse_fault(extack, nest, &fault, error);
}

static int add_own(struct sekisho_objects *objects, const struct nlattr *attribute, bool broadcast,
		   struct netlink_ext_ack *extack)
{
	struct sekisho_policy_fault fault = {};
	struct sekisho_own own = { .broadcast = broadcast };
	int error;

	own.family = sekisho_read_address(attribute, &own.address);
	error = sekisho_draft_add_own(objects->draft, &own, &fault);
	return refuse_fault(extack, attribute, &fault, error);
}

static int add_service(struct sekisho_objects *objects, struct sekisho_flow *flow,
		       const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nlattr *parts[SEKISHO_SERVICE_MAX + 1];
	struct sekisho_service *service;
	int error = read_nest(parts, SEKISHO_SERVICE_MAX, nest, extack);

	if (error)
		return error;
	if (!parts[SEKISHO_SERVICE_PROTOCOL])
		return sekisho_refuse_missing(extack, nest, SEKISHO_SERVICE_PROTOCOL,
					      "a service has no protocol");
	if (parts[SEKISHO_SERVICE_LAST] && !parts[SEKISHO_SERVICE_FIRST])
		return sekisho_refuse_missing(extack, nest, SEKISHO_SERVICE_FIRST,
					      "a service has a last number, but no first");
	if (flow->service_count >= SERVICES_MAX)
		return sekisho_refuse(extack, nest, "too many services in a flow", -E2BIG);
	service = &objects->services[flow->service_count++];
	*service = (struct sekisho_service){
		.protocol = nla_get_u8(parts[SEKISHO_SERVICE_PROTOCOL]),
		.last = U16_MAX,
		.all = !parts[SEKISHO_SERVICE_FIRST],
	};
	if (service->all)
		return 0;
	service->first = nla_get_u16(parts[SEKISHO_SERVICE_FIRST]);
	service->last = service->first;
	if (parts[SEKISHO_SERVICE_LAST])
		service->last = nla_get_u16(parts[SEKISHO_SERVICE_LAST]);
	return 0;
}

static int add_source_port(struct sekisho_objects *objects, struct sekisho_flow *flow,
			   const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nlattr *parts[SEKISHO_PORT_RANGE_MAX + 1];
	struct sekisho_port_range *range;
	int error = read_nest(parts, SEKISHO_PORT_RANGE_MAX, nest, extack);

	if (error)
		return error;
	if (!parts[SEKISHO_PORT_RANGE_FIRST])
		return sekisho_refuse_missing(extack, nest, SEKISHO_PORT_RANGE_FIRST,
					      "source ports have no first");
	if (flow->source_port_count >= SERVICES_MAX)
		return sekisho_refuse(extack, nest, "too many source ports in a flow", -E2BIG);
	range = &objects->source_ports[flow->source_port_count++];
	range->first = nla_get_u16(parts[SEKISHO_PORT_RANGE_FIRST]);
	range->last = range->first;
	if (parts[SEKISHO_PORT_RANGE_LAST])
		range->last = nla_get_u16(parts[SEKISHO_PORT_RANGE_LAST]);
	return 0;
}

static int add_mac(struct sekisho_objects *objects, struct sekisho_flow *flow,
		   const struct nlattr *attribute, struct netlink_ext_ack *extack)
{
	if (flow->mac_count >= SEKISHO_MACS_MAX)
		return sekisho_refuse(extack, attribute, "too many MACs in a flow", -E2BIG);
	objects->macs[flow->mac_count++] = sekisho_read_mac(attribute);
	return 0;
}

/* What a flow has several of. */
static int read_lists(struct sekisho_objects *objects, struct sekisho_flow *flow,
		      const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	const struct nlattr *part;
	int error = 0;
	int rest;

	flow->services = objects->services;
	flow->macs = objects->macs;
	flow->source_ports = objects->source_ports;
	nla_for_each_nested(part, nest, rest) {
		switch (nla_type(part)) {
		case SEKISHO_FLOW_SERVICE:
			error = add_service(objects, flow, part, extack);
			break;
		case SEKISHO_FLOW_MAC:
			error = add_mac(objects, flow, part, extack);
			break;
		case SEKISHO_FLOW_SOURCE_PORT:
			error = add_source_port(objects, flow, part, extack);
			break;
		}
		if (error)
			return error;
	}
	return 0;
}

/* A schedule is whole or absent. */
static int read_schedule(struct sekisho_flow *flow, struct nlattr **parts,
			 const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	static const int types[] = {
		SEKISHO_FLOW_DAYS,
		SEKISHO_FLOW_START_MINUTE,
		SEKISHO_FLOW_END_MINUTE,
	};
	size_t i;

	if (!parts[SEKISHO_FLOW_DAYS] && !parts[SEKISHO_FLOW_START_MINUTE] &&
	    !parts[SEKISHO_FLOW_END_MINUTE])
		return 0;
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!parts[types[i]])
			return sekisho_refuse_missing(extack, nest, types[i],
						      "a schedule is not whole");
	flow->days = nla_get_u8(parts[SEKISHO_FLOW_DAYS]);
	flow->start_minute = nla_get_u16(parts[SEKISHO_FLOW_START_MINUTE]);
	flow->end_minute = nla_get_u16(parts[SEKISHO_FLOW_END_MINUTE]);
	return 0;
}

/* What it cannot be without. */
static int read_required(struct sekisho_flow *flow, struct nlattr **parts,
			 const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	static const int types[] = {
		SEKISHO_FLOW_ID,      SEKISHO_FLOW_FROM,       SEKISHO_FLOW_TO,
		SEKISHO_FLOW_SERVICE, SEKISHO_FLOW_VALID_FROM, SEKISHO_FLOW_VALID_UNTIL,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!parts[types[i]])
			return sekisho_refuse_missing(extack, nest, types[i],
						      "a flow is not whole");
	flow->from = nla_get_u16(parts[SEKISHO_FLOW_FROM]);
	flow->to = nla_get_u16(parts[SEKISHO_FLOW_TO]);
	flow->valid_from = nla_get_s64(parts[SEKISHO_FLOW_VALID_FROM]);
	flow->valid_until = nla_get_s64(parts[SEKISHO_FLOW_VALID_UNTIL]);
	return 0;
}

static void read_optional(struct sekisho_flow *flow, struct nlattr **parts)
{
	if (parts[SEKISHO_FLOW_FROM_HOSTS])
		flow->from_hosts = nla_get_u32(parts[SEKISHO_FLOW_FROM_HOSTS]);
	if (parts[SEKISHO_FLOW_TO_HOSTS])
		flow->to_hosts = nla_get_u32(parts[SEKISHO_FLOW_TO_HOSTS]);
	if (parts[SEKISHO_FLOW_NEW_PER_SECOND])
		flow->new_per_second = nla_get_u32(parts[SEKISHO_FLOW_NEW_PER_SECOND]);
	if (parts[SEKISHO_FLOW_CONCURRENT])
		flow->concurrent = nla_get_u32(parts[SEKISHO_FLOW_CONCURRENT]);
	if (parts[SEKISHO_FLOW_SURVIVES])
		flow->survives = nla_get_u8(parts[SEKISHO_FLOW_SURVIVES]);
	if (parts[SEKISHO_FLOW_LOG])
		flow->log = nla_get_u8(parts[SEKISHO_FLOW_LOG]);
}

static int add_flow(struct sekisho_objects *objects, const struct nlattr *nest,
		    struct netlink_ext_ack *extack)
{
	struct nlattr *parts[SEKISHO_FLOW_MAX + 1];
	struct sekisho_policy_fault fault = {};
	struct sekisho_flow flow = {};
	int error;

	if (nla_len(nest) > FLOW_BYTES_MAX)
		return sekisho_refuse(extack, nest, "a flow is too large", -E2BIG);
	error = read_nest(parts, SEKISHO_FLOW_MAX, nest, extack);
	if (!error)
		error = read_required(&flow, parts, nest, extack);
	if (!error)
		error = read_schedule(&flow, parts, nest, extack);
	if (!error)
		error = read_lists(objects, &flow, nest, extack);
	if (error)
		return error;
	read_optional(&flow, parts);
	error = sekisho_draft_add_flow(objects->draft, &flow, nla_data(parts[SEKISHO_FLOW_ID]),
				       &fault);
	return refuse_fault(extack, nest, &fault, error);
}

int sekisho_objects_add(struct sekisho_objects *objects, const struct nlattr *attribute,
			struct netlink_ext_ack *extack)
{
	int error;

	switch (nla_type(attribute)) {
	case SEKISHO_A_SEGMENT:
		return add_segment(objects, attribute, extack);
	case SEKISHO_A_HOSTS:
		return add_hosts(objects, attribute, extack);
	}
	error = close_open(objects, extack);
	if (error)
		return error;
	switch (nla_type(attribute)) {
	case SEKISHO_A_SITE:
		return add_site(objects, attribute, extack);
	case SEKISHO_A_PORT:
		return add_port(objects, attribute, extack);
	case SEKISHO_A_OWN:
		return add_own(objects, attribute, false, extack);
	case SEKISHO_A_BROADCAST:
		return add_own(objects, attribute, true, extack);
	case SEKISHO_A_FLOW:
		return add_flow(objects, attribute, extack);
	}
	return sekisho_refuse(extack, attribute, "no object of a policy", -EINVAL);
}

void sekisho_objects_forget_message(struct sekisho_objects *objects)
{
	objects->opened_by = NULL;
}

int sekisho_objects_finish(struct sekisho_objects *objects, struct netlink_ext_ack *extack)
{
	return close_open(objects, extack);
}

void sekisho_objects_count(const struct sekisho_objects *objects,
			   struct sekisho_draft_counts *counts)
{
	sekisho_draft_count(objects->draft, counts);
}

int sekisho_objects_compile(struct sekisho_objects *objects, struct sekisho_policy **policy,
			    struct sekisho_policy_fault *fault)
{
	return sekisho_draft_compile(objects->draft, policy, fault);
}
