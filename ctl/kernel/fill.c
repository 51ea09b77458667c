// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiled tables into the maps of an engine, and the switch between halves. Knows nothing of
 * policies, ports, pins or files.
 */
#include "kernel/fill.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel/half.h"

struct half_table {
	enum sekisho_map map;
	size_t rows_offset; /* of the array in struct sekisho_tables */
	size_t span_offset; /* in struct sekisho_policy_row */
};

static const struct half_table half_tables[] = {
#define HALF_TABLE(NAME, name)                                       \
	{ SEKISHO_MAP_##NAME, offsetof(struct sekisho_tables, name), \
	  offsetof(struct sekisho_policy_row, name) },
	SEKISHO_HALF_TABLES(HALF_TABLE)
#undef HALF_TABLE
};

#define HALF_TABLE_COUNT (sizeof(half_tables) / sizeof(half_tables[0]))

/* Maps that a new engine must carry over by copying where it could not share them. */
static const enum sekisho_map carried[] = { SEKISHO_MAP_FLOW_NAMES, SEKISHO_MAP_LIMITS };

static const struct sekisho_span *span_of(const struct sekisho_policy_row *row,
					  const struct half_table *table)
{
	return (const void *)((const char *)row + table->span_offset);
}

static struct sekisho_span *span_to_set(struct sekisho_policy_row *row,
					const struct half_table *table)
{
	return (void *)((char *)row + table->span_offset);
}

/* An eighth as much again, so that a policy that grows a little needs no new object. */
#define WITH_ROOM(rows) ((rows) + (rows) / 8 + 64)

/* What is added to a half within its room still has a number where rules name it. */
_Static_assert(WITH_ROOM(2 * SEKISHO_FLOWS_MAX + 1) < SEKISHO_OBJECT_DHCP, "address sets");
_Static_assert(WITH_ROOM(SEKISHO_FLOWS_MAX + SEKISHO_FLOWS_MAX / SEKISHO_PERMITS_TOGETHER) <
		       1 << SEKISHO_RULE_PERMIT_BITS,
	       "permits");

static uint32_t with_room(uint32_t rows)
{
	uint64_t room = WITH_ROOM((uint64_t)rows);

	return room > 0x7fffffff ? 0x7fffffff : (uint32_t)room;
}

static void raise_to(uint32_t *rows, uint32_t wanted)
{
	if (*rows < wanted)
		*rows = wanted;
}

static uint32_t power_of_two(uint32_t value)
{
	uint32_t power = 1;

	while (power < value)
		power <<= 1;
	return power;
}

/*
 * Half full at most in ordinary use: a bucket pair then overflows practically never. Less memory
 * is not worth a refused connection.
 */
static uint32_t buckets_for(uint32_t connections)
{
	uint32_t rows = connections + connections / 4;

	return power_of_two((rows + SEKISHO_BUCKET_WAYS - 1) / SEKISHO_BUCKET_WAYS);
}

void sekisho_fill_size(const struct sekisho_tables *tables, uint32_t flows, uint32_t connections,
		       struct sekisho_engine_size *size)
{
	uint32_t segments = tables->row.segment_count + 1, shift = 3;

