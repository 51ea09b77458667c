/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept between frames: connections, fragments, counters. bpf/ writes them, ctl/ reads
 * them. Knows nothing of the policy's tables or of how packets are parsed.
 */
#ifndef SEKISHO_CONNECTION_H
#define SEKISHO_CONNECTION_H

#include "layout.h"

/* Idle times a policy sets, as indexes of its timeouts. */
enum sekisho_timeout {
	SEKISHO_TIMEOUT_TCP_HALF_OPEN,
	SEKISHO_TIMEOUT_TCP_ESTABLISHED,
	SEKISHO_TIMEOUT_TCP_CLOSING,
	SEKISHO_TIMEOUT_TCP_RESET,
	SEKISHO_TIMEOUT_UDP_UNREPLIED,
	SEKISHO_TIMEOUT_UDP_REPLIED,
	SEKISHO_TIMEOUT_ICMP,
	SEKISHO_TIMEOUT_OTHER,
	SEKISHO_TIMEOUTS,
};

enum sekisho_tcp_state {
	SEKISHO_TCP_NONE, /* not TCP */
	SEKISHO_TCP_HALF_OPEN,
	SEKISHO_TCP_ANSWERED,
	SEKISHO_TCP_ESTABLISHED,
	SEKISHO_TCP_CLOSING,
	SEKISHO_TCP_RESET,
};

#define SEKISHO_CONNECTION_REPLIED	   0x01 /* the responder has answered */
#define SEKISHO_CONNECTION_FIN_INITIATOR   0x02
#define SEKISHO_CONNECTION_FIN_RESPONDER   0x04
#define SEKISHO_CONNECTION_SCALE_INITIATOR 0x08 /* the SYN had a window scale option */
#define SEKISHO_CONNECTION_SURVIVES	   0x10 /* its flow survives isolation */
#define SEKISHO_CONNECTION_LOGGED	   0x40 /* its end is to be an event */
#define SEKISHO_CONNECTION_LOG_ALL	   0x80

/* Directions: of the initiator, of the responder. */
#define SEKISHO_INITIATOR 0
#define SEKISHO_RESPONDER 1

#ifndef __KERNEL__ /* the module keeps connections of its own */

/*
 * Map `connections`. IPv4 addresses are mapped (::ffff:a.b.c.d). Two cache lines: the first finds
 * and binds the connection, the second is what its frames change.
 */
struct sekisho_connection {
	__be32 initiator[4];
	__be32 responder[4];
	__be16 initiator_port;
	__be16 responder_port;
	__u8 protocol;
	__u8 tcp_state;
	__u8 flags;
	__u8 scales; /* initiator's in the low four bits; ICMP: the type of the first packet */
	__u32 epoch;
	__u16 hops[2]; /* by direction: row of `next_hops`, or SEKISHO_HOP_* */
	__u32 valid_until;
	__u32 counter; /* row of its flow in `flow_counters`; none within a segment */
	__u16 segments[2];
	__u32 limit;

	__u64 packets[2];
	__u64 bytes[2];
	__u32 end[2];
	__u32 max_end[2];
	__u32 max_window[2];
	__u32 last_seen; /* seconds, monotonic */
	__u32 created; /* seconds since 1970 UTC */
};

SEKISHO_ASSERT_SIZE(struct sekisho_connection, 128);
SEKISHO_ASSERT_OFFSET(struct sekisho_connection, packets, 64);

/* Which idle time holds for a connection (docs/semantics.md, State timeouts). */
static inline __attribute__((always_inline)) enum sekisho_timeout
sekisho_connection_timeout(const struct sekisho_connection *connection)
{
	switch (connection->protocol) {
	case 6:
		if (connection->tcp_state == SEKISHO_TCP_ESTABLISHED)
			return SEKISHO_TIMEOUT_TCP_ESTABLISHED;
		if (connection->tcp_state == SEKISHO_TCP_CLOSING)
			return SEKISHO_TIMEOUT_TCP_CLOSING;
		if (connection->tcp_state == SEKISHO_TCP_RESET)
			return SEKISHO_TIMEOUT_TCP_RESET;
		return SEKISHO_TIMEOUT_TCP_HALF_OPEN;
	case 17:
		return connection->flags & SEKISHO_CONNECTION_REPLIED
			       ? SEKISHO_TIMEOUT_UDP_REPLIED
			       : SEKISHO_TIMEOUT_UDP_UNREPLIED;
	case 1:
	case 58:
		return SEKISHO_TIMEOUT_ICMP;
	}
	return SEKISHO_TIMEOUT_OTHER;
}

