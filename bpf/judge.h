/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of decision from line 4 on (docs/semantics.md), for frames that no short cut covers.
 * Knows packets, classes, flows and connections by the functions of their own headers; a line of
 * the semantics is a function here.
 */
#ifndef SEKISHO_BPF_JUDGE_H
#define SEKISHO_BPF_JUDGE_H

#include "classify.h"
#include "clock.h"
#include "events.h"
#include "match.h"
#include "packet.h"
#include "separate.h"
#include "table.h"
#include "tcp.h"

/* One frame on its way through the lines. Also what is handed from line to line. */
struct judgement {
	struct packet packet;
	struct verdict verdict;
	__u32 half;
	__u32 epoch;
	__u32 from_class;
	__u32 to_class;
	__u16 from_flags; /* SEKISHO_CLASS_* of the addresses */
	__u16 to_flags;
	__u16 port_segment;
	__u8 restricted;
	__u8 reserved;
	__u32 stale; /* row + 1 of a connection with this key that does not count (line 9a) */
	__u32 sender_segment; /* of the source address by its networks */
};

/*
 * Where a processor judges: too large for the stack, and in a map the verifier does not follow
 * every value a field may have. A frame is judged to its end before the processor takes another.
 */
struct workspace {
	struct judgement judgement;
	struct packet quoted;
};

SEKISHO_PER_CPU(workspaces, struct workspace, 1);

static __always_inline struct workspace *workspace_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&workspaces, &zero);
}

/* A judgement to begin: all zero, no segment, no flow. */
static __always_inline struct judgement *judgement_begin(__u64 state)
{
	struct workspace *workspace = workspace_get();
	struct judgement *j;

	if (!workspace)
		return NULL;
	j = &workspace->judgement;
	__builtin_memset(j, 0, sizeof(*j));
	j->verdict.permit = SEKISHO_PERMIT_NONE;
	j->verdict.counter = SEKISHO_COUNTER_NONE;
	j->verdict.from = SEKISHO_SEGMENT_NONE;
	j->verdict.to = SEKISHO_SEGMENT_NONE;
	j->half = state >> SEKISHO_STATE_HALF_SHIFT;
	j->epoch = state;
	return j;
}

static __always_inline int is_isolated(const struct sekisho_control *control,
				       const struct sekisho_policy_row *row, __u32 segment)
{
	if (control->isolated_all)
		return 1;
	if (segment >= SEKISHO_ISOLATION_WORDS * 64)
		return 0;
	return row->isolated[segment / 64] >> (segment % 64) & 1;
}

static __always_inline int is_suspended(const __be32 address[4])
{
	struct sekisho_address_key key;

	__builtin_memcpy(key.address, address, sizeof(key.address));
	return bpf_map_lookup_elem(&suspended_addrs, &key) != NULL;
}

/* A segment and `self`, one of them of kind management: what isolation may leave open. */
static __always_inline int is_management_path(const struct sekisho_policy_row *row, __u32 from,
					      __u32 to)
{
	struct sekisho_segment_row *segment;

	if (from != SEKISHO_SEGMENT_SELF && to != SEKISHO_SEGMENT_SELF)
		return 0;
	segment = segment_row(row, from == SEKISHO_SEGMENT_SELF ? to : from);
	return segment && segment->flags & SEKISHO_SEGMENT_MANAGEMENT;
}

