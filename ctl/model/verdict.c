// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of decision, line by line as docs/semantics.md has it; the numbers are that page's.
 * Knows nothing of frames' bytes (frame.c), flows (match.c), the TCP window (tcp.c) or how state
 * is kept (state.c), nor of BPF, maps or the kernel; shares no code with bpf/.
 */
#include "verdict.h"

#include "match.h"
#include "model.h"
#include "segment.h"
#include "tcp.h"

#define ETHERTYPE_ARP 0x0806
#define NANOSECONDS   1000000000

static uint8_t line_0_policy(struct sekisho_judgement *j)
{
	return j->policy ? SEKISHO_GO_ON : SEKISHO_REASON_NO_POLICY;
}

/* Lines 1 and 2: a frame's problem is one of the two, never both. */
static uint8_t line_1_problem(struct sekisho_judgement *j)
{
	return j->frame->problem;
}

static uint8_t line_2_port(struct sekisho_judgement *j)
{
	return j->passage->port_segment == SEKISHO_SEGMENT_NONE ? SEKISHO_REASON_PORT_UNBOUND
								: SEKISHO_GO_ON;
}

static bool in_port_networks(const struct sekisho_judgement *j, uint8_t family,
			     struct sekisho_address address)
{
	return sekisho_segment_by_network(j->policy, family, address) == j->passage->port_segment;
}

static bool is_listed(const struct sekisho_segment *segment, uint16_t ethertype)
{
	size_t i;

	for (i = 0; i < segment->ethertype_count; i++)
		if (segment->ethertypes[i] == ethertype)
			return true;
	return false;
}

static uint16_t destination_segment(const struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;
	uint16_t to =
		sekisho_model_segment_of(j->policy, j->self, frame->family, frame->destination);

	/* What is `self` without being the host's own leaves by its port like everything else. */
	if (j->passage->output && to == SEKISHO_SEGMENT_SELF &&
	    !sekisho_self_owns(j->self, frame->family, frame->destination))
		return j->passage->port_segment;
	return to;
}

static uint8_t line_3_not_ip(struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;
	bool output = j->passage->output;

	j->verdict.from = output ? SEKISHO_SEGMENT_SELF : j->passage->port_segment;
	if (frame->family) {
		j->verdict.to = destination_segment(j);
		return SEKISHO_GO_ON;
	}
	if (frame->ethertype != ETHERTYPE_ARP)
		return is_listed(&j->policy->segments[j->passage->port_segment], frame->ethertype)
			       ? SEKISHO_REASON_PERMIT_CONTROL
			       : SEKISHO_REASON_ETHERTYPE;
	if (output || (in_port_networks(j, 4, frame->source) &&
		       !sekisho_self_owns(j->self, 4, frame->source)))
		return SEKISHO_REASON_PERMIT_CONTROL;
	return SEKISHO_REASON_SOURCE_SPOOFED;
}

static bool is_isolated(const struct sekisho_judgement *j, uint16_t segment)
{
	return segment != SEKISHO_SEGMENT_NONE &&
	       sekisho_state_segment(j->model->state, segment)->isolated;
}

static bool is_management(const struct sekisho_judgement *j, uint16_t segment)
{
	return segment != SEKISHO_SEGMENT_NONE &&
	       j->policy->segments[segment].kind == SEKISHO_KIND_MANAGEMENT;
}

static uint8_t line_4_isolation(struct sekisho_judgement *j)
{
	uint16_t from = j->verdict.from, to = j->verdict.to;

	if (!j->model->all_isolated && !is_isolated(j, from) && !is_isolated(j, to))
		return SEKISHO_GO_ON;
	j->restricted = (is_management(j, from) && to == SEKISHO_SEGMENT_SELF) ||
			(from == SEKISHO_SEGMENT_SELF && is_management(j, to));
	return j->restricted ? SEKISHO_GO_ON : SEKISHO_REASON_ISOLATED;
}

static uint8_t line_5_suspension(struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;
	struct sekisho_address mac = { .high = 0, .low = frame->source_mac };

	if (sekisho_model_find_suspension(j->model, frame->family, frame->source) ||
	    sekisho_model_find_suspension(j->model, frame->family, frame->destination) ||
	    (!j->passage->output && sekisho_model_find_suspension(j->model, 0, mac)))
		return SEKISHO_REASON_SUSPENDED;
	return SEKISHO_GO_ON;
}

static bool is_whole_icmpv6(const struct sekisho_frame *frame)
{
	return frame->family == 6 && frame->protocol == SEKISHO_PROTOCOL_ICMPV6 &&
	       frame->fragment == SEKISHO_FRAGMENT_NONE && !frame->extension_forbidden;
}

/* Line 6 a. */
static bool is_neighbour_discovery(const struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;

	if (!is_whole_icmpv6(frame) || frame->icmp_type < 133 || frame->icmp_type > 136 ||
	    frame->icmp_code != 0 || frame->hop_limit != 255)
		return false;
	if (j->passage->output)
		return true;
	if (j->verdict.to != SEKISHO_SEGMENT_SELF)
		return false;
	return sekisho_address_link_local(6, frame->source) ||
	       sekisho_address_unspecified(6, frame->source) ||
	       (in_port_networks(j, 6, frame->source) &&
		!sekisho_self_owns(j->self, 6, frame->source));
}

