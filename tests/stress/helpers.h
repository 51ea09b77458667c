/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of bpf/ ask of the kernel, natively: maps are arrays in memory, bpf_loop is a
 * loop, an event is handed to path_event. Comes before every header of bpf/, in place of libbpf's
 * <bpf/bpf_helpers.h>. Must not know what the maps hold.
 */
#ifndef SEKISHO_TESTS_STRESS_HELPERS_H
#define SEKISHO_TESTS_STRESS_HELPERS_H

#ifdef __BPF_HELPERS__
#error "libbpf's helpers are there already"
#endif
#define __BPF_HELPERS__

#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>
#include <linux/types.h>

#define SEC(name)
#define __uint(name, number) int(*name)[number]
#define __type(name, type)   __typeof__(type) *name
#define __weak		     __attribute__((weak))

/* Threads that judge at once, each a processor of its own to the per-CPU maps. */
#define PATH_PROCESSORS 4

static __thread unsigned int path_processor;

/* Set by the program: told of every event, by the thread that it happened to. */
static void (*path_event)(const void *event);

/* Set by the program: called by a thread that looks something up, to let another one come between. */
static void (*path_pause)(void);

/* What a thread has asked of the kernel: of the helpers that cost something, how often. */
struct path_calls {
	unsigned int lookups; /* of maps, whatever their type */
	unsigned int loops; /* that were begun; what their steps ask for is counted as such */
	unsigned int clock; /* readings, of jiffies too */
	unsigned int ring; /* places taken in the ring, and rows written to it */
	unsigned int others; /* updates, routes, and what is done with a frame */
};

static __thread struct path_calls path_calls;

/* Rows of an array map lie eight bytes apart at least, as in the kernel. */
static inline size_t path_stride(size_t row_bytes)
{
	return (row_bytes + 7) & ~(size_t)7;
}

/*
 * The hash maps are empty: nobody is suspended, no fragment is remembered. One that a program gives
 * a row has that one for every key.
 */
static inline void *path_find(size_t type, void *rows, uintptr_t count, size_t row_bytes,
			      const void *key)
{
	uint32_t index;

	path_calls.lookups++;
	if (type != BPF_MAP_TYPE_ARRAY && type != BPF_MAP_TYPE_PERCPU_ARRAY)
		return rows;
	if (path_pause)
		path_pause();
	index = *(const uint32_t *)key;
	if (!rows || index >= count)
		return NULL;
	if (type == BPF_MAP_TYPE_PERCPU_ARRAY)
		index += path_processor * (uint32_t)count;
	return (char *)rows + path_stride(row_bytes) * index;
}

/*
 * A map is a struct of pointers that never point anywhere: their types say what it is. Here
 * `value` leads to its rows and `max_entries` is how many there are.
 */
#define PATH_MAP_SET(map, rows, count)                          \
	do {                                                    \
		(map).value = (void *)(rows);                   \
		(map).max_entries = (void *)(uintptr_t)(count); \
	} while (0)

#define bpf_map_lookup_elem(map, key)                                                              \
	path_find(sizeof(*(map)->type) / sizeof(int), (map)->value, (uintptr_t)(map)->max_entries, \
		  sizeof(*(map)->value), (key))

#define bpf_map_lookup_percpu_elem(map, key, processor) \
	((void)(processor), bpf_map_lookup_elem(map, key))
#define bpf_map_update_elem(map, key, value, flags) \
	((void)(map), (void)(key), (void)(value), path_calls.others++, 0)

static inline long bpf_loop(__u32 count, long (*callback)(__u32, void *), void *context,
			    __u64 flags)
{
	__u32 i;

	(void)flags;
	path_calls.loops++;
	for (i = 0; i < count; i++)
		if (callback(i, context))
			return i + 1;
	return i;
}

/* Room for one event, which is enough: whoever reserves submits before anything else. */
static __thread uint64_t path_event_room[64];

#define bpf_ringbuf_reserve(map, bytes, flags) \
	((void)(map), path_calls.ring++,       \
	 (bytes) <= sizeof(path_event_room) ? (void *)path_event_room : NULL)
#define bpf_ringbuf_submit(event, flags)  path_event(event)
#define bpf_ringbuf_discard(event, flags) ((void)(event))
#define bpf_ringbuf_output(map, event, bytes, flags) \
	((void)(map), path_calls.ring++, path_event(event), 0)

/* The clock is the control row's, where the test clock is set; this one stands still. */
static __u64 path_clock_ns;

#define bpf_jiffies64()	       (path_calls.clock++, 0ull)
#define bpf_ktime_get_ns()     (path_calls.clock++, path_clock_ns)
#define bpf_ktime_get_tai_ns() (path_calls.clock++, path_clock_ns)

/* Set by the program: by which interface the kernel's one route leads. 0: there is none. */
static __u32 path_route_out;

static inline long path_route(struct bpf_fib_lookup *route)
{
	path_calls.others++;
	if (!path_route_out)
		return BPF_FIB_LKUP_RET_NOT_FWDED;
	route->ifindex = path_route_out;
	route->mtu_result = 1500;
	return BPF_FIB_LKUP_RET_SUCCESS;
}

/* A frame has no room before it, and keeps its end. */
#define bpf_fib_lookup(context, route, bytes, flags) ((void)(context), path_route(route))
#define bpf_xdp_adjust_head(context, bytes) \
	((void)(context), (void)(bytes), path_calls.others++, -1l)
#define bpf_xdp_adjust_tail(context, bytes) \
	((void)(context), (void)(bytes), path_calls.others++, -1l)
#define bpf_redirect(ifindex, flags) ((void)(ifindex), path_calls.others++, (int)XDP_REDIRECT)

/* Nothing happens by itself: the tests call the sweep. */
static inline long bpf_timer_init(struct bpf_timer *timer, void *map, __u64 flags)
{
	(void)timer, (void)map, (void)flags;
	return 0;
}

static inline long bpf_timer_start(struct bpf_timer *timer, __u64 nanoseconds, __u64 flags)
{
	(void)timer, (void)nanoseconds, (void)flags;
	return 0;
}

#define bpf_timer_set_callback(timer, callback) ((void)(timer), (void)(callback))

#endif