	for (size_t i = 0; i < HALF_TABLE_COUNT; i++) {
		uint32_t count = span_of(&tables->row, &half_tables[i])->count;
		uint32_t fixed = 0;

		/* However a policy grows, it has no more words for the first 16 bits. */
		if (half_tables[i].map == SEKISHO_MAP_INDEX4)
			fixed = count < SEKISHO_INDEX4_ROOTS ? count : SEKISHO_INDEX4_ROOTS;
		raise_to(&size->rows[half_tables[i].map], fixed + with_room(count - fixed));
	}
	while (1u << shift < segments)
		shift++;
	raise_to(&size->rows[SEKISHO_MAP_PAIRS_SEEN], 1u << (2 * shift));
	raise_to(&size->rows[SEKISHO_MAP_FLOW_COUNTERS], with_room(flows));
	raise_to(&size->rows[SEKISHO_MAP_PAIRS_CARRIED], size->rows[SEKISHO_MAP_PAIRS_SEEN]);
	raise_to(&size->rows[SEKISHO_MAP_FLOW_CARRIED], size->rows[SEKISHO_MAP_FLOW_COUNTERS]);
	raise_to(&size->rows[SEKISHO_MAP_FLOW_NAMES], size->rows[SEKISHO_MAP_FLOW_COUNTERS]);
	raise_to(&size->rows[SEKISHO_MAP_LIMITS], size->rows[SEKISHO_MAP_FLOW_COUNTERS]);
	raise_to(&size->rows[SEKISHO_MAP_NEXT_HOPS], SEKISHO_HOP_ROWS);
	/* The connection table is as large as the policy says, neither more nor less. */
	size->rows[SEKISHO_MAP_SLOTS] = buckets_for(connections);
	size->rows[SEKISHO_MAP_CONNECTIONS] = size->rows[SEKISHO_MAP_SLOTS] * SEKISHO_BUCKET_WAYS;
}

bool sekisho_fill_fits_state(const struct sekisho_engine *engine, uint32_t segments, uint32_t flows,
			     uint32_t connections)
{
	return segments < 1u << engine->pair_shift &&
	       flows <= engine->maps[SEKISHO_MAP_FLOW_COUNTERS].rows &&
	       engine->maps[SEKISHO_MAP_SLOTS].rows == buckets_for(connections);
}

bool sekisho_fill_fits(const struct sekisho_engine *engine, const struct sekisho_tables *tables,
		       uint32_t flows, uint32_t connections)
{
	for (size_t i = 0; i < HALF_TABLE_COUNT; i++) {
		if (span_of(&tables->row, &half_tables[i])->count >
		    engine->maps[half_tables[i].map].rows / SEKISHO_HALVES)
			return false;
	}
	return sekisho_fill_fits_state(engine, tables->row.segment_count, flows, connections);
}

