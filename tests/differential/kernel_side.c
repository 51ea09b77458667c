// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads the programs, keeps their tables, and runs them on frames. A verdict is read where the
 * program worked it out: in this processor's row of the map `workspaces`, whose layout the object's
 * own type information gives. So the process has to stay on one processor.
 */
#include "kernel_side.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>

#include "kernel/commit_patch.h"
#include "kernel/engine.h"
#include "kernel/fill.h"
#include "kernel/runtime.h"
#include "verdict_place.h"

#define CONNECTIONS 6000
#define HASH_SEED   0x5eed5eed5eed5eedull
#define SECOND_NS   1000000000ull

struct kernel_side {
	struct sekisho_engine *engine;
	const uint32_t *indexes;
	const struct world *world; /* in force, or NULL */
	struct verdict_place place;
	uint32_t generation;
	uint16_t isolated; /* bit a slot; bit 0: all */
	bool full;
	struct tallies before; /* what the maps held at the last reset */
};

/* Rows for any world there is, with room. */
static void size_maps(struct sekisho_engine_size *size)
{
	static const enum sekisho_map halves[] = {
		SEKISHO_MAP_PORTS,   SEKISHO_MAP_PAIRS,	     SEKISHO_MAP_NODES4,
		SEKISHO_MAP_HOSTS6,  SEKISHO_MAP_RANGES6,    SEKISHO_MAP_CLASSES,
		SEKISHO_MAP_COVERS,  SEKISHO_MAP_RULES,	     SEKISHO_MAP_SERVICES,
		SEKISHO_MAP_PERMITS, SEKISHO_MAP_CANDIDATES, SEKISHO_MAP_MACS,
		SEKISHO_MAP_PRINTS,  SEKISHO_MAP_OBJECTS,
	};
	static const struct sekisho_tables nothing;

	sekisho_fill_size(&nothing, WORLD_FLOWS, CONNECTIONS, size);
	for (size_t i = 0; i < sizeof(halves) / sizeof(*halves); i++)
		size->rows[halves[i]] = 8192;
	size->rows[SEKISHO_MAP_SEGMENTS] = KERNEL_SIDE_PAIRS;
	size->rows[SEKISHO_MAP_INDEX4] = 2 * SEKISHO_INDEX4_ROOTS;
	size->rows[SEKISHO_MAP_PAIRS_SEEN] = 256;
}

struct kernel_side *kernel_side_load(const uint32_t *indexes, char *complaint, size_t bytes)
{
	const struct sekisho_engine_options options = { .test_clock = true,
							.hash_seed = HASH_SEED };
	struct kernel_side *side = calloc(1, sizeof(*side));
	struct sekisho_engine_size size = { 0 };
	int error;

	if (!side)
		err(1, "no memory");
	size_maps(&size);
	error = sekisho_engine_load(&size, &options, &side->engine, complaint, bytes);
	if (!error)
		error = verdict_place_find(side->engine->programs[SEKISHO_PROGRAM_INGRESS],
					   &side->place);
	if (error) {
		if (!complaint[0])
			snprintf(complaint, bytes, "%s", strerror(-error));
		sekisho_engine_close(side->engine);
		free(side);
		return NULL;
	}
	side->indexes = indexes;
	kernel_side_reset(side);
	return side;
}

void kernel_side_free(struct kernel_side *side)
{
	if (!side)
		return;
	verdict_place_close(&side->place);
	sekisho_engine_close(side->engine);
	free(side);
}

static void *rows_of(const struct kernel_side *side, enum sekisho_map map)
{
	return side->engine->maps[map].memory;
}

static void clear(struct kernel_side *side, enum sekisho_map map)
{
	memset(rows_of(side, map), 0, side->engine->maps[map].memory_bytes);
}

static void clear_hash(struct kernel_side *side, enum sekisho_map map)
{
	int fd = side->engine->maps[map].fd;
	uint64_t key[8];

	while (!bpf_map_get_next_key(fd, NULL, key))
		bpf_map_delete_elem(fd, key);
}

