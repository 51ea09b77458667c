/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes what the flows between two address sets permit: flows are brought together by the rule's
 * key, their services claimed by protocol, and the claims cut into disjoint intervals.
 * Must not know what the address sets hold.
 */
#include "rules.h"

#include <errno.h>
#include <stdlib.h>

#include "buckets.h"
#include "candidates.h"
#include "order.h"
#include "rows.h"

#define PROTOCOL_ICMP	 1
#define PROTOCOL_TCP	 6
#define PROTOCOL_UDP	 17
#define PROTOCOL_ICMPV6	 58
#define DHCP_SERVER_PORT 67
#define DHCPV6_PORT	 547

struct compiling {
	const struct sekisho_policy *policy;
	const uint32_t *flow_of_permit;
	struct sekisho_rows claims; /* struct sekisho_order: protocol, permit, interval */
	struct sekisho_rows rules; /* struct sekisho_rule_row, not yet in buckets */
	struct sekisho_candidates candidates;
};

static bool serves(const struct sekisho_flow *flow, uint16_t port)
{
	for (size_t i = 0; i < flow->service_count; i++)
		if (flow->services[i].protocol == PROTOCOL_UDP && flow->services[i].first <= port &&
		    port <= flow->services[i].last)
			return true;
	return false;
}

bool sekisho_rules_serve_dhcp(const struct sekisho_flow *flow)
{
	return flow->to.segment == SEKISHO_SEGMENT_SELF &&
	       (serves(flow, DHCP_SERVER_PORT) || serves(flow, DHCPV6_PORT));
}

static int add_key(struct sekisho_rows *keys, uint32_t pair, uint32_t from_object,
		   uint32_t to_object, uint32_t permit)
{
	struct sekisho_order *key = sekisho_rows_add(keys, 1);

	if (!key)
		return -ENOMEM;
	*key = (struct sekisho_order){
		.low = sekisho_rule_key(pair, from_object, to_object),
		.subject = permit,
	};
	return 0;
}

static uint32_t pair_of(const struct sekisho_tables *tables, const struct sekisho_flow *flow)
{
	return tables->pairs[flow->from.segment * tables->row.segment_count + flow->to.segment]
		.number;
}

/* Permits are listed in order, so each key's are ascending after the stable sort. */
static int list_keys(const struct sekisho_policy *policy, const struct sekisho_objects *objects,
		     struct sekisho_tables *tables, struct sekisho_rows *keys)
{
	for (uint32_t i = 0; i < tables->row.permits.count; i++) {
		uint32_t index = tables->flow_of_permit[i];
		const struct sekisho_flow *flow = &policy->flows[index];
		uint32_t pair;

		if (index == SEKISHO_NO_FLOW)
			continue;
		pair = pair_of(tables, flow);
		tables->prints[i].key =
			sekisho_rule_key(pair, objects->from[index], objects->to[index]);
		if (add_key(keys, pair, objects->from[index], objects->to[index], i))
			return -ENOMEM;
		if (sekisho_rules_serve_dhcp(flow) &&
		    add_key(keys, pair, SEKISHO_OBJECT_DHCP, SEKISHO_OBJECT_ANY, i))
			return -ENOMEM;
	}
	return keys->count ? sekisho_order_sort(keys->items, keys->count) : 0;
}

static int claim(struct compiling *compiling, uint32_t permit, uint8_t protocol, uint16_t first,
		 uint16_t last)
{
	struct sekisho_order *item = sekisho_rows_add(&compiling->claims, 1);

	if (!item)
		return -ENOMEM;
	*item = (struct sekisho_order){
		.high = (uint64_t)protocol << 32 | permit,
		.low = (uint64_t)first << 16 | last,
		.subject = permit,
	};
	return 0;
}

static int claim_services(struct compiling *compiling, uint32_t permit)
{
	const struct sekisho_flow *flow =
		&compiling->policy->flows[compiling->flow_of_permit[permit]];

	for (size_t i = 0; i < flow->service_count; i++) {
		const struct sekisho_service *service = &flow->services[i];
		uint16_t first = 0, last = UINT16_MAX;

		switch (service->protocol) {
		case PROTOCOL_TCP:
		case PROTOCOL_UDP:
		case PROTOCOL_ICMP:
		case PROTOCOL_ICMPV6:
			first = service->first;
			last = service->last;
		}
		if (claim(compiling, permit, service->protocol, first, last))
			return -ENOMEM;
	}
	return 0;
}

