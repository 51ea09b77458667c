/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family `sekisho`: commands, attributes and their numbers, as
 * docs/netlink/sekisho.yaml specifies them (a test holds the two equal). kmod/ answers, ctl/ asks.
 * Knows nothing of how either does it.
 *
 * Numbers are part of the kernel interface: append only. Integers are in host byte order; addresses
 * and MACs are bytes as on the wire, an address of 4 or 16 bytes telling its own family.
 */
#ifndef SEKISHO_NETLINK_H
#define SEKISHO_NETLINK_H

#define SEKISHO_GENL_NAME	  "sekisho"
#define SEKISHO_GENL_VERSION	  1
#define SEKISHO_GENL_GROUP_EVENTS "events"

/* A seal's key and what is kept of it: SHA-256. */
#define SEKISHO_SEAL_KEY_BYTES 32
#define SEKISHO_DIGEST_BYTES   32

enum sekisho_command {
	SEKISHO_CMD_UNSPEC,
	SEKISHO_CMD_GET_STATUS, /* do: one status */
	SEKISHO_CMD_GET_POLICY, /* dump: every object in force, in the order of adding */
	SEKISHO_CMD_GET_REASONS, /* dump: one `tally` a reason that was ever given */
	SEKISHO_CMD_GET_FLOWS, /* dump: one `tally` a flow of the policy in force */
	SEKISHO_CMD_GET_PAIRS, /* dump: one `tally` a segment pair that carried anything */
	SEKISHO_CMD_GET_PORTS, /* dump: one `port` a port, with what guards it */
	SEKISHO_CMD_GET_ORDERS, /* dump: one isolated segment or suspended host a message */
	SEKISHO_CMD_BEGIN, /* open this socket's transaction */
	SEKISHO_CMD_ADD, /* objects, any number a message */
	SEKISHO_CMD_PREPARE, /* validate and compile; nothing changes yet */
	SEKISHO_CMD_COMMIT, /* put what was prepared in force */
	SEKISHO_CMD_ABORT, /* forget this socket's transaction */
	SEKISHO_CMD_CONFIRM, /* what is in force stays */
	SEKISHO_CMD_REVERT, /* the policy before the last commit is in force again */
	SEKISHO_CMD_CLEAR, /* no policy is in force */
	SEKISHO_CMD_ISOLATE,
	SEKISHO_CMD_RELEASE,
	SEKISHO_CMD_SUSPEND,
	SEKISHO_CMD_RESTORE,
	SEKISHO_CMD_SEAL,
	SEKISHO_CMD_UNSEAL,
	SEKISHO_CMD_REPORT, /* what the tool found: generation in the maps, state of the log */
	SEKISHO_CMD_EVENT, /* sent to the group `events` */
	SEKISHO_CMD_COUNT,
};

/* Of every message. */
enum sekisho_attribute {
	SEKISHO_A_UNSPEC,
	SEKISHO_A_GENERATION, /* u32 */
	SEKISHO_A_DIGEST, /* 32 bytes: SHA-256 of the canonical policy */
	SEKISHO_A_COUNTS, /* nest: how many objects were added */
	SEKISHO_A_CONFIRM_SECONDS, /* u32: revert by itself after so many */
	SEKISHO_A_FALLBACK_GENERATION, /* u32: the number it then has */
	SEKISHO_A_SITE, /* nest */
	SEKISHO_A_SEGMENT, /* nest, repeated */
	SEKISHO_A_PORT, /* nest, repeated */
	SEKISHO_A_OWN, /* address, repeated: the host's own */
	SEKISHO_A_BROADCAST, /* address, repeated: broadcast addresses of its links */
	SEKISHO_A_HOSTS, /* nest, repeated */
	SEKISHO_A_FLOW, /* nest, repeated */
	SEKISHO_A_STATUS, /* nest */
	SEKISHO_A_TALLY, /* nest */
	SEKISHO_A_NAME, /* string: a segment; isolation of all of them: absent */
	SEKISHO_A_ADDRESS, /* address */
	SEKISHO_A_MAC, /* 6 bytes */
	SEKISHO_A_KEY, /* 32 bytes: the seal's key */
	SEKISHO_A_KEY_DIGEST, /* 32 bytes: SHA-256 of the seal's key */
	SEKISHO_A_LOG_FAILED, /* u8: 1 where no new connection may be made, as the log is broken */
	SEKISHO_A_EVENT, /* nest */
	SEKISHO_A_PAD,
	SEKISHO_A_END,
};

