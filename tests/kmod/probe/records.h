/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How user space hands frames to the probe and gets the guard's verdicts. Knows nothing of where
 * the frames come from. Compiles in the kernel and in user space.
 */
#ifndef SEKISHO_PROBE_RECORDS_H
#define SEKISHO_PROBE_RECORDS_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "sekisho/limits.h"

#define PROBE_DEVICE	   "sekisho_probe"
#define PROBE_FRAME_BYTES  4096 /* the longest frame */
#define PROBE_BATCH_FRAMES 4096
#define PROBE_BATCH_BYTES  (1024 * 1024)

/* The frame's bytes follow, and padding up to a multiple of 8. */
struct probe_frame {
	__s64 wall; /* seconds since 1970 UTC */
	__u32 monotonic; /* seconds */
	__u32 ifindex; /* of the port */
	__u16 length;
	__u16 linear; /* bytes that lie in the packet's head; the others in a page of their own */
	__u8 output; /* the host sends it; else it came in */
	__u8 room; /* the table is full, but for this frame it is not */
	__u8 tagged; /* a tag was taken out of it: */
	__u8 unused;
	__u16 tag;
};

/* Names end with NUL, and are empty where there is no segment, or no flow decided. */
struct probe_verdict {
	__u8 reason;
	__u8 reply;
	char from[SEKISHO_NAME_BYTES];
	char to[SEKISHO_NAME_BYTES];
	char flow[SEKISHO_NAME_BYTES];
};

struct probe_batch {
	__u64 frames; /* address of the first struct probe_frame */
	__u64 verdicts; /* address of @count struct probe_verdict */
	__u32 bytes; /* of all frames */
	__u32 count;
};

/* All of them are about the namespace in which the device was opened. */
#define PROBE_JUDGE _IOW('s', 1, struct probe_batch)
#define PROBE_SWEEP _IOW('s', 2, __u32) /* monotonic seconds: delete what is idle */
#define PROBE_FULL  _IOW('s', 3, __u32) /* 1: the connection table has no room; 0: it has again */

#endif
