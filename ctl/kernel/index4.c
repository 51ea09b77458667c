// SPDX-License-Identifier: GPL-2.0-only
/*
 * From IPv4 ranges to the direct index: a word for every first 16 bits, and behind a word what its
 * part of the address space needs. Must not know what classes mean, nor policies.
 */
#include "index4.h"

#include <errno.h>

#include "rows.h"

/* Up to here nodes are smaller than the kilobyte of a block, and two of them reach any range. */
#define RANGES_IN_NODES 32

_Static_assert(RANGES_IN_NODES <= SEKISHO_NODE4_WORDS * SEKISHO_NODE4_WORDS,
	       "two nodes, one after the other, lead to every range");

struct building {
	const struct sekisho_index4_range *ranges;
	uint32_t count;
	struct sekisho_rows words; /* struct sekisho_index4_row */
	struct sekisho_rows nodes; /* struct sekisho_node4_row */
};

/* Ranges that lie in one part of the address space, the first one maybe only in part. */
struct slice {
	uint32_t first;
	uint32_t count;
};

static void set_word(struct sekisho_node4_row *node, uint32_t i, uint32_t start, uint32_t word)
{
	node->words[i] = word;
	if (i)
		node->starts[(i - 1) / 4] |= (uint64_t)(uint16_t)-start << (i - 1) % 4 * 16;
}

/* Ranges beyond one node are dealt out evenly to nodes below it. */
static int add_node(struct building *building, struct slice slice, uint32_t *word)
{
	bool leaf = slice.count <= SEKISHO_NODE4_WORDS;
	uint32_t words = leaf ? slice.count
			      : (slice.count + SEKISHO_NODE4_WORDS - 1) / SEKISHO_NODE4_WORDS;
	uint32_t number = building->nodes.count;
	struct sekisho_node4_row *nodes = sekisho_rows_add(&building->nodes, 1);

	if (!nodes)
		return -ENOMEM;
	*nodes = (struct sekisho_node4_row){ .words = { 0 } };
	*word = SEKISHO_WORD4_NODE | number;
	for (uint32_t i = 0; i < words; i++) {
		struct slice part = { .first = slice.first + slice.count * i / words };
		const struct sekisho_index4_range *range = &building->ranges[part.first];
		uint32_t below = range->class;

		part.count = slice.first + slice.count * (i + 1) / words - part.first;
		if (!leaf && add_node(building, part, &below))
			return -ENOMEM;
		nodes = building->nodes.items;
		set_word(&nodes[number], i, range->start, below);
	}
	return 0;
}

/* Goes on from the part before: to the ranges that lie in the addresses from @start to @last. */
static void advance(const struct building *building, struct slice *slice, uint32_t start,
		    uint32_t last)
{
	const struct sekisho_index4_range *ranges = building->ranges;
	uint32_t next = slice->first + 1;

	while (next < building->count && ranges[next].start <= start)
		next++;
	slice->first = next - 1;
	while (next < building->count && ranges[next].start <= last)
		next++;
	slice->count = next - slice->first;
}

static int add_words(struct building *building, struct slice slice, uint32_t start, int bits,
		     uint32_t words);

/* What a word says of 2^@bits addresses from @start on. */
static int make_word(struct building *building, struct slice slice, uint32_t start, int bits,
		     uint32_t *word)
{
	if (slice.count == 1) {
		*word = building->ranges[slice.first].class;
		return 0;
	}
	if (slice.count <= RANGES_IN_NODES)
		return add_node(building, slice, word);
	*word = SEKISHO_WORD4_BLOCK | building->words.count;
	return add_words(building, slice, start, bits - 8, SEKISHO_INDEX4_BLOCK);
}

/* @words words, for 2^@bits addresses each. */
static int add_words(struct building *building, struct slice slice, uint32_t start, int bits,
		     uint32_t words)
{
	uint32_t base = building->words.count;

	if (!sekisho_rows_add(&building->words, words))
		return -ENOMEM;
	for (uint32_t i = 0; i < words; i++, start += 1u << bits) {
		struct sekisho_index4_row *rows;
		uint32_t word;

		advance(building, &slice, start, start + ((1u << bits) - 1));
		if (make_word(building, slice, start, bits, &word))
			return -ENOMEM;
		rows = building->words.items;
		rows[base + i].word = word;
	}
	return 0;
}

int sekisho_index4_part(const struct sekisho_index4_range *ranges, uint32_t count, uint32_t start,
			int bits, struct sekisho_index4_part *part)
{
	struct building building = {
		.ranges = ranges,
		.count = count,
		.words = SEKISHO_ROWS(struct sekisho_index4_row),
		.nodes = SEKISHO_ROWS(struct sekisho_node4_row),
	};
	int error = make_word(&building, (struct slice){ 0, count }, start, bits, &part->word);

	part->words = building.words;
	part->nodes = building.nodes;
	return error;
}

int sekisho_index4_build(const struct sekisho_index4_range *ranges, uint32_t count,
			 struct sekisho_tables *tables)
{
	struct building building = {
		.ranges = ranges,
		.count = count,
		.words = SEKISHO_ROWS(struct sekisho_index4_row),
		.nodes = SEKISHO_ROWS(struct sekisho_node4_row),
	};
	int error = add_words(&building, (struct slice){ 0, 1 }, 0, 16, SEKISHO_INDEX4_ROOTS);

	if (!error) {
		tables->index4 = sekisho_rows_take(&building.words, &tables->row.index4.count);
		tables->nodes4 = sekisho_rows_take(&building.nodes, &tables->row.nodes4.count);
		error = tables->index4 && tables->nodes4 ? 0 : -ENOMEM;
	}
	sekisho_rows_free(&building.words);
	sekisho_rows_free(&building.nodes);
	return error;
}
