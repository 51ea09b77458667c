// SPDX-License-Identifier: GPL-2.0-only
/*
 * A world as the module's netlink family takes it (include/sekisho/netlink.h).
 */
#include "tape.h"

#include <endian.h>
#include <err.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/netlink.h"

#include "../kmod/tape.h"

/* More than there are in any episode: that the table is full is an op of its own. */
#define CONNECTIONS 8192

static void put_address(struct nlmsghdr *message, uint16_t type, uint8_t family,
			struct sekisho_address address)
{
	uint64_t words[2] = { htobe64(address.high), htobe64(address.low) };
	size_t length = family == 4 ? 4 : 16;

	mnl_attr_put(message, type, length, (char *)words + sizeof(words) - length);
}

static void put_range(struct nlmsghdr *message, uint16_t type, const struct sekisho_range *range)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	put_address(message, SEKISHO_RANGE_FIRST, range->family, range->first);
	put_address(message, SEKISHO_RANGE_LAST, range->family, range->last);
	mnl_attr_nest_end(message, nest);
}

static void put_s64(struct nlmsghdr *message, uint16_t type, int64_t value)
{
	mnl_attr_put_u64(message, type, (uint64_t)value);
}

static void put_site(struct nlmsghdr *message, const struct sekisho_policy *policy)
{
	struct nlattr *site = mnl_attr_nest_start(message, SEKISHO_A_SITE), *nest;
	const struct sekisho_timeouts *timeouts = &policy->timeouts;

	mnl_attr_put_u32(message, SEKISHO_SITE_CONNECTIONS, CONNECTIONS);
	nest = mnl_attr_nest_start(message, SEKISHO_SITE_TIMEOUTS);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_TCP_HALF_OPEN, timeouts->tcp_half_open);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_TCP_ESTABLISHED, timeouts->tcp_established);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_TCP_CLOSING, timeouts->tcp_closing);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_TCP_RESET, timeouts->tcp_reset);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_UDP_UNREPLIED, timeouts->udp_unreplied);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_UDP_REPLIED, timeouts->udp_replied);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_ICMP, timeouts->icmp);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_OTHER, timeouts->other);
	mnl_attr_nest_end(message, nest);
	for (size_t i = 0; i < policy->zone_count; i++) {
		nest = mnl_attr_nest_start(message, SEKISHO_SITE_ZONE);
		put_s64(message, SEKISHO_ZONE_SINCE, i ? policy->zone[i].since : INT64_MIN);
		mnl_attr_put_u32(message, SEKISHO_ZONE_OFFSET, (uint32_t)policy->zone[i].offset);
		mnl_attr_nest_end(message, nest);
	}
	mnl_attr_nest_end(message, site);
}

static enum sekisho_segment_meaning meaning(enum sekisho_segment_kind kind)
{
	switch (kind) {
	case SEKISHO_KIND_LGWAN:
		return SEKISHO_MEANING_LGWAN;
	case SEKISHO_KIND_INTERNET:
		return SEKISHO_MEANING_INTERNET;
	case SEKISHO_KIND_EXTERNAL:
		return SEKISHO_MEANING_EXTERNAL;
	case SEKISHO_KIND_MANAGEMENT:
		return SEKISHO_MEANING_MANAGEMENT;
	default:
		return SEKISHO_MEANING_OTHER;
	}
}

static bool listed_before(const struct sekisho_segment *segment, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (segment->ethertypes[i] == segment->ethertypes[index])
			return true;
	return false;
}

static void put_segment(struct nlmsghdr *message, const struct sekisho_segment *segment,
			uint16_t index)
{
	struct nlattr *nest = mnl_attr_nest_start(message, SEKISHO_A_SEGMENT);

	mnl_attr_put_u16(message, SEKISHO_SEGMENT_A_INDEX, index);
	mnl_attr_put_strz(message, SEKISHO_SEGMENT_A_NAME, segment->name);
	mnl_attr_put_u8(message, SEKISHO_SEGMENT_A_MEANING, meaning(segment->kind));
	mnl_attr_put_u8(message, SEKISHO_SEGMENT_A_INTRA, segment->intra_permit);
	for (size_t i = 0; i < segment->ethertype_count; i++)
		if (!listed_before(segment, i))
			mnl_attr_put_u16(message, SEKISHO_SEGMENT_A_ETHERTYPE,
					 segment->ethertypes[i]);
	for (size_t i = 0; i < segment->networks.count; i++)
		put_range(message, SEKISHO_SEGMENT_A_NETWORK, &segment->networks.items[i]);
	mnl_attr_nest_end(message, nest);
}