#define SEKISHO_A_MAX (SEKISHO_A_END - 1)

enum sekisho_counts_attribute {
	SEKISHO_COUNTS_UNSPEC,
	SEKISHO_COUNTS_SEGMENTS, /* u32, without self; likewise below */
	SEKISHO_COUNTS_NETWORKS,
	SEKISHO_COUNTS_PORTS,
	SEKISHO_COUNTS_ADDRESSES, /* own and broadcast */
	SEKISHO_COUNTS_HOSTS,
	SEKISHO_COUNTS_FLOWS,
	SEKISHO_COUNTS_END,
};

#define SEKISHO_COUNTS_MAX (SEKISHO_COUNTS_END - 1)

/* Who sends on what is permitted. */
enum sekisho_forwarding {
	SEKISHO_FORWARDING_KERNEL,
	SEKISHO_FORWARDING_FAST, /* XDP where it can: few frames of a connection come to the guard */
	SEKISHO_FORWARDING_COUNT,
};

enum sekisho_site_attribute {
	SEKISHO_SITE_UNSPEC,
	SEKISHO_SITE_CONNECTIONS, /* u32: room in the connection table */
	SEKISHO_SITE_TIMEOUTS, /* nest */
	SEKISHO_SITE_ZONE, /* nest, repeated, ascending */
	SEKISHO_SITE_FORWARD, /* u8: enum sekisho_forwarding; absent: KERNEL */
	SEKISHO_SITE_END,
};

#define SEKISHO_SITE_MAX (SEKISHO_SITE_END - 1)

enum sekisho_timeouts_attribute {
	SEKISHO_TIMEOUTS_UNSPEC,
	SEKISHO_TIMEOUTS_TCP_HALF_OPEN, /* u32, seconds; likewise below */
	SEKISHO_TIMEOUTS_TCP_ESTABLISHED,
	SEKISHO_TIMEOUTS_TCP_CLOSING,
	SEKISHO_TIMEOUTS_TCP_RESET,
	SEKISHO_TIMEOUTS_UDP_UNREPLIED,
	SEKISHO_TIMEOUTS_UDP_REPLIED,
	SEKISHO_TIMEOUTS_ICMP,
	SEKISHO_TIMEOUTS_OTHER,
	SEKISHO_TIMEOUTS_END,
};

#define SEKISHO_TIMEOUTS_MAX (SEKISHO_TIMEOUTS_END - 1)

enum sekisho_zone_attribute {
	SEKISHO_ZONE_UNSPEC,
	SEKISHO_ZONE_SINCE, /* s64: seconds since 1970 UTC */
	SEKISHO_ZONE_OFFSET, /* s32: seconds to add to UTC */
	SEKISHO_ZONE_PAD,
	SEKISHO_ZONE_END,
};

#define SEKISHO_ZONE_MAX (SEKISHO_ZONE_END - 1)

/* What the kind of a segment means to the verdict; other kinds are OTHER. */
enum sekisho_segment_meaning {
	SEKISHO_MEANING_OTHER,
	SEKISHO_MEANING_LGWAN,
	SEKISHO_MEANING_INTERNET,
	SEKISHO_MEANING_EXTERNAL,
	SEKISHO_MEANING_MANAGEMENT,
	SEKISHO_MEANING_COUNT,
};

enum sekisho_segment_attribute {
	SEKISHO_SEGMENT_A_UNSPEC,
	SEKISHO_SEGMENT_A_INDEX, /* u16: 1, 2, ... in the order of adding */
	SEKISHO_SEGMENT_A_NAME, /* string */
	SEKISHO_SEGMENT_A_MEANING, /* u8: enum sekisho_segment_meaning */
	SEKISHO_SEGMENT_A_INTRA, /* u8: 1 where traffic within it is permitted */
	SEKISHO_SEGMENT_A_ETHERTYPE, /* u16, repeated */
	SEKISHO_SEGMENT_A_NETWORK, /* nest (range), repeated: a prefix as its first and last address */
	SEKISHO_SEGMENT_A_END,
};

