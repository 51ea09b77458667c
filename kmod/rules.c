// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flows of a policy, ordered so that few are asked. Knows nothing of addresses, packets or
 * time.
 */
#include "rules.h"

#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>

/* One service of one flow. Those of a pair are chained; numbered from 1, 0 ends. */
struct claim {
	u32 flow;
	u32 next;
	u16 first;
	u16 last;
	u8 protocol;
};

/* A flow that permits the service numbers at hand. */
struct active {
	u32 flow;
	u32 last;
};

struct making {
	struct sekisho_rules *rules;
	const struct sekisho_policy *policy;
	struct sekisho_policy_fault *fault;
	struct sekisho_rows claims; /* struct claim, of all flows */
	struct sekisho_rows hand; /* struct claim, of one pair */
	struct active active[SEKISHO_CANDIDATES_MAX]; /* in deciding order */
	u32 active_count;
	u32 list_first; /* the latest list of candidates, which the next interval may well share */
	u32 list_count;
};

static bool is_limited(const struct sekisho_flow *flow)
{
	return flow->new_per_second || flow->concurrent;
}

/* Flows lie in the order of their ids. */
bool sekisho_flow_decides(const struct sekisho_flow *flow, const struct sekisho_flow *other)
{
	if (is_limited(flow) != is_limited(other))
		return !is_limited(flow);
	if (flow->valid_until != other->valid_until)
		return flow->valid_until > other->valid_until;
	return flow < other;
}

static u32 slot_of(const struct sekisho_rules *rules, u16 from, u16 to, u32 from_hosts,
		   u32 to_hosts)
{
	return jhash_3words(from_hosts, to_hosts, (u32)from << 16 | to, rules->seed) &
	       rules->slot_mask;
}

/* Ends at the pair's slot, or at the empty one where it belongs. */
static u32 *find_slot(const struct sekisho_rules *rules, u16 from, u16 to, u32 from_hosts,
		      u32 to_hosts)
{
	const struct sekisho_pair *pairs = rules->pairs.items;
	u32 *slots = rules->slots.items;
	u32 slot = slot_of(rules, from, to, from_hosts, to_hosts);

	for (; slots[slot]; slot = (slot + 1) & rules->slot_mask) {
		const struct sekisho_pair *pair = &pairs[slots[slot] - 1];

		if (pair->from_hosts == from_hosts && pair->to_hosts == to_hosts &&
		    pair->from == from && pair->to == to)
			break;
	}
	return &slots[slot];
}

const struct sekisho_pair *sekisho_rules_pair(const struct sekisho_rules *rules, u16 from, u16 to,
					      u32 from_hosts, u32 to_hosts)
{
	const struct sekisho_pair *pairs = rules->pairs.items;
	u32 number = *find_slot(rules, from, to, from_hosts, to_hosts);

	return number ? &pairs[number - 1] : NULL;
}

static struct sekisho_pair *pair_for(struct sekisho_rules *rules, const struct sekisho_flow *flow,
				     u32 number)
{
	u32 *slot = find_slot(rules, flow->from, flow->to, flow->from_hosts, flow->to_hosts);
	struct sekisho_pair *pair;

	if (*slot)
		return (struct sekisho_pair *)rules->pairs.items + *slot - 1;
	pair = sekisho_rows_add(&rules->pairs, 1);
	if (!pair)
		return NULL;
	*pair = (struct sekisho_pair){
		.from_hosts = flow->from_hosts,
		.to_hosts = flow->to_hosts,
		.from = flow->from,
		.to = flow->to,
		.flow = number,
		.survivor = U32_MAX,
	};
	*slot = rules->pairs.count;
	return pair;
}

static int claim_services(struct making *making, struct sekisho_pair *pair, u32 number)
{
	const struct sekisho_flow *flow = &making->policy->flows[number];
	u32 i, before = making->claims.count;
	struct claim *claims = sekisho_rows_add(&making->claims, flow->service_count);

	if (!claims)
		return -ENOMEM;
	for (i = 0; i < flow->service_count; i++) {
		claims[i] = (struct claim){
			.flow = number,
			.next = pair->rule,
			.first = flow->services[i].first,
			.last = flow->services[i].last,
			.protocol = flow->services[i].protocol,
		};
		pair->rule = before + i + 1;
	}
	return 0;
}

/* Which flows name which hosts. */
static int make_pairs(struct making *making)
{
	struct sekisho_rules *rules = making->rules;
	u8 *between = rules->between.items;
	u32 i;

	for (i = 0; i < making->policy->flow_count; i++) {
		const struct sekisho_flow *flow = &making->policy->flows[i];
		struct sekisho_pair *pair = pair_for(rules, flow, i);
		u8 *known = &between[flow->from * rules->segment_count + flow->to];

		if (!pair || claim_services(making, pair, i))
			return -ENOMEM;
		*known |= SEKISHO_BETWEEN_FLOWS;
		if (flow->survives) {
			*known |= SEKISHO_BETWEEN_SURVIVORS;
			pair->survivor = min(pair->survivor, i);
		}
		if (sekisho_rows_give_way(i))
			return -EINTR;
	}
	sekisho_rows_trim(&rules->pairs);
	return 0;
}

