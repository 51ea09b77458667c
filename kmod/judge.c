// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verdict for one frame: docs/semantics.md, Order of decision, one function a line, in order.
 * Lines 9 and 10 are in established.c and icmp_error.c. Knows the regime, the matcher and the
 * state; nothing of hooks, devices, counters or netlink.
 */
#include "judge.h"

#include <linux/bitmap.h>

#include "established.h"
#include "fragments.h"
#include "icmp_error.h"
#include "judgement.h"
#include "names.h"
#include "packet.h"

#define TYPE_ARP 0x0806

#define DHCP_CLIENT_PORT   68
#define DHCP_SERVER_PORT   67
#define DHCPV6_CLIENT_PORT 546
#define DHCPV6_SERVER_PORT 547

/* What no frame from outside may come from. */
#define NEVER_A_SOURCE                                                                        \
	(SEKISHO_IS_OWN | SEKISHO_IS_BROADCAST | SEKISHO_IS_MULTICAST | SEKISHO_IS_LOOPBACK | \
	 SEKISHO_IS_UNSPECIFIED | SEKISHO_IS_LINK_LOCAL | SEKISHO_IS_MAPPED)

/* Lines 0 to 2. */
static u8 line_0_no_policy(const struct sekisho_judgement *j)
{
	return j->policy && j->regime->connections ? SEKISHO_GO_ON : SEKISHO_REASON_NO_POLICY;
}

static u8 line_1_unreadable(const struct sekisho_judgement *j)
{
	return j->frame->problem;
}

static u8 line_2_unbound(const struct sekisho_judgement *j)
{
	return j->passage->port_segment < j->policy->segment_count ? SEKISHO_GO_ON
								   : SEKISHO_REASON_PORT_UNBOUND;
}

/* Link control that a bridge carries stays on its link. */
static u8 control(const struct sekisho_judgement *j)
{
	const struct sekisho_passage *passage = j->passage;

	return passage->forwarded && passage->leaving != passage->port_segment
		       ? SEKISHO_REASON_UNJUDGED
		       : SEKISHO_REASON_PERMIT_CONTROL;
}

static u8 line_3_arp(struct sekisho_judgement *j)
{
	if (j->passage->output)
		return SEKISHO_REASON_PERMIT_CONTROL;
	sekisho_match_place(j->policy, 4, j->frame->source, &j->source);
	if (j->source.network != j->passage->port_segment || sekisho_own(&j->source))
		return SEKISHO_REASON_SOURCE_SPOOFED;
	return control(j);
}

static u8 line_3_not_ip(struct sekisho_judgement *j)
{
	const struct sekisho_segment *segment = &j->policy->segments[j->passage->port_segment];
	u16 i;

	j->verdict->from = j->passage->output ? SEKISHO_SEGMENT_SELF : j->passage->port_segment;
	if (j->frame->family)
		return SEKISHO_GO_ON;
	if (j->frame->ethertype == TYPE_ARP)
		return line_3_arp(j);
	for (i = 0; i < segment->ethertype_count; i++)
		if (segment->ethertypes[i] == j->frame->ethertype)
			return control(j);
	return SEKISHO_REASON_ETHERTYPE;
}

/* The last of line 3: whence and whither. */
static void find_segments(struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;

	sekisho_match_place(j->policy, frame->family, frame->source, &j->source);
	sekisho_match_place(j->policy, frame->family, frame->destination, &j->destination);
	j->verdict->to = j->destination.segment;
	/* A host's own address never leaves. */
	if (j->passage->output && j->destination.to_self && !sekisho_own(&j->destination))
		j->verdict->to = j->passage->port_segment;
}

static bool is_isolated(const struct sekisho_regime *regime, u16 segment)
{
	return segment <= SEKISHO_SEGMENTS_MAX && test_bit(segment, regime->isolated);
}

static bool is_management(const struct sekisho_policy *policy, u16 segment)
{
	return segment < policy->segment_count &&
	       policy->segments[segment].meaning == SEKISHO_MEANING_MANAGEMENT;
}

static u8 line_4_isolated(struct sekisho_judgement *j)
{
	const struct sekisho_regime *regime = j->regime;
	u16 from = j->verdict->from, to = j->verdict->to;

	if (!regime->any_isolated)
		return SEKISHO_GO_ON;
	if (!regime->isolated_all && !is_isolated(regime, from) && !is_isolated(regime, to))
		return SEKISHO_GO_ON;
	if ((from == SEKISHO_SEGMENT_SELF && is_management(j->policy, to)) ||
	    (to == SEKISHO_SEGMENT_SELF && is_management(j->policy, from))) {
		j->restricted = true;
		return SEKISHO_GO_ON;
	}
	return SEKISHO_REASON_ISOLATED;
}

