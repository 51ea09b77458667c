/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames from numbers. Whatever the numbers say is written, sensible or not; checksums stay 0, for
 * the filter does not look at them. Knows nothing of policies or dialogues.
 */
#ifndef SEKISHO_DIFFERENTIAL_CRAFT_H
#define SEKISHO_DIFFERENTIAL_CRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/policy.h"

#define CRAFT_EXTENSIONS_MAX 12
#define CRAFT_BYTES_MAX	     1500
#define CRAFT_PAYLOAD_MAX    512

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10
#define URG 0x20

enum {
	PROTOCOL_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_OPTIONS = 60,
};

struct bytes {
	uint8_t data[CRAFT_BYTES_MAX];
	size_t length;
};

struct extension {
	uint8_t kind;
	uint8_t units; /* its length beyond 8 bytes, in units of 8 */
	uint8_t type; /* routing */
	uint8_t left; /* routing: segments left */
};

struct craft {
	uint64_t source_mac;
	uint64_t destination_mac;
	int vlan; /* -1: no tag */
	uint8_t family;
	uint8_t protocol;
	uint8_t hop_limit;
	struct sekisho_address source;
	struct sekisho_address destination;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint16_t icmp_id;
	uint8_t flags;
	uint32_t seq;
	uint32_t ack;
	uint16_t window;
	int scale; /* -1: no such option */
	bool broken_options; /* a broken one goes before it */
	size_t payload;
	struct extension extensions[CRAFT_EXTENSIONS_MAX];
	unsigned int extension_count;
	bool fragment;
	bool more;
	uint16_t offset; /* in bytes */
	uint32_t identification;
};

void bytes_put(struct bytes *bytes, const void *data, size_t length);
void bytes_put8(struct bytes *bytes, uint8_t value);
void bytes_put16(struct bytes *bytes, uint16_t value);
void bytes_put32(struct bytes *bytes, uint32_t value);
void bytes_zero(struct bytes *bytes, size_t length);

/* The transport header and payload. */
void craft_transport(const struct craft *craft, struct bytes *out);

/* The IP headers before @transport, of which @length bytes from @from on are taken. */
void craft_ip(const struct craft *craft, const struct bytes *transport, size_t from, size_t length,
	      struct bytes *out);

/* The Ethernet header, with its tag. */
void craft_link(const struct craft *craft, uint16_t ethertype, struct bytes *out);

/* A whole frame with the whole packet. */
void craft_frame(const struct craft *craft, struct bytes *out);

#endif
