/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the packet path tells user space through the ring buffer `events`. bpf/ writes, ctl/
 * decodes. No packet waits for it: what does not fit is counted in `lost_events`.
 */
#ifndef SEKISHO_EVENT_H
#define SEKISHO_EVENT_H

#include "layout.h"
#include "limits.h"

enum sekisho_event_type {
	SEKISHO_EVENT_INVALID,
	SEKISHO_EVENT_PERMIT, /* a new connection, or a sample of one with log: all */
	SEKISHO_EVENT_DENY,
	SEKISHO_EVENT_FLOW_END,
};

/* Why a connection ended. */
enum sekisho_end {
	SEKISHO_END_NONE,
	SEKISHO_END_IDLE,
	SEKISHO_END_CLOSED,
	SEKISHO_END_RESET,
	SEKISHO_END_EXPIRED,
	SEKISHO_END_REVOKED,
	SEKISHO_END_REOPENED,
};

#define SEKISHO_EVENT_OUTPUT 0x1 /* judged as it left */
#define SEKISHO_EVENT_REPLY  0x2 /* went from responder to initiator */
#define SEKISHO_EVENT_IPV4   0x4

struct sekisho_event {
	__u64 wall_ns; /* since 1970 UTC */
	__u64 monotonic_ns; /* 0 where the clock was not read */
	__u32 generation;
	__u32 ifindex;
	__u8 type;
	__u8 reason;
	__u8 flags;
	__u8 protocol;
	__u16 from; /* segments */
	__u16 to;
	__be32 source[4]; /* flow ends: the initiator */
	__be32 destination[4];
	__be16 source_port; /* as semantics.md gives them, ICMP included */
	__be16 destination_port;
	__u16 vlan;
	__u16 ethertype; /* host byte order */
	__u8 source_mac[6];
	__u8 end; /* enum sekisho_end */
	__u8 tcp_state;
	__u64 suppressed; /* frames of the same key since its last event, not told one by one */
	__u64 packets[2]; /* flow ends: both directions; else [0] is 1, or 0 (see below) */
	__u64 bytes[2]; /* likewise; else those of all frames that the event tells of */
	__u32 created; /* flow ends: seconds since 1970 UTC */
	__u32 icmp; /* type << 8 | code */
	char flow[SEKISHO_NAME_BYTES];
};

SEKISHO_ASSERT_SIZE(struct sekisho_event, 160);
SEKISHO_ASSERT_OFFSET(struct sekisho_event, suppressed, 80);

/*
 * Per-CPU map `recent`, a row a hash: keys lately told of, to tell of each once a second. What
 * came again in that second is told by the next event of the key, or by the kernel's timer as an
 * event with packets[0] = 0. @version is odd while the sample is being written.
 */
#define SEKISHO_RECENT_ROWS 4096

struct sekisho_recent {
	__u64 key;
	__u32 second;
	__u32 version;
	__u64 suppressed; /* frames of the key since it was last told */
	__u64 suppressed_bytes;
	struct sekisho_event sample;
};

SEKISHO_ASSERT_SIZE(struct sekisho_recent, 192);

/* Per-CPU map `losses`, row 0. */
struct sekisho_loss_tally {
	__u64 ring_full; /* events that found no room */
	__u64 forgotten; /* suppressed frames whose row another key took */
};

#endif
