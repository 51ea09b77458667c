/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy says of a packet that nothing has tracked: whose an address is, and line 13 of
 * docs/semantics.md. A prefix trie finds the host sets of an address; a hash by their numbers,
 * segments and protocol finds the service intervals; the flows of an interval are asked in the
 * order in which they decide. Knows nothing of skbs, connections or netlink.
 *
 * All but make and free: any context, under rcu_read_lock(), no locks, no allocation, bounded by
 * (SEKISHO_COVER_MAX + 1)^2 look-ups.
 */
#ifndef SEKISHO_KMOD_MATCH_H
#define SEKISHO_KMOD_MATCH_H

#include "policy.h"

#define SEKISHO_NO_FLOW U32_MAX

/* What an address is to the host. */
#define SEKISHO_IS_OWN	       0x01
#define SEKISHO_IS_BROADCAST   0x02 /* 255.255.255.255 included */
#define SEKISHO_IS_MULTICAST   0x04
#define SEKISHO_IS_LOOPBACK    0x08
#define SEKISHO_IS_UNSPECIFIED 0x10
#define SEKISHO_IS_LINK_LOCAL  0x20 /* fe80::/10 */
#define SEKISHO_IS_MAPPED      0x40 /* ::ffff:0:0/96 */

/* What is known of an address, found once a packet and handed on. */
struct sekisho_place {
	u16 segment; /* whose networks hold it, the longest prefix winning; self where it is @to_self;
			or SEKISHO_SEGMENT_NONE */
	u16 network; /* likewise, but by the networks alone */
	u8 is; /* SEKISHO_IS_* */
	bool to_self; /* as a destination it is the border host */
	u8 cover_count;
	u32 covers[SEKISHO_COVER_MAX]; /* host sets that hold it */
};

/**
 * sekisho_match_place - look an address up
 * @policy: the policy
 * @family: 4 or 6
 * @address: the address
 * @place: set
 */
void sekisho_match_place(const struct sekisho_policy *policy, u8 family,
			 struct sekisho_address address, struct sekisho_place *place);

/**
 * struct sekisho_question - line 13
 * @source: place of the initiator
 * @destination: place of the responder
 * @from: segments; not looked up in the places
 * @to: likewise
 * @protocol: of the packet
 * @service: its service number
 * @source_port: 0 for all but TCP and UDP
 * @source_mac: asked where @ask_mac
 * @ask_mac: false on output, and where a connection is judged again against its direction
 * @wall: seconds since 1970 UTC
 * @restricted: only flows that survive isolation exist
 * @again: judged again: schedule, valid_from and source ports are not asked
 */
struct sekisho_question {
	const struct sekisho_place *source;
	const struct sekisho_place *destination;
	u16 from;
	u16 to;
	u8 protocol;
	u16 service;
	u16 source_port;
	u64 source_mac;
	bool ask_mac;
	bool restricted;
	bool again;
	s64 wall;
};

/**
 * sekisho_match - what the flows from one segment to another say
 * @policy: the policy
 * @question: about what
 * @flow: set to the deciding flow where the answer permits; else to one that came nearest, or
 *	SEKISHO_NO_FLOW
 *
 * `intra` is not looked at. SEKISHO_REASON_PERMIT_NEW stands for a match.
 * Return: enum sekisho_reason.
 */
u8 sekisho_match(const struct sekisho_policy *policy, const struct sekisho_question *question,
		 u32 *flow);

/**
 * sekisho_match_dhcp - whether a host without an address may ask a DHCP server (line 6c)
 * @policy: the policy
 * @question: @source, @destination, @protocol and @source_port are not read; @to is self; the MAC
 *	is always asked
 *
 * Return: true where a flow matches service, MAC and time.
 */
bool sekisho_match_dhcp(const struct sekisho_policy *policy,
			const struct sekisho_question *question);

/* Made by sekisho_draft_compile(); 0, -EINVAL or -E2BIG with @fault, -ENOMEM, -EINTR. */
int sekisho_matcher_make(struct sekisho_policy *policy, struct sekisho_policy_fault *fault);
void sekisho_matcher_free(struct sekisho_matcher *matcher);

#ifdef SEKISHO_SELFTEST
/* The matcher against its naive twin on policies from a seed; logs the first difference. 0 or -EIO. */
int sekisho_match_selftest(u32 rounds, u64 seed);
#endif

#endif