/* The segments of a frame, and what its addresses are. 0, or the reason that denies it. */
SEPARATE int judge_addresses(struct judgement *j)
{
	struct sekisho_policy_row *row;
	struct sekisho_class_row *class;
	struct packet *packet;

	if (!j)
		return SEKISHO_REASON_NO_POLICY;
	row = policy_row(j->half);
	packet = &j->packet;
	if (!row)
		return SEKISHO_REASON_NO_POLICY;
	j->from_class = class_of(j->half, packet->family, packet->source);
	class = class_row(row, j->from_class);
	if (!class)
		return SEKISHO_REASON_NO_POLICY;
	j->from_flags = class->flags;
	j->sender_segment = class->segment;
	j->to_class = class_of(j->half, packet->family, packet->destination);
	class = class_row(row, j->to_class);
	if (!class)
		return SEKISHO_REASON_NO_POLICY;
	j->to_flags = class->flags;
	j->verdict.from = packet->output ? SEKISHO_SEGMENT_SELF : j->port_segment;
	j->verdict.to = class->segment;
	if (class->flags & SEKISHO_CLASS_TO_SELF)
		j->verdict.to = SEKISHO_SEGMENT_SELF;
	if (packet->output && class->flags & SEKISHO_CLASS_ON_LINK &&
	    !(class->flags & SEKISHO_CLASS_OWN))
		j->verdict.to = j->port_segment;
	/* Mapped addresses must not be on the wire; they would be taken for IPv4 in our tables. */
	if (packet->family == 6) {
		if (is_ipv4_mapped(packet->source))
			j->from_flags |= SEKISHO_CLASS_UNSPECIFIED;
		if (is_ipv4_mapped(packet->destination))
			j->verdict.to = SEKISHO_SEGMENT_NONE;
	}
	return 0;
}

/* Lines 4 and 5. */
static __always_inline int judge_closed(struct judgement *j, const struct sekisho_policy_row *row,
					const struct sekisho_control *control)
{
	struct packet *packet = &j->packet;

	if (is_isolated(control, row, j->verdict.from) ||
	    is_isolated(control, row, j->verdict.to)) {
		if (!is_management_path(row, j->verdict.from, j->verdict.to))
			return SEKISHO_REASON_ISOLATED;
		j->restricted = 1;
	}
	if (control->suspended_addresses &&
	    (is_suspended(packet->source) || is_suspended(packet->destination)))
		return SEKISHO_REASON_SUSPENDED;
	if (control->suspended_macs && !packet->output &&
	    bpf_map_lookup_elem(&suspended_macs, &packet->source_mac))
		return SEKISHO_REASON_SUSPENDED;
	return 0;
}

static __always_inline int is_neighbour_discovery(const struct judgement *j)
{
	const struct packet *packet = &j->packet;

	if (packet->icmp_type < 133 || packet->icmp_type > 136 || packet->icmp_code ||
	    packet->hop_limit != 255)
		return 0;
	if (packet->output)
		return 1;
	if (j->verdict.to != SEKISHO_SEGMENT_SELF)
		return 0;
	if (j->from_flags & (SEKISHO_CLASS_LINK_LOCAL | SEKISHO_CLASS_UNSPECIFIED))
		return !is_ipv4_mapped(packet->source);
	return j->sender_segment == j->port_segment && !(j->from_flags & SEKISHO_CLASS_OWN);
}

static __always_inline int is_listener_report(const struct judgement *j)
{
	const struct packet *packet = &j->packet;

	if (packet->icmp_type != 130 && packet->icmp_type != 131 && packet->icmp_type != 132 &&
	    packet->icmp_type != 143)
		return 0;
	if (packet->hop_limit != 1 || !(j->to_flags & SEKISHO_CLASS_MULTICAST))
		return 0;
	return packet->output ||
	       (j->from_flags & (SEKISHO_CLASS_LINK_LOCAL | SEKISHO_CLASS_UNSPECIFIED) &&
		!is_ipv4_mapped(packet->source));
}

static __always_inline int is_dhcp(const struct judgement *j)
{
	const struct packet *packet = &j->packet;

	if (packet->output || packet->protocol != IPPROTO_UDP ||
	    packet->fragment != FRAGMENT_NONE || packet->extension_forbidden ||
	    j->verdict.to != SEKISHO_SEGMENT_SELF)
		return 0;
	if (packet->family == 4)
		return !packet->source[3] && packet->source_port == bpf_htons(68) &&
		       packet->service == 67;
	return j->from_flags & SEKISHO_CLASS_LINK_LOCAL && packet->source_port == bpf_htons(546) &&
	       packet->service == 547;
}

