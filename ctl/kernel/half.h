/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One half of the tables as memory that can be read and written, wherever it lies. Knows the tables'
 * layout; must not know maps, policies or what rows mean.
 */
#ifndef SEKISHO_KERNEL_HALF_H
#define SEKISHO_KERNEL_HALF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/tables.h"

/* The tables that lie in halves: map, member of tables and of the policy row. */
#define SEKISHO_HALF_TABLES(X)    \
	X(PORTS, ports)           \
	X(SEGMENTS, segments)     \
	X(PAIRS, pairs)           \
	X(INDEX4, index4)         \
	X(NODES4, nodes4)         \
	X(HOSTS6, hosts6)         \
	X(RANGES6, ranges6)       \
	X(CLASSES, classes)       \
	X(COVERS, covers)         \
	X(RULES, rules)           \
	X(SERVICES, services)     \
	X(CANDIDATES, candidates) \
	X(PERMITS, permits)       \
	X(MACS, macs)             \
	X(PRINTS, prints)         \
	X(OBJECTS, objects)

enum sekisho_half_table {
#define SEKISHO_HALF_ENUM(NAME, name) SEKISHO_HALF_##NAME,
	SEKISHO_HALF_TABLES(SEKISHO_HALF_ENUM)
#undef SEKISHO_HALF_ENUM
	SEKISHO_HALF_TABLE_COUNT,
};

/**
 * struct sekisho_half_rows - where the rows of a table lie
 * @memory: row 0
 * @stride: bytes from row to row
 * @room: rows that it can have
 */
struct sekisho_half_rows {
	void *memory;
	size_t stride;
	uint32_t room;
};

/**
 * struct sekisho_half - a half
 * @row: its policy row; the counts of its spans are how many rows there are
 * @tables: by enum sekisho_half_table
 */
struct sekisho_half {
	struct sekisho_policy_row row;
	struct sekisho_half_rows tables[SEKISHO_HALF_TABLE_COUNT];
};

static inline void *sekisho_half_row(const struct sekisho_half *half, enum sekisho_half_table table,
				     uint32_t index)
{
	return (char *)half->tables[table].memory + half->tables[table].stride * index;
}

static inline struct sekisho_span *sekisho_half_span(struct sekisho_half *half,
						     enum sekisho_half_table table)
{
	switch (table) {
#define SEKISHO_HALF_SPAN(NAME, name) \
	case SEKISHO_HALF_##NAME:     \
		return &half->row.name;
		SEKISHO_HALF_TABLES(SEKISHO_HALF_SPAN)
#undef SEKISHO_HALF_SPAN
	default:
		return NULL;
	}
}

/**
 * sekisho_half_add - make a table longer
 * @half: the half
 * @table: which
 * @count: by how many rows
 * @first: set to the first of them, not initialised
 *
 * Return: whether there is room.
 */
static inline bool sekisho_half_add(struct sekisho_half *half, enum sekisho_half_table table,
				    uint32_t count, uint32_t *first)
{
	struct sekisho_span *span = sekisho_half_span(half, table);

	if (count > half->tables[table].room - span->count)
		return false;
	*first = span->count;
	span->count += count;
	return true;
}

#endif