#define SEKISHO_SEGMENT_A_MAX (SEKISHO_SEGMENT_A_END - 1)

/* Addresses from FIRST to LAST, both included. */
enum sekisho_range_attribute {
	SEKISHO_RANGE_UNSPEC,
	SEKISHO_RANGE_FIRST, /* address */
	SEKISHO_RANGE_LAST, /* address of the same family; absent: FIRST alone */
	SEKISHO_RANGE_END,
};

#define SEKISHO_RANGE_MAX (SEKISHO_RANGE_END - 1)

enum sekisho_port_attribute {
	SEKISHO_PORT_UNSPEC,
	SEKISHO_PORT_INTERFACE, /* string */
	SEKISHO_PORT_IFINDEX, /* u32; 0 while there is no such interface */
	SEKISHO_PORT_VLAN, /* u16; 0: untagged */
	SEKISHO_PORT_SEGMENT, /* u16: index */
	SEKISHO_PORT_ATTACHED, /* u8, told only: enum sekisho_port_attached */
	SEKISHO_PORT_LOST, /* u32, told only: how often it lost its program */
	SEKISHO_PORT_END,
};

#define SEKISHO_PORT_MAX (SEKISHO_PORT_END - 1)

enum sekisho_port_attached {
	SEKISHO_PORT_ATTACHED_NONE,
	SEKISHO_PORT_ATTACHED_GENERIC,
	SEKISHO_PORT_ATTACHED_NATIVE, /* or in the card */
	SEKISHO_PORT_ATTACHED_COUNT,
};

/* A set of addresses in one segment, so that flows of the same hosts name it by number. */
enum sekisho_hosts_attribute {
	SEKISHO_HOSTS_UNSPEC,
	SEKISHO_HOSTS_INDEX, /* u32: 1, 2, ... in the order of adding; 0 is every host */
	SEKISHO_HOSTS_SEGMENT, /* u16: index */
	SEKISHO_HOSTS_RANGE, /* nest, repeated, at least one; ascending, disjoint in a family */
	SEKISHO_HOSTS_END,
};

#define SEKISHO_HOSTS_MAX (SEKISHO_HOSTS_END - 1)

enum sekisho_service_attribute {
	SEKISHO_SERVICE_UNSPEC,
	SEKISHO_SERVICE_PROTOCOL, /* u8 */
	SEKISHO_SERVICE_FIRST, /* u16: service numbers (semantics.md); absent: all of them */
	SEKISHO_SERVICE_LAST, /* u16; absent: FIRST alone */
	SEKISHO_SERVICE_END,
};

#define SEKISHO_SERVICE_MAX (SEKISHO_SERVICE_END - 1)

enum sekisho_flow_log_level {
	SEKISHO_FLOW_LOG_NONE,
	SEKISHO_FLOW_LOG_NEW,
	SEKISHO_FLOW_LOG_ALL,
	SEKISHO_FLOW_LOG_COUNT,
};

/* Added in the order of their ids, bytewise: that order decides between equals. */
enum sekisho_flow_attribute {
	SEKISHO_FLOW_UNSPEC,
	SEKISHO_FLOW_ID, /* string */
	SEKISHO_FLOW_FROM, /* u16: index of the initiators' segment; 0 is self */
	SEKISHO_FLOW_TO, /* u16 */
	SEKISHO_FLOW_FROM_HOSTS, /* u32: index; absent: every host */
	SEKISHO_FLOW_TO_HOSTS, /* u32 */
	SEKISHO_FLOW_SERVICE, /* nest, repeated, at least one */
	SEKISHO_FLOW_MAC, /* 6 bytes, repeated, ascending */
	SEKISHO_FLOW_SOURCE_PORT, /* nest (port-range), repeated, ascending, disjoint */
	SEKISHO_FLOW_VALID_FROM, /* s64: seconds since 1970 UTC */
	SEKISHO_FLOW_VALID_UNTIL, /* s64, exclusive */
	SEKISHO_FLOW_DAYS, /* u8: bit 0 is Monday; absent: no schedule */
	SEKISHO_FLOW_START_MINUTE, /* u16 */
	SEKISHO_FLOW_END_MINUTE, /* u16 */
	SEKISHO_FLOW_NEW_PER_SECOND, /* u32; absent: unlimited */
	SEKISHO_FLOW_CONCURRENT, /* u32; absent: unlimited */
	SEKISHO_FLOW_SURVIVES, /* u8: 1 where it survives isolation */
	SEKISHO_FLOW_LOG, /* u8: enum sekisho_flow_log_level */
	SEKISHO_FLOW_PAD,
	SEKISHO_FLOW_END,
};