static __always_inline void match_fill(struct match *match, const struct judgement *j, __u32 wall)
{
	const struct packet *packet = &j->packet;

	match->half = j->half;
	match->segments = (__u32)j->verdict.from << 16 | j->verdict.to;
	match->protocol = packet->protocol;
	match->service = packet->service;
	match->source_port = bpf_ntohs(packet->source_port);
	match->mac = packet->source_mac;
	match->wall = wall;
	match->flags = (packet->output ? MATCH_ANY_MAC : 0) |
		       (j->restricted ? MATCH_RESTRICTED : 0);
	/* Only TCP and UDP have source ports to ask for. */
	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		match->source_port = 0;
}

/* Line 6: PERMIT_CONTROL, SOURCE_SPOOFED, or 0 to go on. */
SEPARATE int judge_source(struct judgement *j, __u32 wall)
{
	struct packet *packet;
	struct match *match;

	if (!j)
		return SEKISHO_REASON_SOURCE_SPOOFED;
	packet = &j->packet;
	if (packet->family == 6 && packet->protocol == IPPROTO_ICMPV6 &&
	    packet->fragment == FRAGMENT_NONE && !packet->extension_forbidden &&
	    (is_neighbour_discovery(j) || is_listener_report(j)))
		return SEKISHO_REASON_PERMIT_CONTROL;
	if (packet->output)
		return 0;
	if (is_dhcp(j)) {
		match = match_get();
		if (!match)
			return SEKISHO_REASON_SOURCE_SPOOFED;
		match_fill(match, j, wall);
		return match_dhcp(match) ? SEKISHO_REASON_PERMIT_CONTROL
					 : SEKISHO_REASON_SOURCE_SPOOFED;
	}
	if (j->from_flags & SEKISHO_CLASS_NEVER_SOURCE || j->sender_segment != j->port_segment)
		return SEKISHO_REASON_SOURCE_SPOOFED;
	return 0;
}

static __always_inline void fragment_key_of(struct sekisho_fragment_key *key,
					    const struct packet *packet)
{
	__builtin_memset(key, 0, sizeof(*key));
	__builtin_memcpy(key->source, packet->source, 16);
	__builtin_memcpy(key->destination, packet->destination, 16);
	key->identification = packet->identification;
	if (packet->family == 4)
		key->protocol = packet->protocol;
	else
		key->protocol = 0xffff; /* no IPv4 datagram is ever taken for an IPv6 one */
}

/* A later fragment follows the first one of its datagram. */
SEPARATE int judge_later_fragment(struct judgement *j, struct moment *now,
				  const struct sekisho_control *control)
{
	struct sekisho_fragment_key key;
	struct sekisho_fragment_row *fragment;

	if (!j || !now || !control)
		return SEKISHO_REASON_FRAGMENT_ORPHAN;
	fragment_key_of(&key, &j->packet);
	fragment = bpf_map_lookup_elem(&fragments, &key);
	if (!fragment || fragment->epoch != j->epoch ||
	    now->monotonic - fragment->seen > SEKISHO_FRAGMENT_SECONDS)
		return SEKISHO_REASON_FRAGMENT_ORPHAN;
	j->verdict.counter = fragment->counter;
	j->verdict.direction = fragment->direction;
	if (moment_reached(now, control, fragment->valid_until))
		return SEKISHO_REASON_EXPIRED;
	return fragment->reason;
}

/* The first fragment was permitted: let the others follow. */
SEPARATE int fragment_remember(const struct judgement *j, __u32 monotonic, __u32 valid_until)
{
	struct sekisho_fragment_key key;
	struct sekisho_fragment_row fragment = {};

	if (!j)
		return -1;
	fragment.epoch = j->epoch;
	fragment.seen = monotonic;
	fragment.valid_until = valid_until;
	fragment.counter = j->verdict.counter;
	fragment.reason = SEKISHO_REASON_PERMIT_ESTABLISHED;
	if (j->verdict.reason == SEKISHO_REASON_PERMIT_RELATED)
		fragment.reason = SEKISHO_REASON_PERMIT_RELATED;
	fragment.direction = j->verdict.direction;
	fragment.to_segment = j->verdict.to;
	fragment_key_of(&key, &j->packet);
	return bpf_map_update_elem(&fragments, &key, &fragment, BPF_ANY);
}