static void put_ports(struct nlmsghdr *message, const struct sekisho_segment *segment,
		      uint16_t index)
{
	for (size_t i = 0; i < segment->port_count; i++) {
		const struct sekisho_port *port = &segment->ports[i];
		struct nlattr *nest = mnl_attr_nest_start(message, SEKISHO_A_PORT);

		mnl_attr_put_strz(message, SEKISHO_PORT_INTERFACE, port->interface);
		mnl_attr_put_u32(message, SEKISHO_PORT_IFINDEX,
				 TAPE_IFINDEX((unsigned int)(port->interface[1] - '0')));
		mnl_attr_put_u16(message, SEKISHO_PORT_VLAN, port->vlan);
		mnl_attr_put_u16(message, SEKISHO_PORT_SEGMENT, index);
		mnl_attr_nest_end(message, nest);
	}
}

static void put_own(struct nlmsghdr *message, uint16_t type, const struct sekisho_ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++) {
		const struct sekisho_range *range = &ranges->items[i];
		bool known = false;

		for (size_t j = 0; j < i && !known; j++)
			known = range->family == ranges->items[j].family &&
				!sekisho_address_compare(range->first, ranges->items[j].first);
		if (!known)
			put_address(message, type, range->family, range->first);
	}
}

static int compare_ranges(const void *left, const void *right)
{
	const struct sekisho_range *a = left, *b = right;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return sekisho_address_compare(a->first, b->first);
}

/* Return: the set's number; 0 for every host. */
static uint32_t put_hosts(struct nlmsghdr *message, const struct sekisho_endpoint *endpoint,
			  uint32_t *count)
{
	struct sekisho_range sorted[16];
	struct nlattr *nest;

	if (!endpoint->hosts.count)
		return 0;
	if (endpoint->hosts.count > sizeof(sorted) / sizeof(*sorted))
		errx(1, "too many hosts for a tape");
	memcpy(sorted, endpoint->hosts.items, endpoint->hosts.count * sizeof(*sorted));
	qsort(sorted, endpoint->hosts.count, sizeof(*sorted), compare_ranges);
	nest = mnl_attr_nest_start(message, SEKISHO_A_HOSTS);
	mnl_attr_put_u32(message, SEKISHO_HOSTS_INDEX, ++*count);
	mnl_attr_put_u16(message, SEKISHO_HOSTS_SEGMENT, endpoint->segment);
	for (size_t i = 0; i < endpoint->hosts.count; i++)
		put_range(message, SEKISHO_HOSTS_RANGE, &sorted[i]);
	mnl_attr_nest_end(message, nest);
	return *count;
}

static void put_services(struct nlmsghdr *message, const struct sekisho_flow *flow)
{
	for (size_t i = 0; i < flow->service_count; i++) {
		const struct sekisho_service *service = &flow->services[i];
		uint8_t protocol = service->protocol;
		struct nlattr *nest = mnl_attr_nest_start(message, SEKISHO_FLOW_SERVICE);

		mnl_attr_put_u8(message, SEKISHO_SERVICE_PROTOCOL, protocol);
		if (protocol == 1 || protocol == 6 || protocol == 17 || protocol == 58) {
			mnl_attr_put_u16(message, SEKISHO_SERVICE_FIRST, service->first);
			mnl_attr_put_u16(message, SEKISHO_SERVICE_LAST, service->last);
		}
		mnl_attr_nest_end(message, nest);
	}
}

