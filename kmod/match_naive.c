// SPDX-License-Identifier: GPL-2.0-only
/*
 * The matcher's naive twin, for its self-test alone. Knows the policy as it was sent, nothing of
 * tries and hashes.
 */
#ifdef SEKISHO_SELFTEST

#include "match_naive.h"

#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "sekisho/reasons.h"

#include "names.h"

#define DAY_MINUTES  1440
#define WEEK_MINUTES (7 * DAY_MINUTES)

/* Nearest first. */
static const u8 misses[] = {
	SEKISHO_REASON_PERMIT_NEW,    SEKISHO_REASON_EXPIRED,
	SEKISHO_REASON_NOT_YET_VALID, SEKISHO_REASON_OUTSIDE_SCHEDULE,
	SEKISHO_REASON_MAC_MISMATCH,  SEKISHO_REASON_PORT_NOT_PERMITTED,
	SEKISHO_REASON_NOT_LISTED,    SEKISHO_REASON_NO_FLOW,
};

bool sekisho_naive_holds(const struct sekisho_range *range, u8 family,
			 struct sekisho_address address)
{
	return range->family == family && sekisho_address_compare(range->first, address) <= 0 &&
	       sekisho_address_compare(address, range->last) <= 0;
}

static bool inside(const struct sekisho_range *inner, const struct sekisho_range *outer)
{
	return sekisho_naive_holds(outer, inner->family, inner->first) &&
	       sekisho_naive_holds(outer, inner->family, inner->last);
}

static bool holds_everything(const struct sekisho_range *range)
{
	u64 most = range->family == 4 ? U32_MAX : U64_MAX;

	return !range->first.high && !range->first.low && range->last.low == most &&
	       range->last.high == (range->family == 4 ? 0 : U64_MAX);
}

u16 sekisho_naive_network(const struct sekisho_policy *policy, u8 family,
			  struct sekisho_address address)
{
	const struct sekisho_range *best = NULL;
	u16 segment = SEKISHO_SEGMENT_NONE;
	u32 i, k;

	if (sekisho_naive_is(policy, family, address) & SEKISHO_IS_MAPPED)
		return segment;
	for (i = 1; i < policy->segment_count; i++) {
		for (k = 0; k < policy->segments[i].network_count; k++) {
			const struct sekisho_range *network = &policy->segments[i].networks[k];

			if (!sekisho_naive_holds(network, family, address) ||
			    (best && !inside(network, best)))
				continue;
			best = network;
			segment = i;
		}
	}
	return segment;
}

/* Ranges that the page names. */
static const struct {
	struct sekisho_range range;
	u8 is;
} special[] = {
	{ { { 0, 0 }, { 0, 0 }, 4 }, SEKISHO_IS_UNSPECIFIED },
	{ { { 0, 0x7f000000 }, { 0, 0x7fffffff }, 4 }, SEKISHO_IS_LOOPBACK },
	{ { { 0, 0xe0000000 }, { 0, 0xefffffff }, 4 }, SEKISHO_IS_MULTICAST },
	{ { { 0, 0xffffffff }, { 0, 0xffffffff }, 4 }, SEKISHO_IS_BROADCAST },
	{ { { 0, 0 }, { 0, 0 }, 6 }, SEKISHO_IS_UNSPECIFIED },
	{ { { 0, 1 }, { 0, 1 }, 6 }, SEKISHO_IS_LOOPBACK },
	{ { { 0, 0xffff00000000 }, { 0, 0xffffffffffff }, 6 }, SEKISHO_IS_MAPPED },
	{ { { 0xfe80000000000000, 0 }, { 0xfebfffffffffffff, U64_MAX }, 6 },
	  SEKISHO_IS_LINK_LOCAL },
	{ { { 0xff00000000000000, 0 }, { U64_MAX, U64_MAX }, 6 }, SEKISHO_IS_MULTICAST },
};

