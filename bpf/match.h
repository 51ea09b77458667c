/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Line 13 of docs/semantics.md: which flow permits a packet, or how near the nearest one is.
 * Knows classes and rules, nothing of frames, state or verdicts beyond a reason.
 *
 * An address is covered by 'any host' and by the objects of its class. Each pair of covers is one
 * hash look-up, whatever the protocol; the flow of the lowest permit row decides, whichever pair
 * finds it.
 */
#ifndef SEKISHO_BPF_MATCH_H
#define SEKISHO_BPF_MATCH_H

#include "classify.h"
#include "clock.h"
#include "maps.h"

#define MATCH_ANY_MAC	 0x1 /* the MAC is not known, or not asked for */
#define MATCH_RESTRICTED 0x2 /* only flows that survive isolation exist */
#define MATCH_AGAIN	 0x4 /* judged again: no schedule, beginning or source port */

/* Nearest first: the order in which a miss is told. */
enum nearness {
	NEAR_MATCH,
	NEAR_EXPIRED,
	NEAR_NOT_YET,
	NEAR_SCHEDULE,
	NEAR_MAC,
	NEAR_SERVICE,
	NEAR_PAIR,
	NEAR_NOTHING,
};

/* What covers an address: objects, and 'any host' where some flow of the pair is for any. */
struct side {
	__u32 first; /* the object where it is one; else its row in `covers` */
	__u32 objects;
	__u32 rows; /* objects, and 'any host' before them where it counts */
};

struct match {
	__u64 mac;
	__u32 half;
	__u32 segments; /* from << 16 | to */
	__u32 pair; /* its number */
	struct side from;
	struct side to;
	__u32 columns;
	__u32 wall;
	__u32 protocol;
	__u16 service;
	__u16 source_port;
	__u16 flags;
	__u16 nearness;
	__u32 permit; /* of the nearest */
	__u32 candidates; /* first of those being looked at */
};

/*
 * One a processor, found again by each callback: what bpf_loop could hand on would lie on the
 * stack, and there is too little of that for the longest chain of calls.
 */
SEKISHO_PER_CPU(matches, struct match, 1);

static __always_inline struct match *match_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&matches, &zero);
}

#define SEARCH_MAC_STEPS 6 /* SEKISHO_MACS_MAX is 2 to this */

_Static_assert(SEKISHO_MACS_MAX <= 1 << SEARCH_MAC_STEPS, "steps must cover the MACs of a flow");

static __always_inline int mac_is_listed(const struct sekisho_policy_row *row,
					 const struct sekisho_permit_row *permit, __u64 mac)
{
	__u32 first = row->macs.base + permit->mac_first;
	__u32 low = 0, high = permit->mac_count - 1, key, middle;
	struct sekisho_mac_row *listed;

#pragma unroll
	for (int i = 0; i < SEARCH_MAC_STEPS; i++) {
		middle = low + ((high - low + 1) >> 1);
		if (low == high)
			continue;
		key = first + middle;
		listed = bpf_map_lookup_elem(&macs, &key);
		if (!listed)
			return 0;
		if (listed->mac <= mac)
			low = middle;
		else
			high = middle - 1;
	}
	key = first + low;
	listed = bpf_map_lookup_elem(&macs, &key);
	return listed && listed->mac == mac;
}

static __always_inline __s32 zone_offset(const struct sekisho_policy_row *row, __u32 wall)
{
	__s32 offset = row->zone[0].offset;

#pragma unroll
	for (__u32 i = 1; i < SEKISHO_ZONE_CHANGES_MAX; i++) {
		if (i < row->zone_count && row->zone[i].since <= wall)
			offset = row->zone[i].offset;
	}
	return offset;
}