static void write_rows(const struct sekisho_engine_map *map, uint32_t base, const void *rows,
		       uint32_t count)
{
	char *to = (char *)map->memory + map->stride * base;

	if (map->stride == map->row_bytes) {
		memcpy(to, rows, map->row_bytes * count);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		memcpy(to + map->stride * i, (const char *)rows + map->row_bytes * i,
		       map->row_bytes);
}

int sekisho_fill_half(struct sekisho_engine *engine, int half, const struct sekisho_tables *tables)
{
	struct sekisho_policy_row *row =
		sekisho_engine_row(engine, SEKISHO_MAP_POLICY, (uint32_t)half);
	struct sekisho_policy_row filled = tables->row;

	for (size_t i = 0; i < HALF_TABLE_COUNT; i++) {
		const struct sekisho_engine_map *map = &engine->maps[half_tables[i].map];

		if (span_of(&tables->row, &half_tables[i])->count > map->rows / SEKISHO_HALVES)
			return -ENOSPC;
	}
	for (size_t i = 0; i < HALF_TABLE_COUNT; i++) {
		const struct sekisho_engine_map *map = &engine->maps[half_tables[i].map];
		struct sekisho_span *span = span_to_set(&filled, &half_tables[i]);
		const void *rows =
			*(void *const *)((const char *)tables + half_tables[i].rows_offset);

		span->base = map->rows / SEKISHO_HALVES * (uint32_t)half;
		write_rows(map, span->base, rows, span->count);
	}
	*row = filled;
	return 0;
}

void sekisho_fill_view(const struct sekisho_engine *engine, int half, struct sekisho_half *view)
{
	view->row = *(struct sekisho_policy_row *)sekisho_engine_row(engine, SEKISHO_MAP_POLICY,
								     (uint32_t)half);
	for (size_t i = 0; i < HALF_TABLE_COUNT; i++) {
		const struct sekisho_engine_map *map = &engine->maps[half_tables[i].map];
		uint32_t room = map->rows / SEKISHO_HALVES;

		view->tables[i] = (struct sekisho_half_rows){
			.memory = (char *)map->memory + map->stride * room * (uint32_t)half,
			.stride = map->stride,
			.room = room,
		};
	}
}

void sekisho_fill_mirror(struct sekisho_engine *engine, int half, struct sekisho_half *view)
{
	struct sekisho_half other;

	sekisho_fill_view(engine, half, view);
	sekisho_fill_view(engine, !half, &other);
	view->row = other.row;
	for (size_t i = 0; i < HALF_TABLE_COUNT; i++) {
		struct sekisho_span *span = span_to_set(&view->row, &half_tables[i]);

		span->base = view->tables[i].room * (uint32_t)half;
		memcpy(view->tables[i].memory, other.tables[i].memory,
		       view->tables[i].stride * span->count);
	}
}

void sekisho_fill_row(struct sekisho_engine *engine, int half, const struct sekisho_policy_row *row)
{
	struct sekisho_policy_row *to =
		sekisho_engine_row(engine, SEKISHO_MAP_POLICY, (uint32_t)half);

	*to = *row;
}

static void copy_half(struct sekisho_engine *to, const struct sekisho_engine *from, uint32_t half)
{
	struct sekisho_policy_row *row = sekisho_engine_row(to, SEKISHO_MAP_POLICY, half);
	struct sekisho_policy_row moved =
		*(struct sekisho_policy_row *)sekisho_engine_row(from, SEKISHO_MAP_POLICY, half);

	for (size_t i = 0; i < HALF_TABLE_COUNT; i++) {
		const struct sekisho_engine_map *source = &from->maps[half_tables[i].map];
		const struct sekisho_engine_map *target = &to->maps[half_tables[i].map];
		struct sekisho_span *span = span_to_set(&moved, &half_tables[i]);
		uint32_t base = target->rows / SEKISHO_HALVES * half;

		memcpy((char *)target->memory + target->stride * base,
		       (char *)source->memory + source->stride * span->base,
		       source->stride * span->count);
		span->base = base;
	}
	*row = moved;
}

static bool is_shared(const struct sekisho_engine *to, const struct sekisho_engine *from,
		      enum sekisho_map map)
{
	return to->maps[map].rows == from->maps[map].rows;
}

/* Connections open and close until the new engine takes over: remember what was copied. */
static void mark_limits(struct sekisho_engine *to, const struct sekisho_engine *from)
{
	for (uint32_t i = 0; i < from->maps[SEKISHO_MAP_LIMITS].rows; i++) {
		struct sekisho_limit_row *row = sekisho_engine_row(to, SEKISHO_MAP_LIMITS, i);

		row->moved = row->concurrent | SEKISHO_LIMIT_MOVED;
	}
}

int sekisho_fill_copy(struct sekisho_engine *to, const struct sekisho_engine *from)
{
	int half = sekisho_engine_half(from);

	for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++) {
		const struct sekisho_engine_map *source = &from->maps[carried[i]];
		const struct sekisho_engine_map *target = &to->maps[carried[i]];

		if (!is_shared(to, from, carried[i]))
			memcpy(target->memory, source->memory, source->stride * source->rows);
	}
	if (!is_shared(to, from, SEKISHO_MAP_LIMITS))
		mark_limits(to, from);
	if (half >= 0)
		copy_half(to, from, (uint32_t)half);
	return 0;
}

void sekisho_fill_wait(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(100000);
}

/* A row of `pairs_seen` is two shifted numbers; the shift may differ. UINT32_MAX: there is no room. */
static uint32_t pair_key(const struct sekisho_engine *to, const struct sekisho_engine *from,
			 uint32_t key)
{
	uint32_t from_none = (1u << from->pair_shift) - 1, to_none = (1u << to->pair_shift) - 1;
	uint32_t first = key >> from->pair_shift, second = key & from_none;

	first = first == from_none ? to_none : first;
	second = second == from_none ? to_none : second;
	return first > to_none || second > to_none ? UINT32_MAX : first << to->pair_shift | second;
}

