/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What holds of a policy's tables, however they came about: packets find in them what they find
 * among the flows themselves, searched one by one. Must not know how the tables are made.
 */
#ifndef SEKISHO_TESTS_TABLES_CHECKS_H
#define SEKISHO_TESTS_TABLES_CHECKS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tables_reader.h"
#include "tables_world.h"

static inline bool in_ranges(const struct sekisho_ranges *ranges, uint8_t family,
			     struct sekisho_address address)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (sekisho_range_contains(&ranges->items[i], family, address))
			return true;
	return false;
}

static inline bool serves(const struct sekisho_flow *flow, uint8_t protocol, uint16_t number)
{
	bool numbered = protocol == 6 || protocol == 17 || protocol == 1 || protocol == 58;

	for (size_t i = 0; i < flow->service_count; i++)
		if (flow->services[i].protocol == protocol &&
		    (!numbered ||
		     (flow->services[i].first <= number && number <= flow->services[i].last)))
			return true;
	return false;
}

static inline bool takes_source_port(const struct sekisho_flow *flow, uint16_t port)
{
	for (size_t i = 0; i < flow->source_port_count; i++)
		if (flow->source_ports[i].first <= port && port <= flow->source_ports[i].last)
			return true;
	return !flow->source_port_count;
}

static inline bool hosts_match(const struct sekisho_flow *flow, const struct packet *packet)
{
	return flow->from.segment == packet->from && flow->to.segment == packet->to &&
	       (!flow->from.hosts.count ||
		in_ranges(&flow->from.hosts, packet->family, packet->source)) &&
	       (!flow->to.hosts.count ||
		in_ranges(&flow->to.hosts, packet->family, packet->destination));
}

/* Whether a match of @a decides before one of @b. */
static inline bool decides_before(const struct sekisho_flow *a, const struct sekisho_flow *b)
{
	bool a_limited = a->limit.new_per_second || a->limit.concurrent;
	bool b_limited = b->limit.new_per_second || b->limit.concurrent;

	if (a_limited != b_limited)
		return !a_limited;
	if (a->valid_until != b->valid_until)
		return a->valid_until > b->valid_until;
	return strcmp(a->id, b->id) < 0;
}

static inline bool check_packet(const struct sekisho_policy *policy,
				const struct sekisho_tables *tables, const struct packet *packet,
				uint32_t *matched)
{
	struct findings findings = { .hosts = false };
	const struct sekisho_flow *best = NULL;
	uint32_t lowest = UINT32_MAX, matches = 0;
	bool hosts = false;

	if (!read_match(tables, packet, &findings))
		return false;
	for (size_t i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];
		uint32_t permit = tables->permit_of_flow[i];
		bool match = hosts_match(flow, packet);

		hosts |= match;
		match = match && serves(flow, packet->protocol, packet->service) &&
			takes_source_port(flow, packet->source_port);
		EXPECT(has_finding(&findings, permit) == match);
		matches += match;
		if (match && (!best || decides_before(flow, best)))
			best = flow;
		if (match && permit < lowest)
			lowest = permit;
	}
	EXPECT(findings.hosts == hosts && findings.count == matches);
	*matched += !!best;
	EXPECT(!best || best == &policy->flows[tables->flow_of_permit[lowest]]);
	return true;
}

static inline uint16_t naive_segment(const struct sekisho_policy *policy, uint8_t family,
				     struct sekisho_address address)
{
	const struct sekisho_range *best = NULL;
	uint16_t segment = SEKISHO_SEGMENT_NONE;

	if (family == 6 && !address.high && address.low >> 32 == 0xffff)
		return segment;
	for (size_t i = 1; i < policy->segment_count; i++) {
		for (size_t j = 0; j < policy->segments[i].networks.count; j++) {
			const struct sekisho_range *network =
				&policy->segments[i].networks.items[j];

			if (!sekisho_range_contains(network, family, address))
				continue;
			/* Of two prefixes that hold an address, the longer begins later or ends earlier. */
			if (best && sekisho_range_contains(network, family, best->first) &&
			    sekisho_range_contains(network, family, best->last))
				continue;
			best = network;
			segment = (uint16_t)i;
		}
	}
	return segment;
}

static inline uint16_t naive_flags(uint8_t family, struct sekisho_address address)
{
	bool six = family == 6;
	uint64_t low = address.low, high = address.high;
	uint16_t flags = 0;

	if (in_ranges(&host_self.addresses, family, address))
		flags |= SEKISHO_CLASS_OWN;
	if (in_ranges(&host_self.broadcasts, family, address) || (!six && low == UINT32_MAX))
		flags |= SEKISHO_CLASS_BROADCAST;
	if (six ? high >> 56 == 0xff : low >> 28 == 0xe)
		flags |= SEKISHO_CLASS_MULTICAST;
	if (six ? !high && low == 1 : low >> 24 == 127)
		flags |= SEKISHO_CLASS_LOOPBACK;
	if (!high && !low)
		flags |= SEKISHO_CLASS_UNSPECIFIED;
	if (six && high >> 54 == 0xfe80 >> 6)
		flags |= SEKISHO_CLASS_LINK_LOCAL;
	return flags;
}