/* Hours that cross midnight belong to the day they began. */
static __always_inline int schedule_open(const struct sekisho_policy_row *row,
					 const struct sekisho_permit_row *permit, __u32 wall)
{
	__s64 local = (__s64)wall + zone_offset(row, wall);
	__u32 day = (__u64)local / 86400;
	__u32 minute = (__u64)local % 86400 / 60;
	__u32 weekday = (day + 3) % 7; /* 1970-01-01 was a Thursday; Monday is 0 */
	__u32 before = (weekday + 6) % 7;

	if (permit->start_minute < permit->end_minute)
		return permit->days >> weekday & 1 && minute >= permit->start_minute &&
		       minute < permit->end_minute;
	if (minute >= permit->start_minute)
		return permit->days >> weekday & 1;
	return minute < permit->end_minute && permit->days >> before & 1;
}

static __always_inline enum nearness permit_nearness(const struct match *match,
						     const struct sekisho_policy_row *row,
						     const struct sekisho_permit_row *permit)
{
	if (permit->mac_count && !(match->flags & MATCH_ANY_MAC) &&
	    !mac_is_listed(row, permit, match->mac))
		return NEAR_MAC;
	if (match->wall >= permit->valid_until)
		return NEAR_EXPIRED;
	if (match->flags & MATCH_AGAIN)
		return NEAR_MATCH;
	if (match->wall < permit->valid_from)
		return NEAR_NOT_YET;
	if (permit->flags & SEKISHO_PERMIT_SCHEDULE && !schedule_open(row, permit, match->wall))
		return NEAR_SCHEDULE;
	return NEAR_MATCH;
}

static __always_inline void match_note(struct match *match, __u32 nearness, __u32 permit)
{
	if (nearness < match->nearness || (nearness == match->nearness && permit < match->permit)) {
		match->nearness = nearness;
		match->permit = permit;
	}
}

/* One flow whose hosts and service fit. */
static __always_inline int match_permit(struct match *match, __u32 permit_index)
{
	struct sekisho_policy_row *row = policy_row(match->half);
	struct sekisho_permit_row *permit;
	__u32 key;

	if (!row)
		return 0;
	key = row->permits.base + permit_index;
	permit = bpf_map_lookup_elem(&permits, &key);
	if (!permit)
		return 0;
	if (match->flags & MATCH_RESTRICTED && !(permit->flags & SEKISHO_PERMIT_SURVIVES))
		return 0;
	match_note(match, permit_nearness(match, row, permit), permit_index);
	return 0;
}

static long match_candidate(__u32 i, void *context)
{
	struct match *match = match_get();
	struct sekisho_candidate_row *candidate;
	__u32 key;

	if (!match)
		return 1;
	key = match->candidates + i;
	candidate = bpf_map_lookup_elem(&candidates, &key);
	if (!candidate)
		return 1;
	if (!(match->flags & MATCH_AGAIN) && (match->source_port < candidate->source_first ||
					      match->source_port > candidate->source_last)) {
		match_note(match, NEAR_SERVICE, candidate->permit);
		return 0;
	}
	match_permit(match, candidate->permit);
	/* Ascending: nothing that follows could decide before a match so far up. */
	return match->nearness == NEAR_MATCH && match->permit <= candidate->permit;
}

#define SEARCH_SERVICE_STEPS 17

/* Of a list of services the row that would hold @wanted, as a key of `services`. */
static __always_inline __u32 service_of(const struct sekisho_policy_row *row, __u32 first,
					__u32 count, __u32 wanted)
{
	__u32 low = row->services.base + first, middle, half;
	struct sekisho_service_row *service;

#pragma unroll
	for (int i = 0; i < SEARCH_SERVICE_STEPS; i++) {
		half = count >> 1;
		if (!half)
			break;
		middle = low + half;
		service = bpf_map_lookup_elem(&services, &middle);
		if (!service)
			return low;
		if (service->first <= wanted)
			low = middle;
		count -= half;
	}
	return low;
}

static __always_inline int service_has(const struct sekisho_service_row *service, __u32 protocol,
				       __u32 number)
{
	return protocol == service->first >> 16 && number >= (service->first & 0xffff) &&
	       number <= service->last;
}