/* Of a flow that serves DHCP, a host without address sees that only. */
static int claim_dhcp(struct compiling *compiling, uint32_t permit)
{
	static const uint16_t ports[] = { DHCP_SERVER_PORT, DHCPV6_PORT };
	const struct sekisho_flow *flow =
		&compiling->policy->flows[compiling->flow_of_permit[permit]];

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		if (serves(flow, ports[i]) &&
		    claim(compiling, permit, PROTOCOL_UDP, ports[i], ports[i]))
			return -ENOMEM;
	return 0;
}

/* A flow that lists overlapping or adjoining services claims them once. */
static int merge_claims(struct sekisho_rows *claims)
{
	struct sekisho_order *items = claims->items;
	uint32_t last = 0;

	if (sekisho_order_sort(items, claims->count))
		return -ENOMEM;
	for (uint32_t i = 1; i < claims->count; i++) {
		uint16_t end = (uint16_t)items[last].low;

		if (items[i].high != items[last].high || items[i].low >> 16 > end + 1u)
			items[++last] = items[i];
		else if ((uint16_t)items[i].low > end)
			items[last].low = (items[last].low & ~0xffffull) | (uint16_t)items[i].low;
	}
	claims->count = last + 1;
	return 0;
}

/* The list of a rule: protocol after protocol, as the claims are sorted. */
static int list_services(struct compiling *compiling, struct sekisho_tables_problem *problem)
{
	const struct sekisho_order *claims = compiling->claims.items;
	uint32_t count = compiling->claims.count;

	for (uint32_t i = 0, next; i < count; i = next) {
		uint64_t protocol = claims[i].high >> 32;
		int error;

		for (next = i + 1; next < count && claims[next].high >> 32 == protocol;)
			next++;
		error = sekisho_candidates_add(&compiling->candidates, &claims[i], next - i,
					       problem);
		if (error)
			return error;
	}
	return 0;
}

static int fill_rule(struct compiling *compiling, struct sekisho_rule_row *rule,
		     struct sekisho_tables_problem *problem)
{
	const struct sekisho_order *claims = compiling->claims.items;
	struct sekisho_rows *services = &compiling->candidates.services;
	uint32_t count = compiling->claims.count;
	int error;

	if (count && sekisho_candidates_inline(&compiling->candidates, claims, count, rule))
		return 0;
	rule->first = services->count;
	error = list_services(compiling, problem);
	count = services->count - rule->first;
	rule->service_first = (uint16_t)(SEKISHO_RULE_LIST | count >> SEKISHO_RULE_COUNT_BITS);
	rule->service_last = count & ((1u << SEKISHO_RULE_COUNT_BITS) - 1);
	return error;
}

/* All flows with one key. One that permits no service still says that the hosts are known. */
static int compile_key(struct compiling *compiling, const struct sekisho_order *keys,
		       uint32_t count, struct sekisho_tables_problem *problem)
{
	struct sekisho_rule_row *rule = sekisho_rows_add(&compiling->rules, 1);
	bool dhcp = (keys->low >> SEKISHO_OBJECT_BITS & SEKISHO_OBJECT_DHCP) == SEKISHO_OBJECT_DHCP;

	if (!rule)
		return -ENOMEM;
	rule->key = keys->low;
	compiling->candidates.any_source = dhcp;
	compiling->claims.count = 0;
	for (uint32_t i = 0; i < count; i++)
		if (dhcp ? claim_dhcp(compiling, keys[i].subject)
			 : claim_services(compiling, keys[i].subject))
			return -ENOMEM;
	if (compiling->claims.count && merge_claims(&compiling->claims))
		return -ENOMEM;
	return fill_rule(compiling, rule, problem);
}

static int compile_keys(struct compiling *compiling, const struct sekisho_order *keys,
			uint32_t count, struct sekisho_tables_problem *problem)
{
	int error = 0;

	for (uint32_t i = 0, next; i < count && !error; i = next) {
		for (next = i + 1; next < count && keys[next].low == keys[i].low;)
			next++;
		error = compile_key(compiling, &keys[i], next - i, problem);
	}
	return error;
}