u8 sekisho_naive_is(const struct sekisho_policy *policy, u8 family, struct sekisho_address address)
{
	u8 is = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(special); i++)
		if (sekisho_naive_holds(&special[i].range, family, address))
			is |= special[i].is;
	for (i = 0; i < policy->own_count; i++)
		if (policy->own[i].family == family &&
		    sekisho_address_equal(policy->own[i].address, address))
			is |= policy->own[i].broadcast ? SEKISHO_IS_BROADCAST : SEKISHO_IS_OWN;
	return is;
}

bool sekisho_naive_in_hosts(const struct sekisho_policy *policy, u32 hosts, u8 family,
			    struct sekisho_address address)
{
	u32 i;

	for (i = 0; i < policy->hosts[hosts].range_count; i++)
		if (sekisho_naive_holds(&policy->hosts[hosts].ranges[i], family, address))
			return true;
	return !hosts;
}

bool sekisho_naive_serves(const struct sekisho_flow *flow, u8 protocol, u16 number)
{
	u32 i;

	for (i = 0; i < flow->service_count; i++)
		if (flow->services[i].protocol == protocol &&
		    (flow->services[i].all ||
		     (flow->services[i].first <= number && number <= flow->services[i].last)))
			return true;
	return false;
}

static bool service_fits(const struct sekisho_flow *flow, const struct sekisho_question *asked)
{
	return sekisho_naive_serves(flow, asked->protocol, asked->service);
}

static bool source_port_fits(const struct sekisho_flow *flow, const struct sekisho_question *asked)
{
	u32 i;

	for (i = 0; i < flow->source_port_count; i++)
		if (flow->source_ports[i].first <= asked->source_port &&
		    asked->source_port <= flow->source_ports[i].last)
			return true;
	return !flow->source_port_count || asked->again;
}

static bool mac_fits(const struct sekisho_flow *flow, const struct sekisho_question *asked)
{
	u32 i;

	for (i = 0; i < flow->mac_count; i++)
		if (flow->macs[i] == asked->source_mac)
			return true;
	return !flow->mac_count || !asked->ask_mac;
}

/* Each day's hours are a stretch of minutes on the circle of the week. */
static bool schedule_fits(const struct sekisho_policy *policy, const struct sekisho_flow *flow,
			  s64 wall)
{
	s64 local = wall + sekisho_policy_utc_offset(policy, wall);
	u32 day, minute, begins, length = flow->end_minute - flow->start_minute;
	s32 second;

	/* 1969-12-29 was a Monday. */
	div_s64_rem(local + 3ll * DAY_MINUTES * 60, WEEK_MINUTES * 60, &second);
	if (second < 0)
		second += WEEK_MINUTES * 60;
	minute = second / 60;
	if (flow->end_minute < flow->start_minute)
		length += DAY_MINUTES;
	for (day = 0; day < 7; day++) {
		if (!(flow->days & 1 << day))
			continue;
		begins = day * DAY_MINUTES;
		if (flow->end_minute == flow->start_minute)
			length = DAY_MINUTES;
		else
			begins += flow->start_minute;
		if ((minute + WEEK_MINUTES - begins) % WEEK_MINUTES < length)
			return true;
	}
	return !flow->days;
}

static u8 time_miss(const struct sekisho_policy *policy, const struct sekisho_flow *flow,
		    const struct sekisho_question *asked)
{
	if (asked->wall >= flow->valid_until)
		return SEKISHO_REASON_EXPIRED;
	if (!asked->again && asked->wall < flow->valid_from)
		return SEKISHO_REASON_NOT_YET_VALID;
	if (!asked->again && !schedule_fits(policy, flow, asked->wall))
		return SEKISHO_REASON_OUTSIDE_SCHEDULE;
	return SEKISHO_REASON_PERMIT_NEW;
}

static bool exists(const struct sekisho_flow *flow, const struct sekisho_question *asked)
{
	return flow->from == asked->from && flow->to == asked->to &&
	       (flow->survives || !asked->restricted);
}

