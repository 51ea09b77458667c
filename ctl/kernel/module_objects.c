// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy as the objects of the family. Knows the policy and attributes; nothing of sockets or
 * transactions.
 */
#include "kernel/module_objects.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/module_hosts.h"
#include "kernel/module_socket.h"

/* A segment or host set with more is continued by further objects, as in dumps. */
#define RANGES_AN_OBJECT 64

/* What a flow's attribute takes at most, by what it has several of. */
#define FLOW_BYTES_MAX	  60000
#define FLOW_BYTES	  512
#define SERVICE_BYTES	  28
#define SOURCE_PORT_BYTES 20
#define MAC_BYTES	  12

#define ICMP_TYPE_MOST 255

static const uint8_t meanings[] = {
	[SEKISHO_KIND_SELF] = SEKISHO_MEANING_OTHER,
	[SEKISHO_KIND_MYNUMBER] = SEKISHO_MEANING_OTHER,
	[SEKISHO_KIND_LGWAN] = SEKISHO_MEANING_LGWAN,
	[SEKISHO_KIND_INTERNET] = SEKISHO_MEANING_INTERNET,
	[SEKISHO_KIND_EXTERNAL] = SEKISHO_MEANING_EXTERNAL,
	[SEKISHO_KIND_MANAGEMENT] = SEKISHO_MEANING_MANAGEMENT,
	[SEKISHO_KIND_OTHER] = SEKISHO_MEANING_OTHER,
};

static const uint8_t log_levels[] = {
	[SEKISHO_LOG_NEW] = SEKISHO_FLOW_LOG_NEW,
	[SEKISHO_LOG_ALL] = SEKISHO_FLOW_LOG_ALL,
	[SEKISHO_LOG_NONE] = SEKISHO_FLOW_LOG_NONE,
};

static void put_s64(struct nlmsghdr *message, uint16_t type, int64_t number)
{
	mnl_attr_put_u64(message, type, (uint64_t)number);
}

static void put_timeouts(struct nlmsghdr *message, const struct sekisho_timeouts *timeouts)
{
	struct nlattr *nest = mnl_attr_nest_start(message, SEKISHO_SITE_TIMEOUTS);

	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_TCP_HALF_OPEN, timeouts->tcp_half_open);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_TCP_ESTABLISHED, timeouts->tcp_established);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_TCP_CLOSING, timeouts->tcp_closing);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_TCP_RESET, timeouts->tcp_reset);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_UDP_UNREPLIED, timeouts->udp_unreplied);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_UDP_REPLIED, timeouts->udp_replied);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_ICMP, timeouts->icmp);
	mnl_attr_put_u32(message, SEKISHO_TIMEOUTS_OTHER, timeouts->other);
	mnl_attr_nest_end(message, nest);
}

static int write_site(struct sekisho_module_writer *writer, const struct sekisho_policy *policy)
{
	struct nlattr *nest, *zone;
	struct nlmsghdr *message;
	int error = 0;

	message = writer->next(writer->context, &error);
	if (!message)
		return error;
	nest = mnl_attr_nest_start(message, SEKISHO_A_SITE);
	mnl_attr_put_u32(message, SEKISHO_SITE_CONNECTIONS, policy->connections);
	put_timeouts(message, &policy->timeouts);
	for (size_t i = 0; i < policy->zone_count; i++) {
		zone = mnl_attr_nest_start(message, SEKISHO_SITE_ZONE);
		put_s64(message, SEKISHO_ZONE_SINCE, policy->zone[i].since);
		mnl_attr_put_u32(message, SEKISHO_ZONE_OFFSET, (uint32_t)policy->zone[i].offset);
		mnl_attr_nest_end(message, zone);
	}
	if (policy->forward == SEKISHO_FORWARD_FAST)
		mnl_attr_put_u8(message, SEKISHO_SITE_FORWARD, SEKISHO_FORWARDING_FAST);
	mnl_attr_nest_end(message, nest);
	return 0;
}

static void put_range(struct nlmsghdr *message, uint16_t type, const struct sekisho_range *range)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	sekisho_module_put_address(message, SEKISHO_RANGE_FIRST, range->family, range->first);
	if (sekisho_address_compare(range->first, range->last) != 0)
		sekisho_module_put_address(message, SEKISHO_RANGE_LAST, range->family, range->last);
	mnl_attr_nest_end(message, nest);
}

static void put_ranges(struct nlmsghdr *message, uint16_t type, const struct sekisho_ranges *ranges,
		       size_t first)
{
	for (size_t i = first; i < ranges->count && i < first + RANGES_AN_OBJECT; i++)
		put_range(message, type, &ranges->items[i]);
}

static void put_segment_itself(struct nlmsghdr *message, const struct sekisho_segment *segment)
{
	mnl_attr_put_strz(message, SEKISHO_SEGMENT_A_NAME, segment->name);
	mnl_attr_put_u8(message, SEKISHO_SEGMENT_A_MEANING, meanings[segment->kind]);
	mnl_attr_put_u8(message, SEKISHO_SEGMENT_A_INTRA, segment->intra_permit);
	for (size_t i = 0; i < segment->ethertype_count; i++)
		mnl_attr_put_u16(message, SEKISHO_SEGMENT_A_ETHERTYPE, segment->ethertypes[i]);
}

