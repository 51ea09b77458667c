/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiles a policy table by table; the small tables (policy row, segments, pairs) are made here.
 * Must not know how classes, rules or ports are found, nor maps.
 */
#include "tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "classes.h"
#include "objects.h"
#include "permits.h"
#include "ports.h"
#include "prints.h"
#include "rules.h"

static void fill_row(const struct sekisho_policy *policy, uint32_t generation,
		     struct sekisho_policy_row *row)
{
	const struct sekisho_timeouts *timeouts = &policy->timeouts;

	row->generation = generation;
	row->segment_count = (uint32_t)policy->segment_count;
	row->fast = policy->forward == SEKISHO_FORWARD_FAST;
	memcpy(row->digest, policy->digest, sizeof(row->digest));
	row->timeouts[SEKISHO_TIMEOUT_TCP_HALF_OPEN] = timeouts->tcp_half_open;
	row->timeouts[SEKISHO_TIMEOUT_TCP_ESTABLISHED] = timeouts->tcp_established;
	row->timeouts[SEKISHO_TIMEOUT_TCP_CLOSING] = timeouts->tcp_closing;
	row->timeouts[SEKISHO_TIMEOUT_TCP_RESET] = timeouts->tcp_reset;
	row->timeouts[SEKISHO_TIMEOUT_UDP_UNREPLIED] = timeouts->udp_unreplied;
	row->timeouts[SEKISHO_TIMEOUT_UDP_REPLIED] = timeouts->udp_replied;
	row->timeouts[SEKISHO_TIMEOUT_ICMP] = timeouts->icmp;
	row->timeouts[SEKISHO_TIMEOUT_OTHER] = timeouts->other;
	row->zone_count = (uint32_t)policy->zone_count;
	for (size_t i = 0; i < policy->zone_count; i++) {
		row->zone[i].since = i ? sekisho_tables_time(policy->zone[i].since) : 0;
		row->zone[i].offset = policy->zone[i].offset;
	}
}

static uint16_t segment_flags(const struct sekisho_segment *segment)
{
	uint16_t flags = segment->intra_permit ? SEKISHO_SEGMENT_INTRA : 0;

	switch (segment->kind) {
	case SEKISHO_KIND_MANAGEMENT:
		return flags | SEKISHO_SEGMENT_MANAGEMENT;
	case SEKISHO_KIND_EXTERNAL:
		return flags | SEKISHO_SEGMENT_EXTERNAL;
	case SEKISHO_KIND_LGWAN:
		return flags | SEKISHO_SEGMENT_LGWAN;
	case SEKISHO_KIND_INTERNET:
		return flags | SEKISHO_SEGMENT_INTERNET;
	default:
		return flags;
	}
}

static int build_segments(const struct sekisho_policy *policy, struct sekisho_tables *tables)
{
	size_t count = policy->segment_count;

	tables->segments = calloc(count, sizeof(*tables->segments));
	if (!tables->segments)
		return -ENOMEM;
	tables->row.segments.count = (uint32_t)count;
	for (size_t i = 0; i < count; i++) {
		const struct sekisho_segment *segment = &policy->segments[i];
		struct sekisho_segment_row *row = &tables->segments[i];

		memcpy(row->name, segment->name, strnlen(segment->name, sizeof(row->name) - 1));
		row->flags = segment_flags(segment);
		row->ethertype_count = (uint16_t)segment->ethertype_count;
		for (size_t j = 0; j < segment->ethertype_count; j++)
			row->ethertypes[j] = segment->ethertypes[j];
	}
	return 0;
}

/* How a frame between two segments is refused that no flow lists. */
static uint16_t unlisted(const struct sekisho_segment *from, const struct sekisho_segment *to)
{
	if (from->kind == SEKISHO_KIND_EXTERNAL || to->kind == SEKISHO_KIND_EXTERNAL)
		return SEKISHO_PAIR_UNLISTED_AS_PEER;
	if (from->kind == SEKISHO_KIND_LGWAN && to->kind == SEKISHO_KIND_INTERNET)
		return SEKISHO_PAIR_UNLISTED_AS_GATEWAY;
	if (from->kind == SEKISHO_KIND_INTERNET && to->kind == SEKISHO_KIND_LGWAN)
		return SEKISHO_PAIR_UNLISTED_AS_GATEWAY;
	return 0;
}

/* Pairs that have flows are numbered, for the keys of rules. */
static int build_pairs(const struct sekisho_policy *policy, struct sekisho_tables *tables,
		       struct sekisho_tables_problem *problem)
{
	size_t count = policy->segment_count;
	uint32_t numbered = 0;

	tables->pairs = calloc(count * count, sizeof(*tables->pairs));
	if (!tables->pairs)
		return -ENOMEM;
	tables->row.pairs.count = (uint32_t)(count * count);
	for (size_t from = 0; from < count; from++)
		for (size_t to = 0; to < count; to++)
			tables->pairs[from * count + to].flags =
				unlisted(&policy->segments[from], &policy->segments[to]);
	for (size_t i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];
		struct sekisho_pair_row *pair =
			&tables->pairs[flow->from.segment * count + flow->to.segment];