#define SEKISHO_FLOW_MAX (SEKISHO_FLOW_END - 1)

enum sekisho_port_range_attribute {
	SEKISHO_PORT_RANGE_UNSPEC,
	SEKISHO_PORT_RANGE_FIRST, /* u16 */
	SEKISHO_PORT_RANGE_LAST, /* u16; absent: FIRST alone */
	SEKISHO_PORT_RANGE_END,
};

#define SEKISHO_PORT_RANGE_MAX (SEKISHO_PORT_RANGE_END - 1)

enum sekisho_status_attribute {
	SEKISHO_STATUS_UNSPEC,
	SEKISHO_STATUS_GENERATION, /* u32: in force; 0: none */
	SEKISHO_STATUS_DIGEST, /* 32 bytes; absent without a policy */
	SEKISHO_STATUS_APPLIED_AT, /* s64: seconds since 1970 UTC */
	SEKISHO_STATUS_EPOCH, /* u64 */
	SEKISHO_STATUS_SEALED, /* u8 */
	SEKISHO_STATUS_ISOLATED_ALL, /* u8 */
	SEKISHO_STATUS_FRAMES, /* u64 */
	SEKISHO_STATUS_PERMITTED, /* u64 */
	SEKISHO_STATUS_DENIED, /* u64 */
	SEKISHO_STATUS_MISMATCHES, /* u64: denied here, though a program had let it pass */
	SEKISHO_STATUS_LOST_EVENTS, /* u64 */
	SEKISHO_STATUS_CONNECTIONS, /* u32: tracked now */
	SEKISHO_STATUS_CONNECTIONS_ROOM, /* u32 */
	SEKISHO_STATUS_FLOWS, /* u32 */
	SEKISHO_STATUS_POLICY_BYTES, /* u64: memory of the policy in force */
	SEKISHO_STATUS_CONFIRM_SECONDS, /* u32: left until it reverts by itself; absent: none waits */
	SEKISHO_STATUS_FELL_BACK, /* u32: how often it did */
	SEKISHO_STATUS_MAPS_GENERATION, /* u32: as last reported; absent: never */
	SEKISHO_STATUS_STALE, /* u32: reports that named another generation */
	SEKISHO_STATUS_VERSION, /* string: of the module */
	SEKISHO_STATUS_PAD,
	SEKISHO_STATUS_END,
};

#define SEKISHO_STATUS_MAX (SEKISHO_STATUS_END - 1)

/* A reason: REASON, PACKETS, BYTES. A flow: ID and both directions. A pair: FROM, TO. */
enum sekisho_tally_attribute {
	SEKISHO_TALLY_UNSPEC,
	SEKISHO_TALLY_REASON, /* u8: enum sekisho_reason */
	SEKISHO_TALLY_REASON_NAME, /* string */
	SEKISHO_TALLY_PACKETS, /* u64; of a flow: of its initiators; of a pair: permitted */
	SEKISHO_TALLY_BYTES, /* u64 */
	SEKISHO_TALLY_ID, /* string: flow */
	SEKISHO_TALLY_REPLY_PACKETS, /* u64: of a flow's responders */
	SEKISHO_TALLY_REPLY_BYTES, /* u64 */
	SEKISHO_TALLY_NEW, /* u64: new connections of a flow */
	SEKISHO_TALLY_FROM, /* string: segment; "-" for none */
	SEKISHO_TALLY_TO, /* string */
	SEKISHO_TALLY_DENIED_PACKETS, /* u64: of a pair */
	SEKISHO_TALLY_DENIED_BYTES, /* u64 */
	SEKISHO_TALLY_PAD,
	SEKISHO_TALLY_END,
};

#define SEKISHO_TALLY_MAX (SEKISHO_TALLY_END - 1)