void kernel_side_reset(struct kernel_side *side)
{
	struct sekisho_control *control = sekisho_engine_control(side->engine);

	side->world = NULL;
	side->isolated = 0;
	side->full = false;
	/* As sekisho_fill_activate() does, but for the wait: nobody else judges frames here. */
	control->state = (uint32_t)control->state + 1;
	control->isolated_all = 0;
	control->suspended_addresses = 0;
	control->suspended_macs = 0;
	clear(side, SEKISHO_MAP_SLOTS);
	clear(side, SEKISHO_MAP_CONNECTIONS);
	clear(side, SEKISHO_MAP_LIMITS);
	clear_hash(side, SEKISHO_MAP_SUSPENDED_ADDRS);
	clear_hash(side, SEKISHO_MAP_SUSPENDED_MACS);
	memset(&side->before, 0, sizeof(side->before));
	kernel_side_tally(side, &side->before);
}

void kernel_side_clock(struct kernel_side *side, uint64_t wall_ns, uint32_t monotonic)
{
	struct sekisho_control *control = sekisho_engine_control(side->engine);

	control->test_wall_ns = wall_ns;
	control->test_monotonic = monotonic;
}

/* Segments are isolated by name: a policy that brings one isolated segment has its bit set. */
static void write_isolation(const struct kernel_side *side, struct sekisho_policy_row *row)
{
	const struct sekisho_policy *policy = side->world->policy;

	for (size_t i = 1; i < policy->segment_count; i++) {
		unsigned int slot = (unsigned int)(policy->segments[i].name[3] - '0');

		if (side->isolated >> slot & 1)
			row->isolated[0] |= 1ull << i;
	}
}

static uint32_t interface_index(void *context, const char *interface)
{
	const uint32_t *indexes = context;

	return indexes[interface[1] - '0'];
}

/* Counters and limits are kept under the number in a flow's id. */
static void bind_flow(struct kernel_side *side, const struct sekisho_flow *flow, int half,
		      uint32_t *counter, uint32_t *limit)
{
	struct sekisho_limit_row *row;

	*counter = world_flow_number(flow);
	*limit = SEKISHO_LIMIT_NONE;
	if (!flow->limit.new_per_second && !flow->limit.concurrent)
		return;
	*limit = *counter;
	row = sekisho_engine_row(side->engine, SEKISHO_MAP_LIMITS, *limit);
	row->bounds[half] =
		(struct sekisho_bound){ flow->limit.new_per_second, flow->limit.concurrent };
}

/* As a commit does where few flows differ: they are changed in a copy of the half in force. */
static bool patch_half(struct kernel_side *side, const struct sekisho_bindings *bindings, int half)
{
	struct sekisho_commit_patch patch = { .engine = side->engine,
					      .policy = side->world->policy,
					      .self = &side->world->self };

	if (sekisho_engine_half(side->engine) < 0 || !sekisho_commit_patch(&patch, *bindings))
		return false;
	write_isolation(side, &patch.half.row);
	sekisho_fill_row(side->engine, half, &patch.half.row);
	sekisho_tables_free(patch.tables);
	return true;
}

static void build_half(struct kernel_side *side, const struct sekisho_bindings *bindings, int half)
{
	const struct world *world = side->world;
	struct sekisho_tables_problem problem;
	struct sekisho_tables *tables;
	int error = sekisho_tables_build(world->policy, &world->self, bindings, &tables, &problem);

	if (error)
		errx(1, "tables: %s (fault %d)", strerror(-error), problem.fault);
	write_isolation(side, &tables->row);
	error = sekisho_fill_half(side->engine, half, tables);
	if (error)
		errx(1, "fill: %s", strerror(-error));
	sekisho_tables_free(tables);
}