static bool is_suspended(const struct sekisho_suspensions *suspensions, u8 family,
			 struct sekisho_address address)
{
	u32 first = 0, behind = suspensions->count;

	while (first < behind) {
		u32 middle = first + (behind - first) / 2;
		const struct sekisho_suspension *item = &suspensions->items[middle];
		int compared;

		if (item->family != family)
			compared = item->family < family ? -1 : 1;
		else
			compared = sekisho_address_compare(item->address, address);
		if (!compared)
			return true;
		if (compared < 0)
			first = middle + 1;
		else
			behind = middle;
	}
	return false;
}

static u8 line_5_suspended(const struct sekisho_judgement *j)
{
	const struct sekisho_suspensions *suspensions = j->regime->suspensions;
	const struct sekisho_frame *frame = j->frame;
	const struct sekisho_address mac = { .low = frame->source_mac };

	if (!suspensions || !suspensions->count)
		return SEKISHO_GO_ON;
	if (is_suspended(suspensions, frame->family, frame->source) ||
	    is_suspended(suspensions, frame->family, frame->destination))
		return SEKISHO_REASON_SUSPENDED;
	if (!j->passage->output && frame->has_mac && is_suspended(suspensions, 0, mac))
		return SEKISHO_REASON_SUSPENDED;
	return SEKISHO_GO_ON;
}

static bool source_in_port_networks(const struct sekisho_judgement *j)
{
	return j->source.network == j->passage->port_segment && !sekisho_own(&j->source);
}

/* Neighbour and router discovery. */
static bool line_6a(const struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;

	if (frame->family != 6 || frame->protocol != SEKISHO_PROTOCOL_ICMPV6 ||
	    frame->icmp_type < 133 || frame->icmp_type > 136 || frame->icmp_code ||
	    frame->hop_limit != 255 || frame->fragment != SEKISHO_FRAGMENT_NONE)
		return false;
	if (j->passage->output)
		return true;
	return j->verdict->to == SEKISHO_SEGMENT_SELF &&
	       (j->source.is & (SEKISHO_IS_LINK_LOCAL | SEKISHO_IS_UNSPECIFIED) ||
		source_in_port_networks(j));
}

/* Who listens to which group. */
static bool line_6b(const struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;
	u8 type = frame->icmp_type;

	if (frame->family != 6 || frame->protocol != SEKISHO_PROTOCOL_ICMPV6 ||
	    (type != 130 && type != 131 && type != 132 && type != 143) || frame->hop_limit != 1 ||
	    frame->fragment != SEKISHO_FRAGMENT_NONE || !(j->destination.is & SEKISHO_IS_MULTICAST))
		return false;
	return j->passage->output ||
	       j->source.is & (SEKISHO_IS_LINK_LOCAL | SEKISHO_IS_UNSPECIFIED);
}

/* A host that has no address yet asks for one. */
static bool line_6c(const struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;

	if (frame->protocol != SEKISHO_PROTOCOL_UDP || frame->fragment != SEKISHO_FRAGMENT_NONE ||
	    j->verdict->to != SEKISHO_SEGMENT_SELF)
		return false;
	if (frame->family == 4)
		return j->source.is & SEKISHO_IS_UNSPECIFIED &&
		       frame->source_port == DHCP_CLIENT_PORT &&
		       frame->destination_port == DHCP_SERVER_PORT;
	return j->source.is & SEKISHO_IS_LINK_LOCAL && frame->source_port == DHCPV6_CLIENT_PORT &&
	       frame->destination_port == DHCPV6_SERVER_PORT;
}

/* What line 13 is asked for the frame. */
static void ask(const struct sekisho_judgement *j, struct sekisho_question *question)
{
	const struct sekisho_frame *frame = j->frame;
	bool has_ports = frame->protocol == SEKISHO_PROTOCOL_TCP ||
			 frame->protocol == SEKISHO_PROTOCOL_UDP;

	*question = (struct sekisho_question){
		.source = &j->source,
		.destination = &j->destination,
		.from = j->verdict->from,
		.to = j->verdict->to,
		.protocol = frame->protocol,
		.service = frame->service,
		.source_port = has_ports ? frame->source_port : 0,
		.source_mac = frame->source_mac,
		.ask_mac = !j->passage->output,
		.restricted = j->restricted,
		.wall = j->passage->wall,
	};
}

