// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy says of a packet that nothing has tracked: whose an address is, and lines 13 and
 * 6c of docs/semantics.md. Knows nothing of skbs, connections or netlink.
 */
#include "match.h"

#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "sekisho/reasons.h"

#include "rules.h"
#include "trie.h"

#define DAY_SECONDS	  86400
#define WEEKDAY_EPOCH	  3 /* 1970-01-01 was a Thursday; Monday is 0 */
#define WEEK		  7
#define LIMITED_BROADCAST 0xffffffffu
#define MAPPED		  0xffffu /* bits 47..32 of ::ffff:0:0/96 */

struct sekisho_matcher {
	struct sekisho_trie trie;
	struct sekisho_rules rules;
};

/* What a flow fails on, nearest first. */
enum miss {
	MISS_NOTHING,
	MISS_ENDED,
	MISS_NOT_BEGUN,
	MISS_HOURS,
	MISS_MAC,
	MISS_PORT,
	MISS_HOSTS,
};

static const u8 miss_reasons[] = {
	[MISS_NOTHING] = SEKISHO_REASON_PERMIT_NEW,
	[MISS_ENDED] = SEKISHO_REASON_EXPIRED,
	[MISS_NOT_BEGUN] = SEKISHO_REASON_NOT_YET_VALID,
	[MISS_HOURS] = SEKISHO_REASON_OUTSIDE_SCHEDULE,
	[MISS_MAC] = SEKISHO_REASON_MAC_MISMATCH,
	[MISS_PORT] = SEKISHO_REASON_PORT_NOT_PERMITTED,
};

/* What came nearest so far. */
struct nearest {
	enum miss miss;
	u32 flow;
};

static u8 special_ipv4(struct sekisho_address address)
{
	u8 is = 0;

	if (address.low == 0)
		is |= SEKISHO_IS_UNSPECIFIED;
	if (address.low >> 24 == 127)
		is |= SEKISHO_IS_LOOPBACK;
	if (address.low >> 28 == 0xe)
		is |= SEKISHO_IS_MULTICAST;
	if (address.low == LIMITED_BROADCAST)
		is |= SEKISHO_IS_BROADCAST;
	return is;
}

static u8 special_ipv6(struct sekisho_address address)
{
	u8 is = 0;

	if (!address.high && !address.low)
		is |= SEKISHO_IS_UNSPECIFIED;
	if (!address.high && address.low == 1)
		is |= SEKISHO_IS_LOOPBACK;
	if (!address.high && address.low >> 32 == MAPPED)
		is |= SEKISHO_IS_MAPPED;
	if (address.high >> 56 == 0xff)
		is |= SEKISHO_IS_MULTICAST;
	if (address.high >> 54 == 0xfe80 >> 6)
		is |= SEKISHO_IS_LINK_LOCAL;
	return is;
}

void sekisho_match_place(const struct sekisho_policy *policy, u8 family,
			 struct sekisho_address address, struct sekisho_place *place)
{
	const u8 self = SEKISHO_IS_OWN | SEKISHO_IS_BROADCAST | SEKISHO_IS_MULTICAST |
			SEKISHO_IS_LINK_LOCAL;
	struct sekisho_trie_found found = { .sets = place->covers };

	sekisho_trie_find(&policy->matcher->trie, family, address, &found);
	place->is = found.is | (family == 4 ? special_ipv4(address) : special_ipv6(address));
	place->network = place->is & SEKISHO_IS_MAPPED ? SEKISHO_SEGMENT_NONE : found.segment;
	place->to_self = place->is & self;
	place->segment = place->to_self ? SEKISHO_SEGMENT_SELF : place->network;
	place->cover_count = found.set_count;
}

/* Hours that cross midnight belong to the day they began. */
static bool in_schedule(const struct sekisho_policy *policy, const struct sekisho_flow *flow,
			s64 wall)
{
	s32 second, weekday;
	s64 day = div_s64_rem(wall + sekisho_policy_utc_offset(policy, wall), DAY_SECONDS, &second);
	bool today, yesterday;
	u32 minute;

	if (second < 0) {
		second += DAY_SECONDS;
		day--;
	}
	minute = second / 60;
	div_s64_rem(day + WEEKDAY_EPOCH, WEEK, &weekday);
	if (weekday < 0)
		weekday += WEEK;
	today = flow->days >> weekday & 1;
	yesterday = flow->days >> (weekday + WEEK - 1) % WEEK & 1;
	if (flow->start_minute == flow->end_minute)
		return today;
	if (flow->start_minute < flow->end_minute)
		return today && flow->start_minute <= minute && minute < flow->end_minute;
	return (today && flow->start_minute <= minute) || (yesterday && minute < flow->end_minute);
}