static uint32_t hash_rule(const void *rules, uint32_t number, uint32_t seed)
{
	return sekisho_rule_hash(((const struct sekisho_rule_row *)rules)[number].key, seed);
}

static int place(const struct sekisho_rows *rules, struct sekisho_tables *tables)
{
	static const struct sekisho_rule_row empty = { .key = SEKISHO_RULE_EMPTY };
	const struct sekisho_buckets_things things = { rules->items, hash_rule, rules->count,
						       SEKISHO_RULE_WAYS };
	const struct sekisho_rule_row *rows = rules->items;
	struct sekisho_buckets buckets;
	int error = sekisho_buckets_place(&things, &buckets);

	if (error)
		return error;
	tables->rules = reallocarray(NULL, buckets.count, sizeof(*tables->rules));
	for (uint32_t i = 0; tables->rules && i < buckets.count * SEKISHO_RULE_WAYS; i++) {
		uint32_t rule = buckets.places[i];

		tables->rules[i / SEKISHO_RULE_WAYS].way[i % SEKISHO_RULE_WAYS] =
			rule == SEKISHO_BUCKETS_FREE ? empty : rows[rule];
	}
	free(buckets.places);
	tables->row.rules.count = buckets.count;
	tables->row.rule_seed = buckets.seed;
	tables->rule_count = rules->count;
	return tables->rules ? 0 : -ENOMEM;
}

static int take(struct sekisho_rules *made, struct sekisho_tables *tables,
		struct sekisho_tables_problem *problem)
{
	struct sekisho_policy_row *row = &tables->row;
	int error;

	tables->services = sekisho_rows_take(&made->services, &row->services.count);
	tables->candidates = sekisho_rows_take(&made->candidates, &row->candidates.count);
	if (!tables->services || !tables->candidates)
		return -ENOMEM;
	error = place(&made->rules, tables);
	if (error == -E2BIG) {
		problem->fault = SEKISHO_TABLES_HASH;
		problem->count = made->rules.count;
	}
	return error;
}

int sekisho_rules_make(const struct sekisho_policy *policy, const uint32_t *flow_of_permit,
		       const struct sekisho_order *keys, uint32_t count, struct sekisho_rules *made,
		       struct sekisho_tables_problem *problem)
{
	struct compiling compiling = {
		.policy = policy,
		.flow_of_permit = flow_of_permit,
		.claims = SEKISHO_ROWS(struct sekisho_order),
		.rules = SEKISHO_ROWS(struct sekisho_rule_row),
	};
	int error;

	sekisho_candidates_begin(&compiling.candidates, policy, flow_of_permit);
	error = compile_keys(&compiling, keys, count, problem);
	*made = (struct sekisho_rules){ compiling.rules, compiling.candidates.services,
					compiling.candidates.rows };
	compiling.candidates.services = SEKISHO_ROWS(struct sekisho_service_row);
	compiling.candidates.rows = SEKISHO_ROWS(struct sekisho_candidate_row);
	sekisho_rows_free(&compiling.claims);
	sekisho_candidates_end(&compiling.candidates);
	return error;
}

void sekisho_rules_free(struct sekisho_rules *made)
{
	sekisho_rows_free(&made->rules);
	sekisho_rows_free(&made->services);
	sekisho_rows_free(&made->candidates);
}

int sekisho_rules_build(const struct sekisho_policy *policy, const struct sekisho_objects *objects,
			struct sekisho_tables *tables, struct sekisho_tables_problem *problem)
{
	struct sekisho_rows keys = SEKISHO_ROWS(struct sekisho_order); /* of a rule -> permit */
	struct sekisho_rules made = { .rules = { 0 } };
	int error = list_keys(policy, objects, tables, &keys);

	if (!error)
		error = sekisho_rules_make(policy, tables->flow_of_permit, keys.items, keys.count,
					   &made, problem);
	sekisho_rows_free(&keys);
	if (!error)
		error = take(&made, tables, problem);
	sekisho_rules_free(&made);
	return error;
}