static inline bool check_class(const struct sekisho_policy *policy,
			       const struct sekisho_tables *tables, uint8_t family,
			       struct sekisho_address address)
{
	const struct sekisho_class_row *row = read_class(tables, family, address);

	EXPECT(row);
	EXPECT(row->segment == naive_segment(policy, family, address));
	EXPECT(row->flags == naive_flags(family, address));
	return true;
}

/* Packets. */

/* Near an end of a range of the policy, or of a special one; or anywhere. */
static inline struct sekisho_address biased_address(const struct sekisho_policy *policy,
						    uint8_t family)
{
	static const uint64_t edges4[] = { 0,	       0x7f000000, 0x80000000,
					   0xe0000000, 0xf0000000, 0xffffffff };
	static const uint64_t edges6[] = { 0, 0xfe80ull << 48, 0xfec0ull << 48, 0xffull << 56 };
	const struct sekisho_ranges *ranges = &host_self.addresses;
	struct sekisho_address address = random_address(family);
	int64_t step = (int64_t)random_below(3) - 1;

	if (policy->flow_count && chance(60)) {
		const struct sekisho_flow *flow =
			&policy->flows[random_below((uint32_t)policy->flow_count)];

		ranges = chance(50) ? &flow->from.hosts : &flow->to.hosts;
	} else if (chance(40)) {
		ranges = &policy->segments[random_below((uint32_t)policy->segment_count)].networks;
	}
	if (chance(10)) {
		address.high = family == 4 ? 0 : edges6[random_below(4)];
		address.low = family == 4 ? edges4[random_below(6)] : chance(30) * 0xffff00000000;
	} else if (ranges->count && chance(80)) {
		const struct sekisho_range *range =
			&ranges->items[random_below((uint32_t)ranges->count)];

		if (range->family == family)
			address = chance(50) ? range->first : range->last;
	}
	address.low += (uint64_t)step;
	if (family == 4)
		address.low &= UINT32_MAX;
	else if (step > 0 && !address.low)
		address.high++;
	else if (step < 0 && address.low == UINT64_MAX)
		address.high--;
	return address;
}

static inline struct packet random_packet(const struct sekisho_policy *policy)
{
	uint32_t segments = (uint32_t)policy->segment_count;
	uint8_t family = chance(60) ? 4 : 6;

	return (struct packet){
		.family = family,
		.source = biased_address(policy, family),
		.destination = biased_address(policy, family),
		.from = (uint16_t)(chance(60) ? 1 : random_below(segments)),
		.to = (uint16_t)(chance(60) ? 0 : random_below(segments)),
		.protocol = protocols[random_below(sizeof(protocols))],
		.service = random_port(),
		.source_port = random_port(),
	};
}

/* The checks of one policy. */

static inline bool check_dhcp(const struct sekisho_policy *policy,
			      const struct sekisho_tables *tables)
{
	static const uint16_t ports[] = { 66, 67, 68, 546, 547, 548 };

	for (size_t from = 0; from < policy->segment_count; from++) {
		for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
			struct packet packet = { .protocol = 17,
						 .service = ports[i],
						 .source_port = 68 };
			uint64_t key = sekisho_rule_key(read_pair(tables, (uint16_t)from, 0),
							SEKISHO_OBJECT_DHCP, SEKISHO_OBJECT_ANY);
			const struct sekisho_rule_row *rule =
				pair_has_flows(tables, (uint16_t)from, 0) ? read_rule(tables, key)
									  : NULL;
			struct findings findings = { .hosts = false };

			if (rule && !read_services(tables, rule, &packet, &findings))
				return false;
			for (size_t j = 0; j < policy->flow_count; j++) {
				const struct sekisho_flow *flow = &policy->flows[j];
				bool match = (ports[i] == 67 || ports[i] == 547) &&
					     flow->from.segment == from && !flow->to.segment &&
					     serves(flow, 17, ports[i]);

				EXPECT(has_finding(&findings, tables->permit_of_flow[j]) == match);
			}
		}
	}
	return true;
}

