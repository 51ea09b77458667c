/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Line 10 of docs/semantics.md: ICMP errors pass where they are about a tracked connection.
 */
#ifndef SEKISHO_BPF_ICMP_ERROR_H
#define SEKISHO_BPF_ICMP_ERROR_H

#include "established.h"
#include "quoted.h"

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
	    !connection_search(&found, quoted))
		return SEKISHO_REASON_ICMP_UNRELATED;
	if (connection_idle(row, found.connection, now->monotonic))
		return SEKISHO_REASON_ICMP_UNRELATED;
	/* The error goes against the quoted packet. */
	j->verdict.direction = found.direction ^ 1;
	reason = judge_standing(j, &found, now, control, 0);
	if (reason)
		return reason;
	side = found.connection->segments[(found.direction ^ 1) & 1];
	if (!packet->output && side != j->verdict.from) {
		j->verdict.direction = SEKISHO_INITIATOR;
		j->verdict.counter = SEKISHO_COUNTER_NONE;
		return SEKISHO_REASON_ICMP_UNRELATED;
	}
	if (packet->fragment == FRAGMENT_FIRST) {
		j->verdict.reason = SEKISHO_REASON_PERMIT_RELATED;
		fragment_remember(j, now->monotonic, found.connection->valid_until);
	}
	return SEKISHO_REASON_PERMIT_RELATED;
}

#endif
