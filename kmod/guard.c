// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guard: netfilter hooks that judge what the kernel's own path carries. Knows skbs, devices
 * and hooks; the verdict is judge.h's, and no mark on a packet is believed.
 */
#include "guard.h"

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <linux/netfilter_bridge.h>
#include <linux/timekeeping.h>
#include <linux/udp.h>
#include <net/ip.h>

#include "sekisho/reasons.h"

#include "border.h"
#include "counters.h"
#include "frame.h"
#include "judge.h"
#include "names.h"
#include "policy.h"
#include "telling.h"
#include "watch.h"

#if IS_ENABLED(CONFIG_BRIDGE) && !IS_ENABLED(CONFIG_NETFILTER_FAMILY_BRIDGE)
#error "The kernel's bridges would pass frames by the guard: NETFILTER_FAMILY_BRIDGE is wanted."
#endif

/* A packet in a hook, and what is found out about it on the way. */
struct sekisho_crossing {
	struct sekisho_border *border;
	struct sk_buff *skb;
	const struct net_device *port; /* it came in by, or, on output, leaves by */
	const struct net_device *leaving; /* forwarded: it leaves by */
	u16 ethertype;
	bool output;
	bool tagged; /* bridges: a VLAN tag goes along with the skb */
	u16 vlan;
	struct sekisho_frame frame;
	struct sekisho_passage passage;
	struct sekisho_verdict verdict;
	u32 packets; /* frames on the wire */
	u64 bytes; /* theirs, from their Ethernet headers on */
};

static u16 port_segment(const struct sekisho_policy *policy, u32 ifindex, u16 vlan)
{
	const struct sekisho_port *port = sekisho_policy_port(policy, ifindex, vlan);

	return port ? port->segment : SEKISHO_SEGMENT_NONE;
}

/* A VLAN device is the port of its VLAN. One on top of another stands for two tags: no port. */
static u16 vlan_device_segment(const struct sekisho_policy *policy, const struct net_device *device,
			       u16 *vlan)
{
#if IS_ENABLED(CONFIG_VLAN_8021Q)
	const struct net_device *real;

	if (!is_vlan_dev(device) || vlan_dev_vlan_proto(device) != htons(ETH_P_8021Q))
		return SEKISHO_SEGMENT_NONE;
	real = vlan_dev_priv(device)->real_dev;
	if (is_vlan_dev(real))
		return SEKISHO_SEGMENT_NONE;
	*vlan = vlan_dev_vlan_id(device);
	return port_segment(policy, real->ifindex, *vlan);
#else
	return SEKISHO_SEGMENT_NONE;
#endif
}

u16 sekisho_guard_segment(const struct sekisho_policy *policy, const struct net_device *device,
			  u16 *vlan)
{
	u16 segment, tag = 0;

	if (!policy)
		return SEKISHO_SEGMENT_NONE;
	/* Also a VLAN device may be a port by its own name. */
	segment = port_segment(policy, device->ifindex, 0);
	if (segment == SEKISHO_SEGMENT_NONE)
		segment = vlan_device_segment(policy, device, &tag);
	if (vlan)
		*vlan = tag;
	return segment;
}

/* Of a packet whose tag, if it has one, is the port's VLAN. */
static u16 tagged_segment(const struct sekisho_policy *policy, const struct net_device *device,
			  bool tagged, u16 tag, u16 *vlan)
{
	*vlan = tag;
	if (!tagged)
		return sekisho_guard_segment(policy, device, vlan);
	return policy ? port_segment(policy, device->ifindex, tag) : SEKISHO_SEGMENT_NONE;
}

static u32 link_header_length(const struct net_device *device)
{
	if (device->type != ARPHRD_ETHER)
		return 0;
	return is_vlan_dev(device) ? VLAN_ETH_HLEN : ETH_HLEN;
}

/* The source MAC, where what lies before the packet is an Ethernet header. */
static void read_link(struct sekisho_crossing *crossing)
{
	const struct sk_buff *skb = crossing->skb;
	struct sekisho_frame *frame = &crossing->frame;

	frame->vlan = crossing->vlan;
	frame->length = skb->len + link_header_length(crossing->port);
	if (crossing->tagged)
		frame->length += VLAN_HLEN;
	if (crossing->output || crossing->port->type != ARPHRD_ETHER ||
	    !skb_mac_header_was_set(skb) || skb_mac_header(skb) < skb->head ||
	    skb_mac_header(skb) + ETH_HLEN > skb->data)
		return;
	frame->has_mac = true;
	frame->source_mac = ether_addr_to_u64(eth_hdr(skb)->h_source);
}