static void put_lists(struct nlmsghdr *message, const struct sekisho_flow *flow)
{
	for (size_t i = 0; i < flow->mac_count; i++) {
		uint64_t mac = htobe64(flow->macs[i]);

		mnl_attr_put(message, SEKISHO_FLOW_MAC, 6, (char *)&mac + 2);
	}
	for (size_t i = 0; i < flow->source_port_count; i++) {
		struct nlattr *nest = mnl_attr_nest_start(message, SEKISHO_FLOW_SOURCE_PORT);

		mnl_attr_put_u16(message, SEKISHO_PORT_RANGE_FIRST, flow->source_ports[i].first);
		mnl_attr_put_u16(message, SEKISHO_PORT_RANGE_LAST, flow->source_ports[i].last);
		mnl_attr_nest_end(message, nest);
	}
}

static void put_times(struct nlmsghdr *message, const struct sekisho_flow *flow)
{
	put_s64(message, SEKISHO_FLOW_VALID_FROM, flow->valid_from);
	put_s64(message, SEKISHO_FLOW_VALID_UNTIL, flow->valid_until);
	if (!flow->schedule.present)
		return;
	mnl_attr_put_u8(message, SEKISHO_FLOW_DAYS, flow->schedule.days);
	mnl_attr_put_u16(message, SEKISHO_FLOW_START_MINUTE, flow->schedule.start_minute);
	mnl_attr_put_u16(message, SEKISHO_FLOW_END_MINUTE, flow->schedule.end_minute);
}

static void put_flow(struct nlmsghdr *message, const struct sekisho_flow *flow, uint32_t from_hosts,
		     uint32_t to_hosts)
{
	struct nlattr *nest = mnl_attr_nest_start(message, SEKISHO_A_FLOW);

	mnl_attr_put_strz(message, SEKISHO_FLOW_ID, flow->id);
	mnl_attr_put_u16(message, SEKISHO_FLOW_FROM, flow->from.segment);
	mnl_attr_put_u16(message, SEKISHO_FLOW_TO, flow->to.segment);
	if (from_hosts)
		mnl_attr_put_u32(message, SEKISHO_FLOW_FROM_HOSTS, from_hosts);
	if (to_hosts)
		mnl_attr_put_u32(message, SEKISHO_FLOW_TO_HOSTS, to_hosts);
	put_services(message, flow);
	put_lists(message, flow);
	put_times(message, flow);
	if (flow->limit.new_per_second)
		mnl_attr_put_u32(message, SEKISHO_FLOW_NEW_PER_SECOND, flow->limit.new_per_second);
	if (flow->limit.concurrent)
		mnl_attr_put_u32(message, SEKISHO_FLOW_CONCURRENT, flow->limit.concurrent);
	mnl_attr_put_u8(message, SEKISHO_FLOW_SURVIVES, flow->survives_isolation);
	mnl_attr_put_u8(message, SEKISHO_FLOW_LOG, SEKISHO_FLOW_LOG_NONE);
	mnl_attr_nest_end(message, nest);
}

static void put_flows(struct nlmsghdr *message, const struct sekisho_policy *policy)
{
	uint32_t count = 0, numbers[WORLD_FLOWS][2];

	for (size_t i = 0; i < policy->flow_count; i++) {
		numbers[i][0] = put_hosts(message, &policy->flows[i].from, &count);
		numbers[i][1] = put_hosts(message, &policy->flows[i].to, &count);
	}
	for (size_t i = 0; i < policy->flow_count; i++)
		put_flow(message, &policy->flows[i], numbers[i][0], numbers[i][1]);
}

size_t tape_policy(const struct world *world, void *room, size_t bytes)
{
	const struct sekisho_policy *policy = world->policy;
	struct nlmsghdr *message = mnl_nlmsg_put_header(room);

	put_site(message, policy);
	for (size_t i = 1; i < policy->segment_count; i++)
		put_segment(message, &policy->segments[i], (uint16_t)i);
	for (size_t i = 1; i < policy->segment_count; i++)
		put_ports(message, &policy->segments[i], (uint16_t)i);
	put_own(message, SEKISHO_A_OWN, &world->self.addresses);
	put_own(message, SEKISHO_A_BROADCAST, &world->self.broadcasts);
	put_flows(message, policy);
	if (message->nlmsg_len > bytes / 2)
		errx(1, "a policy of %u bytes is too large for a tape", message->nlmsg_len);
	bytes = mnl_nlmsg_get_payload_len(message);
	memmove(room, mnl_nlmsg_get_payload(message), bytes);
	return bytes;
}