/* A rule with several services: the interval that holds this one, then its candidates. */
static __always_inline int match_services(struct match *match, __u32 first, __u32 count)
{
	struct sekisho_policy_row *row = policy_row(match->half);
	struct sekisho_service_row *service;
	__u32 key;

	if (!row)
		return 0;
	match_note(match, NEAR_SERVICE, SEKISHO_PERMIT_NONE);
	if (!count)
		return 0;
	key = service_of(row, first, count, match->protocol << 16 | match->service);
	service = bpf_map_lookup_elem(&services, &key);
	if (!service || !service_has(service, match->protocol, match->service))
		return 0;
	match->candidates = row->candidates.base + service->candidate_first;
	bpf_loop(service->candidate_count, match_candidate, NULL, 0);
	return 0;
}

static __always_inline struct sekisho_rule_row *rule_in_bucket(struct sekisho_rule_bucket *bucket,
							       __u64 key)
{
#pragma unroll
	for (int way = 0; way < SEKISHO_RULE_WAYS; way++) {
		if (bucket->way[way].key == key)
			return &bucket->way[way];
	}
	return NULL;
}

static __always_inline struct sekisho_rule_row *rule_find(const struct sekisho_policy_row *row,
							  __u64 rule_key)
{
	__u32 hash = sekisho_rule_hash(rule_key, row->rule_seed);
	__u32 key = row->rules.base + sekisho_bucket_of(hash, row->rules.count);
	struct sekisho_rule_bucket *bucket = bpf_map_lookup_elem(&rules, &key);
	struct sekisho_rule_row *rule;

	if (!bucket)
		return NULL;
	rule = rule_in_bucket(bucket, rule_key);
	/* It lies in its second bucket only where the first one is full, to the last way. */
	if (rule || bucket->way[SEKISHO_RULE_WAYS - 1].key == SEKISHO_RULE_EMPTY)
		return rule;
	key = row->rules.base +
	      sekisho_bucket_of(sekisho_bucket_hash_second(hash), row->rules.count);
	bucket = bpf_map_lookup_elem(&rules, &key);
	return bucket ? rule_in_bucket(bucket, rule_key) : NULL;
}

static __always_inline int match_objects(struct match *match, __u32 from_object, __u32 to_object)
{
	struct sekisho_policy_row *row = policy_row(match->half);
	struct sekisho_rule_row *rule;
	__u32 permit;

	if (!row)
		return 0;
	rule = rule_find(row, sekisho_rule_key(match->pair, from_object, to_object));
	if (!rule)
		return 0;
	if (sekisho_rule_is_list(rule))
		return match_services(match, rule->first, sekisho_rule_count(rule));
	permit = rule->first & ((1u << SEKISHO_RULE_PERMIT_BITS) - 1);
	if (match->protocol != rule->first >> SEKISHO_RULE_PERMIT_BITS ||
	    match->service < rule->service_first || match->service > rule->service_last) {
		match_note(match, NEAR_SERVICE, permit);
		return 0;
	}
	return match_permit(match, permit);
}

/* Where a side's 'any host' counts, it is row 0. */
static __always_inline int side_object(const struct side *side, __u32 i, __u32 *object)
{
	struct sekisho_cover_row *cover;
	__u32 key;

	*object = SEKISHO_OBJECT_ANY;
	if (side->rows > side->objects) {
		if (!i)
			return 0;
		i--;
	}
	*object = side->first;
	if (side->objects == 1)
		return 0;
	key = side->first + i;
	cover = bpf_map_lookup_elem(&covers, &key);
	if (!cover)
		return -1;
	*object = cover->object;
	return 0;
}

static long match_covers(__u32 i, void *context)
{
	struct match *match = match_get();
	__u32 from, to;

	if (!match || !match->columns)
		return 1;
	if (side_object(&match->from, i / match->columns, &from) ||
	    side_object(&match->to, i % match->columns, &to))
		return 1;
	match_objects(match, from, to);
	return 0;
}

static __always_inline void side_fill(struct side *side, const struct sekisho_policy_row *row,
				      const struct sekisho_class_row *class, int any)
{
	side->objects = class->cover_count;
	side->rows = class->cover_count + any;
	side->first = class->cover;
	if (side->objects > 1)
		side->first += row->covers.base;
}

