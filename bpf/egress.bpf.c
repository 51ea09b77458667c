// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tc program of every port's way out (docs/semantics.md, Leaving). What the host itself sends
 * is judged like any frame; what it forwards was judged where it came in, and only has to be
 * covered by what that left behind. Knows maps, never policy words.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "account.h"
#include "judge.h"
#include "quick_egress.h"

/* Line 3, for what the host sends. */
static __always_inline int judge_link_output(const struct judgement *j,
					     const struct sekisho_policy_row *row)
{
	struct sekisho_segment_row *segment = segment_row(row, j->port_segment);

	if (j->packet.ethertype == ETH_P_ARP)
		return SEKISHO_REASON_PERMIT_CONTROL;
	if (!segment)
		return SEKISHO_REASON_NO_POLICY;
	for (int i = 0; i < SEKISHO_ETHERTYPES_MAX; i++) {
		if (i < segment->ethertype_count && segment->ethertypes[i] == j->packet.ethertype)
			return SEKISHO_REASON_PERMIT_CONTROL;
	}
	return SEKISHO_REASON_ETHERTYPE;
}

/*
 * Whether the connection covers a frame that leaves by this port's segment. No XDP program need
 * have seen the frame, so isolation and suspension are asked here, whatever the connection's epoch.
 */
static __noinline int is_covered(struct judgement *j, const struct packet *packet, __u32 against)
{
	struct sekisho_control *c = control_get();
	struct sekisho_policy_row *row = policy_row(j->half);
	struct moment *now = c ? moment_now(c) : NULL;
	struct found found = {};
	__u32 side;

	if (!row || !now || !connection_search(&found, packet) ||
	    connection_idle(row, found.connection, now->monotonic) ||
	    (c->suspended_addresses && has_suspended(&j->packet)))
		return 0;
	/* Not of this epoch: no XDP program has judged it since, or it is on its way right now. */
	if (found.connection->epoch != j->epoch && judge_again(j, found.connection, now->wall, 0))
		return 0;
	if (moment_reached(now, c, found.connection->valid_until) ||
	    is_isolated(c, row, found.connection->segments[0]) ||
	    is_isolated(c, row, found.connection->segments[1]))
		return 0;
	j->verdict.counter = found.connection->counter;
	j->verdict.direction = found.direction;
	j->valid_until = found.connection->valid_until;
	side = (found.direction ^ 1 ^ against) & 1;
	return found.connection->segments[side] == j->port_segment;
}

static __always_inline int covered_fragment(const struct judgement *j)
{
	struct sekisho_control *c = control_get();
	struct moment *now = c ? moment_now(c) : NULL;
	struct sekisho_fragment_key key;
	struct sekisho_fragment_row *fragment;

	if (!now)
		return 0;
	fragment_key_of(&key, &j->packet);
	fragment = bpf_map_lookup_elem(&fragments, &key);
	return fragment && fragment->epoch == j->epoch && fragment->to_segment == j->port_segment &&
	       now->monotonic - fragment->seen <= SEKISHO_FRAGMENT_SECONDS &&
	       !moment_reached(now, c, fragment->valid_until);
}

/*
 * The kernel may cut a datagram that came in whole: its parts follow the first one out. One that
 * came in cut is remembered already, with what its way in knew of it.
 */
static __noinline int remember_cut(struct judgement *j)
{
	struct sekisho_control *c = control_get();
	struct moment *now = c ? moment_now(c) : NULL;
	struct sekisho_fragment_key key;
	struct sekisho_fragment_row *fragment;

	if (!now)
		return -1;
	fragment_key_of(&key, &j->packet);
	fragment = bpf_map_lookup_elem(&fragments, &key);
	if (fragment && fragment->epoch == j->epoch && fragment->to_segment == j->port_segment &&
	    now->monotonic - fragment->seen <= SEKISHO_FRAGMENT_SECONDS)
		return 0;
	j->verdict.reason = SEKISHO_REASON_PERMIT_ESTABLISHED;
	j->verdict.to = j->port_segment;
	return fragment_remember(j, now->monotonic, j->valid_until);
}

