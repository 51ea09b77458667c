// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines 9 and 10 of docs/semantics.md and Judged again: what belongs to a tracked connection. Knows
 * nothing of frames' bytes, of how flows match or of how state is kept; shares no code with bpf/.
 */
#include "model.h"

#include "match.h"
#include "segment.h"
#include "tcp.h"

/* A connection whose idle time is reached is not there; @forget: and what belonged to it ends it. */
static struct sekisho_connection *find_living(const struct sekisho_judgement *j,
					      const struct sekisho_connection_key *key, bool forget)
{
	struct sekisho_connection *found = sekisho_state_find(j->model->state, key);

	if (!found || !sekisho_state_idle(found, &j->policy->timeouts, j->passage->monotonic))
		return found;
	if (forget)
		sekisho_state_close(j->model->state, found);
	return NULL;
}

/* In the initiator's direction first, then in the other. */
static struct sekisho_connection *find_connection(const struct sekisho_judgement *j,
						  const struct sekisho_connection_key *key,
						  bool forget, bool *reply)
{
	const struct sekisho_connection_key exchanged = {
		.family = key->family,
		.protocol = key->protocol,
		.source_port = key->destination_port,
		.destination_port = key->source_port,
		.source = key->destination,
		.destination = key->source,
	};
	struct sekisho_connection *found = find_living(j, key, forget);

	*reply = false;
	if (found)
		return found;
	*reply = true;
	return find_living(j, &exchanged, forget);
}

static uint32_t flow_number(const struct sekisho_connection *connection)
{
	return connection->flow ? connection->flow->index : SEKISHO_NO_FLOW;
}

static uint16_t segment_afresh(const struct sekisho_judgement *j,
			       const struct sekisho_connection *connection, bool responder)
{
	const struct sekisho_connection_key *key = &connection->key;
	struct sekisho_address address = responder ? key->destination : key->source;
	bool shared = sekisho_address_multicast(key->family, address) ||
		      sekisho_address_link_local(key->family, address) ||
		      sekisho_self_broadcasts(j->self, key->family, address);

	if (sekisho_self_owns(j->self, key->family, address))
		return SEKISHO_SEGMENT_SELF;
	if (responder && shared)
		return connection->to->index;
	/* fe80::/10 is `self` as a destination only. */
	if (!responder && sekisho_address_link_local(key->family, address))
		return sekisho_segment_by_network(j->policy, key->family, address);
	return sekisho_model_segment_of(j->policy, j->self, key->family, address);
}

/*
 * Judged again. Whether this frame is restricted is not asked here: a flow that does not survive
 * isolation still holds the connection, and line 9 d then keeps the frame from passing. Only the
 * initiator's own frames show its MAC, and an ICMP error may come from a router on the way.
 */
static uint8_t judge_again(struct sekisho_judgement *j, struct sekisho_connection *connection,
			   bool reply)
{
	struct sekisho_state *state = j->model->state;
	bool shows_mac = !reply && !j->passage->output && !j->frame->icmp_error;
	const struct sekisho_query query = {
		.from = segment_afresh(j, connection, false),
		.to = segment_afresh(j, connection, true),
		.family = connection->key.family,
		.source = connection->key.source,
		.destination = connection->key.destination,
		.protocol = connection->key.protocol,
		.service = connection->service,
		.mac = j->frame->source_mac,
		.any_mac = !shows_mac,
		.again = true,
		.wall = j->wall,
	};
	bool names_macs;
	uint32_t flow;
	uint8_t reason;

	if (query.from == SEKISHO_SEGMENT_NONE || query.to == SEKISHO_SEGMENT_NONE)
		return SEKISHO_REASON_REVOKED;
	reason = sekisho_query_match(j->policy, &query, &flow);
	if (reason == SEKISHO_REASON_EXPIRED)
		return reason;
	if (!sekisho_reason_permits(reason))
		return SEKISHO_REASON_REVOKED;
	names_macs = flow != SEKISHO_NO_FLOW && j->policy->flows[flow].mac_count > 0;
	connection->from = sekisho_state_segment(state, query.from);
	connection->to = sekisho_state_segment(state, query.to);
	sekisho_state_rebind(connection,
			     flow == SEKISHO_NO_FLOW ? NULL : sekisho_state_flow(state, flow));
	if (!names_macs || shows_mac)
		connection->epoch = j->model->epoch;
	return SEKISHO_GO_ON;
}

