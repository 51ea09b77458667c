/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time of a frame. Reading the clock costs more than a verdict, so each processor reads it
 * once a timer tick; near the end of a permission it is read anew, since ends are exact.
 */
#ifndef SEKISHO_BPF_CLOCK_H
#define SEKISHO_BPF_CLOCK_H

#include "maps.h"
#include "settings.h"

#define NANOSECONDS 1000000000ull

struct moment {
	__u64 tick;
	__u64 wall_ns; /* since 1970 UTC */
	__u32 wall; /* seconds of it */
	__u32 monotonic; /* seconds */
};

SEKISHO_PER_CPU(moments, struct moment, 1);

static __always_inline struct sekisho_control *control_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&control, &zero);
}

static __always_inline void moment_read(struct moment *moment,
					const struct sekisho_control *control)
{
	moment->wall_ns = bpf_ktime_get_tai_ns() - (__s64)control->tai_offset * (__s64)NANOSECONDS;
	moment->wall = moment->wall_ns / NANOSECONDS;
	moment->monotonic = bpf_ktime_get_ns() / NANOSECONDS;
}

/* This processor's moment, at most a tick old; NULL never, but the verifier wants it asked. */
static __always_inline struct moment *moment_now(const struct sekisho_control *control)
{
	__u32 zero = 0;
	struct moment *moment = bpf_map_lookup_elem(&moments, &zero);
	__u64 tick;

	if (!moment)
		return NULL;
	if (setting_test_clock) {
		moment->wall_ns = control->test_wall_ns;
		moment->wall = moment->wall_ns / NANOSECONDS;
		moment->monotonic = control->test_monotonic;
		return moment;
	}
	tick = bpf_jiffies64();
	if (moment->tick != tick) {
		moment_read(moment, control);
		moment->tick = tick;
	}
	return moment;
}

/* Whether an exclusive end is reached. In its last second the clock is read, not remembered. */
static __always_inline int moment_reached(struct moment *moment,
					  const struct sekisho_control *control, __u32 end)
{
	if (moment->wall >= end)
		return 1;
	if (end - moment->wall > 1 || setting_test_clock)
		return 0;
	moment_read(moment, control);
	return moment->wall >= end;
}

#endif