static enum miss miss_of_time(const struct sekisho_policy *policy, const struct sekisho_flow *flow,
			      const struct sekisho_question *question)
{
	if (flow->valid_until <= question->wall)
		return MISS_ENDED;
	if (question->again)
		return MISS_NOTHING;
	if (question->wall < flow->valid_from)
		return MISS_NOT_BEGUN;
	if (flow->days != SEKISHO_SCHEDULE_NONE && !in_schedule(policy, flow, question->wall))
		return MISS_HOURS;
	return MISS_NOTHING;
}

/* Source ports ascend and are disjoint. */
static bool source_port_listed(const struct sekisho_flow *flow, u16 port)
{
	u32 low = 0, high = flow->source_port_count, middle;

	if (!high)
		return true;
	while (low < high) {
		middle = (low + high) / 2;
		if (flow->source_ports[middle].last < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low < flow->source_port_count && flow->source_ports[low].first <= port;
}

/* MACs ascend. */
static bool mac_listed(const struct sekisho_flow *flow, u64 mac)
{
	u32 low = 0, high = flow->mac_count, middle;

	if (!high)
		return true;
	while (low < high) {
		middle = (low + high) / 2;
		if (flow->macs[middle] < mac)
			low = middle + 1;
		else
			high = middle;
	}
	return low < flow->mac_count && flow->macs[low] == mac;
}

/* Of a flow whose hosts, protocol and service are those of the question. */
static enum miss miss_of(const struct sekisho_policy *policy, const struct sekisho_flow *flow,
			 const struct sekisho_question *question)
{
	if (!question->again && !source_port_listed(flow, question->source_port))
		return MISS_PORT;
	if (question->ask_mac && !mac_listed(flow, question->source_mac))
		return MISS_MAC;
	return miss_of_time(policy, flow, question);
}

static void consider(const struct sekisho_policy *policy, struct nearest *nearest, enum miss miss,
		     u32 flow)
{
	if (miss > nearest->miss)
		return;
	if (miss == nearest->miss && nearest->flow != SEKISHO_NO_FLOW) {
		if (miss == MISS_NOTHING &&
		    !sekisho_flow_decides(&policy->flows[flow], &policy->flows[nearest->flow]))
			return;
		if (miss != MISS_NOTHING && nearest->flow < flow)
			return;
	}
	*nearest = (struct nearest){ miss, flow };
}

/* The flows that name these hosts: candidates lie in deciding order, so the first match ends it. */
static void ask_pair(const struct sekisho_policy *policy, const struct sekisho_question *question,
		     const struct sekisho_pair *pair, struct nearest *nearest)
{
	const struct sekisho_rules *rules = &policy->matcher->rules;
	const struct sekisho_interval *interval;
	u32 any = question->restricted ? pair->survivor : pair->flow;
	const u32 *candidates = rules->candidates.items;
	u32 i;

	if (any == SEKISHO_NO_FLOW)
		return;
	consider(policy, nearest, MISS_PORT, any);
	interval = sekisho_rules_interval(rules, pair, question->protocol, question->service);
	if (!interval)
		return;
	candidates += interval->candidate;
	for (i = 0; i < interval->candidate_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[candidates[i]];
		enum miss miss;

		if (question->restricted && !flow->survives)
			continue;
		miss = miss_of(policy, flow, question);
		consider(policy, nearest, miss, candidates[i]);
		if (miss == MISS_NOTHING)
			return;
	}
}

/* The sets of a segment that hold an address, and 0: every host. */
static u32 sets_of(const struct sekisho_policy *policy, const struct sekisho_place *place,
		   u16 segment, u32 *sets)
{
	u32 i, count = 0;

	sets[count++] = 0;
	for (i = 0; i < place->cover_count; i++)
		if (policy->hosts[place->covers[i]].segment == segment)
			sets[count++] = place->covers[i];
	return count;
}

/* `not-listed` under the name that says most about the two segments. */
static u8 name_not_listed(const struct sekisho_policy *policy, u16 from, u16 to)
{
	u8 a = policy->segments[from].meaning, b = policy->segments[to].meaning;

	if (a == SEKISHO_MEANING_EXTERNAL || b == SEKISHO_MEANING_EXTERNAL)
		return SEKISHO_REASON_PEER_UNREGISTERED;
	if ((a == SEKISHO_MEANING_LGWAN && b == SEKISHO_MEANING_INTERNET) ||
	    (a == SEKISHO_MEANING_INTERNET && b == SEKISHO_MEANING_LGWAN))
		return SEKISHO_REASON_NOT_A_GATEWAY;
	return SEKISHO_REASON_NOT_LISTED;
}

u8 sekisho_match(const struct sekisho_policy *policy, const struct sekisho_question *question,
		 u32 *flow)
{
	const struct sekisho_rules *rules = &policy->matcher->rules;
	u8 wanted = question->restricted ? SEKISHO_BETWEEN_SURVIVORS : SEKISHO_BETWEEN_FLOWS;
	struct nearest nearest = { MISS_HOSTS, SEKISHO_NO_FLOW };
	u32 from_sets[SEKISHO_COVER_MAX + 1], to_sets[SEKISHO_COVER_MAX + 1];
	u32 from_count, to_count, i, k;

	*flow = SEKISHO_NO_FLOW;
	if (!(sekisho_rules_between(rules, question->from, question->to) & wanted))
		return SEKISHO_REASON_NO_FLOW;
	from_count = sets_of(policy, question->source, question->from, from_sets);
	to_count = sets_of(policy, question->destination, question->to, to_sets);
	for (i = 0; i < from_count; i++) {
		for (k = 0; k < to_count; k++) {
			const struct sekisho_pair *pair = sekisho_rules_pair(
				rules, question->from, question->to, from_sets[i], to_sets[k]);

			if (pair)
				ask_pair(policy, question, pair, &nearest);
		}
	}
	*flow = nearest.flow;
	if (nearest.miss == MISS_HOSTS)
		return name_not_listed(policy, question->from, question->to);
	return miss_reasons[nearest.miss];
}

static bool any_lease(const struct sekisho_policy *policy, const struct sekisho_question *question,
		      u64 sender)
{
	const struct sekisho_lease *leases;
	u32 count, i;

	leases = sekisho_leases_find(&policy->matcher->rules.leases, question->from,
				     question->service, sender, &count);
	for (i = 0; i < count; i++)
		if ((!question->restricted || leases[i].flow->survives) &&
		    miss_of_time(policy, leases[i].flow, question) == MISS_NOTHING)
			return true;
	return false;
}

bool sekisho_match_dhcp(const struct sekisho_policy *policy,
			const struct sekisho_question *question)
{
	return any_lease(policy, question, 0) ||
	       any_lease(policy, question, question->source_mac | SEKISHO_LEASE_MAC);
}

/* Networks, sets of hosts and the host's own addresses. */
static int fill_trie(struct sekisho_trie *trie, const struct sekisho_policy *policy,
		     struct sekisho_policy_fault *fault)
{
	int error = 0;
	u32 i, k;

	for (i = 1; i < policy->segment_count; i++) {
		for (k = 0; k < policy->segments[i].network_count && !error; k++)
			error = sekisho_trie_add_network(trie, &policy->segments[i].networks[k], i);
		if (error == -EEXIST) {
			*fault = (struct sekisho_policy_fault){ "a network of another segment", i,
								SEKISHO_A_SEGMENT };
			return -EINVAL;
		}
	}
	for (i = 0; i < policy->own_count && !error; i++)
		error = sekisho_trie_add_bits(trie, policy->own[i].family, policy->own[i].address,
					      policy->own[i].broadcast ? SEKISHO_IS_BROADCAST
								       : SEKISHO_IS_OWN);
	for (i = 1; i < policy->hosts_count && !error; i++) {
		for (k = 0; k < policy->hosts[i].range_count && !error; k++)
			error = sekisho_trie_add_set(trie, &policy->hosts[i].ranges[k], i);
		if (!error)
			error = sekisho_rows_give_way(i);
	}
	if (error == -E2BIG)
		*fault = (struct sekisho_policy_fault){ "too many ranges of hosts", i - 1,
							SEKISHO_A_HOSTS };
	return error;
}

static int make_trie(struct sekisho_trie *trie, const struct sekisho_policy *policy,
		     struct sekisho_policy_fault *fault)
{
	struct sekisho_trie_problem problem;
	int error;

	sekisho_trie_init(trie);
	error = fill_trie(trie, policy, fault);
	if (error)
		return error;
	error = sekisho_trie_finish(trie, &problem);
	if (problem.fault == SEKISHO_TRIE_OVERLAPS) {
		*fault = (struct sekisho_policy_fault){ "its networks lie inside another segment's",
							problem.subject, SEKISHO_A_SEGMENT };
	} else if (problem.fault == SEKISHO_TRIE_COVERS) {
		*fault = (struct sekisho_policy_fault){ "one address in too many sets of hosts",
							problem.subject, SEKISHO_A_HOSTS };
		error = -E2BIG;
	}
	return error;
}

int sekisho_matcher_make(struct sekisho_policy *policy, struct sekisho_policy_fault *fault)
{
	struct sekisho_matcher *matcher = kzalloc(sizeof(*matcher), GFP_KERNEL);
	int error;

	if (!matcher)
		return -ENOMEM;
	policy->matcher = matcher;
	error = make_trie(&matcher->trie, policy, fault);
	if (!error)
		error = sekisho_rules_make(&matcher->rules, policy, fault);
	policy->bytes += sizeof(*matcher) + sekisho_trie_bytes(&matcher->trie) +
			 sekisho_rules_bytes(&matcher->rules);
	return error;
}

void sekisho_matcher_free(struct sekisho_matcher *matcher)
{
	if (!matcher)
		return;
	sekisho_trie_free(&matcher->trie);
	sekisho_rules_free(&matcher->rules);
	kfree(matcher);
}
