/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the short ways of both programs have in common: a connection that this epoch has judged
 * stands, unless something is asked of each frame again. What does not stand here goes the long
 * way, which decides alone.
 *
 * Everything that lines 4 to 8 of docs/semantics.md could deny a frame of such a connection for
 * would have begun another epoch, or is asked here.
 */
#ifndef SEKISHO_BPF_QUICK_H
#define SEKISHO_BPF_QUICK_H

#include "established.h"
#include "plain.h"
#include "source.h"

enum quick_way {
	QUICK_LONG,
	QUICK_PERMITTED,
	QUICK_JUDGED
};

/* What the short way is given, and what it finds. */
struct quick {
	struct sekisho_control *control;
	struct sekisho_policy_row *row;
	struct moment *now;
	__u32 half;
	__u32 epoch;
	__u32 ifindex;
	__u32 frame_bytes;
	__u16 vlan;
	__u8 looked; /* there is no such connection: nobody need look again */
	/* Where the frame is permitted, for forward.h: */
	__u8 ipv6;
	__u8 direction;
	__u16 network; /* offset of the IP header */
	__u32 packet_bytes;
	struct sekisho_connection *connection;
};

/* A plain frame has no mapped address of IPv6, so that those of the list are IPv4's. */
static __always_inline int plain_is_suspended(const struct plain *plain)
{
	struct sekisho_address_key key;

	__builtin_memcpy(key.address, plain->tuple.source, sizeof(key.address));
	if (bpf_map_lookup_elem(&suspended_addrs, &key))
		return 1;
	__builtin_memcpy(key.address, plain->tuple.destination, sizeof(key.address));
	return bpf_map_lookup_elem(&suspended_addrs, &key) != NULL;
}

/* What holds in either direction: see judge_standing(). */
static __always_inline int quick_stands(const struct quick *quick,
					const struct sekisho_connection *connection,
					const struct plain *plain)
{
	const struct sekisho_control *control = quick->control;

	if (connection->epoch != quick->epoch)
		return 0;
	/* In its last second the clock itself is asked. */
	if (quick->now->wall + 1 >= connection->valid_until)
		return 0;
	if (connection->last_seen != quick->now->monotonic &&
	    connection_idle(quick->row, connection, quick->now->monotonic))
		return 0;
	if (control->isolated_all | control->suspended_macs ||
	    (control->suspended_addresses && plain_is_suspended(plain)))
		return 0;
	/* Isolated since, with only surviving flows let through: each frame is asked again. */
	return !is_isolated(control, quick->row, connection->segments[0]) &&
	       !is_isolated(control, quick->row, connection->segments[1]);
}

#endif