/* Lines 9 b to d: does the connection still stand? */
static uint8_t hold_connection(struct sekisho_judgement *j, struct sekisho_connection *connection,
			       bool reply)
{
	const struct sekisho_flow *flows = j->policy->flows;
	uint32_t flow = flow_number(connection);
	uint8_t reason = SEKISHO_GO_ON;

	j->verdict.flow = flow;
	j->verdict.reply = reply;
	if (connection->epoch != j->model->epoch)
		reason = judge_again(j, connection, reply);
	else if (flow != SEKISHO_NO_FLOW && sekisho_flow_ended(&flows[flow], j->wall))
		reason = SEKISHO_REASON_EXPIRED;
	if (reason != SEKISHO_GO_ON) {
		sekisho_state_close(j->model->state, connection);
		return reason;
	}
	flow = flow_number(connection);
	j->verdict.flow = flow;
	if (j->restricted && (flow == SEKISHO_NO_FLOW || !flows[flow].survives_isolation)) {
		j->verdict.flow = SEKISHO_NO_FLOW;
		return SEKISHO_REASON_ISOLATED;
	}
	return SEKISHO_GO_ON;
}

/* Line 9 e. */
static uint8_t follow_tcp(struct sekisho_judgement *j, struct sekisho_connection *connection,
			  bool reply)
{
	switch (sekisho_tcp_follow(&connection->tcp, &j->frame->tcp, reply)) {
	case SEKISHO_TCP_PERMITTED:
		if (sekisho_tcp_over(&connection->tcp))
			sekisho_state_uncount(connection);
		return SEKISHO_REASON_PERMIT_ESTABLISHED;
	case SEKISHO_TCP_REOPEN:
		sekisho_state_close(j->model->state, connection);
		j->verdict.flow = SEKISHO_NO_FLOW;
		j->verdict.reply = false;
		return SEKISHO_GO_ON;
	case SEKISHO_TCP_INVALID:
		break;
	}
	j->verdict.flow = SEKISHO_NO_FLOW;
	return SEKISHO_REASON_TCP_INVALID;
}

uint8_t sekisho_line_9_established(struct sekisho_judgement *j)
{
	struct sekisho_connection_key key = sekisho_frame_key(j->frame);
	struct sekisho_connection *connection;
	uint8_t reason;
	bool reply;

	if (j->frame->icmp_error)
		return SEKISHO_GO_ON;
	connection = find_connection(j, &key, true, &reply);
	if (!connection)
		return SEKISHO_GO_ON;
	/* a. */
	if (connection->epoch == j->model->epoch &&
	    (reply ? connection->to : connection->from)->index != j->verdict.from)
		return SEKISHO_GO_ON;
	reason = hold_connection(j, connection, reply);
	if (reason != SEKISHO_GO_ON)
		return reason;
	if (j->passage->output &&
	    (reply ? connection->from : connection->to)->index != j->passage->port_segment) {
		j->verdict.flow = SEKISHO_NO_FLOW;
		j->verdict.reply = false;
		return SEKISHO_GO_ON;
	}
	if (key.protocol == SEKISHO_PROTOCOL_TCP) {
		reason = follow_tcp(j, connection, reply);
		if (reason != SEKISHO_REASON_PERMIT_ESTABLISHED)
			return reason;
	}
	/* f. */
	connection->seen = j->passage->monotonic;
	if (reply)
		connection->replied = true;
	return SEKISHO_REASON_PERMIT_ESTABLISHED;
}

uint8_t sekisho_line_10_icmp_errors(struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;
	const struct sekisho_connection_key quoted = {
		.family = frame->family,
		.protocol = frame->quoted_protocol,
		.source_port = frame->quoted_source_port,
		.destination_port = frame->quoted_destination_port,
		.source = frame->quoted_source,
		.destination = frame->quoted_destination,
	};
	struct sekisho_connection *connection;
	uint8_t reason;
	bool quoted_reply;

	if (!frame->icmp_error)
		return SEKISHO_GO_ON;
	if (frame->icmp_type == (frame->family == 6 ? 137 : 5) || !frame->quoted ||
	    sekisho_address_compare(frame->quoted_source, frame->destination))
		return SEKISHO_REASON_ICMP_UNRELATED;
	connection = find_connection(j, &quoted, false, &quoted_reply);
	if (!connection)
		return SEKISHO_REASON_ICMP_UNRELATED;
	/* The error goes back to whoever sent the quoted packet. */
	reason = hold_connection(j, connection, !quoted_reply);
	if (reason != SEKISHO_GO_ON)
		return reason;
	if (j->passage->output ||
	    (quoted_reply ? connection->from : connection->to)->index == j->verdict.from)
		return SEKISHO_REASON_PERMIT_RELATED;
	j->verdict.flow = SEKISHO_NO_FLOW;
	j->verdict.reply = false;
	return SEKISHO_REASON_ICMP_UNRELATED;
}
