// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sweep: forgets connections whose idle time is reached, tells of their end and gives their
 * limits back, a part of the table every tick of a kernel timer. No process has to run for it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "classify.h"
#include "clock.h"
#include "table.h"

#define SWEEP_INTERVAL_NS 20000000ull /* a fiftieth of a second */
#define SWEEP_BUCKETS_MIN 64

struct sweep_timer {
	struct bpf_timer timer;
	__u32 cursor; /* the bucket that comes next */
	__u32 harvested; /* the row of `recent` that comes next */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sweep_timer);
} sweeper SEC(".maps");

struct sweep {
	__u64 wall_ns;
	__u32 half;
	__u32 monotonic;
	__u32 bucket;
	__u32 ended;
};

static long sweep_bucket(__u32 i, void *context)
{
	struct sweep *sweep = context;
	__u32 bucket_index = (sweep->bucket + i) & setting_bucket_mask;
	struct sekisho_slot_bucket *bucket = bpf_map_lookup_elem(&slots, &bucket_index);
	struct sekisho_policy_row *row = policy_row(sweep->half);

	if (!bucket || !row)
		return 1;
	for (__u32 way = 0; way < SEKISHO_BUCKET_WAYS; way++) {
		__u32 index = bucket_index * SEKISHO_BUCKET_WAYS + way;
		struct sekisho_connection *connection;
		__u32 last_seen;

		if (bucket->tag[way] < SEKISHO_TAG_LOWEST)
			continue;
		connection = bpf_map_lookup_elem(&connections, &index);
		if (!connection)
			continue;
		last_seen = last_seen_of(connection);
		if (connection_idle(row, connection, sweep->monotonic))
			sweep->ended += connection_end_idle(index, last_seen, sweep->wall_ns,
							    SEKISHO_TAG_FREE);
	}
	return 0;
}

static __always_inline int sweep_part(__u32 first, __u32 count)
{
	struct sekisho_control *c = control_get();
	struct moment *now = c ? moment_now(c) : NULL;
	struct sweep sweep = { .bucket = first };
	__u64 state;

	if (!now)
		return 0;
	state = *(volatile __u64 *)&c->state;
	sweep.half = state >> SEKISHO_STATE_HALF_SHIFT;
	if (!sweep.half)
		return 0;
	sweep.half--;
	sweep.wall_ns = now->wall_ns;
	sweep.monotonic = now->monotonic;
	bpf_loop(count, sweep_bucket, &sweep, 0);
	return sweep.ended;
}

/*
 * The other half, in a new epoch. By a swap: somebody may begin an epoch at the same time, and no
 * two may have one number.
 */
static __always_inline void state_fall_back(struct sekisho_control *c, __u32 half, __u32 segments)
{
#pragma unroll
	for (int i = 0; i < 8; i++) {
		__u64 before = *(volatile __u64 *)&c->state;
		__u64 after = (__u32)(before + 1);

		/* Nothing was in force before: nothing is again, and nothing crosses. */
		if (segments)
			after |= (__u64)((half & (SEKISHO_HALVES - 1)) + 1)
				 << SEKISHO_STATE_HALF_SHIFT;
		if (__sync_val_compare_and_swap(&c->state, before, after) == before)
			return;
	}
	/* Nobody begins so many epochs at once. If somebody does, nothing crosses. */
	*(volatile __u64 *)&c->state = (__u32)(*(volatile __u64 *)&c->state + 1);
}

/*
 * A commit that nobody confirmed in time: the half before it is in force again, as a generation of
 * its own. By the kernel's timer, so that no process and no terminal has to be there for it.
 */
static __always_inline void fall_back(struct sekisho_control *c, struct moment *now)
{
	struct sekisho_policy_row *row;
	__u64 state = *(volatile __u64 *)&c->state;
	__u32 half, at = *(volatile __u32 *)&c->fallback_at;

	if (!at || (__s32)(now->monotonic - at) < 0)
		return;
	half = (state >> SEKISHO_STATE_HALF_SHIFT) - 1;
	row = policy_row(half & (SEKISHO_HALVES - 1));
	/* The date is set before the policy is in force: it waits for that, too. */
	if (!row || row->generation != c->fallback_from)
		return;
	/* Whoever takes the date away, confirming or falling back, has decided. */
	if (__sync_val_compare_and_swap(&c->fallback_at, at, 0) != at)
		return;
	row = policy_row((half ^ 1) & (SEKISHO_HALVES - 1));
	if (!row)
		return;
	row->generation = c->fallback_generation;
	c->fell_back++;
	state_fall_back(c, half ^ 1, row->segment_count);
}

