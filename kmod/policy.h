/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy in the module: as it was sent, and as it is matched. Built once from a draft, never
 * changed, read under RCU. Knows nothing of netlink, packets or state.
 *
 * Segment 0 is `self`. Everything a struct sekisho_policy points at belongs to it, but for the
 * names and uses, which it holds references to.
 */
#ifndef SEKISHO_KMOD_POLICY_H
#define SEKISHO_KMOD_POLICY_H

#include <linux/netlink.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "sekisho/connection.h"
#include "sekisho/limits.h"
#include "sekisho/netlink.h"

#include "address.h"
#include "rows.h"

/* Of the host, and how many slots find a port; not in limits.h, as nothing else has such tables. */
#define SEKISHO_OWN_MAX	   4096
#define SEKISHO_PORT_SLOTS (2 * SEKISHO_PORTS_MAX)

struct sekisho_segment_name;
struct sekisho_flow_use;
struct sekisho_names;
struct sekisho_matcher; /* match.c's own: the trie of addresses and the hash of rules */

struct sekisho_segment {
	struct sekisho_segment_name *name;
	u8 meaning; /* enum sekisho_segment_meaning; `self` is OTHER */
	bool intra;
	u16 ethertype_count;
	u16 ethertypes[SEKISHO_ETHERTYPES_MAX];
	struct sekisho_range *networks; /* prefixes, as sent */
	u32 network_count;
};

struct sekisho_port {
	char interface[16];
	u32 ifindex; /* 0: not there */
	u16 vlan;
	u16 segment;
};

/* An address of the host itself. */
struct sekisho_own {
	struct sekisho_address address;
	u8 family;
	bool broadcast;
};

struct sekisho_hosts {
	struct sekisho_range *ranges; /* as sent */
	u32 range_count;
	u16 segment;
};

struct sekisho_service {
	u16 first;
	u16 last;
	u8 protocol;
	bool all; /* no numbers were given */
};

struct sekisho_port_range {
	u16 first;
	u16 last;
};

#define SEKISHO_SCHEDULE_NONE 0

struct sekisho_flow {
	struct sekisho_flow_use *use; /* its id, its limit, its counters */
	s64 valid_from; /* seconds since 1970 UTC */
	s64 valid_until; /* exclusive */
	u32 from_hosts; /* index in hosts[]; 0: every host */
	u32 to_hosts;
	u32 new_per_second; /* 0: unlimited */
	u32 concurrent; /* 0: unlimited */
	struct sekisho_service *services;
	u64 *macs; /* first octet in bits 47..40 */
	struct sekisho_port_range *source_ports; /* none: any */
	u32 service_count;
	u16 from;
	u16 to;
	u16 mac_count;
	u16 source_port_count;
	u16 start_minute;
	u16 end_minute;
	u8 days; /* bit 0 is Monday; SEKISHO_SCHEDULE_NONE: always */
	bool survives;
	u8 log; /* enum sekisho_flow_log_level */
};

struct sekisho_zone_change {
	s64 since;
	s32 offset;
};

struct sekisho_policy {
	refcount_t references;
	u32 generation; /* these three are set when it is committed */
	s64 applied_at;
	u8 digest[SEKISHO_DIGEST_BYTES];
	u32 connections;
	u32 timeouts[SEKISHO_TIMEOUTS]; /* seconds */
	bool fast; /* XDP sends frames on by itself: most never come here */
	u32 zone_count;
	struct sekisho_zone_change zone[SEKISHO_ZONE_CHANGES_MAX];
	struct sekisho_segment *segments; /* [0] is self */
	u32 segment_count; /* self included */
	struct sekisho_port *ports;
	u32 port_count;
	struct sekisho_own *own;
	u32 own_count;
	struct sekisho_hosts *hosts; /* [0] is unused */
	u32 hosts_count; /* [0] included */
	struct sekisho_flow *flows; /* by id, bytewise ascending */
	u32 flow_count;
	struct sekisho_matcher *matcher;
	struct sekisho_store store; /* what the pointers in the arrays above point at */
	u16 port_slots[SEKISHO_PORT_SLOTS]; /* by interface and VLAN: number in ports[] + 1, or 0 */
	size_t bytes; /* memory of all of it, names aside */
};

