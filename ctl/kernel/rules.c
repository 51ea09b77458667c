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
	struct sekisho_rows keys; /* struct sekisho_order: key of a rule -> permit */
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

static bool serves_dhcp(const struct sekisho_flow *flow)
{
	return flow->to.segment == SEKISHO_SEGMENT_SELF &&
	       (serves(flow, DHCP_SERVER_PORT) || serves(flow, DHCPV6_PORT));
}

static int add_key(struct sekisho_rows *keys, uint32_t from_object, uint32_t to_object,
		   const struct sekisho_flow *flow, uint32_t permit)
{
	struct sekisho_order *key = sekisho_rows_add(keys, 1);

	if (!key)
		return -ENOMEM;
	*key = (struct sekisho_order){
		.high = (uint64_t)from_object << 32 | to_object,
		.low = (uint64_t)flow->from.segment << 16 | flow->to.segment,
		.subject = permit,
	};
	return 0;
}

/* Permits are listed in order, so each key's are ascending after the stable sort. */
static int list_keys(struct compiling *compiling, const struct sekisho_objects *objects)
{
	struct sekisho_rows *keys = &compiling->keys;

	for (uint32_t i = 0; i < compiling->policy->flow_count; i++) {
		uint32_t index = compiling->flow_of_permit[i];
		const struct sekisho_flow *flow = &compiling->policy->flows[index];

		if (add_key(keys, objects->from[index], objects->to[index], flow, i))
			return -ENOMEM;
		if (serves_dhcp(flow) &&
		    add_key(keys, SEKISHO_OBJECT_DHCP, SEKISHO_OBJECT_ANY, flow, i))
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

static struct sekisho_rule_row *add_rule(struct sekisho_rows *rules,
					 const struct sekisho_order *key, uint16_t protocol)
{
	struct sekisho_rule_row *rule = sekisho_rows_add(rules, 1);

	if (rule)
		*rule = (struct sekisho_rule_row){
			.from_object = (uint32_t)(key->high >> 32),
			.to_object = (uint32_t)key->high,
			.from_segment = (uint16_t)(key->low >> 16),
			.to_segment = (uint16_t)key->low,
			.protocol = protocol,
		};
	return rule;
}

static int add_rules(struct compiling *compiling, const struct sekisho_order *key,
		     struct sekisho_tables_problem *problem)
{
	const struct sekisho_order *claims = compiling->claims.items;
	uint32_t count = compiling->claims.count;

	for (uint32_t i = 0, next; i < count; i = next) {
		uint64_t protocol = claims[i].high >> 32;
		struct sekisho_rule_row *rule;
		int error;

		for (next = i + 1; next < count && claims[next].high >> 32 == protocol;)
			next++;
		rule = add_rule(&compiling->rules, key, (uint16_t)protocol);
		if (!rule)
			return -ENOMEM;
		error = sekisho_candidates_add(&compiling->candidates, &claims[i], next - i, rule,
					       problem);
		if (error)
			return error;
	}
	return 0;
}

/* All flows with one key. */
static int compile_key(struct compiling *compiling, const struct sekisho_order *keys,
		       uint32_t count, struct sekisho_tables_problem *problem)
{
	bool dhcp = keys->high >> 32 == SEKISHO_OBJECT_DHCP;

	compiling->candidates.any_source = dhcp;
	compiling->claims.count = 0;
	for (uint32_t i = 0; i < count; i++)
		if (dhcp ? claim_dhcp(compiling, keys[i].subject)
			 : claim_services(compiling, keys[i].subject))
			return -ENOMEM;
	if (!dhcp && !add_rule(&compiling->rules, keys, SEKISHO_RULE_HOSTS))
		return -ENOMEM;
	if (!compiling->claims.count)
		return 0;
	if (merge_claims(&compiling->claims))
		return -ENOMEM;
	return add_rules(compiling, keys, problem);
}

static int compile_keys(struct compiling *compiling, struct sekisho_tables_problem *problem)
{
	const struct sekisho_order *keys = compiling->keys.items;
	uint32_t count = compiling->keys.count;
	int error = 0;

	for (uint32_t i = 0, next; i < count && !error; i = next) {
		for (next = i + 1; next < count && keys[next].high == keys[i].high &&
				   keys[next].low == keys[i].low;)
			next++;
		error = compile_key(compiling, &keys[i], next - i, problem);
	}
	return error;
}

static int take(struct compiling *compiling, struct sekisho_tables *tables,
		struct sekisho_tables_problem *problem)
{
	struct sekisho_candidates *candidates = &compiling->candidates;
	struct sekisho_policy_row *row = &tables->row;
	struct sekisho_buckets buckets;
	int error;

	tables->services = sekisho_rows_take(&candidates->services, &row->services.count);
	tables->candidates = sekisho_rows_take(&candidates->rows, &row->candidates.count);
	if (!tables->services || !tables->candidates)
		return -ENOMEM;
	error = sekisho_buckets_place(compiling->rules.items, compiling->rules.count, &buckets);
	if (error == -E2BIG) {
		problem->fault = SEKISHO_TABLES_HASH;
		problem->count = compiling->rules.count;
	}
	if (error)
		return error;
	tables->rules = buckets.items;
	row->rules.count = buckets.count;
	row->rule_seed = buckets.seed;
	tables->rule_count = compiling->rules.count;
	return 0;
}

int sekisho_rules_build(const struct sekisho_policy *policy, const struct sekisho_objects *objects,
			struct sekisho_tables *tables, struct sekisho_tables_problem *problem)
{
	struct compiling compiling = {
		.policy = policy,
		.flow_of_permit = tables->flow_of_permit,
		.keys = SEKISHO_ROWS(struct sekisho_order),
		.claims = SEKISHO_ROWS(struct sekisho_order),
		.rules = SEKISHO_ROWS(struct sekisho_rule_row),
	};
	int error;

	sekisho_candidates_begin(&compiling.candidates, policy, tables->flow_of_permit);
	error = list_keys(&compiling, objects);
	if (!error)
		error = compile_keys(&compiling, problem);
	sekisho_rows_free(&compiling.keys);
	sekisho_rows_free(&compiling.claims);
	if (!error)
		error = take(&compiling, tables, problem);
	sekisho_rows_free(&compiling.rules);
	sekisho_candidates_end(&compiling.candidates);
	return error;
}