/* What the packet carries behind all its headers, where it stands for several frames. */
static u32 segmented_payload(const struct sk_buff *skb, const struct sekisho_frame *frame)
{
	u32 control;

	if (frame->protocol == IPPROTO_TCP) {
		control = !!(frame->tcp.flags & 0x01) + !!(frame->tcp.flags & 0x02);
		return frame->tcp.length > control ? frame->tcp.length - control : 0;
	}
	if (frame->protocol == IPPROTO_UDP && skb_transport_header_was_set(skb) &&
	    skb_transport_offset(skb) + (int)sizeof(struct udphdr) < (int)skb->len)
		return skb->len - skb_transport_offset(skb) - sizeof(struct udphdr);
	return 0;
}

/* One skb may be many frames: each of them counts, with headers of its own. */
static void measure(struct sekisho_crossing *crossing)
{
	const struct sk_buff *skb = crossing->skb;
	u32 payload, frames = 1;

	crossing->packets = 1;
	crossing->bytes = crossing->frame.length;
	if (!skb_is_gso(skb))
		return;
	payload = segmented_payload(skb, &crossing->frame);
	if (skb_shinfo(skb)->gso_segs)
		frames = skb_shinfo(skb)->gso_segs;
	else if (payload)
		frames = DIV_ROUND_UP(payload, skb_shinfo(skb)->gso_size);
	crossing->packets = frames;
	if (payload && payload <= skb->len)
		crossing->bytes += (u64)(frames - 1) * (crossing->frame.length - payload);
}

static void name_segment(const struct sekisho_policy *policy, u16 segment, char *name)
{
	if (policy && segment < policy->segment_count)
		strscpy(name, policy->segments[segment].name->name, SEKISHO_NAME_BYTES);
}

/* Apart, so that the note does not lie on the stack of what is permitted. */
static noinline void tell_denied(const struct sekisho_crossing *crossing,
				 const struct sekisho_policy *policy, bool mismatch)
{
	const struct sekisho_frame *frame = &crossing->frame;
	const struct sekisho_verdict *verdict = &crossing->verdict;
	struct sekisho_event_note note = {
		.kind = mismatch ? SEKISHO_EVENT_KIND_MISMATCH : SEKISHO_EVENT_KIND_DENIED,
		.reason = verdict->reason,
		.output = crossing->output,
		.packets = crossing->packets,
		.bytes = crossing->bytes,
		.mac = frame->source_mac,
		.has_mac = frame->has_mac,
		.source = frame->source,
		.destination = frame->destination,
		.family = frame->ethertype == ETH_P_ARP ? 4 : frame->family,
		.protocol = frame->protocol,
		.source_port = frame->source_port,
		.destination_port = frame->destination_port,
		.ethertype = frame->ethertype,
		.ifindex = crossing->port->ifindex,
		.vlan = frame->vlan,
		.generation = policy ? policy->generation : 0,
	};

	strscpy(note.interface, crossing->port->name, sizeof(note.interface));
	name_segment(policy, verdict->from, note.from);
	name_segment(policy, verdict->to, note.to);
	if (policy && verdict->flow < policy->flow_count)
		strscpy(note.flow, policy->flows[verdict->flow].use->id, sizeof(note.flow));
	sekisho_telling_denied(crossing->border->telling, &note);
}

/* The interface whose program should have judged it: of a VLAN device, the one below. */
static bool program_let_pass(const struct sekisho_crossing *crossing)
{
	const struct net_device *device = crossing->port;

	if (crossing->output)
		return false;
	if (sekisho_watch_attached(crossing->border->watch, device->ifindex))
		return true;
	return is_vlan_dev(device) &&
	       sekisho_watch_attached(crossing->border->watch, vlan_dev_real_dev(device)->ifindex);
}