static __always_inline __u32 nearness_reason(const struct match *match, __u32 pair_flags)
{
	switch (match->nearness) {
	case NEAR_MATCH:
		return SEKISHO_REASON_PERMIT_NEW;
	case NEAR_EXPIRED:
		return SEKISHO_REASON_EXPIRED;
	case NEAR_NOT_YET:
		return SEKISHO_REASON_NOT_YET_VALID;
	case NEAR_SCHEDULE:
		return SEKISHO_REASON_OUTSIDE_SCHEDULE;
	case NEAR_MAC:
		return SEKISHO_REASON_MAC_MISMATCH;
	case NEAR_SERVICE:
		return SEKISHO_REASON_PORT_NOT_PERMITTED;
	case NEAR_PAIR:
		if (pair_flags & SEKISHO_PAIR_UNLISTED_AS_PEER)
			return SEKISHO_REASON_PEER_UNREGISTERED;
		if (pair_flags & SEKISHO_PAIR_UNLISTED_AS_GATEWAY)
			return SEKISHO_REASON_NOT_A_GATEWAY;
		return SEKISHO_REASON_NOT_LISTED;
	}
	return SEKISHO_REASON_NO_FLOW;
}

static __always_inline struct sekisho_pair_row *pair_row(const struct sekisho_policy_row *row,
							 __u32 segments)
{
	__u32 key = row->pairs.base + (segments >> 16) * row->segment_count + (segments & 0xffff);

	return bpf_map_lookup_elem(&pairs, &key);
}

/**
 * match_flows - line 13
 * @match: half, segments, protocol, service, source port, MAC, wall and flags set
 * @from_class: the source's
 * @to_class: the destination's
 *
 * Sets match->permit to the deciding flow, or to the nearest one where that is one flow.
 * Return: PERMIT_NEW, or the reason of the nearest miss.
 */
static inline __noinline __u32 match_flows(struct match *match, __u32 from_class, __u32 to_class)
{
	struct sekisho_policy_row *row = policy_row(match->half);
	struct sekisho_class_row *from, *to;
	struct sekisho_pair_row *pair;
	__u32 flags, rows;

	match->permit = SEKISHO_PERMIT_NONE;
	match->nearness = NEAR_NOTHING;
	if (!row)
		return SEKISHO_REASON_NO_FLOW;
	pair = pair_row(row, match->segments);
	if (!pair || !(pair->flags & SEKISHO_PAIR_FLOWS))
		return SEKISHO_REASON_NO_FLOW;
	flags = pair->flags;
	from = class_row(row, from_class);
	to = class_row(row, to_class);
	if (!from || !to)
		return SEKISHO_REASON_NO_FLOW;
	match->nearness = NEAR_PAIR;
	match->pair = pair->number;
	side_fill(&match->from, row, from, !!(flags & SEKISHO_PAIR_FROM_ANY));
	side_fill(&match->to, row, to, !!(flags & SEKISHO_PAIR_TO_ANY));
	match->columns = match->to.rows;
	rows = match->from.rows * match->columns;
	/* Hosts of one address set each, as most are: no loop. */
	if (rows == 1)
		match_covers(0, NULL);
	else
		bpf_loop(rows, match_covers, NULL, 0);
	return nearness_reason(match, flags);
}

/* Whether some flow to `self` lets a host of the segment ask for an address (line 6c). */
static inline __noinline int match_dhcp(struct match *match)
{
	struct sekisho_policy_row *row = policy_row(match->half);
	struct sekisho_pair_row *pair;

	match->permit = SEKISHO_PERMIT_NONE;
	match->nearness = NEAR_NOTHING;
	if (!row)
		return 0;
	pair = pair_row(row, match->segments);
	if (!pair || !(pair->flags & SEKISHO_PAIR_FLOWS))
		return 0;
	match->pair = pair->number;
	match_objects(match, SEKISHO_OBJECT_DHCP, SEKISHO_OBJECT_ANY);
	return match->nearness == NEAR_MATCH;
}

#endif