/* Where an address of a connection belongs today. @keep: what a responder on the link keeps. */
static __always_inline __u16 segment_today(__u32 half, __u8 family, const __be32 address[4],
					   __u16 keep, __u32 *class_index)
{
	struct sekisho_policy_row *row = policy_row(half);
	struct sekisho_class_row *class;

	if (!row)
		return SEKISHO_SEGMENT_NONE;
	*class_index = class_of(half, family, address);
	class = class_row(row, *class_index);
	if (!class)
		return SEKISHO_SEGMENT_NONE;
	if (class->flags & SEKISHO_CLASS_OWN)
		return SEKISHO_SEGMENT_SELF;
	if (class->flags & SEKISHO_CLASS_ON_LINK)
		return keep;
	return class->segment;
}

static __always_inline void bind_permit(struct sekisho_connection *connection,
					const struct sekisho_permit_row *permit, __u32 index)
{
	__u8 flags = connection->flags & ~(SEKISHO_CONNECTION_SURVIVES | SEKISHO_CONNECTION_LOGGED |
					   SEKISHO_CONNECTION_LOG_ALL);

	connection->permit = index;
	if (!permit) {
		connection->valid_until = 0xffffffff;
		connection->counter = SEKISHO_COUNTER_NONE;
	} else {
		connection->valid_until = permit->valid_until;
		connection->counter = permit->counter;
		if (permit->flags & SEKISHO_PERMIT_SURVIVES)
			flags |= SEKISHO_CONNECTION_SURVIVES;
		if (permit->flags & SEKISHO_PERMIT_LOG_NEW)
			flags |= SEKISHO_CONNECTION_LOGGED;
		if (permit->flags & SEKISHO_PERMIT_LOG_ALL)
			flags |= SEKISHO_CONNECTION_LOG_ALL;
	}
	connection->flags = flags;
}

static __always_inline struct sekisho_permit_row *permit_row(const struct sekisho_policy_row *row,
							     __u32 permit)
{
	__u32 index = row->permits.base + permit;

	return permit < row->permits.count ? bpf_map_lookup_elem(&permits, &index) : NULL;
}

/* A connection whose flow has another limit now counts there, and no longer in the old one. */
static __always_inline void move_limit(struct sekisho_connection *connection, __u32 limit)
{
	struct sekisho_limit_row *row;

	if (connection->limit == limit)
		return;
	connection_uncount(connection);
	connection->limit = limit;
	row = limit_row(limit);
	if (row && !(connection->protocol == IPPROTO_TCP && tcp_over(connection))) {
		__sync_fetch_and_add(&row->concurrent, 1);
		connection->flags |= SEKISHO_CONNECTION_COUNTED;
	}
}

/*
 * Judged again: would the policy of today permit the connection? If so it is bound to the flow
 * that does. @mac: the initiator's, where @mac_known.
 * Return: 1 where it may go on.
 */
SEPARATE int judge_again(struct judgement *j, struct sekisho_connection *connection, __u32 wall,
			 int mac_known)
{
	struct sekisho_policy_row *row;
	__u8 family;
	struct sekisho_segment_row *segment;
	struct sekisho_permit_row *permit;
	__u32 from_class = CLASS_NONE, to_class = CLASS_NONE;
	int judged_whole = 1;
	struct match *match = match_get();
	__u16 from, to;

	if (!j || !connection)
		return 0;
	row = policy_row(j->half);
	family = is_ipv4_mapped(connection->initiator) ? 4 : 6;
	if (!row || !match)
		return 0;
	from = segment_today(j->half, family, connection->initiator, SEKISHO_SEGMENT_NONE,
			     &from_class);
	to = segment_today(j->half, family, connection->responder,
			   connection->segments[SEKISHO_RESPONDER], &to_class);
	if (from == SEKISHO_SEGMENT_NONE || to == SEKISHO_SEGMENT_NONE)
		return 0;
	segment = segment_row(row, from);
	if (from == to && segment && segment->flags & SEKISHO_SEGMENT_INTRA) {
		move_limit(connection, SEKISHO_LIMIT_NONE);
		bind_permit(connection, NULL, SEKISHO_PERMIT_NONE);
		goto bound;
	}
	match->half = j->half;
	match->segments = (__u32)from << 16 | to;
	match->protocol = connection->protocol;
	match->service = bpf_ntohs(connection->responder_port);
	if (connection_is_icmp(connection))
		match->service = connection->scales;
	match->source_port = 0;
	match->mac = j->packet.source_mac;
	match->wall = wall;
	/* Which flows exist does not depend on what is isolated at this moment. */
	match->flags = MATCH_AGAIN | (mac_known ? 0 : MATCH_ANY_MAC);
	if (match_flows(match, from_class, to_class) != SEKISHO_REASON_PERMIT_NEW)
		return 0;
	permit = permit_row(row, match->permit);
	if (!permit)
		return 0;
	move_limit(connection, permit->limit);
	bind_permit(connection, permit, match->permit);
	/* Who has not shown the initiator's MAC has not been judged whole. */
	judged_whole = !permit->mac_count || mac_known;
bound:
	connection->segments[SEKISHO_INITIATOR] = from;
	connection->segments[SEKISHO_RESPONDER] = to;
	if (judged_whole)
		connection->epoch = j->epoch;
	return 1;
}