static int compare_claims(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;

	cond_resched(); /* sort() does not, and there may be many */
	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->flow < b->flow ? -1 : a->flow > b->flow;
}

/* Take a pair's claims in hand, by protocol and first service number. */
static int take_claims(struct making *making, const struct sekisho_pair *pair)
{
	const struct claim *claims = making->claims.items;
	struct claim *claim;
	u32 i;

	making->hand.count = 0;
	for (i = pair->rule; i; i = claims[i - 1].next) {
		claim = sekisho_rows_add(&making->hand, 1);
		if (!claim)
			return -ENOMEM;
		*claim = claims[i - 1];
	}
	if (making->hand.count > 1)
		sort(making->hand.items, making->hand.count, sizeof(*claim), compare_claims, NULL);
	return 0;
}

static int enter(struct making *making, const struct claim *claim)
{
	const struct sekisho_flow *flows = making->policy->flows;
	struct active *active = making->active;
	u32 at;

	for (at = 0; at < making->active_count; at++) {
		/* A flow may list a service twice. */
		if (active[at].flow == claim->flow) {
			active[at].last = max_t(u32, active[at].last, claim->last);
			return 0;
		}
	}
	if (at == SEKISHO_CANDIDATES_MAX) {
		*making->fault = (struct sekisho_policy_fault){
			.text = "too many flows of the same hosts and service",
			.index = claim->flow,
			.attribute = SEKISHO_A_FLOW,
		};
		return -E2BIG;
	}
	for (; at && sekisho_flow_decides(&flows[claim->flow], &flows[active[at - 1].flow]); at--)
		active[at] = active[at - 1];
	active[at] = (struct active){ claim->flow, claim->last };
	making->active_count++;
	return 0;
}

/* Drop the flows that end before @number. */
static void leave(struct making *making, u32 number)
{
	u32 i, kept = 0;

	for (i = 0; i < making->active_count; i++)
		if (making->active[i].last >= number)
			making->active[kept++] = making->active[i];
	making->active_count = kept;
}

static bool list_is_latest(const struct making *making)
{
	const u32 *candidates = making->rules->candidates.items;
	u32 i;

	if (making->active_count != making->list_count)
		return false;
	for (i = 0; i < making->active_count; i++)
		if (candidates[making->list_first + i] != making->active[i].flow)
			return false;
	return true;
}

static int list_active(struct making *making)
{
	struct sekisho_rows *candidates = &making->rules->candidates;
	u32 i, first = candidates->count;
	u32 *flows;

	if (list_is_latest(making))
		return 0;
	flows = sekisho_rows_add(candidates, making->active_count);
	if (!flows)
		return -ENOMEM;
	for (i = 0; i < making->active_count; i++)
		flows[i] = making->active[i].flow;
	making->list_first = first;
	making->list_count = making->active_count;
	return 0;
}

static int add_interval(struct making *making, u32 first, u32 last)
{
	struct sekisho_interval *interval;

	if (list_active(making))
		return -ENOMEM;
	interval = sekisho_rows_add(&making->rules->intervals, 1);
	if (!interval)
		return -ENOMEM;
	*interval = (struct sekisho_interval){
		.candidate = making->list_first,
		.first = first,
		.last = last,
		.candidate_count = making->list_count,
	};
	return 0;
}

/* The claims of one protocol, ascending, become intervals in which the same flows are active. */
static int cut(struct making *making, const struct claim *claims, u32 count)
{
	u32 i = 0, k, number, last, steps = 0;
	int error = 0;

	making->active_count = 0;
	for (number = claims[0].first;; number = last + 1) {
		leave(making, number);
		if (!making->active_count) {
			if (i == count)
				return 0;
			number = claims[i].first;
		}
		for (; i < count && claims[i].first == number && !error; i++)
			error = enter(making, &claims[i]);
		last = i < count ? claims[i].first - 1 : U16_MAX;
		for (k = 0; k < making->active_count; k++)
			last = min(last, making->active[k].last);
		if (!error)
			error = add_interval(making, number, last);
		if (!error)
			error = sekisho_rows_give_way(++steps);
		if (error)
			return error;
	}
}

static int add_rule(struct making *making, const struct claim *claims, u32 count)
{
	struct sekisho_rule *rule = sekisho_rows_add(&making->rules->rules, 1);
	u32 first = making->rules->intervals.count;
	int error;

	if (!rule)
		return -ENOMEM;
	error = cut(making, claims, count);
	*rule = (struct sekisho_rule){
		.interval = first,
		.interval_count = making->rules->intervals.count - first,
		.protocol = claims[0].protocol,
	};
	return error;
}

