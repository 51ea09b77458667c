// SPDX-License-Identifier: GPL-2.0-only
/*
 * The direct index of IPv4 over random ranges, from empty to crowded, read as the packet path reads
 * it, against a search of the ranges. Must not know how the index is made.
 */
#include "kernel/index4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ktap.h"
#include "tables_reader.h"

#define SEED	   20261126
#define ROUNDS	   60
#define RANGES_MAX 200000
#define ADDRESSES  20000

static uint64_t state = SEED;

static uint32_t random_number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

struct ranges {
	struct sekisho_index4_range items[RANGES_MAX];
	uint32_t count;
};

static int compare(const void *a, const void *b)
{
	const struct sekisho_index4_range *first = a, *second = b;

	return (first->start > second->start) - (first->start < second->start);
}

/* Starts somewhere in 2^@bits addresses that are chosen at random. */
static void add_crowd(struct ranges *ranges, uint32_t count, uint32_t bits)
{
	uint32_t base = random_number();

	for (uint32_t i = 0; i < count && ranges->count < RANGES_MAX; i++) {
		uint32_t low = bits < 32 ? random_number() & ((1u << bits) - 1) : random_number();

		ranges->items[ranges->count++].start = bits < 32 ? (base >> bits << bits) | low
								 : low;
	}
}

/* Neighbours differ in their class, and classes come again. */
static void make_ranges(struct ranges *ranges, uint32_t crowds)
{
	uint32_t count = 0;

	ranges->items[0].start = 0;
	ranges->count = 1;
	for (uint32_t i = 0; i < crowds; i++)
		add_crowd(ranges, 1u << random_number() % 10, random_number() % 33);
	qsort(ranges->items, ranges->count, sizeof(*ranges->items), compare);
	for (uint32_t i = 0; i < ranges->count; i++)
		if (!i || ranges->items[i].start != ranges->items[count - 1].start)
			ranges->items[count++] = ranges->items[i];
	ranges->count = count;
	for (uint32_t i = 0; i < count; i++)
		ranges->items[i].class = i % 2 + 2 * (random_number() % 50);
}

static uint32_t search(const struct ranges *ranges, uint32_t address)
{
	uint32_t low = 0, high = ranges->count - 1;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (ranges->items[middle].start <= address)
			low = middle;
		else
			high = middle - 1;
	}
	return ranges->items[low].class;
}

/* As classify.h does. */
static uint32_t read_quick(const struct sekisho_tables *tables, uint32_t address)
{
	uint32_t word = tables->index4[address >> 16].word;

	if (word & SEKISHO_WORD4_BLOCK)
		word = tables->index4[sekisho_block4_word(word, address >> 8)].word;
	if (word & SEKISHO_WORD4_BLOCK)
		word = tables->index4[sekisho_block4_word(word, address)].word;
	for (int i = 0; i < 2 && word & SEKISHO_WORD4_NODE; i++) {
		const struct sekisho_node4_row *node = &tables->nodes4[word & ~SEKISHO_WORD4_NODE];

		word = node->words[sekisho_node4_word(node, address)];
	}
	return word;
}

static bool check(const struct ranges *ranges, const struct sekisho_tables *tables,
		  uint32_t address)
{
	uint32_t class = search(ranges, address);

	EXPECT(read_class4(tables, address) == class);
	EXPECT(read_quick(tables, address) == class);
	return true;
}

static bool check_all(const struct ranges *ranges, const struct sekisho_tables *tables)
{
	for (uint32_t i = 0; i < ranges->count; i++)
		for (uint32_t j = 0; j < 3; j++)
			if (!check(ranges, tables, ranges->items[i].start + j - 1))
				return false;
	for (uint32_t i = 0; i < ADDRESSES; i++)
		if (!check(ranges, tables, random_number()))
			return false;
	return check(ranges, tables, UINT32_MAX);
}

static void test_random(struct ranges *ranges, const char *name, uint32_t crowds)
{
	uint32_t words = 0, nodes = 0, most = 0;
	bool passed = true;

	for (int i = 0; i < ROUNDS && passed; i++) {
		struct sekisho_tables tables = { .index4 = NULL };

		make_ranges(ranges, crowds);
		passed = !sekisho_index4_build(ranges->items, ranges->count, &tables) &&
			 check_all(ranges, &tables);
		words = tables.row.index4.count > words ? tables.row.index4.count : words;
		nodes = tables.row.nodes4.count > nodes ? tables.row.nodes4.count : nodes;
		most = ranges->count > most ? ranges->count : most;
		free(tables.index4);
		free(tables.nodes4);
	}
	ok(passed, "%s", name);
	printf("# up to %u ranges, %u words, %u nodes\n", most, words, nodes);
}

/* Every address of its own class: the most that there can be behind one word. */
static void test_full(struct ranges *ranges)
{
	struct sekisho_tables tables = { .index4 = NULL };

	ranges->count = 0x10001;
	ranges->items[0] = (struct sekisho_index4_range){ 0, 0 };
	for (uint32_t i = 0; i < 0x10000; i++)
		ranges->items[i + 1] = (struct sekisho_index4_range){ 0x0a010000 + i, i + 1 };
	ok(!sekisho_index4_build(ranges->items, ranges->count, &tables) &&
		   check_all(ranges, &tables) &&
		   tables.row.index4.count == SEKISHO_INDEX4_ROOTS + 257 * SEKISHO_INDEX4_BLOCK &&
		   !tables.row.nodes4.count,
	   "every address of a /16 by itself");
	free(tables.index4);
	free(tables.nodes4);
}

int main(void)
{
	struct ranges *ranges = calloc(1, sizeof(*ranges));

	plan(5);
	if (!ranges)
		return 1;
	test_random(ranges, "hardly any ranges", 2);
	test_random(ranges, "some ranges", 30);
	test_random(ranges, "many ranges", 500);
	test_full(ranges);
	test_random(ranges, "one range", 0);
	free(ranges);
	return finish();
}
