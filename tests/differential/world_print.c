// SPDX-License-Identifier: GPL-2.0-only
/*
 * Worlds in a form for people, near to that of a policy file.
 */
#include <arpa/inet.h>
#include <inttypes.h>

#include "world.h"

static const char *const kinds[] = { "self",	 "mynumber",   "lgwan", "internet",
				     "external", "management", "other" };

static void print_range(const struct sekisho_range *range, FILE *stream)
{
	char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];

	fprintf(stream, " %s", world_address_text(range->family, range->first, first));
	if (sekisho_address_compare(range->first, range->last))
		fprintf(stream, "-%s", world_address_text(range->family, range->last, last));
}

static void print_ranges(const struct sekisho_ranges *ranges, FILE *stream)
{
	for (size_t i = 0; i < ranges->count; i++)
		print_range(&ranges->items[i], stream);
}

static void print_segment(const struct sekisho_segment *segment, size_t index, FILE *stream)
{
	fprintf(stream, "    segment %zu %s: kind %s%s, ports", index, segment->name,
		kinds[segment->kind], segment->intra_permit ? ", intra permit" : "");
	for (size_t i = 0; i < segment->port_count; i++)
		fprintf(stream, " %s.%u", segment->ports[i].interface, segment->ports[i].vlan);
	fputs(", networks", stream);
	print_ranges(&segment->networks, stream);
	if (segment->ethertype_count)
		fputs(", ethertypes", stream);
	for (size_t i = 0; i < segment->ethertype_count; i++)
		fprintf(stream, " %04x", segment->ethertypes[i]);
	fputc('\n', stream);
}

static void print_endpoint(const struct world *world, const struct sekisho_endpoint *endpoint,
			   FILE *stream)
{
	fputs(world->policy->segments[endpoint->segment].name, stream);
	if (endpoint->hosts.count) {
		fputs(" [", stream);
		print_ranges(&endpoint->hosts, stream);
		fputs(" ]", stream);
	}
}

static void print_flow(const struct world *world, const struct sekisho_flow *flow, FILE *stream)
{
	fprintf(stream, "    flow %s: ", flow->id);
	print_endpoint(world, &flow->from, stream);
	fputs(" -> ", stream);
	print_endpoint(world, &flow->to, stream);
	for (size_t i = 0; i < flow->service_count; i++)
		fprintf(stream, "; %u/%u-%u", flow->services[i].protocol, flow->services[i].first,
			flow->services[i].last);
	for (size_t i = 0; i < flow->source_port_count; i++)
		fprintf(stream, "; source ports %u-%u", flow->source_ports[i].first,
			flow->source_ports[i].last);
	for (size_t i = 0; i < flow->mac_count; i++)
		fprintf(stream, "; mac %012" PRIx64, flow->macs[i]);
	fprintf(stream, "; valid %" PRId64 " until %" PRId64, flow->valid_from, flow->valid_until);
	if (flow->schedule.present)
		fprintf(stream, "; days %02x %u:%02u-%u:%02u", flow->schedule.days,
			flow->schedule.start_minute / 60, flow->schedule.start_minute % 60,
			flow->schedule.end_minute / 60, flow->schedule.end_minute % 60);
	if (flow->limit.new_per_second || flow->limit.concurrent)
		fprintf(stream, "; limit %u/s, %u at once", flow->limit.new_per_second,
			flow->limit.concurrent);
	fprintf(stream, "%s\n", flow->survives_isolation ? "; survives isolation" : "");
}

void world_print(const struct world *world, FILE *stream)
{
	const struct sekisho_timeouts *timeouts = &world->policy->timeouts;

	fputs("    own", stream);
	print_ranges(&world->self.addresses, stream);
	fputs("\n    broadcast", stream);
	print_ranges(&world->self.broadcasts, stream);
	fprintf(stream, "\n    timeouts: tcp %u %u %u %u, udp %u %u, icmp %u, other %u\n",
		timeouts->tcp_half_open, timeouts->tcp_established, timeouts->tcp_closing,
		timeouts->tcp_reset, timeouts->udp_unreplied, timeouts->udp_replied, timeouts->icmp,
		timeouts->other);
	for (size_t i = 0; i < world->policy->zone_count; i++)
		fprintf(stream, "    offset %d since %" PRId64 "\n", world->policy->zone[i].offset,
			world->policy->zone[i].since);
	for (size_t i = 0; i < world->policy->segment_count; i++)
		print_segment(&world->policy->segments[i], i, stream);
	for (size_t i = 0; i < world->policy->flow_count; i++)
		print_flow(world, &world->policy->flows[i], stream);
}