static int write_segment(struct sekisho_module_writer *writer, const struct sekisho_policy *policy,
			 size_t index)
{
	const struct sekisho_segment *segment = &policy->segments[index];
	size_t first = 0;
	int error = 0;

	do {
		struct nlmsghdr *message = writer->next(writer->context, &error);
		struct nlattr *nest;

		if (!message)
			return error;
		nest = mnl_attr_nest_start(message, SEKISHO_A_SEGMENT);
		mnl_attr_put_u16(message, SEKISHO_SEGMENT_A_INDEX, (uint16_t)index);
		if (!first)
			put_segment_itself(message, segment);
		put_ranges(message, SEKISHO_SEGMENT_A_NETWORK, &segment->networks, first);
		mnl_attr_nest_end(message, nest);
		first += RANGES_AN_OBJECT;
	} while (first < segment->networks.count);
	writer->counts[SEKISHO_COUNTS_SEGMENTS]++;
	writer->counts[SEKISHO_COUNTS_NETWORKS] += (uint32_t)segment->networks.count;
	return 0;
}

static int write_port(struct sekisho_module_writer *writer, const struct sekisho_port *port,
		      size_t segment)
{
	struct nlmsghdr *message;
	struct nlattr *nest;
	int error = 0;

	message = writer->next(writer->context, &error);
	if (!message)
		return error;
	nest = mnl_attr_nest_start(message, SEKISHO_A_PORT);
	mnl_attr_put_strz(message, SEKISHO_PORT_INTERFACE, port->interface);
	mnl_attr_put_u32(message, SEKISHO_PORT_IFINDEX,
			 writer->ifindex(writer->ifindex_context, port->interface));
	mnl_attr_put_u16(message, SEKISHO_PORT_VLAN, port->vlan);
	mnl_attr_put_u16(message, SEKISHO_PORT_SEGMENT, (uint16_t)segment);
	mnl_attr_nest_end(message, nest);
	writer->counts[SEKISHO_COUNTS_PORTS]++;
	return 0;
}

static int write_ports(struct sekisho_module_writer *writer, const struct sekisho_policy *policy)
{
	int error = 0;

	for (size_t i = 1; i < policy->segment_count; i++) {
		for (size_t j = 0; j < policy->segments[i].port_count && !error; j++)
			error = write_port(writer, &policy->segments[i].ports[j], i);
	}
	return error;
}

static int compare_addresses(const void *left, const void *right)
{
	const struct sekisho_range *a = left, *b = right;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return sekisho_address_compare(a->first, b->first);
}

/* An address that two links have is told once. */
static int write_addresses(struct sekisho_module_writer *writer, uint16_t type,
			   const struct sekisho_ranges *addresses)
{
	struct sekisho_range *sorted = malloc((addresses->count + 1) * sizeof(*sorted));
	int error = 0;

	if (!sorted)
		return -ENOMEM;
	if (addresses->count)
		memcpy(sorted, addresses->items, addresses->count * sizeof(*sorted));
	qsort(sorted, addresses->count, sizeof(*sorted), compare_addresses);
	for (size_t i = 0; i < addresses->count; i++) {
		struct nlmsghdr *message;

		if (i && !compare_addresses(&sorted[i - 1], &sorted[i]))
			continue;
		message = writer->next(writer->context, &error);
		if (!message)
			break;
		sekisho_module_put_address(message, type, sorted[i].family, sorted[i].first);
		writer->counts[SEKISHO_COUNTS_ADDRESSES]++;
	}
	free(sorted);
	return error;
}

static int write_hosts(struct sekisho_module_writer *writer,
		       const struct sekisho_endpoint *endpoint, uint32_t number)
{
	size_t first = 0;
	int error = 0;

	do {
		struct nlmsghdr *message = writer->next(writer->context, &error);
		struct nlattr *nest;

		if (!message)
			return error;
		nest = mnl_attr_nest_start(message, SEKISHO_A_HOSTS);
		mnl_attr_put_u32(message, SEKISHO_HOSTS_INDEX, number);
		if (!first)
			mnl_attr_put_u16(message, SEKISHO_HOSTS_SEGMENT, endpoint->segment);
		put_ranges(message, SEKISHO_HOSTS_RANGE, &endpoint->hosts, first);
		mnl_attr_nest_end(message, nest);
		first += RANGES_AN_OBJECT;
	} while (first < endpoint->hosts.count);
	writer->counts[SEKISHO_COUNTS_HOSTS]++;
	return 0;
}

/* Whether a service is all that its protocol has. */
static bool is_whole(const struct sekisho_service *service)
{
	switch (service->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		return !service->first && service->last == UINT16_MAX;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return !service->first && service->last >= ICMP_TYPE_MOST;
	}
	return true;
}