enum sekisho_event_kind {
	SEKISHO_EVENT_KIND_UNSPEC,
	SEKISHO_EVENT_KIND_COMMITTED, /* GENERATION, DIGEST */
	SEKISHO_EVENT_KIND_CONFIRMED, /* GENERATION */
	SEKISHO_EVENT_KIND_REVERTED, /* GENERATION: the one in force again */
	SEKISHO_EVENT_KIND_FELL_BACK, /* likewise; nobody confirmed in time */
	SEKISHO_EVENT_KIND_CLEARED,
	SEKISHO_EVENT_KIND_ISOLATED, /* SEGMENT, or none for all; likewise below */
	SEKISHO_EVENT_KIND_RELEASED,
	SEKISHO_EVENT_KIND_SUSPENDED, /* ADDRESS or MAC */
	SEKISHO_EVENT_KIND_RESTORED,
	SEKISHO_EVENT_KIND_SEALED,
	SEKISHO_EVENT_KIND_UNSEALED,
	SEKISHO_EVENT_KIND_REFUSED, /* DETAIL: what was refused, and why */
	SEKISHO_EVENT_KIND_DENIED, /* the guard denied frames; no program had judged them */
	SEKISHO_EVENT_KIND_MISMATCH, /* the guard denied frames that a program let pass */
	SEKISHO_EVENT_KIND_PORT_LOST, /* INTERFACE lost its program */
	SEKISHO_EVENT_KIND_PORT_BACK, /* INTERFACE has one again */
	SEKISHO_EVENT_KIND_INTERFACE_NEW, /* INTERFACE came and belongs to no segment */
	SEKISHO_EVENT_KIND_INTERFACE_GONE, /* INTERFACE of a port went */
	SEKISHO_EVENT_KIND_STALE, /* the maps hold MAPS_GENERATION, the module GENERATION */
	SEKISHO_EVENT_KIND_COUNT,
};

enum sekisho_event_attribute {
	SEKISHO_EVENT_A_UNSPEC,
	SEKISHO_EVENT_A_KIND, /* u8: enum sekisho_event_kind */
	SEKISHO_EVENT_A_TIME, /* u64: nanoseconds since 1970 UTC */
	SEKISHO_EVENT_A_GENERATION, /* u32 */
	SEKISHO_EVENT_A_DIGEST, /* 32 bytes */
	SEKISHO_EVENT_A_REASON, /* u8 */
	SEKISHO_EVENT_A_OUTPUT, /* u8: 1 where the host sent it */
	SEKISHO_EVENT_A_FROM, /* string: segment */
	SEKISHO_EVENT_A_TO, /* string */
	SEKISHO_EVENT_A_SOURCE, /* address */
	SEKISHO_EVENT_A_DESTINATION, /* address */
	SEKISHO_EVENT_A_PROTOCOL, /* u8 */
	SEKISHO_EVENT_A_SOURCE_PORT, /* u16 */
	SEKISHO_EVENT_A_DESTINATION_PORT, /* u16 */
	SEKISHO_EVENT_A_ETHERTYPE, /* u16, of what is not IP */
	SEKISHO_EVENT_A_MAC, /* 6 bytes: the source */
	SEKISHO_EVENT_A_INTERFACE, /* string */
	SEKISHO_EVENT_A_IFINDEX, /* u32 */
	SEKISHO_EVENT_A_VLAN, /* u16 */
	SEKISHO_EVENT_A_PACKETS, /* u64: frames that it tells of */
	SEKISHO_EVENT_A_BYTES, /* u64 */
	SEKISHO_EVENT_A_FLOW, /* string: the flow that decided */
	SEKISHO_EVENT_A_SEGMENT, /* string */
	SEKISHO_EVENT_A_ADDRESS, /* address */
	SEKISHO_EVENT_A_MAPS_GENERATION, /* u32 */
	SEKISHO_EVENT_A_DETAIL, /* string, English */
	SEKISHO_EVENT_A_LOGINUID, /* u32: who asked, as the kernel knows it */
	SEKISHO_EVENT_A_LOST, /* u64: events that found no room before this one */
	SEKISHO_EVENT_A_PAD,
	SEKISHO_EVENT_A_END,
};

#define SEKISHO_EVENT_A_MAX (SEKISHO_EVENT_A_END - 1)

#endif
