/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF object as one thing: its maps by number, their sizes, their memory. Loads a new object
 * or opens the pinned one. Knows nothing of policies, ports or commits.
 */
#ifndef SEKISHO_KERNEL_ENGINE_H
#define SEKISHO_KERNEL_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sekisho/connection.h"
#include "sekisho/event.h"
#include "sekisho/tables.h"

/*
 * Every map: SEKISHO_MAPS(X) calls X(NAME, name, row type, how).
 * How it lives: HALVES - policy, two halves, refilled by commits; STATE - written by frames or
 * operators, must outlive a new object; PER_CPU - likewise, one row a processor; PLAIN - kept by
 * its file descriptor only, without memory; its row type says nothing.
 */
#define SEKISHO_MAPS(X)                                                     \
	X(CONTROL, control, struct sekisho_control, STATE)                  \
	X(POLICY, policy, struct sekisho_policy_row, HALVES)                \
	X(PORTS, ports, struct sekisho_port_row, HALVES)                    \
	X(SEGMENTS, segments, struct sekisho_segment_row, HALVES)           \
	X(PAIRS, pairs, struct sekisho_pair_row, HALVES)                    \
	X(INDEX4, index4, struct sekisho_index4_row, HALVES)                \
	X(NODES4, nodes4, struct sekisho_node4_row, HALVES)                 \
	X(HOSTS6, hosts6, struct sekisho_host6_bucket, HALVES)              \
	X(RANGES6, ranges6, struct sekisho_range6_row, HALVES)              \
	X(CLASSES, classes, struct sekisho_class_row, HALVES)               \
	X(COVERS, covers, struct sekisho_cover_row, HALVES)                 \
	X(RULES, rules, struct sekisho_rule_bucket, HALVES)                 \
	X(SERVICES, services, struct sekisho_service_row, HALVES)           \
	X(CANDIDATES, candidates, struct sekisho_candidate_row, HALVES)     \
	X(PERMITS, permits, struct sekisho_permit_row, HALVES)              \
	X(MACS, macs, struct sekisho_mac_row, HALVES)                       \
	X(PRINTS, prints, struct sekisho_print_row, HALVES)                 \
	X(OBJECTS, objects, struct sekisho_object_row, HALVES)              \
	X(FLOW_NAMES, flow_names, struct sekisho_name_row, STATE)           \
	X(LIMITS, limits, struct sekisho_limit_row, STATE)                  \
	X(SLOTS, slots, struct sekisho_slot_bucket, STATE)                  \
	X(CONNECTIONS, connections, struct sekisho_connection, STATE)       \
	X(REASONS, reasons, struct sekisho_tally, PER_CPU)                  \
	X(PAIRS_SEEN, pairs_seen, struct sekisho_pair_tally, PER_CPU)       \
	X(FLOW_COUNTERS, flow_counters, struct sekisho_flow_tally, PER_CPU) \
	X(PAIRS_CARRIED, pairs_carried, struct sekisho_pair_tally, STATE)   \
	X(FLOW_CARRIED, flow_carried, struct sekisho_flow_tally, STATE)     \
	X(LOSSES, losses, struct sekisho_loss_tally, PER_CPU)               \
	X(RECENT, recent, struct sekisho_recent, PLAIN)                     \
	X(SUSPENDED_ADDRS, suspended_addrs, uint32_t, PLAIN)                \
	X(NEXT_HOPS, next_hops, struct sekisho_next_hop, STATE)             \
	X(LINKS, links, struct sekisho_link, PLAIN)                         \
	X(SUSPENDED_MACS, suspended_macs, uint32_t, PLAIN)                  \
	X(FRAGMENTS, fragments, struct sekisho_fragment_row, PLAIN)         \
	X(SWEEPER, sweeper, char, PLAIN)                                    \
	X(EVENTS, events, char, PLAIN)

enum sekisho_map {
#define SEKISHO_MAP_ENUM(NAME, name, row, how) SEKISHO_MAP_##NAME,
	SEKISHO_MAPS(SEKISHO_MAP_ENUM)
#undef SEKISHO_MAP_ENUM
	SEKISHO_MAP_COUNT,
};

enum sekisho_program {
	SEKISHO_PROGRAM_INGRESS,
	SEKISHO_PROGRAM_EGRESS,
	SEKISHO_PROGRAM_SWEEP_START,
	SEKISHO_PROGRAM_SWEEP_NOW,
	SEKISHO_PROGRAM_COUNT,
};

