// SPDX-License-Identifier: GPL-2.0-only
/*
 * Line 9 of docs/semantics.md, paragraph by paragraph, and 'Judged again'. Knows connections and
 * the matcher; nothing of the lines before and after.
 */
#include "established.h"

#include "names.h"

/* How a connection is judged under the policy in force. */
struct again {
	u8 reason; /* SEKISHO_GO_ON: it stands */
	u16 from;
	u16 to;
	u32 flow;
};

/* The segment that has this name now. */
static u16 segment_named(const struct sekisho_policy *policy,
			 const struct sekisho_segment_name *name)
{
	u32 i;

	for (i = 0; i < policy->segment_count; i++)
		if (policy->segments[i].name == name)
			return (u16)i;
	return SEKISHO_SEGMENT_NONE;
}

/* Link-local addresses are the host's as destinations alone. */
static u16 initiator_segment(const struct sekisho_place *place)
{
	if (place->is & (SEKISHO_IS_OWN | SEKISHO_IS_BROADCAST | SEKISHO_IS_MULTICAST))
		return SEKISHO_SEGMENT_SELF;
	return place->network;
}

/* What is nobody's own address has the segment that it was said to be in. */
static u16 responder_segment(const struct sekisho_policy *policy,
			     const struct sekisho_connection *connection,
			     const struct sekisho_place *place)
{
	if (sekisho_own(place))
		return SEKISHO_SEGMENT_SELF;
	if (place->is & (SEKISHO_IS_BROADCAST | SEKISHO_IS_MULTICAST | SEKISHO_IS_LINK_LOCAL))
		return segment_named(policy, connection->to);
	return place->segment;
}

static void judge_again(const struct sekisho_judgement *j,
			const struct sekisho_connection *connection,
			const struct sekisho_place *initiator,
			const struct sekisho_place *responder, bool ask_mac, struct again *again)
{
	const struct sekisho_policy *policy = j->policy;
	struct sekisho_question question = {
		.source = initiator,
		.destination = responder,
		.from = initiator_segment(initiator),
		.to = responder_segment(policy, connection, responder),
		.protocol = connection->key.protocol,
		.service = connection->service,
		.source_mac = j->frame->source_mac,
		.ask_mac = ask_mac,
		.again = true,
		.wall = j->passage->wall,
	};

	again->from = question.from;
	again->to = question.to;
	again->flow = SEKISHO_NO_FLOW;
	again->reason = SEKISHO_REASON_REVOKED;
	if (question.from == SEKISHO_SEGMENT_NONE || question.to == SEKISHO_SEGMENT_NONE)
		return;
	if (question.from == question.to && policy->segments[question.from].intra) {
		again->reason = SEKISHO_GO_ON;
		return;
	}
	switch (sekisho_match(policy, &question, &again->flow)) {
	case SEKISHO_REASON_PERMIT_NEW:
		again->reason = SEKISHO_GO_ON;
		break;
	case SEKISHO_REASON_EXPIRED:
		again->reason = SEKISHO_REASON_EXPIRED;
		break;
	}
}

static void move_side(struct sekisho_segment_name **side, struct sekisho_segment_name *name)
{
	if (*side == name)
		return;
	sekisho_segment_name_get(name);
	sekisho_segment_name_put(*side);
	*side = name;
}

static void bind_again(const struct sekisho_judgement *j, struct sekisho_connection *connection,
		       const struct again *again, bool ask_mac)
{
	const struct sekisho_policy *policy = j->policy;
	const struct sekisho_flow *flow =
		again->flow == SEKISHO_NO_FLOW ? NULL : &policy->flows[again->flow];

	move_side(&connection->from, policy->segments[again->from].name);
	move_side(&connection->to, policy->segments[again->to].name);
	sekisho_connection_rebind(connection, flow ? flow->use : NULL);
	connection->flow = again->flow;
	/* Else the next frame of the initiator is judged whole. */
	if (ask_mac || !flow || !flow->mac_count)
		connection->epoch = j->regime->epoch;
}

/* b. */
static u8 stands_again(struct sekisho_judgement *j, struct sekisho_bucket bucket,
		       struct sekisho_connection *connection, const struct sekisho_place *initiator,
		       const struct sekisho_place *responder, bool ask_mac)
{
	struct again again;

	judge_again(j, connection, initiator, responder, ask_mac, &again);
	j->verdict->flow = again.flow;
	if (again.reason == SEKISHO_GO_ON)
		bind_again(j, connection, &again, ask_mac);
	else
		sekisho_connections_delete(bucket, connection);
	return again.reason;
}

/* c. */
static u8 stands_still(struct sekisho_judgement *j, struct sekisho_bucket bucket,
		       struct sekisho_connection *connection)
{
	j->verdict->flow = connection->flow;
	if (!sekisho_flow_ended(j, connection->flow))
		return SEKISHO_GO_ON;
	sekisho_connections_delete(bucket, connection);
	return SEKISHO_REASON_EXPIRED;
}

