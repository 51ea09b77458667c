// SPDX-License-Identifier: GPL-2.0-only
/*
 * Line 10 of docs/semantics.md: an ICMP error follows the connection that it is about, against the
 * direction of the packet that it quotes. Knows connections; nothing of how that was read.
 */
#include "icmp_error.h"

#include "established.h"

#define REDIRECT_IPV4 5
#define REDIRECT_IPV6 137

static bool is_redirect(const struct sekisho_frame *frame)
{
	return frame->icmp_type == (frame->family == 4 ? REDIRECT_IPV4 : REDIRECT_IPV6);
}

/* Whoever got the quoted packet, or the host, says so. */
static bool comes_from_its_way(const struct sekisho_judgement *j,
			       const struct sekisho_connection *connection, bool reply)
{
	/* The error goes the way of a reply where the quoted packet went the initiator's. */
	const struct sekisho_segment_name *side = reply ? connection->to : connection->from;

	return j->passage->output || sekisho_segment_is(j->policy, j->verdict->from, side);
}

/* b. to d. of line 9; the quoted packet's source is the error's destination. */
static u8 stands(struct sekisho_judgement *j, struct sekisho_bucket bucket,
		 struct sekisho_connection *connection, bool reply)
{
	struct sekisho_place quoted;

	/* Only who judges again asks where the ends are. */
	if (connection->epoch != j->regime->epoch)
		sekisho_match_place(j->policy, j->frame->family, j->frame->quoted_destination,
				    &quoted);
	return sekisho_connection_stands(j, bucket, connection, reply ? &j->destination : &quoted,
					 reply ? &quoted : &j->destination, false);
}

static u8 relate(struct sekisho_judgement *j, struct sekisho_bucket bucket,
		 const struct sekisho_connection_key *key)
{
	struct sekisho_connection *connection;
	bool quoted_reply;
	u8 reason;

	connection = sekisho_connections_find(bucket, key, &quoted_reply);
	if (!connection ||
	    sekisho_connection_idle(connection, j->policy->timeouts, j->passage->monotonic))
		return SEKISHO_REASON_ICMP_UNRELATED;
	j->verdict->reply = !quoted_reply;
	reason = stands(j, bucket, connection, !quoted_reply);
	if (reason != SEKISHO_GO_ON)
		return reason;
	if (!comes_from_its_way(j, connection, !quoted_reply))
		return SEKISHO_REASON_ICMP_UNRELATED;
	if (sekisho_goes_astray(j, quoted_reply ? connection->to : connection->from))
		return SEKISHO_REASON_UNJUDGED;
	return SEKISHO_REASON_PERMIT_RELATED;
}

u8 sekisho_line_10_icmp_error(struct sekisho_judgement *j)
{
	const struct sekisho_frame *frame = j->frame;
	struct sekisho_connection_key key;
	struct sekisho_bucket bucket;
	u8 reason;

	if (!frame->icmp_error)
		return SEKISHO_GO_ON;
	if (is_redirect(frame) || !frame->quoted ||
	    !sekisho_address_equal(frame->quoted_source, frame->destination))
		return SEKISHO_REASON_ICMP_UNRELATED;
	key = (struct sekisho_connection_key){
		.source = frame->quoted_source,
		.destination = frame->quoted_destination,
		.source_port = frame->quoted_source_port,
		.destination_port = frame->quoted_destination_port,
		.family = frame->family,
		.protocol = frame->quoted_protocol,
	};
	bucket = sekisho_connections_lock(j->regime->connections, &key);
	reason = relate(j, bucket, &key);
	sekisho_connections_unlock(bucket);
	return reason;
}
