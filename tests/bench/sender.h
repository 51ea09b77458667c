/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sender's program in the kernel is told, and what it keeps. Knows nothing of how often
 * it is run.
 */
#ifndef SEKISHO_TESTS_BENCH_SENDER_H
#define SEKISHO_TESTS_BENCH_SENDER_H

#include <linux/types.h>

#define SENDER_PROCESSORS  32
#define SENDER_HEAD_BYTES  56 /* all headers, in whole words of eight bytes */
#define SENDER_LEAST_BYTES 60

/* The same for all frames of a run. Sums are of 16-bit words as they lie in memory. */
struct sender_plan {
	__u64 head[SENDER_HEAD_BYTES / 8]; /* without addresses, ports and checksums */
	__u32 ifindex;
	__u32 entries;
	__u32 network_sum;
	__u32 transport_sum; /* 0: the frame says that it has none */
	__u32 reply; /* from the responders */
	__u32 reserved;
};

/*
 * A processor's share of the connections: numbers @base to @base + @count - 1, each @stride behind
 * the one before. A line of its own: what the other processor writes costs nothing here.
 */
struct sender_lane {
	__u32 base;
	__u32 count;
	__u32 stride;
	__u32 next;
	__u64 sent;
	__u8 reserved[40];
};

#endif