/* Line 6 b. */
static bool is_listener_discovery(const struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;
	uint8_t type = frame->icmp_type;

	if (!is_whole_icmpv6(frame) || !(type == 130 || type == 131 || type == 132 || type == 143))
		return false;
	if (frame->hop_limit != 1 || !sekisho_address_multicast(6, frame->destination))
		return false;
	return j->passage->output || sekisho_address_link_local(6, frame->source) ||
	       sekisho_address_unspecified(6, frame->source);
}

/* Line 6 c. */
static bool is_dhcp(const struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;

	if (frame->protocol != SEKISHO_PROTOCOL_UDP || frame->fragment != SEKISHO_FRAGMENT_NONE ||
	    frame->extension_forbidden || j->verdict.to != SEKISHO_SEGMENT_SELF)
		return false;
	if (frame->family == 4)
		return sekisho_address_unspecified(4, frame->source) && frame->source_port == 68 &&
		       frame->destination_port == 67;
	return sekisho_address_link_local(6, frame->source) && frame->source_port == 546 &&
	       frame->destination_port == 547;
}

/* Line 6 d. */
static bool is_spoofed(const struct sekisho_judgement *j)
{
	uint8_t family = j->frame->family;
	struct sekisho_address source = j->frame->source;

	return !in_port_networks(j, family, source) || sekisho_self_owns(j->self, family, source) ||
	       sekisho_self_broadcasts(j->self, family, source) ||
	       sekisho_address_multicast(family, source) ||
	       sekisho_address_loopback(family, source) ||
	       sekisho_address_unspecified(family, source) ||
	       sekisho_address_link_local(family, source) ||
	       sekisho_address_ipv4_mapped(family, source);
}

static struct sekisho_query query_of(const struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;

	return (struct sekisho_query){
		.from = j->verdict.from,
		.to = j->verdict.to,
		.family = frame->family,
		.source = frame->source,
		.destination = frame->destination,
		.protocol = frame->protocol,
		.service = frame->service,
		.source_port = frame->source_port,
		.mac = frame->source_mac,
		.any_mac = j->passage->output,
		.restricted = j->restricted,
		.wall = j->wall,
	};
}

static uint8_t line_6_control_and_source(struct sekisho_judgement *j)
{
	if (is_neighbour_discovery(j) || is_listener_discovery(j))
		return SEKISHO_REASON_PERMIT_CONTROL;
	if (j->passage->output)
		return SEKISHO_GO_ON;
	if (is_dhcp(j)) {
		struct sekisho_query query = query_of(j);

		return sekisho_query_dhcp(j->policy, &query) ? SEKISHO_REASON_PERMIT_CONTROL
							     : SEKISHO_REASON_SOURCE_SPOOFED;
	}
	return is_spoofed(j) ? SEKISHO_REASON_SOURCE_SPOOFED : SEKISHO_GO_ON;
}

static uint8_t line_7_extensions(struct sekisho_judgement *j)
{
	return j->frame->extension_forbidden ? SEKISHO_REASON_IPV6_EXTENSION : SEKISHO_GO_ON;
}

static struct sekisho_datagram datagram_of(const struct sekisho_frame *frame)
{
	return (struct sekisho_datagram){
		.family = frame->family,
		.protocol = frame->family == 4 ? frame->protocol : 0,
		.identification = frame->identification,
		.source = frame->source,
		.destination = frame->destination,
	};
}

static uint8_t line_8_fragments(struct sekisho_judgement *j)
{
	struct sekisho_datagram datagram = datagram_of(j->frame);
	const struct sekisho_first_fragment *first;

	if (j->frame->tiny)
		return SEKISHO_REASON_FRAGMENT_TINY;
	if (j->frame->fragment != SEKISHO_FRAGMENT_LATER)
		return SEKISHO_GO_ON;
	first = sekisho_state_recall(j->model->state, &datagram, j->model->epoch,
				     j->passage->monotonic);
	if (!first)
		return SEKISHO_REASON_FRAGMENT_ORPHAN;
	j->verdict.flow = first->flow;
	j->verdict.reply = first->reply;
	if (first->flow != SEKISHO_NO_FLOW &&
	    sekisho_flow_ended(&j->policy->flows[first->flow], j->wall))
		return SEKISHO_REASON_EXPIRED;
	return first->related ? SEKISHO_REASON_PERMIT_RELATED : SEKISHO_REASON_PERMIT_ESTABLISHED;
}

static uint8_t line_11_destination(struct sekisho_judgement *j)
{
	if (j->verdict.to == SEKISHO_SEGMENT_NONE ||
	    (j->passage->output && j->verdict.to != j->passage->port_segment))
		return SEKISHO_REASON_NO_DESTINATION;
	return SEKISHO_GO_ON;
}