		if (!(pair->flags & SEKISHO_PAIR_FLOWS))
			pair->number = (uint16_t)numbered++;
		pair->flags |= SEKISHO_PAIR_FLOWS;
		if (!flow->from.hosts.count)
			pair->flags |= SEKISHO_PAIR_FROM_ANY;
		if (!flow->to.hosts.count)
			pair->flags |= SEKISHO_PAIR_TO_ANY;
	}
	if (numbered > UINT16_MAX) {
		problem->fault = SEKISHO_TABLES_HASH;
		problem->count = numbered;
		return -E2BIG;
	}
	return 0;
}

static int build_objects(const struct sekisho_objects *objects, uint32_t seed,
			 struct sekisho_tables *tables)
{
	tables->objects = calloc(objects->count, sizeof(*tables->objects));
	if (!tables->objects)
		return -ENOMEM;
	tables->row.objects.count = objects->count;
	for (uint32_t i = 0; i < objects->count; i++)
		tables->objects[i].print = sekisho_print_ranges(objects->items[i].ranges,
								objects->items[i].count, seed);
	return 0;
}

static int build_host_tables(const struct sekisho_policy *policy, const struct sekisho_self *self,
			     struct sekisho_tables *tables, struct sekisho_tables_problem *problem)
{
	struct sekisho_objects objects;
	int error = sekisho_objects_number(policy, &objects);

	if (!error)
		error = build_objects(&objects, tables->row.print_seed, tables);
	if (!error)
		error = sekisho_classes_build(policy, self, &objects, tables, problem);
	if (!error)
		error = sekisho_rules_build(policy, &objects, tables, problem);
	sekisho_objects_free(&objects);
	return error;
}

static int begin(const struct sekisho_policy *policy, const struct sekisho_self *self,
		 const struct sekisho_bindings *bindings, struct sekisho_tables *tables,
		 struct sekisho_tables_problem *problem)
{
	int error;

	*problem = (struct sekisho_tables_problem){ .flow = SEKISHO_NO_FLOW };
	fill_row(policy, bindings->generation, &tables->row);
	tables->row.print_seed = bindings->print_seed;
	tables->row.base_print = sekisho_print_base(policy, self, bindings->print_seed);
	error = build_segments(policy, tables);
	if (!error)
		error = build_pairs(policy, tables, problem);
	if (!error)
		error = sekisho_ports_build(policy, bindings, tables, problem);
	return error;
}

static int build(const struct sekisho_policy *policy, const struct sekisho_self *self,
		 const struct sekisho_bindings *bindings, struct sekisho_tables *tables,
		 struct sekisho_tables_problem *problem)
{
	int error = begin(policy, self, bindings, tables, problem);

	if (!error)
		error = sekisho_permits_build(policy, bindings, tables);
	if (!error)
		error = build_host_tables(policy, self, tables, problem);
	return error;
}

/* Tables that @make makes. */
static int
make_tables(int (*make)(const struct sekisho_policy *policy, const struct sekisho_self *self,
			const struct sekisho_bindings *bindings, struct sekisho_tables *tables,
			struct sekisho_tables_problem *problem),
	    const struct sekisho_policy *policy, const struct sekisho_self *self,
	    const struct sekisho_bindings *bindings, struct sekisho_tables **out,
	    struct sekisho_tables_problem *problem)
{
	struct sekisho_tables *tables = calloc(1, sizeof(*tables));
	int error = tables ? make(policy, self, bindings, tables, problem) : -ENOMEM;

	if (error)
		sekisho_tables_free(tables);
	else
		*out = tables;
	return error;
}

int sekisho_tables_begin(const struct sekisho_policy *policy, const struct sekisho_self *self,
			 const struct sekisho_bindings *bindings, struct sekisho_tables **out,
			 struct sekisho_tables_problem *problem)
{
	return make_tables(begin, policy, self, bindings, out, problem);
}

int sekisho_tables_build(const struct sekisho_policy *policy, const struct sekisho_self *self,
			 const struct sekisho_bindings *bindings, struct sekisho_tables **out,
			 struct sekisho_tables_problem *problem)
{
	return make_tables(build, policy, self, bindings, out, problem);
}

void sekisho_tables_free(struct sekisho_tables *tables)
{
	if (!tables)
		return;
	free(tables->ports);
	free(tables->segments);
	free(tables->pairs);
	free(tables->index4);
	free(tables->nodes4);
	free(tables->hosts6);
	free(tables->ranges6);
	free(tables->classes);
	free(tables->covers);
	free(tables->rules);
	free(tables->services);
	free(tables->candidates);
	free(tables->permits);
	free(tables->macs);
	free(tables->prints);
	free(tables->objects);
	free(tables->permit_of_flow);
	free(tables->flow_of_permit);
	free(tables);
}
