/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict without the hooks, for other kernel modules: tests ask what the guard would say of a
 * frame at any time of any clock. User space cannot reach it. Knows borders and frames; nothing of
 * devices or netfilter.
 */
#ifndef SEKISHO_KMOD_PROBE_H
#define SEKISHO_KMOD_PROBE_H

#include <linux/types.h>

#include "sekisho/limits.h"

struct net;
struct sk_buff;

/**
 * struct sekisho_probe_passage - how a frame travels, and when
 * @wall: seconds since 1970 UTC
 * @monotonic: seconds
 * @ifindex: the port it came in by, or, with @output, leaves by; its VLAN is the frame's
 * @tag: 802.1Q tag control that was taken out of the frame; -1: none
 * @output: the host sends it
 * @forwarded: it leaves at once by the port of the next two
 * @leaving_ifindex: read where @forwarded
 * @leaving_vlan: likewise
 */
struct sekisho_probe_passage {
	s64 wall;
	u32 monotonic;
	u32 ifindex;
	int tag;
	bool output;
	bool forwarded;
	u32 leaving_ifindex;
	u16 leaving_vlan;
};

/* Names are empty where there is no segment, or no flow decided. */
struct sekisho_probe_verdict {
	u8 reason; /* enum sekisho_reason */
	bool reply;
	char from[SEKISHO_NAME_BYTES];
	char to[SEKISHO_NAME_BYTES];
	char flow[SEKISHO_NAME_BYTES];
};

/**
 * sekisho_probe_judge - judge a frame as the guard does, state and counters included
 * @net: whose border
 * @skb: linear, its Ethernet header at skb->data, ending with the frame; only read
 * @passage: how it travels
 * @verdict: set
 *
 * Nothing is told to the group `events`. Process context or softirq.
 */
void sekisho_probe_judge(struct net *net, const struct sk_buff *skb,
			 const struct sekisho_probe_passage *passage,
			 struct sekisho_probe_verdict *verdict);

/* Delete every connection that is idle at @monotonic. Process context. */
void sekisho_probe_sweep(struct net *net, u32 monotonic);

/* There is no room for connections (true), or there is again. Process context. */
void sekisho_probe_full(struct net *net, bool full);

#endif
