// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy of any number of mixed flows, and the packets that each permits. Knows no program and
 * no map.
 */
#include "verdict_policy.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What flow n permits is told by n modulo this. */
enum sort {
	HOST_WITH_MAC, /* host > host, one port, from one MAC */
	TWO_SERVICES, /* host > host, two ports */
	PREFIX, /* prefix > host, a range of ports */
	RANGE_UDP, /* a range of hosts > host, UDP */
	ENDING, /* host > prefix, each with an end of its own */
	HOST6,
	PREFIX6,
	NESTED, /* the /16 around the block > host: covers the sources of others */
	SORTS,
};

#define BLOCK	      8
#define SIDE_A	      0x0a000000u /* 10.0.0.0/9 */
#define SIDE_B	      0x0a800000u /* 10.128.0.0/9 */
#define SIDE_A6	      0xfd00000a00000000ull /* /32, a /64 a flow */
#define SIDE_B6	      0xfd00000b00000000ull
#define DAY	      86400
#define NETWORK_HOSTS 0x10000u

static const enum sort tcp4[] = { HOST_WITH_MAC, TWO_SERVICES, PREFIX, ENDING, NESTED };
static const enum sort tcp6[] = { HOST6, PREFIX6 };
static const enum sort unlisted[] = { HOST_WITH_MAC, TWO_SERVICES, PREFIX, ENDING };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void *need(void *memory)
{
	if (!memory)
		err(1, "no memory");
	return memory;
}

/* Destinations are not in the order of sources, as in no ledger they are. */
static uint32_t scattered(uint32_t n)
{
	return n * 0x9e3b1u & (ROTATE_ROWS_MAX - 1);
}

static uint32_t source_block(uint32_t n)
{
	return SIDE_A + BLOCK * n;
}

static uint32_t destination_block(uint32_t n)
{
	return SIDE_B + BLOCK * scattered(n);
}

static uint64_t mac_of(uint32_t n)
{
	return 0x020000000000ull | n;
}

static struct sekisho_ranges ranges4(uint32_t first, uint32_t last)
{
	struct sekisho_ranges ranges = { .count = 1 };

	ranges.items = need(calloc(1, sizeof(*ranges.items)));
	ranges.items->family = 4;
	ranges.items->first.low = first;
	ranges.items->last.low = last;
	return ranges;
}

static struct sekisho_ranges ranges6(uint64_t high, uint64_t first, uint64_t last)
{
	struct sekisho_ranges ranges = { .count = 1 };

	ranges.items = need(calloc(1, sizeof(*ranges.items)));
	ranges.items->family = 6;
	ranges.items->first = (struct sekisho_address){ high, first };
	ranges.items->last = (struct sekisho_address){ high, last };
	return ranges;
}

static void add_service(struct sekisho_flow *flow, uint8_t protocol, uint16_t first, uint16_t last)
{
	struct sekisho_service *services =
		realloc(flow->services, (flow->service_count + 1) * sizeof(*services));

	flow->services = need(services);
	flow->services[flow->service_count++] = (struct sekisho_service){ protocol, first, last };
}

static void set_hosts(struct sekisho_flow *flow, uint32_t n)
{
	uint32_t from = source_block(n), to = destination_block(n);

	flow->from.hosts = ranges4(from + 1, from + 1);
	flow->to.hosts = ranges4(to + 1, to + 1);
}

static void set_prefix(struct sekisho_ranges *hosts, uint32_t base, uint32_t size)
{
	hosts->items->first.low = base & ~(size - 1);
	hosts->items->last.low = hosts->items->first.low + size - 1;
}

static void set_hosts6(struct sekisho_flow *flow, uint32_t n, bool prefix)
{
	flow->from.hosts = ranges6(SIDE_A6 | n, prefix ? 0 : 1, prefix ? UINT64_MAX : 1);
	flow->to.hosts = ranges6(SIDE_B6 | scattered(n), 1, 1);
}

static void set_sort(struct sekisho_flow *flow, uint32_t n)
{
	switch ((enum sort)(n % SORTS)) {
	case HOST_WITH_MAC:
		set_hosts(flow, n);
		flow->macs = need(malloc(sizeof(*flow->macs)));
		flow->macs[0] = mac_of(n);
		flow->mac_count = 1;
		add_service(flow, 6, 443, 443);
		break;
	case TWO_SERVICES:
		set_hosts(flow, n);
		add_service(flow, 6, 443, 443);
		add_service(flow, 6, 8080, 8080);
		break;
	case PREFIX:
		set_hosts(flow, n);
		set_prefix(&flow->from.hosts, source_block(n), BLOCK);
		add_service(flow, 6, 8000, 8100);
		break;
	case RANGE_UDP:
		set_hosts(flow, n);
		flow->from.hosts.items->last.low += 4;
		add_service(flow, 17, 53, 53);
		break;
	case ENDING:
		set_hosts(flow, n);
		set_prefix(&flow->to.hosts, destination_block(n), BLOCK);
		flow->valid_until = time(NULL) + 30 * DAY + n % 1000 * (int64_t)DAY;
		add_service(flow, 6, 443, 443);
		break;
	case HOST6:
	case PREFIX6:
		set_hosts6(flow, n, n % SORTS == PREFIX6);
		add_service(flow, 6, 443, 443);
		break;
	case NESTED:
		set_hosts(flow, n);
		set_prefix(&flow->from.hosts, source_block(n), NETWORK_HOSTS);
		add_service(flow, 6, 25, 25);
		break;
	case SORTS:
		break;
	}
}

static struct sekisho_flow flow_of(uint32_t n)
{
	struct sekisho_flow flow = { .from.segment = 1,
				     .to.segment = 2,
				     .valid_until = 4102444800,
				     .log = SEKISHO_LOG_NONE };
	char id[SEKISHO_NAME_BYTES];