/* What an object is refused for, in words for the caller; the attribute is the caller's matter. */
struct sekisho_policy_fault {
	const char *text; /* static, English */
	u32 index; /* in the array of its kind, where the fault shows only when all is compiled */
	u32 attribute; /* enum sekisho_attribute: the kind */
};

struct sekisho_draft;

/**
 * sekisho_draft_new - begin a policy
 * @names: where names are interned
 *
 * Process context; may sleep, as all of these.
 * Return: the draft, to be freed with sekisho_draft_free(), or NULL without memory.
 */
struct sekisho_draft *sekisho_draft_new(struct sekisho_names *names);
void sekisho_draft_free(struct sekisho_draft *draft);

/**
 * sekisho_draft_add_segment - add the next object of a kind
 * @draft: the draft
 * @segment: copied, with what its pointers point at; @segment->name is not read
 * @name: the segment's, NUL-ended
 * @fault: set where it is refused
 *
 * All sekisho_draft_add_*() alike: -EINVAL with @fault where a value cannot be (no such segment,
 * first after last, host bits, not ascending, over a limit of limits.h), -EEXIST where it was added
 * before, -ENOMEM, -E2BIG where there are too many.
 * Return: 0 or -errno; the draft is as before where it fails.
 */
int sekisho_draft_add_segment(struct sekisho_draft *draft, const struct sekisho_segment *segment,
			      const char *name, struct sekisho_policy_fault *fault);
int sekisho_draft_add_port(struct sekisho_draft *draft, const struct sekisho_port *port,
			   struct sekisho_policy_fault *fault);
int sekisho_draft_add_own(struct sekisho_draft *draft, const struct sekisho_own *own,
			  struct sekisho_policy_fault *fault);
int sekisho_draft_add_hosts(struct sekisho_draft *draft, const struct sekisho_hosts *hosts,
			    struct sekisho_policy_fault *fault);
int sekisho_draft_add_flow(struct sekisho_draft *draft, const struct sekisho_flow *flow,
			   const char *id, struct sekisho_policy_fault *fault);

struct sekisho_site {
	u32 connections;
	u32 timeouts[SEKISHO_TIMEOUTS];
	bool fast;
	u32 zone_count;
	struct sekisho_zone_change zone[SEKISHO_ZONE_CHANGES_MAX];
};

/* Exactly once a draft. */
int sekisho_draft_set_site(struct sekisho_draft *draft, const struct sekisho_site *site,
			   struct sekisho_policy_fault *fault);

struct sekisho_draft_counts {
	u32 segments; /* without self */
	u32 networks;
	u32 ports;
	u32 addresses;
	u32 hosts;
	u32 flows;
};

void sekisho_draft_count(const struct sekisho_draft *draft, struct sekisho_draft_counts *counts);

/**
 * sekisho_draft_compile - make the policy of a draft
 * @draft: the draft; what it holds moves to the policy, so that it can only be freed afterwards
 * @policy: set to the policy, with one reference
 * @fault: set where it is refused
 *
 * Refuses overlapping networks of different segments (0.0.0.0/0 and ::/0 may lie under others),
 * one address in more than SEKISHO_COVER_MAX host sets, more than SEKISHO_CANDIDATES_MAX flows that
 * differ only in what is asked last, and an incomplete draft. Sleeps where it must, gives way often.
 * Return: 0, -EINVAL, -E2BIG with @fault, -ENOMEM, -EINTR where the caller is being killed.
 */
int sekisho_draft_compile(struct sekisho_draft *draft, struct sekisho_policy **policy,
			  struct sekisho_policy_fault *fault);

static inline void sekisho_policy_get(struct sekisho_policy *policy)
{
	refcount_inc(&policy->references);
}

/**
 * sekisho_policy_put - let go of a policy
 * @policy: the policy, or NULL
 *
 * The last one frees it, in process context, no reader being left: callers wait for RCU first.
 */
void sekisho_policy_put(struct sekisho_policy *policy);

/* Make sekisho_policy_port() find the ports; once, by the draft. */
void sekisho_policy_index_ports(struct sekisho_policy *policy);

/* The site's offset from UTC at a time: seconds to add. */
s32 sekisho_policy_utc_offset(const struct sekisho_policy *policy, s64 time);

/* The port of an interface and VLAN, or NULL. */
const struct sekisho_port *sekisho_policy_port(const struct sekisho_policy *policy, u32 ifindex,
					       u16 vlan);

#endif
