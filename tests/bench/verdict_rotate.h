/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What verdict_rotate.bpf.c and user space share: the rows that make one frame into many. Knows
 * nothing of who judges the frame.
 */
#ifndef SEKISHO_BENCH_VERDICT_ROTATE_H
#define SEKISHO_BENCH_VERDICT_ROTATE_H

#include <linux/types.h>

#define ROTATE_ROWS_MAX (1u << 20)

/* Of one frame: what differs from the others of its set. */
struct rotate_row4 {
	__be32 source;
	__be32 destination;
	__be16 source_port;
	__be16 destination_port;
	__u8 mac[6]; /* of the source */
	__u8 reserved[6];
};

struct rotate_row6 {
	__be32 source[4];
	__be32 destination[4];
	__be16 source_port;
	__be16 destination_port;
	__u8 mac[6];
	__u8 reserved[6];
};

/* Written by user space between runs, but for @next. */
struct rotate_control {
	__u32 count; /* rows in use */
	__u32 next;
	__u32 family; /* 4 or 6 */
	__u32 network; /* offset of the IP header: 14, or 18 behind a tag */
	__u32 swap; /* the other direction: source and destination exchanged */
};

#endif