static unsigned int decide(struct sekisho_crossing *crossing, const struct sekisho_regime *regime)
{
	const struct sekisho_policy *policy = regime->policy;
	bool permitted, mismatch;

	crossing->passage.output = crossing->output;
	crossing->passage.forwarded = crossing->leaving;
	crossing->passage.wall = ktime_get_real_seconds();
	crossing->passage.monotonic = ktime_get_seconds();

	read_link(crossing);
	sekisho_frame_read_packet(crossing->skb, crossing->ethertype, &crossing->frame);
	measure(crossing);

	/* What the host sends comes in process context; state and counters are a softirq's, too. */
	local_bh_disable();
	sekisho_judge(crossing->border, regime, &crossing->passage, &crossing->frame,
		      &crossing->verdict);
	permitted = sekisho_reason_permits(crossing->verdict.reason);
	mismatch = !permitted && program_let_pass(crossing);
	sekisho_counters_count(crossing->border, policy, &crossing->verdict, crossing->packets,
			       crossing->bytes, mismatch);
	if (!permitted)
		tell_denied(crossing, policy, mismatch);
	local_bh_enable();
	return permitted ? NF_ACCEPT : NF_DROP;
}

/*
 * Forwarded packets are judged whatever they come by. What the host itself receives or sends is
 * judged at its ports only: without a policy, and on other interfaces, it is left alone, so that
 * the host can be administered. The host's talk with itself crosses no border.
 */
static unsigned int cross(struct sekisho_crossing *crossing)
{
	/* Hooks run under rcu_read_lock(). */
	const struct sekisho_regime *regime = rcu_dereference(crossing->border->regime);
	const struct sekisho_policy *policy = regime->policy;
	struct sekisho_passage *passage = &crossing->passage;
	u16 leaving_vlan;

	passage->port_segment = tagged_segment(policy, crossing->port, crossing->tagged,
					       crossing->vlan, &crossing->vlan);
	if (!crossing->leaving &&
	    (passage->port_segment == SEKISHO_SEGMENT_NONE || crossing->port->flags & IFF_LOOPBACK))
		return NF_ACCEPT;
	if (crossing->leaving)
		passage->leaving = tagged_segment(policy, crossing->leaving, crossing->tagged,
						  crossing->vlan, &leaving_vlan);
	else
		passage->leaving = SEKISHO_SEGMENT_NONE;
	return decide(crossing, regime);
}

/* In a VRF the device is the VRF's; the port is the one that the packet came in by. */
static const struct net_device *entry(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct net_device *device = NULL;

	if (!netif_is_l3_master(state->in))
		return state->in;
	if (state->pf == NFPROTO_IPV4)
		device = dev_get_by_index_rcu(state->net, IPCB(skb)->iif);
	else if (state->pf == NFPROTO_IPV6)
		device = dev_get_by_index_rcu(state->net, IP6CB(skb)->iif);
	return device ?: state->in;
}

/*
 * With br_netfilter, bridged packets come by the hooks of IP as well, as if the bridge had routed
 * them from itself to itself. The bridge's own hook, which comes after, judges them by their ports.
 */
static bool is_bridged(const struct sk_buff *skb, const struct nf_hook_state *state)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	struct net_device *out = nf_bridge_get_physoutdev(skb);

	return out && netif_is_bridge_master(state->in) && state->in == state->out &&
	       netdev_master_upper_dev_get_rcu(out) == state->in;
#else
	return false;
#endif
}

static unsigned int ip_forward_hook(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct sekisho_crossing crossing = {
		.border = sekisho_border_of(state->net),
		.skb = skb,
		.ethertype = state->pf == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6,
		.port = entry(skb, state),
		.leaving = state->out,
	};

	if (is_bridged(skb, state))
		return NF_ACCEPT;
	return cross(&crossing);
}

static unsigned int ip_in_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct sekisho_crossing crossing = {
		.border = sekisho_border_of(state->net),
		.skb = skb,
		.ethertype = state->pf == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6,
		.port = entry(skb, state),
	};

	return cross(&crossing);
}

static unsigned int ip_out_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct sekisho_crossing crossing = {
		.border = sekisho_border_of(state->net),
		.skb = skb,
		.ethertype = state->pf == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6,
		.port = state->out,
		.output = true,
	};

	return cross(&crossing);
}

