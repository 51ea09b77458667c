/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Line 9 of docs/semantics.md: frames of tracked connections, and judging a connection again when
 * the epoch has changed. The table itself is table.h, TCP is tcp.h.
 */
#ifndef SEKISHO_BPF_ESTABLISHED_H
#define SEKISHO_BPF_ESTABLISHED_H

#include "fragments.h"
#include "judgement.h"
#include "match.h"
#include "separate.h"
#include "table.h"
#include "tcp.h"

/*
 * Where an address of a connection belongs today. @shared: what it may be, SEKISHO_CLASS_*, to
 * belong to @keep.
 */
static __always_inline __u16 segment_today(__u32 half, __u8 family, const __be32 address[4],
					   __u16 shared, __u16 keep, __u32 *class_index)
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
	if (class->flags & shared)
		return keep;
	return class->segment;
}

static __always_inline void hops_set(struct sekisho_connection *connection, __u16 hop)
{
	connection->hops[SEKISHO_INITIATOR] = hop;
	connection->hops[SEKISHO_RESPONDER] = hop;
}

/* So many seconds are a period: see hops_age(). */
#define PERIOD_SHIFT 3

/*
 * What is known of the way out is forgotten once a second, since nobody tells a program that routes
 * have changed. In a new period the first frame of each direction is the kernel's, whatever
 * `forward` says: by what it sends, it keeps its neighbours; by what it sees, the guard keeps its
 * connections.
 */
static __always_inline void hops_age(struct sekisho_connection *connection, __u32 monotonic)
{
	__u32 phase = connection->initiator_port;

	hops_set(connection, (connection->last_seen + phase) >> PERIOD_SHIFT ==
					     (monotonic + phase) >> PERIOD_SHIFT
				     ? SEKISHO_HOP_NONE
				     : SEKISHO_HOP_KERNEL);
}

static __always_inline void bind_permit(struct sekisho_connection *connection,
					const struct sekisho_permit_row *permit)
{
	__u8 flags = connection->flags & ~(SEKISHO_CONNECTION_SURVIVES | SEKISHO_CONNECTION_LOGGED |
					   SEKISHO_CONNECTION_LOG_ALL);

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
	struct sekisho_limit_row *row = limit_row(limit);

	if (connection->limit == limit)
		return;
	/* What is over counts nowhere. */
	if (!row || (connection->protocol == IPPROTO_TCP && tcp_over(connection))) {
		connection_uncount(connection);
		return;
	}
	__sync_fetch_and_add(&row->concurrent, 1);
	row = limit_row(__sync_lock_test_and_set(&connection->limit, limit));
	if (row)
		__sync_fetch_and_add(&row->concurrent, -1);
}

/*
 * Judged again: would the policy of today permit the connection? If so it is bound to the flow
 * that does. @mac: the initiator's, where @mac_known.
 * Return: 0 where it may go on; EXPIRED where only time forbids it, else REVOKED.
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
	int reason;

	if (!j || !connection)
		return SEKISHO_REASON_REVOKED;
	row = policy_row(j->half);
	family = is_ipv4_mapped(connection->initiator) ? 4 : 6;
	if (!row || !match)
		return SEKISHO_REASON_REVOKED;
	from = segment_today(j->half, family, connection->initiator,
			     SEKISHO_CLASS_BROADCAST | SEKISHO_CLASS_MULTICAST,
			     SEKISHO_SEGMENT_SELF, &from_class);
	to = segment_today(j->half, family, connection->responder, SEKISHO_CLASS_ON_LINK,
			   connection->segments[SEKISHO_RESPONDER], &to_class);
	if (from == SEKISHO_SEGMENT_NONE || to == SEKISHO_SEGMENT_NONE)
		return SEKISHO_REASON_REVOKED;
	segment = segment_row(row, from);
	if (from == to && segment && segment->flags & SEKISHO_SEGMENT_INTRA) {
		move_limit(connection, SEKISHO_LIMIT_NONE);
		bind_permit(connection, NULL);
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
	reason = match_flows(match, from_class, to_class);
	if (reason != SEKISHO_REASON_PERMIT_NEW)
		return reason == SEKISHO_REASON_EXPIRED ? reason : SEKISHO_REASON_REVOKED;
	permit = permit_row(row, match->permit);
	if (!permit)
		return SEKISHO_REASON_REVOKED;
	move_limit(connection, permit->limit);
	bind_permit(connection, permit);
	/* Who has not shown the initiator's MAC has not been judged whole. */
	judged_whole = !permit->mac_count || mac_known;
bound:
	hops_set(connection, SEKISHO_HOP_NONE);
	connection->segments[SEKISHO_INITIATOR] = from;
	connection->segments[SEKISHO_RESPONDER] = to;
	if (judged_whole)
		connection->epoch = j->epoch;
	return 0;
}

/* Lines 9b to 9d, alike for ICMP errors: whether the connection still stands. 0 or a reason. */
static __always_inline int judge_standing(struct judgement *j, struct found *found,
					  struct moment *now, const struct sekisho_control *control,
					  int mac_known)
{
	struct sekisho_connection *connection = found->connection;
	int reason = 0;

	j->verdict.counter = connection->counter;
	/* What a connection of another epoch is bound to may have been renewed, or cut short. */
	if (connection->epoch != j->epoch)
		reason = judge_again(j, connection, now->wall, mac_known);
	else if (moment_reached(now, control, connection->valid_until))
		reason = SEKISHO_REASON_EXPIRED;
	if (reason) {
		connection_end(found->index,
			       reason == SEKISHO_REASON_EXPIRED ? SEKISHO_END_EXPIRED
								: SEKISHO_END_REVOKED,
			       now->wall_ns, SEKISHO_TAG_FREE);
		return reason;
	}
	j->verdict.counter = connection->counter;
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
	if (connection->last_seen != monotonic) {
		hops_age(connection, monotonic);
		connection->last_seen = monotonic;
	}
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
	__u32 last_seen;

	if (!j || !now || !control)
		return SEKISHO_REASON_NO_POLICY;
	row = policy_row(j->half);
	packet = &j->packet;
	if (!row || j->looked || !connection_search(&found, packet))
		return 0;
	last_seen = last_seen_of(found.connection);
	if (connection_idle(row, found.connection, now->monotonic)) {
		connection_end_idle(found.index, last_seen, now->wall_ns, SEKISHO_TAG_FREE);
		return 0;
	}
	/* Segments may have other numbers in another epoch: an older connection is looked up afresh. */
	if (found.connection->epoch == j->epoch &&
	    found.connection->segments[found.direction & 1] != j->verdict.from) {
		j->stale = found.index + 1;
		return 0;
	}
	j->verdict.direction = found.direction;
	reason = judge_standing(j, &found, now, control,
				found.direction == SEKISHO_INITIATOR && !packet->output);
	if (reason)
		return reason;
	/* What the host sends to a group on one link is no permission for another. */
	if (packet->output &&
	    found.connection->segments[(found.direction ^ 1) & 1] != j->port_segment) {
		j->stale = found.index + 1;
		j->verdict.direction = SEKISHO_INITIATOR;
		j->verdict.counter = SEKISHO_COUNTER_NONE;
		return 0;
	}
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

#endif