#endif

/*
 * Map `slots`: sixteen tags a bucket. Tag i of bucket b belongs to row 16 b + i of `connections`.
 * 0 is free; SEKISHO_TAG_CLAIMED is being written; else the hash of the connection's key, never
 * equal to either.
 */
#define SEKISHO_BUCKET_WAYS 16
#define SEKISHO_TAG_FREE    0
#define SEKISHO_TAG_CLAIMED 1
#define SEKISHO_TAG_LOWEST  2

struct sekisho_slot_bucket {
	__u32 tag[SEKISHO_BUCKET_WAYS];
};

SEKISHO_ASSERT_SIZE(struct sekisho_slot_bucket, 64);

/*
 * Map `next_hops`: where frames leave for a neighbour, by `forward: fast`. A row is written once,
 * by whoever swapped its state from free to claimed, and holds from the swap to known on.
 */
#define SEKISHO_HOP_NONE    0 /* no connection leaves by row 0 */
#define SEKISHO_HOP_KERNEL  0xffff /* the next frame is the kernel's to forward; then none */
#define SEKISHO_HOP_ROWS    16384 /* a power of two */
#define SEKISHO_HOP_PROBES  4
#define SEKISHO_HOP_FREE    0
#define SEKISHO_HOP_CLAIMED 1
#define SEKISHO_HOP_KNOWN   2

struct sekisho_next_hop {
	__u32 state;
	__u32 ifindex; /* of the port */
	__u16 vlan; /* tag that frames leave with, or 0 */
	__u16 mtu; /* of the IP packet */
	__u8 destination_mac[6];
	__u8 source_mac[6];
	__u8 own_mac[6]; /* to which frames come in that go this way */
	__u8 reserved[2];
};

SEKISHO_ASSERT_SIZE(struct sekisho_next_hop, 32);

/*
 * Map `links`: between ports and the interfaces that the kernel routes by. Only ports that frames
 * can be sent out of by XDP are in it.
 */
#define SEKISHO_LINK_IN	 1 /* a port's interface and tag -> what the kernel routes by */
#define SEKISHO_LINK_OUT 2 /* what the kernel routes by -> the port's interface and tag */

struct sekisho_link_key {
	__u32 ifindex;
	__u16 vlan;
	__u16 side;
};

struct sekisho_link {
	__u32 ifindex;
	__u16 vlan;
	__u8 mac[6]; /* IN: of the interface, as destination of what is to be forwarded */
};

SEKISHO_ASSERT_SIZE(struct sekisho_link, 12);

/* Map `fragments`: a datagram whose first fragment was permitted. */
struct sekisho_fragment_key {
	__be32 source[4];
	__be32 destination[4];
	__u32 identification;
	__u32 protocol; /* 0 in IPv6: its identification is per address pair */
};

struct sekisho_fragment_row {
	__u32 epoch;
	__u32 seen; /* seconds, monotonic */
	__u32 valid_until;
	__u32 counter; /* row in `flow_counters`, or SEKISHO_COUNTER_NONE */
	__u8 reason;
	__u8 direction;
	__u16 to_segment;
};

SEKISHO_ASSERT_SIZE(struct sekisho_fragment_row, 20);

#define SEKISHO_COUNTER_NONE 0xffffffffu

/* Per-CPU map `reasons`, by reason. */
struct sekisho_tally {
	__u64 packets;
	__u64 bytes;
};

/* Per-CPU map `pairs_seen`, by from << pair shift | to; no segment is all ones. */
struct sekisho_pair_tally {
	__u64 permitted_packets;
	__u64 permitted_bytes;
	__u64 denied_packets;
	__u64 denied_bytes;
};

/* Per-CPU map `flow_counters`. */
struct sekisho_flow_tally {
	__u64 packets[2];
	__u64 bytes[2];
	__u64 new_connections;
	__u64 last_seen; /* ns since 1970 UTC */
};

/* Map `suspended_addrs` key (IPv4 mapped); the value is 1. */
struct sekisho_address_key {
	__be32 address[4];
};

#endif