bool kernel_side_commit(struct kernel_side *side, const struct world *world)
{
	uint32_t counters[WORLD_FLOWS], limits[WORLD_FLOWS];
	struct sekisho_bindings bindings = {
		.ifindex = interface_index,
		.context = (void *)side->indexes,
		.counters = counters,
		.limits = limits,
		.generation = ++side->generation,
	};
	int half = sekisho_engine_half(side->engine) == 0;
	bool patched;

	side->world = world;
	if (!world) {
		sekisho_fill_activate(side->engine, -1);
		return false;
	}
	for (size_t i = 0; i < world->policy->flow_count; i++)
		bind_flow(side, &world->policy->flows[i], half, &counters[i], &limits[i]);
	patched = patch_half(side, &bindings, half);
	if (!patched)
		build_half(side, &bindings, half);
	sekisho_fill_activate(side->engine, half);
	return patched;
}

void kernel_side_isolate(struct kernel_side *side, unsigned int slot, bool on)
{
	char name[8];

	side->isolated =
		(uint16_t)(on ? side->isolated | 1u << slot : side->isolated & ~(1u << slot));
	snprintf(name, sizeof(name), "seg%u", slot);
	/* A segment that the policy has not got is isolated when one brings it. */
	if (sekisho_runtime_isolate(side->engine, slot ? name : NULL, on))
		sekisho_fill_new_epoch(side->engine);
}

void kernel_side_suspend(struct kernel_side *side, uint8_t family, struct sekisho_address address,
			 bool on)
{
	int error = sekisho_runtime_suspend(side->engine, family, address, on);

	if (error && error != -EEXIST && error != -ENOENT)
		errx(1, "suspend: %s", strerror(-error));
	/* The model begins an epoch even where nothing changes. */
	if (error)
		sekisho_fill_new_epoch(side->engine);
}

/* Take every tag that is free; or give back what was taken. */
static void swap_tags(struct kernel_side *side, uint32_t from, uint32_t to)
{
	uint32_t *tags = rows_of(side, SEKISHO_MAP_SLOTS);
	size_t count = (size_t)side->engine->maps[SEKISHO_MAP_SLOTS].rows * SEKISHO_BUCKET_WAYS;

	for (size_t i = 0; i < count; i++)
		tags[i] = tags[i] == from ? to : tags[i];
}

void kernel_side_full(struct kernel_side *side, bool full)
{
	side->full = full;
	if (full)
		swap_tags(side, SEKISHO_TAG_FREE, SEKISHO_TAG_CLAIMED);
	else
		swap_tags(side, SEKISHO_TAG_CLAIMED, SEKISHO_TAG_FREE);
}

void kernel_side_sweep(struct kernel_side *side)
{
	int ended = sekisho_engine_run(side->engine, SEKISHO_PROGRAM_SWEEP_NOW);

	if (ended < 0)
		errx(1, "sweep: %s", strerror(-ended));
	if (side->full)
		swap_tags(side, SEKISHO_TAG_FREE, SEKISHO_TAG_CLAIMED);
}

static int run_input(const struct kernel_side *side, const struct op_frame *frame)
{
	struct xdp_md context = {
		.data_end = frame->length,
		.ingress_ifindex = side->indexes[frame->device],
	};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame->bytes,
		    .data_size_in = frame->length, .ctx_in = &context,
		    .ctx_size_in = sizeof(context));

	if (bpf_prog_test_run_opts(side->engine->programs[SEKISHO_PROGRAM_INGRESS], &options))
		err(1, "ingress");
	return options.retval == XDP_PASS;
}

static int run_output(const struct kernel_side *side, const struct op_frame *frame)
{
	struct __sk_buff context = { .ifindex = side->indexes[frame->device] };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame->bytes,
		    .data_size_in = frame->length, .ctx_in = &context,
		    .ctx_size_in = sizeof(context));

	if (bpf_prog_test_run_opts(side->engine->programs[SEKISHO_PROGRAM_EGRESS], &options))
		err(1, "egress");
	return options.retval == TC_ACT_OK;
}

