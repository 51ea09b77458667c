/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way of a first packet: lines 4 to 13 of docs/semantics.md for a plain frame from one
 * ordinary host to another. Where more than one rule or flow may decide, line 13 is left to
 * match.h; what is more unusual (the border host itself, groups and broadcasts, isolation, suspension) is
 * judge.h's, which says the same of every frame.
 */
#ifndef SEKISHO_BPF_QUICK_NEW_H
#define SEKISHO_BPF_QUICK_NEW_H

#include "judgement.h"
#include "match.h"
#include "quick.h"
#include "tcp.h"

#define SEVERAL	  0xfffffffe /* no permit, but a reason to look closer */
#define ASK_LONG  -1 /* the long way must judge */
#define ASK_FLOWS 0 /* lines 11 to 13 are still to be asked: judge_new() */

static __always_inline __u32 plain_class(const struct quick *quick, const __u64 address[2])
{
	if (quick->ipv6)
		return class_of_ipv6(quick->half, bpf_be64_to_cpu(address[0]),
				     bpf_be64_to_cpu(address[1]));
	return class_of_ipv4(quick->half, bpf_ntohl(address[1] >> 32));
}

/* How many stand for a host among the flows of the pair; @object: the one, where it is one. */
static __always_inline __u32 objects_of(const struct sekisho_class_row *class, int any,
					__u32 *object)
{
	*object = class->cover_count ? class->cover : SEKISHO_OBJECT_ANY;
	return class->cover_count + any;
}

/*
 * The permit that a rule names for a service: one that is whole in its row, or the only candidate
 * of its interval. SEKISHO_PERMIT_NONE where no flow has the service; SEVERAL where more may.
 */
static __always_inline __u32 rule_permit(const struct sekisho_policy_row *row,
					 const struct sekisho_rule_row *rule, __u8 protocol,
					 __u16 number, int *serves)
{
	struct sekisho_candidate_row *candidate;
	struct sekisho_service_row *service;
	__u32 key;

	*serves = 0;
	if (!sekisho_rule_is_list(rule)) {
		*serves = protocol == rule->first >> SEKISHO_RULE_PERMIT_BITS &&
			  number >= rule->service_first && number <= rule->service_last;
		return rule->first & ((1u << SEKISHO_RULE_PERMIT_BITS) - 1);
	}
	key = service_of(row, rule->first, sekisho_rule_count(rule),
			 (__u32)protocol << 16 | number);
	service = bpf_map_lookup_elem(&services, &key);
	if (!service || !service_has(service, protocol, number))
		return SEKISHO_PERMIT_NONE;
	key = row->candidates.base + service->candidate_first;
	candidate = bpf_map_lookup_elem(&candidates, &key);
	if (!candidate || service->candidate_count != 1 || candidate->source_first ||
	    candidate->source_last != 0xffff)
		return SEVERAL;
	*serves = 1;
	return candidate->permit;
}

/* Line 13 where one rule decides: a reason, or ASK_FLOWS. */
static __always_inline int match_one(const struct quick *quick, const struct plain *plain,
				     __u64 source_mac, struct verdict *verdict,
				     const struct sekisho_class_row *from,
				     const struct sekisho_class_row *to)
{
	struct match match = { .mac = source_mac, .wall = quick->now->wall };
	const struct sekisho_policy_row *row = quick->row;
	struct sekisho_permit_row *permit;
	struct sekisho_pair_row *pair;
	struct sekisho_rule_row *rule;
	__u32 from_object, to_object, rows;
	int serves;

	pair = pair_row(row, (__u32)from->segment << 16 | to->segment);
	if (!pair)
		return ASK_FLOWS;
	if (!(pair->flags & SEKISHO_PAIR_FLOWS))
		return SEKISHO_REASON_NO_FLOW;
	match.nearness = NEAR_PAIR;
	rows = objects_of(from, !!(pair->flags & SEKISHO_PAIR_FROM_ANY), &from_object) *
	       objects_of(to, !!(pair->flags & SEKISHO_PAIR_TO_ANY), &to_object);
	if (rows > 1)
		return ASK_FLOWS;
	rule = rows ? rule_find(row, sekisho_rule_key(pair->number, from_object, to_object)) : NULL;
	if (!rule)
		return nearness_reason(&match, pair->flags);
	match.nearness = NEAR_SERVICE;
	verdict->permit = rule_permit(row, rule, plain->tuple.protocol,
				      bpf_ntohs(plain->tuple.destination_port), &serves);
	if (verdict->permit == SEVERAL)
		return ASK_FLOWS;
	permit = permit_row(row, verdict->permit);
	if (permit) {
		verdict->counter = permit->counter;
		if (serves)
			match.nearness = permit_nearness(&match, row, permit);
	}
	return nearness_reason(&match, pair->flags);
}

/**
 * quick_new - judge the first packet of a connection
 * @quick: as for quick_permits(); ipv6 set
 * @plain: the frame; no connection has its name
 * @segment: of its port
 * @read: its source MAC and, where it is TCP, its flags
 * @j: classes are set, and the verdict but for its reason
 *
 * Return: a reason, PERMIT_NEW before any limit and state; ASK_FLOWS or ASK_LONG.
 */
static __always_inline int quick_new(const struct quick *quick, const struct plain *plain,
				     __u16 segment, const struct packet *read, struct judgement *j)
{
	const struct sekisho_control *control = quick->control;
	struct verdict verdict = {
		.permit = SEKISHO_PERMIT_NONE,
		.counter = SEKISHO_COUNTER_NONE,
		.from = segment,
		.direction = SEKISHO_INITIATOR,
	};
	struct sekisho_class_row *from, *to;
	int reason = 0;

	j->from_class = plain_class(quick, plain->tuple.source);
	j->to_class = plain_class(quick, plain->tuple.destination);
	from = class_row(quick->row, j->from_class);
	to = class_row(quick->row, j->to_class);
	if (!from || !to || from->flags | to->flags || to->segment == segment ||
	    control->isolated_all | control->suspended_addresses | control->suspended_macs ||
	    is_isolated(control, quick->row, segment) ||
	    is_isolated(control, quick->row, to->segment))
		return ASK_LONG;
	verdict.to = to->segment;
	if (from->segment != segment)
		reason = SEKISHO_REASON_SOURCE_SPOOFED;
	else if (to->segment == SEKISHO_SEGMENT_NONE)
		reason = SEKISHO_REASON_NO_DESTINATION;
	else if (plain->tuple.protocol == IPPROTO_TCP)
		reason = tcp_first(read->tcp_flags);
	if (!reason)
		reason = match_one(quick, plain, read->source_mac, &verdict, from, to);
	if (reason == ASK_FLOWS)
		verdict.permit = SEKISHO_PERMIT_NONE;
	j->verdict = verdict;
	return reason;
}

#endif
