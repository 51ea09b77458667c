/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What names a connection, as it is hashed and compared: addresses are two numbers, whatever their
 * family. Calls no BPF helper and knows no map.
 */
#ifndef SEKISHO_BPF_TUPLE_H
#define SEKISHO_BPF_TUPLE_H

#include "packet.h"

/* Addresses are the bytes as they lie; IPv4 is mapped. */
struct tuple {
	__u64 source[2];
	__u64 destination[2];
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol;
};

/* The first twelve bytes of an IPv4-mapped address, beside eight of zeros. */
#define MAPPED_PREFIX 0xffff0000u

static __always_inline int is_mapped(const __u64 address[2])
{
	return !address[0] && (__u32)address[1] == MAPPED_PREFIX;
}

static __always_inline void tuple_of(struct tuple *tuple, const struct packet *packet)
{
	__builtin_memcpy(tuple->source, packet->source, 16);
	__builtin_memcpy(tuple->destination, packet->destination, 16);
	tuple->source_port = packet->source_port;
	tuple->destination_port = packet->destination_port;
	tuple->protocol = packet->protocol;
}

#endif
