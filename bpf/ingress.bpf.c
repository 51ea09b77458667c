// SPDX-License-Identifier: GPL-2.0-only
/*
 * The XDP program of every port: reads as docs/semantics.md reads, a line a call. Knows maps,
 * never policy words.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "account.h"
#include "forward.h"
#include "judge.h"
#include "quick_ingress.h"

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

/* The long way: a frame from its first byte on. */
static __always_inline struct judgement *judge_long_way(const struct quick *quick, void *data,
							void *data_end)
{
	struct judgement *j = judgement_begin(quick->half, quick->epoch);

	if (!j)
		return NULL;
	j->looked = quick->looked;
	j->packet.length = quick->frame_bytes;
	j->packet.ifindex = quick->ifindex;
	j->verdict.reason = judge(j, quick->row, data, data_end);
	return j;
}

/* A first packet that the short way has judged: the lines that it left, where there are some. */
static __always_inline struct judgement *judge_first(const struct quick *quick)
{
	struct workspace *workspace = workspace_get();
	struct judgement *j;

	if (!workspace)
		return NULL;
	j = &workspace->judgement;
	if (j->verdict.reason == ASK_FLOWS)
		j->verdict.reason = judge_new(j, quick->now->wall);
	if (j->verdict.reason == SEKISHO_REASON_PERMIT_NEW)
		j->verdict.reason = quick->control->deny_new
					    ? SEKISHO_REASON_LIMIT
					    : judge_open(j, quick->now, SEKISHO_REASON_PERMIT_NEW);
	return j;
}

SEC("xdp")
int ingress(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct quick quick = { .control = control_get() };
	enum quick_way way = QUICK_LONG;
	struct judgement *j;
	__u64 state;

	if (!quick.control)
		return XDP_DROP;
	quick.now = moment_now(quick.control);
	if (!quick.now)
		return XDP_DROP;
	state = *(volatile __u64 *)&quick.control->state;
	quick.half = (state >> SEKISHO_STATE_HALF_SHIFT) - 1;
	quick.epoch = state;
	quick.row = policy_row(quick.half); /* none before the first policy */
	quick.ifindex = ctx->ingress_ifindex;
	quick.frame_bytes = data_end - data;
	if (quick.row)
		way = quick_permits(&quick, data, data_end);
	if (way == QUICK_PERMITTED)
		return quick.row->fast ? forward(ctx, &quick) : XDP_PASS;
	j = way == QUICK_JUDGED ? judge_first(&quick) : judge_long_way(&quick, data, data_end);
	if (!j)
		return XDP_DROP;
	account(&j->packet, &j->verdict, quick.now->wall_ns);
	if (wants_event(&j->verdict))
		event_verdict(&j->packet, &j->verdict, quick.now->wall_ns, judgement_generation(j));
	return sekisho_reason_permits(j->verdict.reason) ? XDP_PASS : XDP_DROP;
}