static void put_service(struct nlmsghdr *message, const struct sekisho_service *service)
{
	struct nlattr *nest = mnl_attr_nest_start(message, SEKISHO_FLOW_SERVICE);

	mnl_attr_put_u8(message, SEKISHO_SERVICE_PROTOCOL, service->protocol);
	if (!is_whole(service)) {
		mnl_attr_put_u16(message, SEKISHO_SERVICE_FIRST, service->first);
		if (service->last != service->first)
			mnl_attr_put_u16(message, SEKISHO_SERVICE_LAST, service->last);
	}
	mnl_attr_nest_end(message, nest);
}

static void put_source_ports(struct nlmsghdr *message, const struct sekisho_port_range *range)
{
	struct nlattr *nest = mnl_attr_nest_start(message, SEKISHO_FLOW_SOURCE_PORT);

	mnl_attr_put_u16(message, SEKISHO_PORT_RANGE_FIRST, range->first);
	if (range->last != range->first)
		mnl_attr_put_u16(message, SEKISHO_PORT_RANGE_LAST, range->last);
	mnl_attr_nest_end(message, nest);
}

static void put_lists(struct nlmsghdr *message, const struct sekisho_flow *flow)
{
	for (size_t i = 0; i < flow->service_count; i++)
		put_service(message, &flow->services[i]);
	for (size_t i = 0; i < flow->mac_count; i++)
		sekisho_module_put_mac(message, SEKISHO_FLOW_MAC, flow->macs[i]);
	for (size_t i = 0; i < flow->source_port_count; i++)
		put_source_ports(message, &flow->source_ports[i]);
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

/* Numbers that are absent where they are 0. */
static void put_nonzero(struct nlmsghdr *message, uint16_t type, uint32_t number)
{
	if (number)
		mnl_attr_put_u32(message, type, number);
}

static int write_flow(struct sekisho_module_writer *writer, const struct sekisho_flow *flow,
		      uint32_t from_hosts, uint32_t to_hosts)
{
	struct nlmsghdr *message;
	struct nlattr *nest;
	int error = 0;

	if (FLOW_BYTES + flow->service_count * SERVICE_BYTES +
		    flow->source_port_count * SOURCE_PORT_BYTES + flow->mac_count * MAC_BYTES >
	    FLOW_BYTES_MAX) {
		snprintf(writer->refused, sizeof(writer->refused), "%s", flow->id);
		return -E2BIG;
	}
	message = writer->next(writer->context, &error);
	if (!message)
		return error;
	nest = mnl_attr_nest_start(message, SEKISHO_A_FLOW);
	mnl_attr_put_strz(message, SEKISHO_FLOW_ID, flow->id);
	mnl_attr_put_u16(message, SEKISHO_FLOW_FROM, flow->from.segment);
	mnl_attr_put_u16(message, SEKISHO_FLOW_TO, flow->to.segment);
	put_nonzero(message, SEKISHO_FLOW_FROM_HOSTS, from_hosts);
	put_nonzero(message, SEKISHO_FLOW_TO_HOSTS, to_hosts);
	put_lists(message, flow);
	put_times(message, flow);
	put_nonzero(message, SEKISHO_FLOW_NEW_PER_SECOND, flow->limit.new_per_second);
	put_nonzero(message, SEKISHO_FLOW_CONCURRENT, flow->limit.concurrent);
	mnl_attr_put_u8(message, SEKISHO_FLOW_SURVIVES, flow->survives_isolation);
	mnl_attr_put_u8(message, SEKISHO_FLOW_LOG, log_levels[flow->log]);
	mnl_attr_nest_end(message, nest);
	writer->counts[SEKISHO_COUNTS_FLOWS]++;
	return 0;
}

static int write_flows(struct sekisho_module_writer *writer, const struct sekisho_policy *policy)
{
	struct sekisho_module_hosts hosts;
	int error = sekisho_module_hosts_make(&hosts, policy);

	for (uint32_t i = 0; i < hosts.count && !error; i++)
		error = write_hosts(writer, hosts.sets[i], i + 1);
	for (size_t i = 0; i < policy->flow_count && !error; i++)
		error = write_flow(writer, &policy->flows[i], hosts.from[i], hosts.to[i]);
	sekisho_module_hosts_free(&hosts);
	return error;
}

int sekisho_module_write(struct sekisho_module_writer *writer, const struct sekisho_policy *policy,
			 const struct sekisho_self *self)
{
	int error = write_site(writer, policy);

	memset(writer->counts, 0, sizeof(writer->counts));
	for (size_t i = 1; i < policy->segment_count && !error; i++)
		error = write_segment(writer, policy, i);
	if (!error)
		error = write_ports(writer, policy);
	if (!error)
		error = write_addresses(writer, SEKISHO_A_OWN, &self->addresses);
	if (!error)
		error = write_addresses(writer, SEKISHO_A_BROADCAST, &self->broadcasts);
	return error ? error : write_flows(writer, policy);
}