/*
 * Keys that were told of in a second that is over, and came again in it: tell how often. By the
 * timer, since the key itself may never come again.
 */
static __always_inline void harvest_row(struct sekisho_recent *row, __u32 second)
{
	__u32 version = *(volatile __u32 *)&row->version;
	struct sekisho_event *event;
	__u64 frames, bytes;

	if (!*(volatile __u64 *)&row->suppressed || row->second >= second || version & 1)
		return;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return; /* later; or the next event of the key tells it, or says that it is lost */
	__builtin_memcpy(event, &row->sample, sizeof(*event));
	frames = recent_take(row, &bytes);
	event->packets[0] = 0;
	event->suppressed = frames;
	event->bytes[0] = bytes;
	if (*(volatile __u32 *)&row->version != version) {
		/* The row's processor has begun another second or key meanwhile. */
		loss_count(0, frames);
		frames = 0;
	}
	if (frames)
		bpf_ringbuf_submit(event, 0);
	else
		bpf_ringbuf_discard(event, 0);
}

struct harvest {
	__u32 first; /* row of every processor */
	__u32 second;
};

static long harvest_one(__u32 i, void *context)
{
	struct harvest *harvest = context;
	__u32 processors = setting_processors ?: 1;
	__u32 index = (harvest->first + i / processors) & (SEKISHO_RECENT_ROWS - 1);
	struct sekisho_recent *row = bpf_map_lookup_percpu_elem(&recent, &index, i % processors);

	if (row)
		harvest_row(row, harvest->second);
	return 0;
}

#define HARVEST_ROWS (SEKISHO_RECENT_ROWS / 50) /* all in a second */

static __always_inline void harvest(struct sweep_timer *timer, struct moment *now)
{
	struct harvest part = { .first = timer->harvested, .second = now->wall };

	bpf_loop(HARVEST_ROWS * (setting_processors ?: 1), harvest_one, &part, 0);
	timer->harvested = (timer->harvested + HARVEST_ROWS) & (SEKISHO_RECENT_ROWS - 1);
}

/* A hundredth of the table a tick: all of it in two seconds. */
static int sweep_tick(void *map, __u32 *key, struct sweep_timer *timer)
{
	__u32 count = (setting_bucket_mask + 1) / 100;
	struct sekisho_control *c = control_get();
	struct moment *now = c ? moment_now(c) : NULL;

	if (now) {
		fall_back(c, now);
		harvest(timer, now);
	}
	if (count < SWEEP_BUCKETS_MIN)
		count = SWEEP_BUCKETS_MIN;
	if (count > setting_bucket_mask + 1)
		count = setting_bucket_mask + 1;
	sweep_part(timer->cursor, count);
	timer->cursor = (timer->cursor + count) & setting_bucket_mask;
	bpf_timer_start(&timer->timer, SWEEP_INTERVAL_NS, 0);
	return 0;
}

/* Run once by the loader: starts the timer, which then keeps itself going. */
SEC("syscall")
int sweep_start(void *ctx)
{
	__u32 zero = 0;
	struct sweep_timer *timer = bpf_map_lookup_elem(&sweeper, &zero);

	if (!timer)
		return 1;
	/* Already there where an earlier loader has started it. */
	bpf_timer_init(&timer->timer, &sweeper, 1 /* CLOCK_MONOTONIC */);
	bpf_timer_set_callback(&timer->timer, sweep_tick);
	return bpf_timer_start(&timer->timer, SWEEP_INTERVAL_NS, 0) ? 1 : 0;
}

/* The whole table at once: for tests that own the clock. */
SEC("syscall")
int sweep_now(void *ctx)
{
	return sweep_part(0, setting_bucket_mask + 1);
}
