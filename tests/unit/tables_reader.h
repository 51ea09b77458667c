/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads tables as the packet path does, and says where they break their own rules.
 * Must not know how the tables are made, nor policies.
 */
#ifndef SEKISHO_TESTS_TABLES_READER_H
#define SEKISHO_TESTS_TABLES_READER_H

#include <stdio.h>
#include <string.h>

#include "kernel/tables.h"

#define EXPECT(condition)                                                        \
	do {                                                                     \
		if (!(condition)) {                                              \
			printf("# %s:%d: %s\n", __func__, __LINE__, #condition); \
			return false;                                            \
		}                                                                \
	} while (0)

/* Lane by lane, as the node is described. */
static inline uint32_t read_node4(const struct sekisho_node4_row *node, uint32_t address)
{
	uint32_t word = 0;

	for (int i = 0; i < SEKISHO_NODE4_LANES; i++) {
		uint32_t lane = node->starts[i / 4] >> (i % 4 * 16) & 0xffff;

		word += lane && 0x10000 - lane <= (address & 0xffff);
	}
	return node->words[word];
}

static inline uint32_t read_class4(const struct sekisho_tables *tables, uint32_t address)
{
	uint32_t word = tables->index4[address >> 16].word;

	for (int shift = 8; shift >= 0 && word & SEKISHO_WORD4_BLOCK; shift -= 8)
		word = tables->index4[(word & ~SEKISHO_WORD4_BLOCK) + (address >> shift & 0xff)]
			       .word;
	for (int i = 0; i < 2 && word & SEKISHO_WORD4_NODE; i++)
		word = read_node4(&tables->nodes4[word & ~SEKISHO_WORD4_NODE], address);
	return word;
}

/* The second bucket is asked only if the first one is full. */
static inline uint32_t read_host6(const struct sekisho_tables *tables,
				  struct sekisho_address address)
{
	uint32_t hash = sekisho_host6_hash(address.high, address.low, tables->row.host6_seed);

	for (int i = 0; i < 2; i++, hash = sekisho_bucket_hash_second(hash)) {
		const struct sekisho_host6_bucket *bucket =
			&tables->hosts6[sekisho_bucket_of(hash, tables->row.hosts6.count)];

		for (int j = 0; j < SEKISHO_HOST6_WAYS; j++) {
			if (bucket->class[j] == SEKISHO_CLASS_NONE)
				return SEKISHO_CLASS_NONE;
			if (bucket->high[j] == address.high && bucket->low[j] == address.low)
				return bucket->class[j];
		}
	}
	return SEKISHO_CLASS_NONE;
}

static inline uint32_t read_class6(const struct sekisho_tables *tables,
				   struct sekisho_address address)
{
	uint32_t low = 0, high = tables->row.ranges6.count - 1;
	uint32_t class = read_host6(tables, address);

	if (class != SEKISHO_CLASS_NONE)
		return class;
	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;
		struct sekisho_address start = { tables->ranges6[middle].high,
						 tables->ranges6[middle].low };

		if (sekisho_address_compare(start, address) <= 0)
			low = middle;
		else
			high = middle - 1;
	}
	return tables->ranges6[low].class;
}

static inline const struct sekisho_class_row *
read_class(const struct sekisho_tables *tables, uint8_t family, struct sekisho_address address)
{
	uint32_t class = family == 4 ? read_class4(tables, (uint32_t)address.low)
				     : read_class6(tables, address);

	return class < tables->row.classes.count ? &tables->classes[class] : NULL;
}

static inline const struct sekisho_rule_row *find_way(const struct sekisho_rule_bucket *bucket,
						      uint64_t key, bool *full)
{
	*full = true;
	for (int i = 0; i < SEKISHO_RULE_WAYS; i++) {
		if (bucket->way[i].key == key)
			return &bucket->way[i];
		if (bucket->way[i].key == SEKISHO_RULE_EMPTY)
			*full = false;
	}
	return NULL;
}

/* Relies on it that a rule lies in its second bucket only if the first one is full. */
static inline const struct sekisho_rule_row *read_rule(const struct sekisho_tables *tables,
						       uint64_t key)
{
	uint32_t hash = sekisho_rule_hash(key, tables->row.rule_seed);
	uint32_t count = tables->row.rules.count;
	const struct sekisho_rule_row *row;
	bool full;

	row = find_way(&tables->rules[sekisho_bucket_of(hash, count)], key, &full);
	if (row || !full)
		return row;
	return find_way(&tables->rules[sekisho_bucket_of(sekisho_bucket_hash_second(hash), count)],
			key, &full);
}

/* The number that the keys of a segment pair's rules have. */
static inline uint32_t read_pair(const struct sekisho_tables *tables, uint16_t from, uint16_t to)
{
	return tables->pairs[from * tables->row.segment_count + to].number;
}