extern const char *const sekisho_map_names[SEKISHO_MAP_COUNT];
extern const char *const sekisho_program_names[SEKISHO_PROGRAM_COUNT];

/**
 * struct sekisho_engine_size - how large the maps are to be
 * @rows: rows of every map; of HALVES maps, of one half
 *
 * Zero rows of a map mean the size in the object.
 */
struct sekisho_engine_size {
	uint32_t rows[SEKISHO_MAP_COUNT];
};

/**
 * struct sekisho_engine_options - what the programs are verified with
 * @test_clock: time comes from the control row
 * @hash_seed: secret of the connection table; 0: a random one
 * @reuse: an engine whose maps are shared where their sizes are equal, or NULL
 */
struct sekisho_engine_options {
	bool test_clock;
	uint64_t hash_seed;
	const struct sekisho_engine *reuse;
};

struct sekisho_engine_map {
	int fd;
	uint32_t rows; /* of the whole map */
	size_t row_bytes;
	size_t stride; /* bytes from row to row in memory */
	void *memory; /* NULL where it has none */
	size_t memory_bytes;
};

struct bpf_object;

struct sekisho_engine {
	struct bpf_object *object; /* NULL for a pinned engine */
	struct sekisho_engine_map maps[SEKISHO_MAP_COUNT];
	int programs[SEKISHO_PROGRAM_COUNT];
	uint32_t pair_shift;
	int processors; /* possible ones: rows of a per-CPU value */
	uint64_t hash_seed;
};

/**
 * sekisho_engine_load - verify and load a new object
 * @size: how large
 * @options: settings
 * @out: set to the engine, to be closed with sekisho_engine_close(); untouched on failure
 * @log: where libbpf's complaints are collected, or NULL; @log_bytes with their NUL
 * @log_bytes: size of @log
 *
 * Return: 0 or -errno (-EPERM without capabilities, -E2BIG where locked memory is short).
 */
int sekisho_engine_load(const struct sekisho_engine_size *size,
			const struct sekisho_engine_options *options, struct sekisho_engine **out,
			char *log, size_t log_bytes);

/**
 * sekisho_engine_open - open the pinned object
 * @directory: where it is pinned
 * @out: set to the engine; untouched on failure
 *
 * Return: 0, -ENOENT where nothing is pinned, -EUCLEAN where what is pinned is not ours, -errno.
 */
int sekisho_engine_open(const char *directory, struct sekisho_engine **out);

/* What tells one pinned object from the next: the number of a pin's file; 0 where nothing is. */
ino_t sekisho_engine_pin_of(const char *directory);

/**
 * sekisho_engine_pin - pin maps and programs by name
 * @engine: the engine
 * @directory: an existing directory of a bpffs
 *
 * Return: 0 or -errno; what was pinned stays, so that the caller removes the directory.
 */
int sekisho_engine_pin(const struct sekisho_engine *engine, const char *directory);

/**
 * sekisho_engine_close - let go of descriptors and memory; what is pinned stays
 * @engine: the engine, or NULL
 */
void sekisho_engine_close(struct sekisho_engine *engine);

/**
 * sekisho_engine_run - run a program without arguments in the kernel
 * @engine: the engine
 * @program: SEKISHO_PROGRAM_SWEEP_START or SEKISHO_PROGRAM_SWEEP_NOW
 *
 * Return: what the program returned, or -errno.
 */
int sekisho_engine_run(const struct sekisho_engine *engine, enum sekisho_program program);

/* The row of a map with memory; NULL beyond its end. */
void *sekisho_engine_row(const struct sekisho_engine *engine, enum sekisho_map map, uint32_t index);

/* A number for the object in this build: another build's programs have another. */
uint64_t sekisho_engine_object(void);

/* Rows of a map as struct sekisho_engine_size counts them: of HALVES maps, of one half. */
uint32_t sekisho_engine_half_rows(const struct sekisho_engine *engine, enum sekisho_map map);

static inline struct sekisho_control *sekisho_engine_control(const struct sekisho_engine *engine)
{
	return engine->maps[SEKISHO_MAP_CONTROL].memory;
}

/* The half in force, or -1 while there is none. */
int sekisho_engine_half(const struct sekisho_engine *engine);

/* The policy row in force, or NULL. */
const struct sekisho_policy_row *sekisho_engine_policy(const struct sekisho_engine *engine);

#endif