/* Tallies are 64-bit numbers that add up, but for the time at the end of a flow's. */
static void add_tally(uint64_t *sum, const uint64_t *tally, size_t words, bool time_at_end)
{
	for (size_t i = 0; i < words; i++) {
		if (time_at_end && i == words - 1)
			sum[i] = tally[i] > sum[i] ? tally[i] : sum[i];
		else
			sum[i] += tally[i];
	}
}

/*
 * What an old engine counted is carried over by the new one: it stands still by now. On the way
 * @back the old engine already has what it counted itself, and only gets what the new one did.
 */
static void carry_tallies(struct sekisho_engine *to, const struct sekisho_engine *from,
			  enum sekisho_map counters, enum sekisho_map carried_in, bool back)
{
	size_t words = from->maps[counters].row_bytes / sizeof(uint64_t);
	bool flows = counters == SEKISHO_MAP_FLOW_COUNTERS;
	uint64_t *values = calloc((size_t)from->processors, from->maps[counters].row_bytes);

	for (uint32_t i = 0; values && i < from->maps[counters].rows; i++) {
		uint32_t key = flows ? i : pair_key(to, from, i);
		uint64_t *carried_row = sekisho_engine_row(to, carried_in, key);

		if (!carried_row || bpf_map_lookup_elem(from->maps[counters].fd, &i, values))
			continue;
		if (!back)
			memcpy(carried_row, sekisho_engine_row(from, carried_in, i),
			       words * sizeof(uint64_t));
		for (int cpu = 0; cpu < from->processors; cpu++)
			add_tally(carried_row, values + (size_t)cpu * words, words, flows);
	}
	free(values);
}

void sekisho_fill_settle(struct sekisho_engine *to, struct sekisho_engine *from, bool back)
{
	sekisho_fill_wait();
	if (!is_shared(to, from, SEKISHO_MAP_PAIRS_SEEN))
		carry_tallies(to, from, SEKISHO_MAP_PAIRS_SEEN, SEKISHO_MAP_PAIRS_CARRIED, back);
	if (!is_shared(to, from, SEKISHO_MAP_FLOW_COUNTERS))
		carry_tallies(to, from, SEKISHO_MAP_FLOW_COUNTERS, SEKISHO_MAP_FLOW_CARRIED, back);
	for (uint32_t i = 0; i < from->maps[SEKISHO_MAP_LIMITS].rows; i++) {
		struct sekisho_limit_row *old = sekisho_engine_row(from, SEKISHO_MAP_LIMITS, i);
		struct sekisho_limit_row *row = sekisho_engine_row(to, SEKISHO_MAP_LIMITS, i);
		uint32_t copied;

		if (!row || !(row->moved & SEKISHO_LIMIT_MOVED))
			continue;
		copied = row->moved & ~SEKISHO_LIMIT_MOVED;
		row->moved = 0;
		old->concurrent = __atomic_add_fetch(&row->concurrent, old->concurrent - copied,
						     __ATOMIC_SEQ_CST);
		old->moved = old->concurrent | SEKISHO_LIMIT_MOVED;
	}
}

void sekisho_fill_activate(struct sekisho_engine *engine, int half)
{
	struct sekisho_control *control = sekisho_engine_control(engine);
	__u64 before, after;

	/* A collector may begin an epoch at the same time: no two have one number. */
	do {
		before = __atomic_load_n(&control->state, __ATOMIC_SEQ_CST);
		after = (uint64_t)(uint32_t)(half + 1) << SEKISHO_STATE_HALF_SHIFT |
			(uint32_t)(before + 1);
	} while (!__atomic_compare_exchange_n(&control->state, &before, after, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

void sekisho_fill_new_epoch(struct sekisho_engine *engine)
{
	struct sekisho_control *control = sekisho_engine_control(engine);
	__u64 before, after;

	do {
		before = __atomic_load_n(&control->state, __ATOMIC_SEQ_CST);
		after = (before & ~(__u64)UINT32_MAX) | (uint32_t)(before + 1);
	} while (!__atomic_compare_exchange_n(&control->state, &before, after, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}