/* Lines 9b to 9d of the semantics, alike for ICMP errors: whether the connection still stands. 0 or a reason. */
static __always_inline int judge_standing(struct judgement *j, struct found *found,
					  struct moment *now, const struct sekisho_control *control,
					  int mac_known)
{
	struct sekisho_connection *connection = found->connection;

	j->verdict.counter = connection->counter;
	if (moment_reached(now, control, connection->valid_until)) {
		connection_end(found->index, SEKISHO_END_EXPIRED, now->wall_ns, SEKISHO_TAG_FREE);
		return SEKISHO_REASON_EXPIRED;
	}
	if (connection->epoch != j->epoch) {
		if (!judge_again(j, connection, now->wall, mac_known)) {
			connection_end(found->index, SEKISHO_END_REVOKED, now->wall_ns,
				       SEKISHO_TAG_FREE);
			return SEKISHO_REASON_REVOKED;
		}
		j->verdict.counter = connection->counter;
	}
	if (j->restricted && !(connection->flags & SEKISHO_CONNECTION_SURVIVES))
		return SEKISHO_REASON_ISOLATED;
	return 0;
}

/* A frame of a connection passes: count it there and start its idle time again. */
static __always_inline void connection_pass(struct sekisho_connection *connection,
					    const struct packet *packet, __u32 direction,
					    __u32 monotonic)
{
	connection->packets[direction & 1]++;
	connection->bytes[direction & 1] += packet->length;
	if (connection->last_seen != monotonic)
		connection->last_seen = monotonic;
	if (direction == SEKISHO_RESPONDER && !(connection->flags & SEKISHO_CONNECTION_REPLIED))
		connection->flags |= SEKISHO_CONNECTION_REPLIED;
}

/* Line 9: a reason, or 0 where the frame belongs to no connection that counts. */
SEPARATE int judge_established(struct judgement *j, struct moment *now,
			       const struct sekisho_control *control)
{
	struct sekisho_policy_row *row;
	struct packet *packet;
	struct found found = {};
	int outcome, reason;

	if (!j || !now || !control)
		return SEKISHO_REASON_NO_POLICY;
	row = policy_row(j->half);
	packet = &j->packet;
	if (!row || !connection_search(&found, packet))
		return 0;
	if (connection_idle(row, found.connection, now->monotonic)) {
		connection_end(found.index, SEKISHO_END_IDLE, now->wall_ns, SEKISHO_TAG_FREE);
		return 0;
	}
	if (found.connection->segments[found.direction & 1] != j->verdict.from) {
		j->stale = found.index + 1;
		return 0;
	}
	j->verdict.direction = found.direction;
	reason = judge_standing(j, &found, now, control,
				found.direction == SEKISHO_INITIATOR && !packet->output);
	if (reason)
		return reason;
	if (packet->protocol == IPPROTO_TCP) {
		outcome = tcp_track(found.connection, packet, found.direction);
		if (outcome == TCP_IMPOSSIBLE)
			return SEKISHO_REASON_TCP_INVALID;
		if (outcome == TCP_REOPENS) {
			connection_end(found.index, SEKISHO_END_REOPENED, now->wall_ns,
				       SEKISHO_TAG_FREE);
			j->verdict.direction = SEKISHO_INITIATOR;
			j->verdict.counter = SEKISHO_COUNTER_NONE;
			return 0;
		}
		if (tcp_over(found.connection))
			connection_uncount(found.connection);
	}
	connection_pass(found.connection, packet, found.direction, now->monotonic);
	if (found.connection->flags & SEKISHO_CONNECTION_LOG_ALL)
		j->verdict.log = SEKISHO_PERMIT_LOG_ALL;
	if (packet->fragment == FRAGMENT_FIRST) {
		j->verdict.reason = SEKISHO_REASON_PERMIT_ESTABLISHED;
		fragment_remember(j, now->monotonic, found.connection->valid_until);
	}
	return SEKISHO_REASON_PERMIT_ESTABLISHED;
}