static u8 line_6_control_and_source(const struct sekisho_judgement *j)
{
	struct sekisho_question question;

	if (line_6a(j) || line_6b(j))
		return control(j);
	if (j->passage->output)
		return SEKISHO_GO_ON;
	if (line_6c(j)) {
		ask(j, &question);
		return sekisho_match_dhcp(j->policy, &question) ? control(j)
								: SEKISHO_REASON_SOURCE_SPOOFED;
	}
	if (j->source.network != j->passage->port_segment || j->source.is & NEVER_A_SOURCE)
		return SEKISHO_REASON_SOURCE_SPOOFED;
	return SEKISHO_GO_ON;
}

static u8 line_7_extension(const struct sekisho_judgement *j)
{
	return j->frame->extension_forbidden ? SEKISHO_REASON_IPV6_EXTENSION : SEKISHO_GO_ON;
}

static void datagram_of(const struct sekisho_frame *frame, struct sekisho_datagram *datagram)
{
	*datagram = (struct sekisho_datagram){
		.source = frame->source,
		.destination = frame->destination,
		.identification = frame->identification,
		.family = frame->family,
		.protocol = frame->family == 4 ? frame->protocol : 0,
	};
}

static u8 follow_first(struct sekisho_judgement *j)
{
	const struct sekisho_passage *passage = j->passage;
	struct sekisho_first_fragment first;
	struct sekisho_datagram datagram;

	datagram_of(j->frame, &datagram);
	if (!sekisho_fragments_recall(j->border->fragments, &datagram, j->regime->epoch,
				      passage->monotonic, &first))
		return SEKISHO_REASON_FRAGMENT_ORPHAN;
	j->verdict->flow = first.flow;
	j->verdict->reply = first.reply;
	if (sekisho_flow_ended(j, first.flow))
		return SEKISHO_REASON_EXPIRED;
	if (passage->forwarded && passage->leaving != first.to)
		return SEKISHO_REASON_UNJUDGED;
	return first.related ? SEKISHO_REASON_PERMIT_RELATED : SEKISHO_REASON_PERMIT_ESTABLISHED;
}

static u8 line_8_fragments(struct sekisho_judgement *j)
{
	if (j->frame->tiny)
		return SEKISHO_REASON_FRAGMENT_TINY;
	if (j->frame->fragment == SEKISHO_FRAGMENT_LATER)
		return follow_first(j);
	return SEKISHO_GO_ON;
}

/* The end of line 8: later fragments follow a first one that was permitted. */
static void remember_first(const struct sekisho_judgement *j)
{
	const struct sekisho_verdict *verdict = j->verdict;
	struct sekisho_first_fragment first = {
		.epoch = j->regime->epoch,
		.seen = j->passage->monotonic,
		.flow = verdict->flow,
		.to = verdict->to,
		.related = verdict->reason == SEKISHO_REASON_PERMIT_RELATED,
		.reply = verdict->reply,
	};

	if (j->frame->fragment != SEKISHO_FRAGMENT_FIRST ||
	    verdict->reason == SEKISHO_REASON_PERMIT_CONTROL ||
	    !sekisho_reason_permits(verdict->reason))
		return;
	if (j->passage->forwarded)
		first.to = j->passage->leaving;
	datagram_of(j->frame, &first.datagram);
	sekisho_fragments_remember(j->border->fragments, &first);
}

static u8 line_11_destination(const struct sekisho_judgement *j)
{
	u16 to = j->verdict->to;

	if (to == SEKISHO_SEGMENT_NONE || (j->passage->output && to != j->passage->port_segment))
		return SEKISHO_REASON_NO_DESTINATION;
	return SEKISHO_GO_ON;
}

static u8 line_12_tcp(const struct sekisho_judgement *j)
{
	u8 flags = j->frame->tcp.flags;

	if (j->frame->protocol != SEKISHO_PROTOCOL_TCP)
		return SEKISHO_GO_ON;
	if (!sekisho_tcp_flags_possible(flags))
		return SEKISHO_REASON_TCP_INVALID;
	return sekisho_tcp_is_pure_syn(flags) ? SEKISHO_GO_ON : SEKISHO_REASON_TCP_NO_STATE;
}

/* PERMIT_INTRA or PERMIT_NEW: go on with line 14. */
static u8 line_13_match(struct sekisho_judgement *j)
{
	struct sekisho_question question;
	u16 from = j->verdict->from;
	u8 reason;

	if (from == j->verdict->to && j->policy->segments[from].intra)
		return SEKISHO_REASON_PERMIT_INTRA;
	ask(j, &question);
	reason = sekisho_match(j->policy, &question, &j->verdict->flow);
	/* Whatever else a flow would have to be, it would have to survive. */
	if (j->restricted && !sekisho_reason_permits(reason))
		return SEKISHO_REASON_ISOLATED;
	return reason;
}