#if IS_ENABLED(CONFIG_NETFILTER_FAMILY_ARP)
static unsigned int arp_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	bool output = state->hook == NF_ARP_OUT;
	struct sekisho_crossing crossing = {
		.border = sekisho_border_of(state->net),
		.skb = skb,
		.ethertype = ETH_P_ARP,
		.port = output ? state->out : state->in,
		.output = output,
	};
	/* What is sent has its Ethernet header on already. */
	int offset = skb_network_offset(skb);
	unsigned int verdict;

	if (offset < 0 || offset > skb_headlen(skb))
		return NF_DROP;
	__skb_pull(skb, offset);
	verdict = cross(&crossing);
	__skb_push(skb, offset);
	return verdict;
}
#endif

#if IS_ENABLED(CONFIG_NETFILTER_FAMILY_BRIDGE)
static unsigned int bridge_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	bool output = state->hook == NF_BR_LOCAL_OUT;
	struct sekisho_crossing crossing = {
		.border = sekisho_border_of(state->net),
		.skb = skb,
		.ethertype = ntohs(skb->protocol),
		.port = output ? state->out : state->in,
		.leaving = state->hook == NF_BR_FORWARD ? state->out : NULL,
		.output = output,
	};

	/* Of 802.3 the stack has made a number of its own; on the wire it is a length. */
	if (crossing.ethertype < ETH_P_802_3_MIN && skb_mac_header_was_set(skb) &&
	    skb_mac_header(skb) + ETH_HLEN <= skb->data)
		crossing.ethertype = ntohs(eth_hdr(skb)->h_proto);
	if (skb_vlan_tag_present(skb)) {
		crossing.vlan = skb_vlan_tag_get_id(skb);
		crossing.tagged = crossing.vlan;
		/* Two tags, to the reader of frames. */
		if (skb->vlan_proto != htons(ETH_P_8021Q))
			crossing.ethertype = ETH_P_8021AD;
	}
	return cross(&crossing);
}
#endif

#define SEKISHO_HOOK(family, number, function) \
	{                                      \
		.hook = (function),            \
		.pf = (family),                \
		.hooknum = (number),           \
		.priority = INT_MAX,           \
	}

/*
 * All come last: what is judged is what goes on, after everybody who might have changed it, and
 * nobody's verdict counts for more than a denial.
 */
static const struct nf_hook_ops sekisho_hooks[] = {
	SEKISHO_HOOK(NFPROTO_IPV4, NF_INET_FORWARD, ip_forward_hook),
	SEKISHO_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_IN, ip_in_hook),
	SEKISHO_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_OUT, ip_out_hook),
	SEKISHO_HOOK(NFPROTO_IPV6, NF_INET_FORWARD, ip_forward_hook),
	SEKISHO_HOOK(NFPROTO_IPV6, NF_INET_LOCAL_IN, ip_in_hook),
	SEKISHO_HOOK(NFPROTO_IPV6, NF_INET_LOCAL_OUT, ip_out_hook),
#if IS_ENABLED(CONFIG_NETFILTER_FAMILY_ARP)
	SEKISHO_HOOK(NFPROTO_ARP, NF_ARP_IN, arp_hook),
	SEKISHO_HOOK(NFPROTO_ARP, NF_ARP_OUT, arp_hook),
#endif
#if IS_ENABLED(CONFIG_NETFILTER_FAMILY_BRIDGE)
	SEKISHO_HOOK(NFPROTO_BRIDGE, NF_BR_FORWARD, bridge_hook),
	SEKISHO_HOOK(NFPROTO_BRIDGE, NF_BR_LOCAL_IN, bridge_hook),
	SEKISHO_HOOK(NFPROTO_BRIDGE, NF_BR_LOCAL_OUT, bridge_hook),
#endif
};

int sekisho_guard_register(struct sekisho_border *border)
{
	return nf_register_net_hooks(border->net, sekisho_hooks, ARRAY_SIZE(sekisho_hooks));
}

void sekisho_guard_unregister(struct sekisho_border *border)
{
	nf_unregister_net_hooks(border->net, sekisho_hooks, ARRAY_SIZE(sekisho_hooks));
}