	snprintf(id, sizeof(id), "F-%07u", n);
	flow.id = need(strdup(id));
	flow.purpose = need(strdup(""));
	flow.requested_by = need(strdup(""));
	flow.approved_by = need(strdup(""));
	set_sort(&flow, n);
	return flow;
}

static struct sekisho_segment segment_of(const char *name, const char *interface, uint32_t first,
					 uint64_t first6)
{
	struct sekisho_segment segment = { .kind = SEKISHO_KIND_OTHER, .port_count = 1 };

	segment.name = need(strdup(name));
	segment.label = need(strdup(name));
	segment.ports = need(calloc(1, sizeof(*segment.ports)));
	segment.ports->interface = need(strdup(interface));
	segment.networks.items = need(calloc(2, sizeof(*segment.networks.items)));
	segment.networks.count = 2;
	segment.networks.items[0] =
		(struct sekisho_range){ { 0, first }, { 0, first + 0x7fffff }, 4 };
	segment.networks.items[1] =
		(struct sekisho_range){ { first6, 0 }, { first6 | 0xffffffff, UINT64_MAX }, 6 };
	return segment;
}

struct sekisho_policy *verdict_policy_make(unsigned int flows, unsigned int connections)
{
	struct sekisho_policy *policy = need(sekisho_policy_new());

	policy->connections = connections;
	policy->segments = need(realloc(policy->segments, 3 * sizeof(*policy->segments)));
	policy->segments[1] = segment_of("a", "pa", SIDE_A, SIDE_A6);
	policy->segments[2] = segment_of("b", "pb", SIDE_B, SIDE_B6);
	policy->segment_count = 3;
	policy->flows = need(calloc(flows, sizeof(*policy->flows)));
	policy->flow_count = flows;
	for (uint32_t n = 0; n < flows; n++)
		policy->flows[n] = flow_of(n);
	return policy;
}

static unsigned int count_of(unsigned int flows, const enum sort *sorts, size_t count)
{
	unsigned int whole = flows / SORTS * (unsigned int)count;

	for (size_t i = 0; i < count; i++)
		whole += sorts[i] < flows % SORTS;
	return whole;
}

unsigned int verdict_policy_tcp4(unsigned int flows)
{
	return count_of(flows, tcp4, COUNT(tcp4));
}

unsigned int verdict_policy_tcp6(unsigned int flows)
{
	return count_of(flows, tcp6, COUNT(tcp6));
}

unsigned int verdict_policy_with_mac(unsigned int flows)
{
	static const enum sort with_mac[] = { HOST_WITH_MAC };

	return count_of(flows, with_mac, COUNT(with_mac));
}

static void put_mac(uint8_t octets[6], uint64_t mac)
{
	for (int i = 0; i < 6; i++)
		octets[i] = (uint8_t)(mac >> (40 - 8 * i));
}

static void fill_row4(struct rotate_row4 *row, uint32_t n, unsigned int i, unsigned int source_port)
{
	static const uint16_t ports[SORTS] = {
		[HOST_WITH_MAC] = 443, [TWO_SERVICES] = 443, [PREFIX] = 8000,
		[RANGE_UDP] = 53,      [ENDING] = 443,	     [NESTED] = 25
	};
	enum sort sort = (enum sort)(n % SORTS);
	uint32_t from = source_block(n) + 1, to = destination_block(n) + 1, port = ports[sort];

	if (sort == PREFIX) {
		from += i % (BLOCK - 1);
		port += i % 101;
	}
	if (sort == ENDING)
		to += i % (BLOCK - 1);
	memset(row, 0, sizeof(*row));
	row->source = htonl(from);
	row->destination = htonl(to);
	row->source_port = htons((uint16_t)source_port);
	row->destination_port = htons((uint16_t)port);
	put_mac(row->mac, mac_of(n));
}

void verdict_policy_row4(struct rotate_row4 *row, unsigned int i, unsigned int source_port)
{
	fill_row4(row, i / COUNT(tcp4) * SORTS + tcp4[i % COUNT(tcp4)], i, source_port);
}

void verdict_policy_row_with_mac(struct rotate_row4 *row, unsigned int i, unsigned int source_port)
{
	fill_row4(row, i * SORTS + HOST_WITH_MAC, i, source_port);
}

void verdict_policy_row_unlisted(struct rotate_row4 *row, unsigned int i, unsigned int flows)
{
	unsigned int count = count_of(flows, unlisted, COUNT(unlisted)), other = (i + 1) % count;
	struct rotate_row4 to;

	i %= count;
	fill_row4(row, i / COUNT(unlisted) * SORTS + unlisted[i % COUNT(unlisted)], i, 4000);
	fill_row4(&to, other / COUNT(unlisted) * SORTS + unlisted[other % COUNT(unlisted)], other,
		  4000);
	row->destination = to.destination;
}

void verdict_policy_row6(struct rotate_row6 *row, unsigned int i, unsigned int source_port)
{
	uint32_t n = i / COUNT(tcp6) * SORTS + tcp6[i % COUNT(tcp6)], to = scattered(n);

	memset(row, 0, sizeof(*row));
	row->source[0] = htonl(SIDE_A6 >> 32);
	row->source[1] = htonl(n);
	row->source[3] = htonl(n % SORTS == PREFIX6 ? 1 + i % 1000 : 1);
	row->destination[0] = htonl(SIDE_B6 >> 32);
	row->destination[1] = htonl(to);
	row->destination[3] = htonl(1);
	row->source_port = htons((uint16_t)source_port);
	row->destination_port = htons(443);
	put_mac(row->mac, mac_of(n));
}