static int make_rules_of(struct making *making, struct sekisho_pair *pair)
{
	const struct claim *claims;
	u32 i, k, first = making->rules->rules.count;
	int error = take_claims(making, pair);

	claims = making->hand.items;
	for (i = 0; i < making->hand.count && !error; i = k) {
		for (k = i + 1; k < making->hand.count; k++)
			if (claims[k].protocol != claims[i].protocol)
				break;
		error = add_rule(making, &claims[i], k - i);
	}
	pair->rule = first;
	pair->rule_count = making->rules->rules.count - first;
	return error;
}

static int make_rules(struct making *making)
{
	struct sekisho_rules *rules = making->rules;
	struct sekisho_pair *pairs = rules->pairs.items;
	int error = 0;
	u32 i;

	for (i = 0; i < rules->pairs.count && !error; i++) {
		error = make_rules_of(making, &pairs[i]);
		if (!error)
			error = sekisho_rows_give_way(i);
	}
	sekisho_rows_trim(&rules->rules);
	sekisho_rows_trim(&rules->intervals);
	sekisho_rows_trim(&rules->candidates);
	return error;
}

static int prepare(struct sekisho_rules *rules, const struct sekisho_policy *policy)
{
	u32 slots = roundup_pow_of_two(2 * policy->flow_count + 2);

	*rules = (struct sekisho_rules){
		.pairs = SEKISHO_ROWS(struct sekisho_pair),
		.rules = SEKISHO_ROWS(struct sekisho_rule),
		.intervals = SEKISHO_ROWS(struct sekisho_interval),
		.candidates = SEKISHO_ROWS(u32),
		.slots = SEKISHO_ROWS(u32),
		.between = SEKISHO_ROWS(u8),
		.slot_mask = slots - 1,
		.seed = get_random_u32(),
		.segment_count = policy->segment_count,
	};
	if (!sekisho_rows_add(&rules->slots, slots) ||
	    !sekisho_rows_add(&rules->between, policy->segment_count * policy->segment_count))
		return -ENOMEM;
	return 0;
}

int sekisho_rules_make(struct sekisho_rules *rules, const struct sekisho_policy *policy,
		       struct sekisho_policy_fault *fault)
{
	struct making making = {
		.rules = rules,
		.policy = policy,
		.fault = fault,
		.claims = SEKISHO_ROWS(struct claim),
		.hand = SEKISHO_ROWS(struct claim),
	};
	int error = prepare(rules, policy);

	if (!error)
		error = make_pairs(&making);
	if (!error)
		error = make_rules(&making);
	if (!error)
		error = sekisho_leases_make(&rules->leases, policy, fault);
	sekisho_rows_free(&making.claims);
	sekisho_rows_free(&making.hand);
	return error;
}

void sekisho_rules_free(struct sekisho_rules *rules)
{
	sekisho_rows_free(&rules->pairs);
	sekisho_rows_free(&rules->rules);
	sekisho_rows_free(&rules->intervals);
	sekisho_rows_free(&rules->candidates);
	sekisho_rows_free(&rules->leases);
	sekisho_rows_free(&rules->slots);
	sekisho_rows_free(&rules->between);
}

size_t sekisho_rules_bytes(const struct sekisho_rules *rules)
{
	return sekisho_rows_bytes(&rules->pairs) + sekisho_rows_bytes(&rules->rules) +
	       sekisho_rows_bytes(&rules->intervals) + sekisho_rows_bytes(&rules->candidates) +
	       sekisho_rows_bytes(&rules->leases) + sekisho_rows_bytes(&rules->slots) +
	       sekisho_rows_bytes(&rules->between);
}

u8 sekisho_rules_between(const struct sekisho_rules *rules, u16 from, u16 to)
{
	const u8 *between = rules->between.items;

	if (from >= rules->segment_count || to >= rules->segment_count)
		return 0;
	return between[from * rules->segment_count + to];
}

static const struct sekisho_rule *find_rule(const struct sekisho_rules *rules,
					    const struct sekisho_pair *pair, u8 protocol)
{
	const struct sekisho_rule *items = rules->rules.items;
	u32 low = 0, high = pair->rule_count, middle;

	items += pair->rule;
	while (low < high) {
		middle = (low + high) / 2;
		if (items[middle].protocol < protocol)
			low = middle + 1;
		else
			high = middle;
	}
	return low < pair->rule_count && items[low].protocol == protocol ? &items[low] : NULL;
}

const struct sekisho_interval *sekisho_rules_interval(const struct sekisho_rules *rules,
						      const struct sekisho_pair *pair, u8 protocol,
						      u16 service)
{
	const struct sekisho_interval *items = rules->intervals.items;
	const struct sekisho_rule *rule = find_rule(rules, pair, protocol);
	u32 low = 0, high, middle;

	if (!rule)
		return NULL;
	items += rule->interval;
	high = rule->interval_count;
	while (low < high) {
		middle = (low + high) / 2;
		if (items[middle].last < service)
			low = middle + 1;
		else
			high = middle;
	}
	return low < rule->interval_count && items[low].first <= service ? &items[low] : NULL;
}
