// SPDX-License-Identifier: GPL-2.0-only
/*
 * The XDP program of every port: reads as docs/semantics.md reads, a line a call. Knows maps,
 * never policy words.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "account.h"
#include "judge.h"
#include "quick.h"

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

static __always_inline int judge(struct judgement *j, const struct sekisho_policy_row *row,
				 void *data, void *data_end)
{
	int reason;

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
	return judge_long(j, data, data_end);
}

SEC("xdp")
int ingress(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct quick quick = { .control = control_get() };
	struct judgement *j;
	__u64 state;
	__u32 half;

	if (!quick.control)
		return XDP_DROP;
	quick.now = moment_now(quick.control);
	if (!quick.now)
		return XDP_DROP;
	state = *(volatile __u64 *)&quick.control->state;
	half = (state >> SEKISHO_STATE_HALF_SHIFT) - 1;
	quick.epoch = state;
	quick.row = policy_row(half); /* none before the first policy */
	quick.ifindex = ctx->ingress_ifindex;
	quick.frame_bytes = data_end - data;
	if (quick.row && quick_permits(&quick, data, data_end))
		return XDP_PASS;
	j = judgement_begin(half, quick.epoch);
	if (!j)
		return XDP_DROP;
	j->looked = quick.looked;
	j->packet.length = quick.frame_bytes;
	j->packet.ifindex = quick.ifindex;
	j->verdict.reason = judge(j, quick.row, data, data_end);
	account(&j->packet, &j->verdict, quick.now->wall_ns);
	if (wants_event(&j->verdict))
		event_verdict(&j->packet, &j->verdict, quick.now->wall_ns, judgement_generation(j));
	return sekisho_reason_permits(j->verdict.reason) ? XDP_PASS : XDP_DROP;
}
