/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way of a first packet: lines 4 to 13 of docs/semantics.md for a plain frame from one
 * ordinary host to another, where one rule decides. What is unusual (the border host itself, groups
 * and broadcasts, isolation, several address sets over one host, lists of services, limits) is
 * judge.h's, which says the same of every frame.
 */
#ifndef SEKISHO_BPF_QUICK_NEW_H
#define SEKISHO_BPF_QUICK_NEW_H

#include "judgement.h"
#include "match.h"
#include "quick.h"
#include "tcp.h"

#define SEVERAL 0xfffffffe /* no permit, but a reason to look closer */

static __always_inline struct sekisho_class_row *plain_class(const struct quick *quick,
							     const __u64 address[2])
{
	__u32 class;

	if (quick->ipv6)
		class = class_of_ipv6(quick->half, bpf_be64_to_cpu(address[0]),
				      bpf_be64_to_cpu(address[1]));
	else
		class = class_of_ipv4(quick->half, bpf_ntohl(address[1] >> 32));
	return class_row(quick->row, class);
}

/* What stands for a host among the flows of the pair: address sets, and 'any host' where it counts. */
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
	__u32 key, permit;

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
	permit = candidate->permit;
	return permit;
}

/* Line 13 where one rule decides: a reason, or 0. */
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
		return 0;
	if (!(pair->flags & SEKISHO_PAIR_FLOWS))
		return SEKISHO_REASON_NO_FLOW;
	match.nearness = NEAR_PAIR;
	rows = objects_of(from, !!(pair->flags & SEKISHO_PAIR_FROM_ANY), &from_object) *
	       objects_of(to, !!(pair->flags & SEKISHO_PAIR_TO_ANY), &to_object);
	if (rows > 1)
		return 0;
	rule = rows ? rule_find(row, sekisho_rule_key(pair->number, from_object, to_object)) : NULL;
	if (!rule)
		return nearness_reason(&match, pair->flags);
	match.nearness = NEAR_SERVICE;
	verdict->permit = rule_permit(row, rule, plain->tuple.protocol,
				      bpf_ntohs(plain->tuple.destination_port), &serves);
	if (verdict->permit == SEVERAL)
		return 0;
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
 * @source_mac: as in struct packet
 * @tcp_flags: likewise
 * @verdict: all but the reason is filled in
 *
 * Return: a reason, PERMIT_NEW before any limit and state; 0 where the long way must judge.
 */
static __always_inline int quick_new(const struct quick *quick, const struct plain *plain,
				     __u16 segment, __u64 source_mac, __u8 tcp_flags,
				     struct verdict *verdict)
{
	const struct sekisho_control *control = quick->control;
	struct sekisho_class_row *from = plain_class(quick, plain->tuple.source);
	struct sekisho_class_row *to = plain_class(quick, plain->tuple.destination);

	if (!from || !to || from->flags | to->flags || to->segment == segment ||
	    control->isolated_all | control->suspended_addresses | control->suspended_macs ||
	    is_isolated(control, quick->row, segment) ||
	    is_isolated(control, quick->row, to->segment))
		return 0;
	verdict->from = segment;
	verdict->to = to->segment;
	verdict->counter = SEKISHO_COUNTER_NONE;
	verdict->permit = SEKISHO_PERMIT_NONE;
	if (from->segment != segment)
		return SEKISHO_REASON_SOURCE_SPOOFED;
	if (to->segment == SEKISHO_SEGMENT_NONE)
		return SEKISHO_REASON_NO_DESTINATION;
	if (plain->tuple.protocol == IPPROTO_TCP) {
		if (!tcp_flags_possible(tcp_flags))
			return SEKISHO_REASON_TCP_INVALID;
		if (tcp_flags != TCP_SYN)
			return SEKISHO_REASON_TCP_NO_STATE;
	}
	return match_one(quick, plain, source_mac, verdict, from, to);
}

#endif
