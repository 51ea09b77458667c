/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From IPv4 ranges to the direct index. Must not know what classes mean, nor policies.
 */
#ifndef SEKISHO_KERNEL_INDEX4_H
#define SEKISHO_KERNEL_INDEX4_H

#include <stdint.h>

#include "rows.h"
#include "tables.h"

/* @class holds from @start to where the next range starts. */
struct sekisho_index4_range {
	uint32_t start;
	uint32_t class;
};

/* So many that every row of the index has a number. */
#define SEKISHO_INDEX4_RANGES_MAX (1u << 25)

/**
 * sekisho_index4_build - make index4 and nodes4
 * @ranges: ascending; the first one starts at 0
 * @count: how many, SEKISHO_INDEX4_RANGES_MAX at most
 * @tables: where the tables go
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_index4_build(const struct sekisho_index4_range *ranges, uint32_t count,
			 struct sekisho_tables *tables);

/**
 * struct sekisho_index4_part - what a word says, and the rows that it needs
 * @word: the word; a class, or it leads to these rows
 * @words: struct sekisho_index4_row, numbered from 0
 * @nodes: struct sekisho_node4_row, likewise
 */
struct sekisho_index4_part {
	uint32_t word;
	struct sekisho_rows words;
	struct sekisho_rows nodes;
};

/**
 * sekisho_index4_part - make one word anew
 * @ranges: ascending; the first one starts at @start or before
 * @count: how many, at least one, all in the word's addresses
 * @start: the word's first address
 * @bits: it is for 2^@bits addresses: 16, 8 or 0
 * @part: set, on failure too; the caller frees its rows
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_index4_part(const struct sekisho_index4_range *ranges, uint32_t count, uint32_t start,
			int bits, struct sekisho_index4_part *part);

#endif