static inline bool check_ports(const struct sekisho_policy *policy,
			       const struct sekisho_tables *tables)
{
	uint32_t missing = 0;
	uint16_t segment;

	for (size_t i = 0; i < policy->segment_count; i++) {
		for (size_t j = 0; j < policy->segments[i].port_count; j++) {
			const struct sekisho_port *port = &policy->segments[i].ports[j];
			uint32_t ifindex = interface_number(NULL, port->interface);

			missing += !ifindex;
			if (!ifindex)
				continue;
			EXPECT(find_port(tables, ifindex, port->vlan, &segment) && segment == i);
			EXPECT(!find_port(tables, ifindex, 4095, &segment));
		}
	}
	EXPECT(tables->ports_missing == missing);
	return true;
}

/* @counters: the row of each flow, or NULL where that is its index. */
static inline bool check_permits(const struct sekisho_policy *policy,
				 const struct sekisho_tables *tables, const uint32_t *counters)
{
	const struct sekisho_flow *before = NULL;
	size_t count = 0;

	for (uint32_t i = 0; i < tables->row.permits.count; i++) {
		uint32_t index = tables->flow_of_permit[i];
		const struct sekisho_flow *flow = &policy->flows[index];
		const struct sekisho_permit_row *row = &tables->permits[i];

		if (index == SEKISHO_NO_FLOW) {
			EXPECT(row->counter == SEKISHO_COUNTER_NONE && !row->valid_until);
			continue;
		}
		EXPECT(index < policy->flow_count && tables->permit_of_flow[index] == i);
		EXPECT(!before || decides_before(before, flow));
		before = flow;
		count++;
		EXPECT(row->counter == (counters ? counters[index] : index));
		EXPECT(row->limit == SEKISHO_LIMIT_NONE);
		EXPECT(row->valid_from == (flow->valid_from > 0 ? flow->valid_from : 0));
		EXPECT(flow->valid_until < 0 || flow->valid_until > UINT32_MAX ||
		       row->valid_until == flow->valid_until);
		EXPECT(!!(row->flags & SEKISHO_PERMIT_SCHEDULE) == flow->schedule.present);
		EXPECT(!!(row->flags & SEKISHO_PERMIT_SURVIVES) == flow->survives_isolation);
		EXPECT(!!(row->flags & SEKISHO_PERMIT_LOG_NEW) == (flow->log != SEKISHO_LOG_NONE));
		EXPECT(!!(row->flags & SEKISHO_PERMIT_LOG_ALL) == (flow->log == SEKISHO_LOG_ALL));
		EXPECT(row->mac_count == flow->mac_count);
		for (size_t j = 0; j < flow->mac_count; j++)
			EXPECT(tables->macs[row->mac_first + j].mac == flow->macs[j]);
	}
	EXPECT(count == policy->flow_count);
	return true;
}

/* Every word below one is a class, a node that is there or, with @blocks left, a block. */
static inline bool check_word4(const struct sekisho_tables *tables, uint32_t word, int blocks,
			       int nodes)
{
	uint32_t at = word & ~(SEKISHO_WORD4_BLOCK | SEKISHO_WORD4_NODE);
	const struct sekisho_node4_row *node;

	if (word & SEKISHO_WORD4_BLOCK) {
		EXPECT(blocks && at >= SEKISHO_INDEX4_ROOTS &&
		       at + SEKISHO_INDEX4_BLOCK <= tables->row.index4.count);
		for (uint32_t i = 0; i < SEKISHO_INDEX4_BLOCK; i++)
			EXPECT(check_word4(tables, tables->index4[at + i].word, blocks - 1, 2));
		return true;
	}
	if (!(word & SEKISHO_WORD4_NODE)) {
		EXPECT(at < tables->row.classes.count);
		return true;
	}
	EXPECT(nodes && at < tables->row.nodes4.count);
	node = &tables->nodes4[at];
	/* Starts ascend, and behind the last one are neither starts nor words. */
	for (uint32_t i = 0, previous = 0; i < SEKISHO_NODE4_LANES; i++) {
		uint32_t start = 0x10000 - (uint16_t)(node->starts[i / 4] >> (i % 4 * 16));

		EXPECT(start > previous || start == 0x10000);
		EXPECT(start == 0x10000 || i + 1 < SEKISHO_NODE4_WORDS);
		if (start < 0x10000 || !i)
			EXPECT(check_word4(tables, node->words[start < 0x10000 ? i + 1 : 0], 0,
					   nodes - 1));
		previous = start;
	}
	return true;
}