u8 sekisho_naive_flow(const struct sekisho_policy *policy, u32 number,
		      const struct sekisho_naive_question *question)
{
	const struct sekisho_flow *flow = &policy->flows[number];
	const struct sekisho_question *asked = &question->asked;

	if (!exists(flow, asked))
		return SEKISHO_REASON_NO_FLOW;
	if (!sekisho_naive_in_hosts(policy, flow->from_hosts, question->family, question->source) ||
	    !sekisho_naive_in_hosts(policy, flow->to_hosts, question->family,
				    question->destination))
		return SEKISHO_REASON_NOT_LISTED;
	if (!service_fits(flow, asked) || !source_port_fits(flow, asked))
		return SEKISHO_REASON_PORT_NOT_PERMITTED;
	if (!mac_fits(flow, asked))
		return SEKISHO_REASON_MAC_MISMATCH;
	return time_miss(policy, flow, asked);
}

/* One without limits before one with; then the later end; then the smaller id. */
static bool decides(const struct sekisho_flow *a, const struct sekisho_flow *b)
{
	bool limited_a = a->concurrent || a->new_per_second;
	bool limited_b = b->concurrent || b->new_per_second;

	if (limited_a && !limited_b)
		return false;
	if (limited_b && !limited_a)
		return true;
	if (a->valid_until == b->valid_until)
		return memcmp(a->use->id, b->use->id, SEKISHO_NAME_BYTES) < 0;
	return a->valid_until > b->valid_until;
}

static u32 nearness(u8 reason)
{
	u32 i = 0;

	while (misses[i] != reason)
		i++;
	return i;
}

static u8 shown(const struct sekisho_policy *policy, u8 reason, u16 from, u16 to)
{
	u32 meanings;

	if (reason != SEKISHO_REASON_NOT_LISTED)
		return reason;
	meanings = 1 << policy->segments[from].meaning | 1 << policy->segments[to].meaning;
	if (meanings & 1 << SEKISHO_MEANING_EXTERNAL)
		return SEKISHO_REASON_PEER_UNREGISTERED;
	if (meanings == (1 << SEKISHO_MEANING_LGWAN | 1 << SEKISHO_MEANING_INTERNET))
		return SEKISHO_REASON_NOT_A_GATEWAY;
	return reason;
}

u8 sekisho_naive_match(const struct sekisho_policy *policy,
		       const struct sekisho_naive_question *question, u32 *flow)
{
	u8 nearest = SEKISHO_REASON_NO_FLOW;
	u32 i;

	*flow = SEKISHO_NO_FLOW;
	for (i = 0; i < policy->flow_count; i++) {
		u8 miss = sekisho_naive_flow(policy, i, question);

		if (nearness(miss) < nearness(nearest))
			nearest = miss;
		if (miss == SEKISHO_REASON_PERMIT_NEW &&
		    (*flow == SEKISHO_NO_FLOW || decides(&policy->flows[i], &policy->flows[*flow])))
			*flow = i;
	}
	return shown(policy, nearest, question->asked.from, question->asked.to);
}

bool sekisho_naive_dhcp(const struct sekisho_policy *policy,
			const struct sekisho_naive_question *question)
{
	u32 i;

	for (i = 0; i < policy->flow_count; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];

		if (exists(flow, &question->asked) && service_fits(flow, &question->asked) &&
		    mac_fits(flow, &question->asked) &&
		    time_miss(policy, flow, &question->asked) == SEKISHO_REASON_PERMIT_NEW)
			return true;
	}
	return false;
}

static bool clash(const struct sekisho_range *a, const struct sekisho_range *b)
{
	bool same = inside(a, b) && inside(b, a);

	if (a->family != b->family)
		return false;
	if (!same && (holds_everything(a) || holds_everything(b)))
		return false;
	return inside(a, b) || inside(b, a);
}

bool sekisho_naive_overlap(const struct sekisho_segment *segments, u32 count)
{
	u32 a, b, i, k;

	for (a = 0; a < count; a++)
		for (b = 0; b < a; b++)
			for (i = 0; i < segments[a].network_count; i++)
				for (k = 0; k < segments[b].network_count; k++)
					if (clash(&segments[a].networks[i],
						  &segments[b].networks[k]))
						return true;
	return false;
}

#endif