u8 sekisho_connection_stands(struct sekisho_judgement *j, struct sekisho_bucket bucket,
			     struct sekisho_connection *connection,
			     const struct sekisho_place *initiator,
			     const struct sekisho_place *responder, bool ask_mac)
{
	u8 reason;

	if (connection->epoch == j->regime->epoch)
		reason = stands_still(j, bucket, connection);
	else
		reason = stands_again(j, bucket, connection, initiator, responder, ask_mac);
	if (reason != SEKISHO_GO_ON)
		return reason;
	if (j->restricted && !sekisho_flow_survives(j, j->verdict->flow)) /* d. */
		return SEKISHO_REASON_ISOLATED;
	return SEKISHO_GO_ON;
}

/* a. */
static bool comes_from_elsewhere(const struct sekisho_judgement *j,
				 const struct sekisho_connection *connection, bool reply)
{
	const struct sekisho_segment_name *side = reply ? connection->to : connection->from;

	return connection->epoch == j->regime->epoch &&
	       !sekisho_segment_is(j->policy, j->verdict->from, side);
}

/* The segment on the other side. */
static const struct sekisho_segment_name *far_side(const struct sekisho_connection *connection,
						   bool reply)
{
	return reply ? connection->from : connection->to;
}

static bool leaves_elsewhere(const struct sekisho_judgement *j,
			     const struct sekisho_connection *connection, bool reply)
{
	return j->passage->output && !sekisho_segment_is(j->policy, j->passage->port_segment,
							 far_side(connection, reply));
}

/* As if it had not been found. */
static u8 does_not_count(struct sekisho_judgement *j, struct sekisho_connection *connection)
{
	j->displaced = connection;
	j->verdict->flow = SEKISHO_NO_FLOW;
	return SEKISHO_GO_ON;
}

/*
 * What XDP sends on by itself is between two other hosts. That it is not in the windows says
 * nothing here: XDP saw every segment, and held each to them.
 */
static bool goes_by_unseen(const struct sekisho_judgement *j,
			   const struct sekisho_connection *connection)
{
	return j->policy->fast &&
	       !sekisho_segment_is(j->policy, SEKISHO_SEGMENT_SELF, connection->from) &&
	       !sekisho_segment_is(j->policy, SEKISHO_SEGMENT_SELF, connection->to);
}

/* e. and f.; nothing is changed where the frame is not permitted. */
static u8 track(struct sekisho_judgement *j, struct sekisho_connection *connection, bool reply)
{
	enum sekisho_tcp_answer answer = SEKISHO_TCP_VALID;
	struct sekisho_tcp tcp = connection->tcp;

	if (j->frame->protocol == SEKISHO_PROTOCOL_TCP)
		answer = sekisho_tcp_track(&tcp, &j->frame->tcp, reply,
					   goes_by_unseen(j, connection));
	if (answer == SEKISHO_TCP_INVALID)
		return SEKISHO_REASON_TCP_INVALID;
	if (sekisho_goes_astray(j, far_side(connection, reply)))
		return SEKISHO_REASON_UNJUDGED;
	if (answer == SEKISHO_TCP_REOPEN) {
		sekisho_connections_delete(j->bucket, connection);
		j->verdict->flow = SEKISHO_NO_FLOW;
		return SEKISHO_GO_ON;
	}
	connection->tcp = tcp;
	if (sekisho_tcp_is_over(&tcp))
		sekisho_connection_uncount(connection);
	connection->replied |= reply;
	connection->seen = j->passage->monotonic;
	j->verdict->reply = reply;
	return SEKISHO_REASON_PERMIT_ESTABLISHED;
}

u8 sekisho_line_9_established(struct sekisho_judgement *j)
{
	struct sekisho_connection *connection;
	struct sekisho_connection_key key;
	bool reply;
	u8 reason;

	sekisho_frame_key(j->frame, &key);
	j->bucket = sekisho_connections_lock(j->regime->connections, &key);
	connection = sekisho_connections_find(j->bucket, &key, &reply);
	if (!connection)
		return SEKISHO_GO_ON;
	if (sekisho_connection_idle(connection, j->policy->timeouts, j->passage->monotonic)) {
		sekisho_connections_delete(j->bucket, connection);
		return SEKISHO_GO_ON;
	}
	if (comes_from_elsewhere(j, connection, reply))
		return does_not_count(j, connection);
	j->verdict->reply = reply;
	reason = sekisho_connection_stands(
		j, j->bucket, connection, reply ? &j->destination : &j->source,
		reply ? &j->source : &j->destination, !reply && !j->passage->output);
	if (reason != SEKISHO_GO_ON)
		return reason;
	j->verdict->reply = false;
	if (leaves_elsewhere(j, connection, reply))
		return does_not_count(j, connection);
	return track(j, connection, reply);
}