/* What a packet reads is what is said of the tables, where it reads without asking. */
static inline bool check_quick(const struct sekisho_tables *tables)
{
	for (uint32_t i = 0; i < tables->row.nodes4.count; i++) {
		const struct sekisho_node4_row *node = &tables->nodes4[i];

		for (int j = 0; j < SEKISHO_NODE4_LANES; j++) {
			uint32_t lane = node->starts[j / 4] >> (j % 4 * 16) & 0xffff;

			for (uint32_t k = 0; k < 3; k++) {
				uint32_t address = (0xffff - lane + k) & 0xffff;

				EXPECT(node->words[sekisho_node4_word(node, address)] ==
				       read_node4(node, address));
			}
		}
	}
	for (uint32_t i = 1; i < tables->row.ranges6.count; i++) {
		const struct sekisho_range6_row *range = &tables->ranges6[i];

		EXPECT(sekisho_range6_begins(range, range->high, range->low) == UINT32_MAX);
		EXPECT(sekisho_range6_begins(range, range->high + 1, 0) == UINT32_MAX);
		EXPECT(sekisho_range6_begins(range, range->high - 1, UINT64_MAX) ==
		       (range->high ? 0 : UINT32_MAX));
		EXPECT(!sekisho_range6_begins(range, range->high - !range->low, range->low - 1));
	}
	return true;
}

/* Single addresses are where a reader finds them, and as many as were counted, if they were. */
static inline bool check_hosts6(const struct sekisho_tables *tables)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < tables->row.hosts6.count; i++) {
		const struct sekisho_host6_bucket *bucket = &tables->hosts6[i];

		for (int j = 0; j < SEKISHO_HOST6_WAYS; j++) {
			uint64_t high = bucket->high[j], low = bucket->low[j];

			if (bucket->class[j] == SEKISHO_CLASS_NONE) {
				EXPECT(sekisho_host6_class(bucket, high, low) ==
					       SEKISHO_CLASS_NONE ||
				       (!high && !low));
				continue;
			}
			count++;
			EXPECT(read_host6(tables, (struct sekisho_address){ high, low }) ==
			       bucket->class[j]);
			EXPECT(sekisho_host6_class(bucket, high, low) == bucket->class[j]);
			EXPECT(sekisho_host6_class(bucket, high, low ^ 0x5a5a5a5a5a5a5a5a) ==
			       SEKISHO_CLASS_NONE);
			EXPECT(sekisho_host6_class(bucket, high ^ 0x5a5a5a5a5a5a5a5a, low) ==
			       SEKISHO_CLASS_NONE);
		}
	}
	EXPECT(count == tables->host6_count);
	return true;
}

/* Ranges ascend, neighbours differ, and no word leads astray. */
static inline bool check_ranges(const struct sekisho_tables *tables)
{
	const struct sekisho_range6_row *ranges = tables->ranges6;

	EXPECT(tables->row.index4.count >= SEKISHO_INDEX4_ROOTS);
	for (uint32_t i = 0; i < SEKISHO_INDEX4_ROOTS; i++)
		EXPECT(check_word4(tables, tables->index4[i].word, 2, 2));
	EXPECT(!ranges[0].high && !ranges[0].low);
	for (uint32_t i = 1; i < tables->row.ranges6.count; i++)
		EXPECT((ranges[i - 1].high < ranges[i].high ||
			(ranges[i - 1].high == ranges[i].high &&
			 ranges[i - 1].low < ranges[i].low)) &&
		       ranges[i - 1].class != ranges[i].class);
	return check_hosts6(tables) && check_quick(tables);
}

/* Each rule is where a reader finds it, and its second bucket is used only if the first is full. */
static inline bool check_buckets(const struct sekisho_tables *tables)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < tables->row.rules.count; i++) {
		for (int j = 0; j < SEKISHO_RULE_WAYS; j++) {
			const struct sekisho_rule_row *row = &tables->rules[i].way[j];

			if (row->key == SEKISHO_RULE_EMPTY || row->key == SEKISHO_RULE_GONE)
				continue;
			count++;
			EXPECT(read_rule(tables, row->key) == row);
		}
	}
	EXPECT(count == tables->rule_count);
	return true;
}

/* What was found to hold, of all tables that were checked. */
struct checks {
	bool classes;
	bool matches;
	bool dhcp;
	bool permits;
	bool buckets;
	uint32_t packets_matched;
};

#define CHECKS { true, true, true, true, true, 0 }

/* @counters: as for check_permits(); @packets: how many random ones are looked up. */
static inline void check_tables(const struct sekisho_policy *policy,
				const struct sekisho_tables *tables, const uint32_t *counters,
				int packets, struct checks *checks)
{
	checks->classes &= check_ranges(tables);
	checks->dhcp &= check_dhcp(policy, tables);
	checks->permits &= check_permits(policy, tables, counters);
	checks->buckets &= check_buckets(tables);
	for (int i = 0; i < packets && checks->classes && checks->matches; i++) {
		struct packet packet = random_packet(policy);

		checks->classes &= check_class(policy, tables, packet.family, packet.source);
		checks->matches &= check_packet(policy, tables, &packet, &checks->packets_matched);
	}
}

#endif
