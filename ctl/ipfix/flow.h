/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records that IPFIX can tell, as numbers: connections that ended, and packets that were denied.
 * Pure. Knows nothing of IPFIX's messages.
 */
#ifndef SEKISHO_IPFIX_FLOW_H
#define SEKISHO_IPFIX_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/reader.h"

#define SEKISHO_IPFIX_NAME_BYTES 256

enum sekisho_ipfix_family {
	SEKISHO_IPFIX_NO_ADDRESS, /* it stands for several, or is no IP */
	SEKISHO_IPFIX_IPV4,
	SEKISHO_IPFIX_IPV6,
};

/* As the IANA registries of IPFIX have them. */
enum sekisho_ipfix_end_reason {
	SEKISHO_IPFIX_IDLE = 1,
	SEKISHO_IPFIX_ENDED = 3,
	SEKISHO_IPFIX_FORCED
};
enum sekisho_ipfix_event {
	SEKISHO_IPFIX_DELETED = 2,
	SEKISHO_IPFIX_DENIED = 3
};

struct sekisho_ipfix_flow {
	uint64_t seq; /* of its record */
	bool denied; /* else a connection that ended, the source its initiator */
	uint64_t start_ms, end_ms; /* since 1970 UTC */
	uint64_t packets, bytes;
	uint64_t reverse_packets, reverse_bytes; /* of a connection */
	uint16_t source_port, destination_port;
	uint8_t protocol;
	uint8_t end_reason; /* of a connection */
	uint8_t firewall_event;
	enum sekisho_ipfix_family family;
	uint8_t source[16], destination[16]; /* network byte order; the first 4 for IPv4 */
	char from[SEKISHO_IPFIX_NAME_BYTES]; /* segments; empty: none */
	char to[SEKISHO_IPFIX_NAME_BYTES];
	char flow[SEKISHO_IPFIX_NAME_BYTES]; /* of the policy */
	char reason[SEKISHO_IPFIX_NAME_BYTES];
};

/**
 * sekisho_ipfix_read - take a record
 * @entry: from a reader
 * @flow: filled in where it is one
 *
 * Return: whether it is a `flow.end` or `deny` that can be told.
 */
bool sekisho_ipfix_read(struct sekisho_ipfix_flow *flow, const struct sekisho_entry *entry);

#endif
