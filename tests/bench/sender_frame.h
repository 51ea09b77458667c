/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame that a run of the sender sends: what all its frames have in common. */
#ifndef SEKISHO_TESTS_BENCH_SENDER_FRAME_H
#define SEKISHO_TESTS_BENCH_SENDER_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "sender.h"

#define SENDER_FRAME_BYTES 1518

struct sender_frame {
	uint8_t protocol;
	uint8_t tcp_flags;
	uint32_t tcp_seq; /* each kind has its place in the same conversation */
	uint32_t tcp_ack;
	uint32_t reply;
	uint32_t bytes; /* with the checksum of the frame */
	uint8_t from[6];
	uint8_t to[6];
};

/* Sets what a kind says: udp, syn, synack or ack. False for any other. */
bool sender_frame_kind(struct sender_frame *frame, const char *kind);

/**
 * sender_frame_make - lay the frame out
 * @frame: what it is
 * @bytes: set to the frame without addresses, ports and checksums
 * @plan: its head and sums are set
 */
void sender_frame_make(const struct sender_frame *frame, uint8_t bytes[SENDER_FRAME_BYTES],
		       struct sender_plan *plan);

#endif
