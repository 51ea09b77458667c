/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet path, built natively from bpf/ as it is, and maps for it: an engine of the library
 * whose memory is the heap's, so that a sanitizer sees each row's end. Must not know any policy.
 */
#ifndef SEKISHO_TESTS_STRESS_PATH_H
#define SEKISHO_TESTS_STRESS_PATH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "kernel/engine.h"

/* Written for another compiler; programs and callbacks are called with more than each wants. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wattributes"
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-function"

/* What the loader fixes and the verifier then takes as constant, a test sets while it runs. */
#define const
#include "../../bpf/settings.h"
#undef const

#include "../../bpf/events.h"

/* Set by the program: called for each connection that ends, told of or not, before its row is free. */
static void (*path_ended)(const struct sekisho_connection *connection, __u32 cause, __u64 wall_ns);

static inline int path_flow_end(struct sekisho_connection *connection, __u32 cause, __u64 wall_ns)
{
	if (path_ended)
		path_ended(connection, cause, wall_ns);
	return event_flow_end(connection, cause, wall_ns);
}

#define event_flow_end path_flow_end
#include "../../bpf/ingress.bpf.c" /* NOLINT(bugprone-suspicious-include) */
#include "../../bpf/sweep.bpf.c" /* NOLINT(bugprone-suspicious-include) */
#undef event_flow_end

#pragma GCC diagnostic pop

static inline void *path_memory(size_t rows, size_t row_bytes)
{
	void *memory = calloc(rows ? rows : 1, path_stride(row_bytes));

	if (memory)
		return memory;
	fprintf(stderr, "no memory\n");
	exit(1);
}

/* Per-CPU maps that no user space reads are not the engine's. */
#define PATH_OWN_MAPS(X) \
	X(workspaces)    \
	X(moments)       \
	X(matches)

static inline void path_map_new(struct sekisho_engine_map *map, uint32_t rows, size_t row_bytes,
				size_t processors)
{
	map->rows = rows;
	map->row_bytes = row_bytes;
	map->stride = path_stride(row_bytes);
	map->memory = path_memory(rows * processors, row_bytes);
}

/**
 * path_engine_new - give every map its rows
 * @size: how many; of HALVES maps in one half, as the library counts them
 *
 * One engine at a time. Return: the engine, to be freed with path_engine_free().
 */
static inline struct sekisho_engine *path_engine_new(const struct sekisho_engine_size *size)
{
	struct sekisho_engine *engine = path_memory(1, sizeof(*engine));

/* Zero rows: the size in the object, as the library has it. */
#define ROWS(NAME, name)                                                 \
	(size->rows[SEKISHO_MAP_##NAME] ? size->rows[SEKISHO_MAP_##NAME] \
					: (uint32_t)(sizeof(*name.max_entries) / sizeof(int)))
#define NEW(NAME, name, row, rows, processors)                                          \
	path_map_new(&engine->maps[SEKISHO_MAP_##NAME], rows, sizeof(row), processors); \
	PATH_MAP_SET(name, engine->maps[SEKISHO_MAP_##NAME].memory, rows);
#define MAP_HALVES(NAME, name, row)  NEW(NAME, name, row, ROWS(NAME, name) * SEKISHO_HALVES, 1)
#define MAP_STATE(NAME, name, row)   NEW(NAME, name, row, ROWS(NAME, name), 1)
#define MAP_PER_CPU(NAME, name, row) NEW(NAME, name, row, ROWS(NAME, name), PATH_PROCESSORS)
#define MAP_PLAIN(NAME, name, row)
#define MAP(NAME, name, row, how) MAP_##how(NAME, name, row)
	SEKISHO_MAPS(MAP)
#undef MAP
#define MAP(name) PATH_MAP_SET(name, path_memory(PATH_PROCESSORS, sizeof(*name.value)), 1);
	PATH_OWN_MAPS(MAP)
#undef MAP
	engine->processors = PATH_PROCESSORS;
	engine->pair_shift = 1;
	while (1u << (2 * engine->pair_shift) < engine->maps[SEKISHO_MAP_PAIRS_SEEN].rows)
		engine->pair_shift++;
	setting_pair_shift = engine->pair_shift;
	setting_bucket_mask = engine->maps[SEKISHO_MAP_SLOTS].rows - 1;
	setting_test_clock = 1;
	return engine;
}

static inline void path_engine_free(struct sekisho_engine *engine)
{
	for (int i = 0; i < SEKISHO_MAP_COUNT; i++)
		free(engine->maps[i].memory);
	free(engine);
#define MAP(name) free(name.value);
	PATH_OWN_MAPS(MAP)
#undef MAP
}

/* The generator of the tests of the tables, one a thread: the same run for the same seed. */
struct path_random {
	uint64_t state;
};

static inline uint32_t path_below(struct path_random *random, uint32_t bound)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (uint32_t)((random->state >> 16) % bound);
}

#endif
