// SPDX-License-Identifier: GPL-2.0-only
/*
 * The XDP program of every port: reads as docs/semantics.md reads, a line a call. Knows maps,
 * never policy words.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "account.h"
#include "judge.h"

char LICENSE[] SEC("license") = "GPL";

/* Line 3. */
SEPARATE int judge_link(struct judgement *j)
{
	struct sekisho_policy_row *row;
	struct packet *packet;
	struct sekisho_segment_row *segment;
	struct sekisho_class_row *class;

	if (!j)
		return SEKISHO_REASON_NO_POLICY;
	packet = &j->packet;
	row = policy_row(j->half);
	if (!row)
		return SEKISHO_REASON_NO_POLICY;
	j->verdict.from = j->port_segment;
	if (packet->ethertype == ETH_P_ARP) {
		class = class_row(row, class_of(j->half, 4, packet->source));
		if (!class || class->segment != j->port_segment || class->flags & SEKISHO_CLASS_OWN)
			return SEKISHO_REASON_SOURCE_SPOOFED;
		return SEKISHO_REASON_PERMIT_CONTROL;
	}
	segment = segment_row(row, j->port_segment);
	if (!segment)
		return SEKISHO_REASON_NO_POLICY;
	for (int i = 0; i < SEKISHO_ETHERTYPES_MAX; i++) {
		if (i < segment->ethertype_count && segment->ethertypes[i] == packet->ethertype)
			return SEKISHO_REASON_PERMIT_CONTROL;
	}
	return SEKISHO_REASON_ETHERTYPE;
}

/*
 * The short cut: a frame of a connection that this epoch has judged, from the segment it was
 * judged for. Everything that lines 4 to 8 could deny it for would have begun another epoch, or is
 * asked here. 0 where the long way must decide.
 */
static __always_inline int judge_short(struct judgement *j, const struct sekisho_policy_row *row,
				       struct sekisho_control *control, struct moment *now)
{
	struct packet *packet = &j->packet;
	struct sekisho_connection *connection;
	struct found found = {};
	__u32 direction;

	if (packet->fragment || packet->icmp_error || packet->extension_forbidden ||
	    control->suspended_macs || !connection_find(&found, packet))
		return 0;
	/* Link control goes before what is established. */
	if (packet->protocol == IPPROTO_ICMPV6 &&
	    !icmp_is_echo(packet->protocol, packet->icmp_type))
		return 0;
	/* An ICMP error may have made the connection one of this epoch. */
	if (control->suspended_addresses && has_suspended(packet))
		return 0;
	connection = found.connection;
	direction = found.direction & 1;
	if (connection->epoch != j->epoch || connection->segments[direction] != j->port_segment ||
	    connection_idle(row, connection, now->monotonic) ||
	    moment_reached(now, control, connection->valid_until))
		return 0;
	/* What answers the host may be a group or a broadcast, which is no source (line 6 d). */
	if (direction == SEKISHO_RESPONDER &&
	    connection->segments[SEKISHO_INITIATOR] == SEKISHO_SEGMENT_SELF)
		return 0;
	/* Isolated since, with only surviving flows let through: each frame is asked again. */
	if (control->isolated_all || is_isolated(control, row, connection->segments[0]) ||
	    is_isolated(control, row, connection->segments[1]))
		return 0;
	j->verdict.from = connection->segments[direction];
	j->verdict.to = connection->segments[direction ^ 1];
	j->verdict.direction = direction;
	j->verdict.counter = connection->counter;
	if (packet->protocol == IPPROTO_TCP) {
		switch (tcp_track(connection, packet, direction)) {
		case TCP_IMPOSSIBLE:
			return SEKISHO_REASON_TCP_INVALID;
		case TCP_REOPENS:
			return 0;
		case TCP_PASSES:
			break;
		}
		if (connection->flags & SEKISHO_CONNECTION_COUNTED && tcp_over(connection))
			connection_uncount(connection);
	}
	connection_pass(connection, packet, direction, now->monotonic);
	if (connection->flags & SEKISHO_CONNECTION_LOG_ALL)
		j->verdict.log = SEKISHO_PERMIT_LOG_ALL;
	return SEKISHO_REASON_PERMIT_ESTABLISHED;
}

static __always_inline int judge(struct judgement *j, struct sekisho_control *control,
				 struct moment *now, void *data, void *data_end)
{
	struct sekisho_policy_row *row;
	int reason;

	if (!j->half)
		return SEKISHO_REASON_NO_POLICY;
	j->half--;
	row = policy_row(j->half);
	if (!row)
		return SEKISHO_REASON_NO_POLICY;
	reason = parse_frame(&j->packet, data, data_end, -1);
	if (reason)
		return reason;
	j->port_segment = port_segment(row, j->packet.ifindex, j->packet.vlan);
	if (j->port_segment == SEKISHO_SEGMENT_NONE)
		return SEKISHO_REASON_PORT_UNBOUND;
	if (!j->packet.family)
		return judge_link(j);
	reason = judge_short(j, row, control, now);
	if (reason)
		return reason;
	j->verdict.counter = SEKISHO_COUNTER_NONE;
	j->verdict.direction = SEKISHO_INITIATOR;
	return judge_long(j, data, data_end);
}

SEC("xdp")
int ingress(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct sekisho_control *control = control_get();
	struct judgement *j;
	struct moment *now;

	if (!control)
		return XDP_DROP;
	now = moment_now(control);
	if (!now)
		return XDP_DROP;
	j = judgement_begin(*(volatile __u64 *)&control->state);
	if (!j)
		return XDP_DROP;
	j->packet.length = data_end - data;
	j->packet.ifindex = ctx->ingress_ifindex;
	j->verdict.reason = judge(j, control, now, data, data_end);
	account(&j->packet, &j->verdict, now->wall_ns);
	if (wants_event(&j->verdict))
		event_verdict(&j->packet, &j->verdict, now->wall_ns, judgement_generation(j));
	return sekisho_reason_permits(j->verdict.reason) ? XDP_PASS : XDP_DROP;
}
