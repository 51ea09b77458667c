/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which hosts and ports the forwarding benchmark permits, and which connections it sends: one
 * formula for the policies of all peers and for the frames. Knows no policy's language and no
 * frame's layout; compiles in BPF and in user space.
 *
 * An entry permits a prefix of sources (/29 to /32), a prefix of destinations and four ports. The
 * connections take the entries in turn, from the middle one on, so that each policy is asked for
 * all that it has, and a linear one neither always for its first line nor for its last.
 */
#ifndef SEKISHO_TESTS_BENCH_FORWARD_FLOW_H
#define SEKISHO_TESTS_BENCH_FORWARD_FLOW_H

#include <linux/types.h>

#define FORWARD_ENTRIES_MAX    131072
#define FORWARD_SOURCES	       0x0a000000u /* 10.0.0.0 */
#define FORWARD_DESTINATIONS   0x0a800000u /* 10.128.0.0 */
#define FORWARD_PORTS	       4 /* of an entry, one behind the other */
#define FORWARD_SOURCE_PORT    16384
#define FORWARD_FLOWS_AN_ENTRY 49152

/* Addresses and ports in host byte order. */
struct forward_flow {
	__u32 source;
	__u32 destination;
	__u16 source_port;
	__u16 destination_port;
};

/* An entry's prefixes: eight addresses lie between the beginnings of two. */
static inline __u32 forward_source(__u32 entry)
{
	return FORWARD_SOURCES + entry * 8;
}

static inline __u32 forward_source_length(__u32 entry)
{
	return 29 + (entry & 3);
}

static inline __u32 forward_destination(__u32 entry)
{
	return FORWARD_DESTINATIONS + ((entry * 7919) & (FORWARD_ENTRIES_MAX - 1)) * 8;
}

static inline __u32 forward_destination_length(__u32 entry)
{
	return 29 + ((entry >> 2) & 3);
}

static inline __u16 forward_port(__u32 entry)
{
	return 1024 + (entry & 8191) * FORWARD_PORTS;
}

/**
 * forward_flow_of - a connection by its number
 * @flow: what it is made of
 * @number: 0 and up; different numbers, different connections
 * @entries: of the policy, at least number / FORWARD_FLOWS_AN_ENTRY
 */
static inline void forward_flow_of(struct forward_flow *flow, __u32 number, __u32 entries)
{
	__u32 turn = number / entries;
	__u32 entry = number - turn * entries + entries / 2;

	if (entry >= entries)
		entry -= entries;
	flow->source = forward_source(entry) + (turn & (7u >> (entry & 3)));
	flow->destination = forward_destination(entry) + (turn & (7u >> ((entry >> 2) & 3)));
	flow->source_port = FORWARD_SOURCE_PORT + turn;
	flow->destination_port = forward_port(entry) + (turn & (FORWARD_PORTS - 1));
}

#endif