/* A forwarded frame: what no verdict of its way in covers does not leave. */
static __always_inline int judge_forwarded(struct judgement *j, void *data, void *data_end)
{
	struct workspace *workspace;

	if (!j->packet.family || j->packet.extension_forbidden || j->packet.tiny)
		return SEKISHO_REASON_UNJUDGED;
	if (j->packet.fragment == FRAGMENT_LATER)
		return covered_fragment(j) ? 0 : SEKISHO_REASON_UNJUDGED;
	if (j->packet.icmp_error) {
		workspace = workspace_get();
		if (!workspace)
			return SEKISHO_REASON_UNJUDGED;
		__builtin_memset(&workspace->quoted, 0, sizeof(workspace->quoted));
		if (parse_quoted(&j->packet, &workspace->quoted, data, data_end) ||
		    icmp_is_redirect(j->packet.protocol, j->packet.icmp_type) ||
		    !address_equal(workspace->quoted.source, j->packet.destination))
			return SEKISHO_REASON_UNJUDGED;
		return is_covered(j, &workspace->quoted, 1) ? 0 : SEKISHO_REASON_UNJUDGED;
	}
	if (!is_covered(j, &j->packet, 0))
		return SEKISHO_REASON_UNJUDGED;
	if (j->packet.fragment == FRAGMENT_FIRST && remember_cut(j))
		return SEKISHO_REASON_UNJUDGED;
	return 0;
}

/* 0: a forwarded frame that is covered, and was counted where it came in. */
static __always_inline int judge(struct judgement *j, void *data, void *data_end, int tag,
				 int forwarded)
{
	struct sekisho_policy_row *row;
	int reason;

	row = policy_row(j->half);
	if (!row)
		return SEKISHO_REASON_NO_POLICY;
	reason = parse_frame(&j->packet, data, data_end, tag);
	if (reason)
		return reason;
	j->port_segment = port_segment(row, j->packet.ifindex, j->packet.vlan);
	if (j->port_segment == SEKISHO_SEGMENT_NONE)
		return SEKISHO_REASON_PORT_UNBOUND;
	if (forwarded)
		return judge_forwarded(j, data, data_end);
	if (!j->packet.family) {
		j->verdict.from = SEKISHO_SEGMENT_SELF;
		return judge_link_output(j, row);
	}
	return judge_long(j, data, data_end);
}

/* The bytes that are judged: headers may lie outside the linear part. */
#define JUDGED_BYTES 256
/* Of a plain frame: a tag, an IPv6 header, TCP without options. */
#define PLAIN_BYTES 78

static __always_inline int is_forwarded(const struct __sk_buff *skb)
{
	return skb->ingress_ifindex != 0;
}

/*
 * 1 where a forwarded frame may leave without more ado. A call of its own: the long way needs the
 * stack.
 */
static __noinline int covered_quick(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *data_end = (void *)(long)skb->data_end;
	struct quick quick = { .control = control_get() };
	__u64 state;

	if (!quick.control)
		return 0;
	quick.now = moment_now(quick.control);
	if (!quick.now)
		return 0;
	state = *(volatile __u64 *)&quick.control->state;
	quick.epoch = state;
	quick.row = policy_row((state >> SEKISHO_STATE_HALF_SHIFT) - 1);
	if (!quick.row)
		return 0;
	if (data + PLAIN_BYTES > data_end) {
		bpf_skb_pull_data(skb, skb->len < PLAIN_BYTES ? skb->len : PLAIN_BYTES);
		data = (void *)(long)skb->data;
		data_end = (void *)(long)skb->data_end;
	}
	quick.ifindex = skb->ifindex;
	quick.frame_bytes = skb->len;
	return quick_covers(&quick, data, data_end, skb->vlan_present ? skb->vlan_tci : -1);
}

SEC("tc")
int egress(struct __sk_buff *skb)
{
	struct sekisho_control *control;
	void *data, *data_end;
	struct judgement *j;
	struct moment *now;
	__u64 state;

	if (is_forwarded(skb) && covered_quick(skb))
		return TC_ACT_OK;
	control = control_get();
	if (!control)
		return TC_ACT_SHOT;
	now = moment_now(control);
	if (!now)
		return TC_ACT_SHOT;
	bpf_skb_pull_data(skb, skb->len < JUDGED_BYTES ? skb->len : JUDGED_BYTES);
	data = (void *)(long)skb->data;
	data_end = (void *)(long)skb->data_end;
	state = *(volatile __u64 *)&control->state;
	j = judgement_begin((state >> SEKISHO_STATE_HALF_SHIFT) - 1, state);
	if (!j)
		return TC_ACT_SHOT;
	j->packet.output = 1;
	j->packet.length = skb->len;
	j->packet.ifindex = skb->ifindex;
	j->verdict.reason =
		judge(j, data, data_end, skb->vlan_present ? skb->vlan_tci : -1, is_forwarded(skb));
	if (!j->verdict.reason)
		return TC_ACT_OK;
	account(&j->packet, &j->verdict, now->wall_ns);
	if (wants_event(&j->verdict))
		event_verdict(&j->packet, &j->verdict, now->wall_ns, judgement_generation(j));
	return sekisho_reason_permits(j->verdict.reason) ? TC_ACT_OK : TC_ACT_SHOT;
}
