/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tape: what happened to a filter, one thing after the other, and what two enforcers agreed to say
 * of each frame. Written by tests/differential/ where the programs run, played by tape_play.c to
 * the guard under another kernel. Only the format: knows nothing of who writes or plays it.
 *
 * A header, then records, each padded to 8 bytes. Numbers are in host byte order: a tape does not
 * leave its machine.
 */
#ifndef SEKISHO_KMOD_TAPE_H
#define SEKISHO_KMOD_TAPE_H

#include <stdint.h>

#define TAPE_MAGIC    0x31656b7473767473ull
#define TAPE_NO_FLOW  0xffffffffu
#define TAPE_NAME_MAX 32

/* Interface numbers of p0, p1 and so on. No such interface need exist. */
#define TAPE_IFINDEX(device) (1001u + (device))

/*
 * The module sweeps its table by the real clock, too. What is ahead of that is not idle, so the
 * monotonic time that the guard is told is.
 */
#define TAPE_AHEAD_SECONDS 1000000

struct tape_header {
	uint64_t magic; /* written last */
	uint64_t bytes; /* of the whole tape */
	uint64_t frames;
	uint64_t episodes;
	uint64_t commits;
};

enum tape_kind {
	TAPE_EPISODE, /* everything is forgotten */
	TAPE_CLOCK, /* struct tape_clock */
	TAPE_COMMIT, /* attributes of SEKISHO_CMD_ADD, each object once */
	TAPE_NO_POLICY,
	TAPE_FRAME, /* struct tape_frame, its bytes */
	TAPE_SWEEP, /* connections whose idle time is reached are deleted */
	TAPE_ISOLATE, /* or release: the segment's name; nothing for all */
	TAPE_SUSPEND, /* or restore: bytes of an IPv4 or IPv6 address, or of a MAC */
	TAPE_FULL, /* the connection table has no room, or has it again */
	TAPE_KINDS,
};

struct tape_record {
	uint32_t bytes; /* of this record, without padding */
	uint8_t kind;
	uint8_t on; /* isolate, suspend, full: else the opposite */
	uint16_t unused;
};

struct tape_clock {
	uint64_t wall_ns;
	uint32_t monotonic;
	uint32_t unused;
};

struct tape_frame {
	uint8_t device;
	uint8_t output;
	uint8_t room; /* the table was full, and the frame itself made room for its connection */
	uint8_t reason; /* this and all below: what is expected */
	uint8_t reply;
	uint8_t counts; /* flow and reply mean something */
	uint16_t from;
	uint16_t to;
	uint16_t unused;
	uint32_t flow; /* index in the policy, or TAPE_NO_FLOW */
};

static inline uint32_t tape_padded(uint32_t bytes)
{
	return (bytes + 7) & ~7u;
}

#endif