static inline bool pair_has_flows(const struct sekisho_tables *tables, uint16_t from, uint16_t to)
{
	return tables->pairs[from * tables->row.segment_count + to].flags & SEKISHO_PAIR_FLOWS;
}

struct packet {
	uint8_t family;
	struct sekisho_address source;
	struct sekisho_address destination;
	uint16_t from;
	uint16_t to;
	uint8_t protocol;
	uint16_t service;
	uint16_t source_port;
};

#define FINDINGS_MOST 256

/* What a packet finds: permits, each once, and whether its hosts have flows at all. */
struct findings {
	uint32_t permits[FINDINGS_MOST];
	uint32_t count;
	bool hosts;
};

static inline bool add_finding(struct findings *findings, uint32_t permit)
{
	EXPECT(findings->count < FINDINGS_MOST);
	findings->permits[findings->count++] = permit;
	return true;
}

static inline bool has_finding(const struct findings *findings, uint32_t permit)
{
	for (uint32_t i = 0; i < findings->count; i++)
		if (findings->permits[i] == permit)
			return true;
	return false;
}

static inline bool read_services(const struct sekisho_tables *tables,
				 const struct sekisho_rule_row *rule, const struct packet *packet,
				 struct findings *findings)
{
	uint32_t wanted = (uint32_t)packet->protocol << 16 | packet->service;
	uint32_t count = sekisho_rule_count(rule);

	if (!sekisho_rule_is_list(rule)) {
		uint32_t permit = rule->first & ((1u << SEKISHO_RULE_PERMIT_BITS) - 1);

		EXPECT(permit < tables->row.permits.count);
		if (packet->protocol != rule->first >> SEKISHO_RULE_PERMIT_BITS ||
		    packet->service < rule->service_first || rule->service_last < packet->service)
			return true;
		return add_finding(findings, permit);
	}
	EXPECT(rule->first + count <= tables->row.services.count);
	for (uint32_t i = 0; i < count; i++) {
		const struct sekisho_service_row *row = &tables->services[rule->first + i];
		uint32_t last = (row->first & ~0xffffu) | row->last;

		EXPECT(row->first <= last);
		EXPECT(!i || ((row[-1].first & ~0xffffu) | row[-1].last) < row->first);
		EXPECT(row->candidate_count && row->candidate_count <= SEKISHO_CANDIDATES_MAX);
		if (wanted < row->first || last < wanted)
			continue;
		for (uint32_t j = 0; j < row->candidate_count; j++) {
			const struct sekisho_candidate_row *candidate =
				&tables->candidates[row->candidate_first + j];

			EXPECT(!j || candidate[-1].permit < candidate->permit ||
			       (candidate[-1].permit == candidate->permit &&
				candidate[-1].source_last < candidate->source_first));
			if (candidate->source_first <= packet->source_port &&
			    packet->source_port <= candidate->source_last &&
			    !add_finding(findings, candidate->permit))
				return false;
		}
	}
	return true;
}

/* Cover 0 is 'any host'. */
static inline uint32_t read_cover(const struct sekisho_tables *tables,
				  const struct sekisho_class_row *class, uint32_t i)
{
	if (!i)
		return SEKISHO_OBJECT_ANY;
	return class->cover_count == 1 ? class->cover : tables->covers[class->cover + i - 1].object;
}

static inline bool read_match(const struct sekisho_tables *tables, const struct packet *packet,
			      struct findings *findings)
{
	const struct sekisho_class_row *from = read_class(tables, packet->family, packet->source);
	const struct sekisho_class_row *to =
		read_class(tables, packet->family, packet->destination);

	EXPECT(from && to);
	EXPECT(from->cover_count <= SEKISHO_COVER_MAX && to->cover_count <= SEKISHO_COVER_MAX);
	if (!pair_has_flows(tables, packet->from, packet->to))
		return true;
	for (uint32_t i = 0; i <= from->cover_count; i++) {
		for (uint32_t j = 0; j <= to->cover_count; j++) {
			const struct sekisho_rule_row *rule = read_rule(
				tables,
				sekisho_rule_key(read_pair(tables, packet->from, packet->to),
						 read_cover(tables, from, i),
						 read_cover(tables, to, j)));

			findings->hosts |= !!rule;
			if (rule && !read_services(tables, rule, packet, findings))
				return false;
		}
	}
	return true;
}

static inline bool find_port(const struct sekisho_tables *tables, uint32_t ifindex, uint16_t vlan,
			     uint16_t *segment)
{
	uint32_t hash = sekisho_port_hash(ifindex, vlan, tables->row.port_seed);

	for (uint32_t i = 0; i < SEKISHO_PORT_PROBES; i++) {
		const struct sekisho_port_row *row =
			&tables->ports[(hash + i) & (tables->row.ports.count - 1)];

		*segment = row->segment;
		if (row->ifindex == ifindex && row->vlan == vlan)
			return true;
	}
	return false;
}

#endif