struct outcome kernel_side_judge(struct kernel_side *side, const struct op_frame *frame)
{
	int passes = frame->output ? run_output(side, frame) : run_input(side, frame);
	struct outcome outcome = { .passes = passes };
	int error = verdict_place_read(&side->place, &outcome);

	if (error)
		errx(1, "workspaces: %s", strerror(-error));
	/* What the frame set free is taken again, before the next one. */
	if (side->full)
		swap_tags(side, SEKISHO_TAG_FREE, SEKISHO_TAG_CLAIMED);
	return outcome;
}

unsigned int kernel_side_connections(const struct kernel_side *side)
{
	const uint32_t *tags = rows_of(side, SEKISHO_MAP_SLOTS);
	size_t rows = (size_t)side->engine->maps[SEKISHO_MAP_SLOTS].rows * SEKISHO_BUCKET_WAYS;
	unsigned int count = 0;

	for (size_t i = 0; i < rows; i++)
		count += tags[i] >= SEKISHO_TAG_LOWEST;
	return count;
}

/* This row of a per-processor map, all processors together, as 64-bit words. */
static void sum_row(const struct kernel_side *side, enum sekisho_map map, uint32_t row,
		    uint64_t *words)
{
	size_t count = side->engine->maps[map].stride / sizeof(*words);
	size_t processors = (size_t)side->engine->processors;
	uint64_t *values = calloc(processors * count, sizeof(*values));

	if (!values)
		err(1, "no memory");
	if (bpf_map_lookup_elem(side->engine->maps[map].fd, &row, values))
		err(1, "%s", sekisho_map_names[map]);
	memset(words, 0, count * sizeof(*words));
	for (size_t i = 0; i < processors * count; i++)
		words[i % count] += values[i];
	free(values);
}

static void tally_pairs(const struct kernel_side *side, struct tallies *tallies)
{
	uint32_t none = (1u << side->engine->pair_shift) - 1;

	for (uint32_t from = 0; from < KERNEL_SIDE_PAIRS; from++) {
		for (uint32_t to = 0; to < KERNEL_SIDE_PAIRS; to++) {
			uint32_t first = from == KERNEL_SIDE_PAIRS - 1 ? none : from;
			uint32_t second = to == KERNEL_SIDE_PAIRS - 1 ? none : to;
			struct sekisho_pair_tally pair;

			sum_row(side, SEKISHO_MAP_PAIRS_SEEN,
				first << side->engine->pair_shift | second, (uint64_t *)&pair);
			tallies->permitted[from][to] =
				pair.permitted_packets - side->before.permitted[from][to];
			tallies->denied[from][to] =
				pair.denied_packets - side->before.denied[from][to];
		}
	}
}

void kernel_side_tally(const struct kernel_side *side, struct tallies *tallies)
{
	const struct tallies before = side->before;

	for (uint32_t i = 0; i < SEKISHO_REASON_ROWS; i++) {
		struct sekisho_tally tally;

		sum_row(side, SEKISHO_MAP_REASONS, i, (uint64_t *)&tally);
		tallies->reasons[i] = tally.packets - before.reasons[i];
		tallies->reason_bytes[i] = tally.bytes - before.reason_bytes[i];
	}
	tally_pairs(side, tallies);
	for (uint32_t i = 0; i < WORLD_FLOWS; i++) {
		struct sekisho_flow_tally flow;

		sum_row(side, SEKISHO_MAP_FLOW_COUNTERS, i, (uint64_t *)&flow);
		for (int j = 0; j < 2; j++) {
			tallies->flow_packets[i][j] = flow.packets[j] - before.flow_packets[i][j];
			tallies->flow_bytes[i][j] = flow.bytes[j] - before.flow_bytes[i][j];
		}
		tallies->flow_new[i] = flow.new_connections - before.flow_new[i];
	}
}