static uint8_t line_12_tcp(struct sekisho_judgement *j)
{
	uint8_t flags = j->frame->tcp.flags;

	if (j->frame->protocol != SEKISHO_PROTOCOL_TCP)
		return SEKISHO_GO_ON;
	if (!sekisho_tcp_flags_possible(flags))
		return SEKISHO_REASON_TCP_INVALID;
	return sekisho_tcp_flags_syn(flags) ? SEKISHO_GO_ON : SEKISHO_REASON_TCP_NO_STATE;
}

static uint8_t line_13_match(struct sekisho_judgement *j)
{
	uint8_t reason = sekisho_model_match(j->policy, j->self, j->frame, j->verdict.from,
					     j->verdict.to, j->passage->output, j->wall,
					     j->restricted, &j->verdict.flow);

	if (sekisho_reason_permits(reason)) {
		j->opens = reason;
		return SEKISHO_GO_ON;
	}
	if (!j->restricted)
		return reason;
	/* Line 4: what isolation keeps from matching is isolated. */
	j->verdict.flow = SEKISHO_NO_FLOW;
	return SEKISHO_REASON_ISOLATED;
}

static bool is_used_up(const struct sekisho_judgement *j, const struct sekisho_flow_use *use)
{
	const struct sekisho_limit *limit = &j->policy->flows[use->index].limit;
	uint32_t opened = use->second == j->wall ? use->opened : 0;

	return (limit->new_per_second && opened >= limit->new_per_second) ||
	       (limit->concurrent && use->concurrent >= limit->concurrent);
}

/* A connection that takes the place of another needs no room. */
static bool has_room(const struct sekisho_judgement *j, const struct sekisho_connection_key *key)
{
	return !j->model->full &&
	       (sekisho_state_connections(j->model->state) < j->policy->connections ||
		sekisho_state_displaced(j->model->state, key));
}

static uint8_t line_14_open(struct sekisho_judgement *j)
{
	struct sekisho_state *state = j->model->state;
	struct sekisho_connection made = {
		.key = sekisho_frame_key(j->frame),
		.from = sekisho_state_segment(state, j->verdict.from),
		.to = sekisho_state_segment(state, j->verdict.to),
		.epoch = j->model->epoch,
		.seen = j->passage->monotonic,
		.service = j->frame->service,
	};

	if (j->verdict.flow != SEKISHO_NO_FLOW) {
		made.flow = sekisho_state_flow(state, j->verdict.flow);
		if (is_used_up(j, made.flow))
			return SEKISHO_REASON_LIMIT;
	}
	if (j->frame->protocol == SEKISHO_PROTOCOL_TCP)
		sekisho_tcp_open(&made.tcp, &j->frame->tcp);
	if (!has_room(j, &made.key) || !sekisho_state_open(state, &made))
		return SEKISHO_REASON_STATE_FULL;
	if (made.flow) {
		if (made.flow->second != j->wall)
			made.flow->opened = 0;
		made.flow->second = j->wall;
		made.flow->opened++;
	}
	return j->opens;
}

/* Line 8: a first fragment that was permitted in the end. */
static void remember_fragment(const struct sekisho_judgement *j)
{
	const struct sekisho_first_fragment first = {
		.datagram = datagram_of(j->frame),
		.epoch = j->model->epoch,
		.seen = j->passage->monotonic,
		.flow = j->verdict.flow,
		.related = j->verdict.reason == SEKISHO_REASON_PERMIT_RELATED,
		.reply = j->verdict.reply,
	};

	if (j->frame->fragment == SEKISHO_FRAGMENT_FIRST &&
	    sekisho_reason_permits(j->verdict.reason) &&
	    j->verdict.reason != SEKISHO_REASON_PERMIT_CONTROL)
		sekisho_state_remember(j->model->state, &first);
}

/* The first line that applies decides; the last one always does. */
static uint8_t (*const lines[])(struct sekisho_judgement *) = {
	line_0_policy,
	line_1_problem,
	line_2_port,
	line_3_not_ip,
	line_4_isolation,
	line_5_suspension,
	line_6_control_and_source,
	line_7_extensions,
	line_8_fragments,
	sekisho_line_9_established,
	sekisho_line_10_icmp_errors,
	line_11_destination,
	line_12_tcp,
	line_13_match,
	line_14_open,
};

static int64_t seconds_of(int64_t nanoseconds)
{
	return nanoseconds / NANOSECONDS - (nanoseconds % NANOSECONDS < 0);
}

struct sekisho_verdict sekisho_model_judge(struct sekisho_model *model,
					   const struct sekisho_passage *passage,
					   const struct sekisho_frame *frame)
{
	struct sekisho_judgement j = {
		.model = model,
		.policy = model->policy,
		.self = model->self,
		.passage = passage,
		.frame = frame,
		.wall = seconds_of(passage->wall_ns),
		.verdict = {
			.flow = SEKISHO_NO_FLOW,
			.from = SEKISHO_SEGMENT_NONE,
			.to = SEKISHO_SEGMENT_NONE,
		},
	};
	size_t i;

	for (i = 0; j.verdict.reason == SEKISHO_GO_ON && i < sizeof(lines) / sizeof(lines[0]); i++)
		j.verdict.reason = lines[i](&j);
	remember_fragment(&j);
	return j.verdict;
}
