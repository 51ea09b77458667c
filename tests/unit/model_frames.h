/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for the tests of the reference model, built from the inside out: each function wraps what
 * it is given. Lengths are right unless a test overwrites them; checksums are 0. Knows nothing of
 * what a frame is expected to be.
 */
#ifndef SEKISHO_TESTS_UNIT_MODEL_FRAMES_H
#define SEKISHO_TESTS_UNIT_MODEL_FRAMES_H

#include <stdlib.h>
#include <string.h>

#include "model/frame.h"

#define WIRE_BYTES_MAX 1600

#define FIN 1
#define SYN 2
#define RST 4
#define PSH 8
#define ACK 16
#define URG 32
#define ECE 64
#define CWR 128

#define IPV4_AT 14 /* where the IP header of an untagged frame is */
#define L4_AT	34 /* where IPv4's payload is, without options */
#define L6_AT	54 /* where IPv6's is */

struct wire {
	uint8_t bytes[WIRE_BYTES_MAX];
	size_t length;
};

/* The source MAC of the frames that follow. */
static uint64_t wire_mac = 0x020000000001;

static inline struct wire set8(struct wire wire, size_t at, uint8_t value)
{
	wire.bytes[at] = value;
	return wire;
}

static inline struct wire set16(struct wire wire, size_t at, uint16_t value)
{
	return set8(set8(wire, at, value >> 8), at + 1, value & 0xff);
}

static inline struct wire cut(struct wire wire, size_t length)
{
	wire.length = length;
	return wire;
}

/* @count bytes that are 0. */
static inline struct wire zeros(size_t count)
{
	struct wire wire = { .length = count };

	return wire;
}

static inline struct wire put(struct wire wire, unsigned int bytes, uint64_t value)
{
	while (bytes--)
		wire.bytes[wire.length++] = (uint8_t)(value >> 8 * bytes);
	return wire;
}

static inline struct wire join(struct wire first, struct wire second)
{
	memcpy(first.bytes + first.length, second.bytes, second.length);
	first.length += second.length;
	return first;
}

static inline struct wire ethernet(uint16_t ethertype, struct wire payload)
{
	struct wire wire = put(put(zeros(0), 6, 0x0200000000ff), 6, wire_mac);

	return join(put(wire, 2, ethertype), payload);
}

/* What an 802.1Q tag holds, around what follows it. */
static inline struct wire tag(uint16_t tci, uint16_t ethertype, struct wire payload)
{
	return join(put(put(zeros(0), 2, tci), 2, ethertype), payload);
}

static inline struct wire arp(uint32_t sender, uint32_t target)
{
	struct wire wire = put(put(put(zeros(0), 4, 0x00010800), 2, 0x0604), 2, 1);

	wire = put(put(wire, 6, wire_mac), 4, sender);
	return put(put(wire, 6, 0), 4, target);
}

/* @field is that of flags and offset (in units of 8 bytes): MORE, or an offset, or both. */
#define MORE 0x2000
static inline struct wire ipv4_fragment(uint32_t source, uint32_t destination, uint8_t protocol,
					uint16_t id, uint16_t field, struct wire payload)
{
	struct wire wire = put(put(zeros(0), 2, 0x4500), 2, 20 + payload.length);

	wire = put(put(put(wire, 2, id), 2, field), 1, 64);
	wire = put(put(put(wire, 1, protocol), 2, 0), 4, source);
	return join(put(wire, 4, destination), payload);
}

static inline struct wire ipv4(uint32_t source, uint32_t destination, uint8_t protocol,
			       struct wire payload)
{
	return ipv4_fragment(source, destination, protocol, 0, 0, payload);
}

static inline struct wire ipv6(struct sekisho_address source, struct sekisho_address destination,
			       uint8_t next, uint8_t hop_limit, struct wire payload)
{
	struct wire wire = put(put(zeros(0), 4, 0x60000000), 2, payload.length);

	wire = put(put(wire, 1, next), 1, hop_limit);
	wire = put(put(wire, 8, source.high), 8, source.low);
	return join(put(put(wire, 8, destination.high), 8, destination.low), payload);
}

/* A hop-by-hop, routing or destination options header of 8 x (@more + 1) bytes. */
static inline struct wire extension(uint8_t next, uint8_t more, struct wire payload)
{
	return join(join(put(put(zeros(0), 1, next), 1, more), zeros(8 * (size_t)more + 6)),
		    payload);
}

/* @offset in bytes. */
static inline struct wire fragment_header(uint8_t next, uint32_t id, uint16_t offset, bool more,
					  struct wire payload)
{
	struct wire wire = put(put(zeros(0), 2, next << 8), 2, offset | more);

	return join(put(wire, 4, id), payload);
}

static inline struct wire udp(uint16_t source, uint16_t destination, size_t data)
{
	struct wire wire = put(put(zeros(0), 2, source), 2, destination);

	return join(put(put(wire, 2, 8 + data), 2, 0), zeros(data));
}

/* A TCP segment without options and window 1000; fields are overwritten by those who mind. */
static inline struct wire tcp(uint16_t source, uint16_t destination, uint8_t flags, uint32_t seq,
			      uint32_t ack, size_t data)
{
	struct wire wire = put(put(zeros(0), 2, source), 2, destination);

	wire = put(put(put(wire, 4, seq), 4, ack), 1, 0x50);
	return join(put(put(put(wire, 1, flags), 2, 1000), 4, 0), zeros(data));
}

/* ICMP or ICMPv6; @id is the identifier where there is one. */
static inline struct wire icmp(uint8_t type, uint8_t code, uint16_t id, struct wire payload)
{
	struct wire wire = put(put(put(zeros(0), 1, type), 1, code), 2, 0);

	return join(put(put(wire, 2, id), 2, 0), payload);
}

/* Read from memory that ends where the frame ends, so that a sanitizer sees who looks further. */
static inline struct sekisho_frame read_tagged(struct wire wire, int hardware_tag)
{
	uint8_t *exact = malloc(wire.length ? wire.length : 1);
	struct sekisho_frame frame;

	if (!exact)
		abort();
	memcpy(exact, wire.bytes, wire.length);
	sekisho_frame_read(exact, wire.length, hardware_tag, &frame);
	free(exact);
	return frame;
}

static inline struct sekisho_frame read_wire(struct wire wire)
{
	return read_tagged(wire, -1);
}

#endif
