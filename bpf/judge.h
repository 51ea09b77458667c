/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of decision from line 4 on, for frames that no short cut covers. A line of
 * docs/semantics.md is a function here or in the header of its concern.
 */
#ifndef SEKISHO_BPF_JUDGE_H
#define SEKISHO_BPF_JUDGE_H

#include "established.h"
#include "icmp_error.h"
#include "source.h"

/* Line 14: limits, room, and the connection itself. PERMIT_* or a reason. */
SEPARATE int judge_open(struct judgement *j, struct moment *now, __u32 reason)
{
	struct sekisho_policy_row *row;
	struct packet *packet;
	struct sekisho_connection *connection;
	struct sekisho_permit_row *permit = NULL;
	__u32 limit = SEKISHO_LIMIT_NONE, index = 0;
	struct connection_key key;
	struct tuple tuple;

	if (!j || !now)
		return SEKISHO_REASON_NO_POLICY;
	row = policy_row(j->half);
	packet = &j->packet;
	if (!row)
		return SEKISHO_REASON_NO_POLICY;
	if (j->verdict.permit != SEKISHO_PERMIT_NONE) {
		permit = permit_row(row, j->verdict.permit);
		if (!permit)
			return SEKISHO_REASON_NO_POLICY;
		limit = permit->limit;
		if (limit != SEKISHO_LIMIT_NONE && !limit_take(limit, j->half, now->wall))
			return SEKISHO_REASON_LIMIT;
	}
	/* Its key is the new one's: found first, it would hide it. */
	if (j->stale)
		connection_end(j->stale - 1, SEKISHO_END_REVOKED, now->wall_ns, SEKISHO_TAG_FREE);
	tuple_of(&tuple, packet);
	connection_key_of(&key, &tuple);
	if (!connection_claim(&key, j->half, now->monotonic, now->wall_ns, &index)) {
		limit_return(limit, now->wall);
		return SEKISHO_REASON_STATE_FULL;
	}
	connection = bpf_map_lookup_elem(&connections, &index);
	if (!connection) {
		limit_return(limit, now->wall);
		return SEKISHO_REASON_STATE_FULL;
	}
	__builtin_memset(connection, 0, sizeof(*connection));
	__builtin_memcpy(connection->initiator, packet->source, 16);
	__builtin_memcpy(connection->responder, packet->destination, 16);
	connection->initiator_port = packet->source_port;
	connection->responder_port = packet->destination_port;
	connection->protocol = packet->protocol;
	connection->epoch = j->epoch;
	connection->segments[SEKISHO_INITIATOR] = j->verdict.from;
	connection->segments[SEKISHO_RESPONDER] = j->verdict.to;
	connection->limit = limit;
	connection->created = now->wall;
	bind_permit(connection, permit);
	if (packet->protocol == IPPROTO_TCP)
		tcp_open(connection, packet);
	else
		connection->scales = packet->icmp_type;
	connection_pass(connection, packet, SEKISHO_INITIATOR, now->monotonic);
	j->verdict.counter = connection->counter;
	if (permit)
		j->verdict.log = permit->flags & (SEKISHO_PERMIT_LOG_NEW | SEKISHO_PERMIT_LOG_ALL);
	if (packet->fragment == FRAGMENT_FIRST)
		fragment_remember(j, now->monotonic, connection->valid_until);
	connection_publish(index, key.tag);
	return reason;
}

/* Lines 11 to 13. */
SEPARATE int judge_new(struct judgement *j, __u32 wall)
{
	struct sekisho_policy_row *row;
	struct match *match = match_get();
	struct sekisho_permit_row *permit;
	struct packet *packet;
	struct sekisho_segment_row *segment;
	__u32 reason;

	if (!j)
		return SEKISHO_REASON_NO_POLICY;
	row = policy_row(j->half);
	packet = &j->packet;
	if (!row || !match)
		return SEKISHO_REASON_NO_POLICY;
	if (j->verdict.to == SEKISHO_SEGMENT_NONE ||
	    (packet->output && j->verdict.to != j->port_segment))
		return SEKISHO_REASON_NO_DESTINATION;
	if (packet->protocol == IPPROTO_TCP) {
		reason = tcp_first(packet->tcp_flags);
		if (reason)
			return reason;
	}
	segment = segment_row(row, j->verdict.from);
	if (j->verdict.from == j->verdict.to && segment && segment->flags & SEKISHO_SEGMENT_INTRA)
		return SEKISHO_REASON_PERMIT_INTRA;
	match_fill(match, j, wall);
	reason = match_flows(match, j->from_class, j->to_class);
	j->verdict.permit = match->permit;
	permit = permit_row(row, j->verdict.permit);
	if (permit)
		j->verdict.counter = permit->counter;
	if (j->restricted && reason != SEKISHO_REASON_PERMIT_NEW)
		return SEKISHO_REASON_ISOLATED;
	return reason;
}

/**
 * judge_ip - lines 4 to 14
 * @j: packet, half, epoch and port segment set; the verdict's other fields are filled
 * @quoted_readable: what parse_quoted() said of the workspace's quoted packet
 *
 * Return: the reason.
 */
static __always_inline int judge_ip(struct judgement *j, int quoted_readable)
{
	struct sekisho_control *control = control_get();
	struct sekisho_policy_row *row;
	struct packet *packet;
	struct moment *now;
	int reason;

	if (!j)
		return SEKISHO_REASON_NO_POLICY;
	row = policy_row(j->half);
	packet = &j->packet;
	if (!control || !row)
		return SEKISHO_REASON_NO_POLICY;
	now = moment_now(control);
	if (!now)
		return SEKISHO_REASON_NO_POLICY;
	reason = judge_addresses(j);
	if (reason)
		return reason;
	reason = judge_closed(j, row, control);
	if (reason)
		return reason;
	reason = judge_source(j, now->wall);
	if (reason)
		return reason;
	if (packet->extension_forbidden)
		return SEKISHO_REASON_IPV6_EXTENSION;
	if (packet->tiny)
		return SEKISHO_REASON_FRAGMENT_TINY;
	if (packet->fragment == FRAGMENT_LATER)
		return judge_later_fragment(j, now, control);
	if (packet->icmp_error)
		return judge_icmp_error(j, now, control, quoted_readable);
	reason = judge_established(j, now, control);
	if (reason)
		return reason;
	reason = judge_new(j, now->wall);
	if (reason != SEKISHO_REASON_PERMIT_NEW && reason != SEKISHO_REASON_PERMIT_INTRA)
		return reason;
	if (control->deny_new)
		return SEKISHO_REASON_LIMIT;
	j->verdict.reason = reason;
	return judge_open(j, now, reason);
}

/* judge_ip(), with what an ICMP error quotes read first. */
static __always_inline int judge_long(struct judgement *j, void *data, void *data_end)
{
	struct workspace *workspace;
	int readable = 0;

	if (j->packet.icmp_error) {
		workspace = workspace_get();
		if (!workspace)
			return SEKISHO_REASON_NO_POLICY;
		__builtin_memset(&workspace->quoted, 0, sizeof(workspace->quoted));
		readable = !parse_quoted(&j->packet, &workspace->quoted, data, data_end);
	}
	return judge_ip(j, readable);
}

#endif
