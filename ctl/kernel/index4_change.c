// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes the classes of IPv4 addresses in a direct index that is there: down to the words that hold
 * some of the addresses and others too, which are made anew. Must not know what classes mean.
 */
#include "index4_change.h"

#include <errno.h>

#include "index4.h"

#define WORD_LEADS (SEKISHO_WORD4_BLOCK | SEKISHO_WORD4_NODE)

/* Ranges of a word that is no block: two nodes, one after the other, and the two cuts. */
#define RANGES_MOST (SEKISHO_NODE4_WORDS * SEKISHO_NODE4_WORDS + 2)

struct changing {
	struct sekisho_half *half;
	uint32_t first;
	uint32_t last;
	sekisho_class_change *change;
	void *context;
};

/* The ranges of a word, as they are or as they become. */
struct ranges {
	struct sekisho_index4_range items[RANGES_MOST];
	uint32_t count;
};

static struct sekisho_index4_row *word_row(const struct sekisho_half *half, uint32_t word)
{
	return sekisho_half_row(half, SEKISHO_HALF_INDEX4, word);
}

static const struct sekisho_node4_row *node_row(const struct sekisho_half *half, uint32_t word)
{
	return sekisho_half_row(half, SEKISHO_HALF_NODES4, word & ~SEKISHO_WORD4_NODE);
}

/* Where word @i of a node begins; beyond the last one: 0x10000. */
static uint32_t node_start(const struct sekisho_node4_row *node, uint32_t i)
{
	return 0x10000 - (uint32_t)(node->starts[(i - 1) / 4] >> (i - 1) % 4 * 16 & 0xffff);
}

static bool add(struct ranges *ranges, uint32_t start, uint32_t class)
{
	if (ranges->count && ranges->items[ranges->count - 1].class == class)
		return true;
	if (ranges->count == RANGES_MOST)
		return false;
	ranges->items[ranges->count++] = (struct sekisho_index4_range){ start, class };
	return true;
}

/* Adds what a word that is no block says of the addresses from @start on. */
static bool read_word(const struct sekisho_half *half, uint32_t word, uint32_t start, int below,
		      struct ranges *ranges)
{
	const struct sekisho_node4_row *node;

	if (!(word & SEKISHO_WORD4_NODE))
		return add(ranges, start, word);
	node = node_row(half, word);
	for (uint32_t i = 0; i < SEKISHO_NODE4_WORDS; i++) {
		uint32_t at = i ? node_start(node, i) : 0;

		if (at > 0xffff)
			break;
		if (!below || !read_word(half, node->words[i], i ? (start & ~0xffffu) | at : start,
					 below - 1, ranges))
			return false;
	}
	return true;
}

/* A range becomes up to three: before, in and behind the addresses that change. */
static int cut(const struct changing *changing, uint32_t start, uint32_t end, uint32_t class,
	       struct ranges *to)
{
	uint32_t changed;
	int error;

	if (end < changing->first || changing->last < start)
		return add(to, start, class) ? 0 : -ENOSPC;
	error = changing->change(changing->context, class, &changed);
	if (error)
		return error;
	if (start < changing->first && !add(to, start, class))
		return -ENOSPC;
	if (!add(to, start < changing->first ? changing->first : start, changed))
		return -ENOSPC;
	if (changing->last < end && !add(to, changing->last + 1, class))
		return -ENOSPC;
	return 0;
}

/* Rows are numbered from 0 in a part, and from the first free ones in the half. */
static uint32_t moved(uint32_t word, uint32_t words, uint32_t nodes)
{
	if (word & SEKISHO_WORD4_BLOCK)
		return word + words;
	return word & SEKISHO_WORD4_NODE ? word + nodes : word;
}

static int take_part(struct sekisho_half *half, const struct sekisho_index4_part *part,
		     uint32_t *word)
{
	const struct sekisho_index4_row *words = part->words.items;
	const struct sekisho_node4_row *nodes = part->nodes.items;
	uint32_t first_word, first_node;

	if (!sekisho_half_add(half, SEKISHO_HALF_INDEX4, part->words.count, &first_word) ||
	    !sekisho_half_add(half, SEKISHO_HALF_NODES4, part->nodes.count, &first_node))
		return -ENOSPC;
	for (uint32_t i = 0; i < part->words.count; i++)
		word_row(half, first_word + i)->word = moved(words[i].word, first_word, first_node);
	for (uint32_t i = 0; i < part->nodes.count; i++) {
		struct sekisho_node4_row *node =
			sekisho_half_row(half, SEKISHO_HALF_NODES4, first_node + i);

		*node = nodes[i];
		for (int j = 0; j < SEKISHO_NODE4_WORDS; j++)
			node->words[j] = moved(node->words[j], first_word, first_node);
	}
	*word = moved(part->word, first_word, first_node);
	return 0;
}

static int remake(const struct changing *changing, uint32_t *word, uint32_t start, int bits)
{
	uint32_t last = start + ((1u << bits) - 1);
	struct sekisho_index4_part part;
	struct ranges before = { .count = 0 }, after = { .count = 0 };
	int error = read_word(changing->half, *word, start, 2, &before) ? 0 : -ENOSPC;

	for (uint32_t i = 0; i < before.count && !error; i++)
		error = cut(changing, before.items[i].start,
			    i + 1 < before.count ? before.items[i + 1].start - 1 : last,
			    before.items[i].class, &after);
	if (error)
		return error;
	error = sekisho_index4_part(after.items, after.count, start, bits, &part);
	if (!error)
		error = take_part(changing->half, &part, word);
	sekisho_rows_free(&part.words);
	sekisho_rows_free(&part.nodes);
	return error;
}

static int change_words(const struct changing *changing, uint32_t at, uint32_t count,
			uint32_t start, int bits);

/* A word for 2^@bits addresses from @start on. */
static int change_word(const struct changing *changing, uint32_t *word, uint32_t start, int bits)
{
	uint32_t last = start + ((1u << bits) - 1);

	if (last < changing->first || changing->last < start)
		return 0;
	if (*word & SEKISHO_WORD4_BLOCK)
		return change_words(changing, *word & ~SEKISHO_WORD4_BLOCK, SEKISHO_INDEX4_BLOCK,
				    start, bits - 8);
	if (!(*word & WORD_LEADS) && changing->first <= start && last <= changing->last)
		return changing->change(changing->context, *word, word);
	return remake(changing, word, start, bits);
}

static int change_words(const struct changing *changing, uint32_t at, uint32_t count,
			uint32_t start, int bits)
{
	int error = 0;

	for (uint32_t i = 0; i < count && !error; i++)
		error = change_word(changing, &word_row(changing->half, at + i)->word,
				    start + (i << bits), bits);
	return error;
}

int sekisho_index4_change(struct sekisho_half *half, uint32_t first, uint32_t last,
			  sekisho_class_change *change, void *context)
{
	const struct changing changing = { half, first, last, change, context };
	uint32_t root = first >> 16;

	return change_words(&changing, root, (last >> 16) - root + 1, root << 16, 16);
}

uint32_t sekisho_index4_class(const struct sekisho_half *half, uint32_t address)
{
	uint32_t word = word_row(half, address >> 16)->word;

	for (int shift = 8; shift >= 0 && word & SEKISHO_WORD4_BLOCK; shift -= 8)
		word = word_row(half, sekisho_block4_word(word, address >> shift))->word;
	while (word & SEKISHO_WORD4_NODE) {
		const struct sekisho_node4_row *node = node_row(half, word);

		word = node->words[sekisho_node4_word(node, address)];
	}
	return word;
}