/* Line 10. The quoted packet is in the workspace; @readable says whether it could be read. */
SEPARATE int judge_icmp_error(struct judgement *j, struct moment *now,
			      const struct sekisho_control *control, int readable)
{
	struct workspace *workspace = workspace_get();
	struct sekisho_policy_row *row;
	struct packet *packet, *quoted;
	struct found found = {};
	__u16 side;
	int reason;

	if (!j || !now || !control)
		return SEKISHO_REASON_ICMP_UNRELATED;
	row = policy_row(j->half);
	packet = &j->packet;
	if (!workspace || !row || !readable ||
	    icmp_is_redirect(packet->protocol, packet->icmp_type))
		return SEKISHO_REASON_ICMP_UNRELATED;
	quoted = &workspace->quoted;
	if (!address_equal(quoted->source, packet->destination) ||
	    (packet->family == 6 &&
	     (is_ipv4_mapped(quoted->source) || is_ipv4_mapped(quoted->destination))) ||
	    !connection_search(&found, quoted))
		return SEKISHO_REASON_ICMP_UNRELATED;
	if (connection_idle(row, found.connection, now->monotonic)) {
		connection_end(found.index, SEKISHO_END_IDLE, now->wall_ns, SEKISHO_TAG_FREE);
		return SEKISHO_REASON_ICMP_UNRELATED;
	}
	/* The error goes against the quoted packet. */
	side = found.connection->segments[(found.direction ^ 1) & 1];
	if (!packet->output && side != j->verdict.from)
		return SEKISHO_REASON_ICMP_UNRELATED;
	j->verdict.direction = found.direction ^ 1;
	reason = judge_standing(j, &found, now, control, 0);
	if (reason)
		return reason;
	if (packet->fragment == FRAGMENT_FIRST) {
		j->verdict.reason = SEKISHO_REASON_PERMIT_RELATED;
		fragment_remember(j, now->monotonic, found.connection->valid_until);
	}
	return SEKISHO_REASON_PERMIT_RELATED;
}

/* Line 14: limits, room, and the connection itself. PERMIT_* or a reason. */
SEPARATE int judge_open(struct judgement *j, struct moment *now, __u32 reason)
{
	struct sekisho_policy_row *row;
	struct packet *packet;
	struct sekisho_connection *connection;
	struct sekisho_permit_row *permit = NULL;
	__u32 limit = SEKISHO_LIMIT_NONE, index = 0;
	struct connection_key key;

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
	connection_key_of(&key, packet->source, packet->source_port, packet->destination,
			  packet->destination_port, packet->protocol);
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
	bind_permit(connection, permit, j->verdict.permit);
	if (limit != SEKISHO_LIMIT_NONE)
		connection->flags |= SEKISHO_CONNECTION_COUNTED;
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
		if (!tcp_flags_possible(packet->tcp_flags))
			return SEKISHO_REASON_TCP_INVALID;
		if (packet->tcp_flags != TCP_SYN)
			return SEKISHO_REASON_TCP_NO_STATE;
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

#endif
