// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of a half that a change concerns: found by going once through the keys of all permits,
 * and made anew of all flows that have part in them. Must not know address sets.
 */
#include "patch_keys.h"

#include <errno.h>
#include <string.h>

#include "half_buckets.h"
#include "rules.h"

/* A bit for each of so many hashes of keys: most permits are told by it to have no part. */
#define SIEVE_BITS 4096

struct sieve {
	uint64_t words[SIEVE_BITS / 64];
};

static uint64_t dhcp_key(uint64_t key)
{
	return sekisho_rule_key((uint32_t)(key >> (2 * SEKISHO_OBJECT_BITS)), SEKISHO_OBJECT_DHCP,
				SEKISHO_OBJECT_ANY);
}

static int add(struct sekisho_patch_keys *keys, uint64_t key)
{
	struct sekisho_order *item = sekisho_rows_add(&keys->list, 1);

	if (!item)
		return -ENOMEM;
	*item = (struct sekisho_order){ .low = key };
	return 0;
}

int sekisho_patch_keys_add(struct sekisho_patch_keys *keys, const struct sekisho_half *half,
			   uint64_t key)
{
	int error = add(keys, key);

	if (!error && sekisho_half_rule(half, dhcp_key(key)))
		error = add(keys, dhcp_key(key));
	return error;
}

int sekisho_patch_keys_add_flow(struct sekisho_patch_keys *keys, const struct sekisho_half *half,
				uint64_t key, const struct sekisho_flow *flow)
{
	int error = sekisho_patch_keys_add(keys, half, key);

	if (!error && sekisho_rules_serve_dhcp(flow))
		error = add(keys, dhcp_key(key));
	return error;
}

void sekisho_patch_keys_free(struct sekisho_patch_keys *keys)
{
	sekisho_rows_free(&keys->list);
}

static uint32_t sieve_bit(uint64_t key)
{
	return sekisho_rule_hash(key, 0) % SIEVE_BITS;
}

static int put_in_order(struct sekisho_patch_keys *keys, struct sieve *sieve)
{
	struct sekisho_order *items = keys->list.items;
	uint32_t kept = 0;

	memset(sieve, 0, sizeof(*sieve));
	if (keys->list.count && sekisho_order_sort(items, keys->list.count))
		return -ENOMEM;
	for (uint32_t i = 0; i < keys->list.count; i++) {
		uint32_t bit = sieve_bit(items[i].low);

		if (kept && items[kept - 1].low == items[i].low)
			continue;
		items[kept++] = items[i];
		sieve->words[bit / 64] |= 1ull << bit % 64;
	}
	keys->list.count = kept;
	return 0;
}

static bool is_listed(const struct sekisho_patch_keys *keys, const struct sieve *sieve,
		      uint64_t key)
{
	const struct sekisho_order *items = keys->list.items;
	uint32_t bit = sieve_bit(key), low = 0, high = keys->list.count;

	if (!(sieve->words[bit / 64] >> bit % 64 & 1))
		return false;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (items[middle].low < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < keys->list.count && items[low].low == key;
}

static int add_part(struct sekisho_rows *parts, uint64_t key, uint32_t permit)
{
	struct sekisho_order *item = sekisho_rows_add(parts, 1);

	if (!item)
		return -ENOMEM;
	*item = (struct sekisho_order){ .low = key, .subject = permit };
	return 0;
}

/* The permits that have part in listed rules. Found in order, so each rule's stay in order. */
static int list_parts(const struct sekisho_patch *patch, const struct sekisho_half *half,
		      const struct sekisho_patch_keys *keys, const struct sieve *sieve,
		      struct sekisho_rows *parts)
{
	for (uint32_t i = 0; i < half->row.permits.count; i++) {
		const struct sekisho_print_row *row =
			sekisho_half_row(half, SEKISHO_HALF_PRINTS, i);
		uint32_t flow = patch->flow_of_permit[i];

		if (flow == SEKISHO_NO_FLOW)
			continue;
		if (is_listed(keys, sieve, row->key) && add_part(parts, row->key, i))
			return -ENOMEM;
		if (is_listed(keys, sieve, dhcp_key(row->key)) &&
		    sekisho_rules_serve_dhcp(&patch->policy->flows[flow]) &&
		    add_part(parts, dhcp_key(row->key), i))
			return -ENOMEM;
	}
	return parts->count ? sekisho_order_sort(parts->items, parts->count) : 0;
}

/* Rows are numbered from 0 in what was made, and from the first free ones in the half. */
static int take_lists(struct sekisho_half *half, const struct sekisho_rules *made,
		      uint32_t *first_service)
{
	const struct sekisho_service_row *services = made->services.items;
	const struct sekisho_candidate_row *candidates = made->candidates.items;
	uint32_t first_candidate;

	if (!sekisho_half_add(half, SEKISHO_HALF_SERVICES, made->services.count, first_service) ||
	    !sekisho_half_add(half, SEKISHO_HALF_CANDIDATES, made->candidates.count,
			      &first_candidate))
		return -ENOSPC;
	for (uint32_t i = 0; i < made->services.count; i++) {
		struct sekisho_service_row *row =
			sekisho_half_row(half, SEKISHO_HALF_SERVICES, *first_service + i);

		*row = services[i];
		row->candidate_first += first_candidate;
	}
	for (uint32_t i = 0; i < made->candidates.count; i++) {
		struct sekisho_candidate_row *row =
			sekisho_half_row(half, SEKISHO_HALF_CANDIDATES, first_candidate + i);

		*row = candidates[i];
	}
	return 0;
}

static void drop_rules(struct sekisho_half *half, const struct sekisho_patch_keys *keys)
{
	const struct sekisho_order *items = keys->list.items;

	for (uint32_t i = 0; i < keys->list.count; i++) {
		struct sekisho_rule_row *rule = sekisho_half_rule(half, items[i].low);

		if (rule)
			*rule = (struct sekisho_rule_row){ .key = SEKISHO_RULE_GONE };
	}
}

static int take_rules(struct sekisho_half *half, const struct sekisho_rules *made)
{
	const struct sekisho_rule_row *rules = made->rules.items;
	uint32_t first_service;
	int error = take_lists(half, made, &first_service);

	for (uint32_t i = 0; i < made->rules.count && !error; i++) {
		struct sekisho_rule_row rule = rules[i];

		if (sekisho_rule_is_list(&rule))
			rule.first += first_service;
		if (!sekisho_half_add_rule(half, &rule))
			error = -ENOSPC;
	}
	return error;
}

int sekisho_patch_make_rules(const struct sekisho_patch *patch, struct sekisho_half *half,
			     struct sekisho_patch_keys *keys)
{
	struct sekisho_rows parts = SEKISHO_ROWS(struct sekisho_order);
	struct sekisho_rules made = { .rules = { 0 } };
	struct sekisho_tables_problem problem;
	struct sieve sieve;
	int error = put_in_order(keys, &sieve);

	if (!error)
		error = list_parts(patch, half, keys, &sieve, &parts);
	if (!error)
		error = sekisho_rules_make(patch->policy, patch->flow_of_permit, parts.items,
					   parts.count, &made, &problem);
	if (!error) {
		drop_rules(half, keys);
		error = take_rules(half, &made);
	}
	sekisho_rules_free(&made);
	sekisho_rows_free(&parts);
	return error;
}