static void fill(const struct sekisho_judgement *j, struct sekisho_connection *connection,
		 struct sekisho_flow_use *use)
{
	const struct sekisho_verdict *verdict = j->verdict;

	connection->seen = j->passage->monotonic;
	connection->from = j->policy->segments[verdict->from].name;
	sekisho_segment_name_get(connection->from);
	connection->to = j->policy->segments[verdict->to].name;
	sekisho_segment_name_get(connection->to);
	connection->use = use;
	if (use)
		sekisho_flow_use_get(use);
	connection->counted = use;
	connection->epoch = j->regime->epoch;
	connection->flow = verdict->flow;
	connection->service = j->frame->service;
	if (j->frame->protocol == SEKISHO_PROTOCOL_TCP)
		sekisho_tcp_open(&connection->tcp, &j->frame->tcp);
}

/* An entry for the frame's connection: a new one, or the place of one that did not count. */
static struct sekisho_connection *make_room(const struct sekisho_judgement *j)
{
	struct sekisho_connection_key key;

	sekisho_frame_key(j->frame, &key);
	if (!j->displaced)
		return sekisho_connections_add(j->bucket, &key);
	sekisho_connections_replace(j->bucket, j->displaced, &key);
	return j->displaced;
}

static u8 line_14_new(struct sekisho_judgement *j, u8 permit)
{
	const struct sekisho_passage *passage = j->passage;
	const struct sekisho_flow *flow =
		j->verdict->flow == SEKISHO_NO_FLOW ? NULL : &j->policy->flows[j->verdict->flow];
	struct sekisho_connection *connection;

	if (passage->forwarded && passage->leaving != j->verdict->to)
		return SEKISHO_REASON_UNJUDGED;
	if (j->regime->deny_new)
		return SEKISHO_REASON_LIMIT;
	if (flow && !sekisho_flow_use_take(flow->use, flow->new_per_second, flow->concurrent,
					   passage->wall))
		return SEKISHO_REASON_LIMIT;
	connection = make_room(j);
	if (!connection) {
		if (flow)
			sekisho_flow_use_untake(flow->use, passage->wall);
		return SEKISHO_REASON_STATE_FULL;
	}
	fill(j, connection, flow ? flow->use : NULL);
	return permit;
}

/* Lines 0 to 8: what asks no connection. */
static u8 before_connections(struct sekisho_judgement *j)
{
	u8 reason = line_0_no_policy(j);

	if (!reason)
		reason = line_1_unreadable(j);
	if (!reason)
		reason = line_2_unbound(j);
	if (!reason)
		reason = line_3_not_ip(j);
	if (reason)
		return reason;
	find_segments(j);
	reason = line_4_isolated(j);
	if (!reason)
		reason = line_5_suspended(j);
	if (!reason)
		reason = line_6_control_and_source(j);
	if (!reason)
		reason = line_7_extension(j);
	if (!reason)
		reason = line_8_fragments(j);
	return reason;
}

/* Lines 11 to 14: nothing has tracked the frame. */
static u8 as_new(struct sekisho_judgement *j)
{
	u8 reason = line_11_destination(j);

	if (!reason)
		reason = line_12_tcp(j);
	if (!reason)
		reason = line_13_match(j);
	if (!sekisho_reason_permits(reason))
		return reason;
	return line_14_new(j, reason);
}

static u8 decide(struct sekisho_judgement *j)
{
	u8 reason = before_connections(j);

	if (reason)
		return reason;
	if (j->frame->icmp_error)
		return sekisho_line_10_icmp_error(j);
	reason = sekisho_line_9_established(j);
	if (!reason)
		reason = as_new(j);
	sekisho_connections_unlock(j->bucket);
	return reason;
}

void sekisho_judge(struct sekisho_border *border, const struct sekisho_regime *regime,
		   const struct sekisho_passage *passage, const struct sekisho_frame *frame,
		   struct sekisho_verdict *verdict)
{
	struct sekisho_judgement j = {
		.border = border,
		.regime = regime,
		.policy = regime->policy,
		.passage = passage,
		.frame = frame,
		.verdict = verdict,
	};

	*verdict = (struct sekisho_verdict){
		.from = SEKISHO_SEGMENT_NONE,
		.to = SEKISHO_SEGMENT_NONE,
		.flow = SEKISHO_NO_FLOW,
	};
	verdict->reason = decide(&j);
	remember_first(&j);
}
