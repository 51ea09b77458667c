// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prefixes, and what is known of the addresses they hold: a binary trie a family. Knows nothing of
 * flows or packets.
 */
#include "trie.h"

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/slab.h>

/* Numbers of sets of one node, while the trie is made; numbered from 1. */
struct link {
	u32 set;
	u32 next;
};

struct prefix {
	struct sekisho_address bits; /* left-aligned */
	u8 family;
	u8 length;
};

static u8 width(u8 family)
{
	return family == 4 ? 32 : 128;
}

static u32 *root_of(struct sekisho_trie *trie, u8 family)
{
	return &trie->roots[family == 6];
}

static struct sekisho_address align_left(u8 family, struct sekisho_address address)
{
	if (family == 4)
		return (struct sekisho_address){ .high = address.low << 32 };
	return address;
}

/* Ones in the first @length bits. */
static struct sekisho_address mask_of(u8 length)
{
	struct sekisho_address mask = { 0, 0 };

	if (length)
		mask.high = length >= 64 ? U64_MAX : U64_MAX << (64 - length);
	if (length > 64)
		mask.low = length >= 128 ? U64_MAX : U64_MAX << (128 - length);
	return mask;
}

static struct sekisho_address masked(struct sekisho_address address, u8 length)
{
	struct sekisho_address mask = mask_of(length);

	return (struct sekisho_address){ address.high & mask.high, address.low & mask.low };
}

static unsigned int bit_at(struct sekisho_address address, u8 index)
{
	if (index < 64)
		return address.high >> (63 - index) & 1;
	return address.low >> (127 - index) & 1;
}

/* How many leading bits are the same. */
static u8 common_bits(struct sekisho_address a, struct sekisho_address b)
{
	if (a.high != b.high)
		return 64 - fls64(a.high ^ b.high);
	return 128 - fls64(a.low ^ b.low);
}

bool sekisho_range_valid(const struct sekisho_range *range)
{
	if (range->family != 4 && range->family != 6)
		return false;
	if (range->family == 4 && (range->first.high || range->first.low > U32_MAX ||
				   range->last.high || range->last.low > U32_MAX))
		return false;
	return sekisho_address_compare(range->first, range->last) <= 0;
}

/* The last address of the prefix of @length that begins at @first, left-aligned and of a family. */
static struct sekisho_address prefix_last(struct sekisho_address first, u8 family, u8 length)
{
	struct sekisho_address whole = mask_of(width(family)), mask = mask_of(length);

	return (struct sekisho_address){ first.high | (whole.high & ~mask.high),
					 first.low | (whole.low & ~mask.low) };
}

/* Not of the family's last one. */
static struct sekisho_address address_after(struct sekisho_address address, u8 family)
{
	if (family == 4) {
		address.high += 1ull << 32;
	} else {
		address.low++;
		address.high += !address.low;
	}
	return address;
}

/* The largest prefix that begins at @first and does not reach beyond @last. */
static u8 largest_length(struct sekisho_address first, struct sekisho_address last, u8 family)
{
	u8 length = width(family);

	while (length && !bit_at(first, length - 1) &&
	       sekisho_address_compare(prefix_last(first, family, length - 1), last) <= 0)
		length--;
	return length;
}

bool sekisho_range_is_prefix(const struct sekisho_range *range)
{
	struct sekisho_address first = align_left(range->family, range->first);
	struct sekisho_address last = align_left(range->family, range->last);
	u8 length = largest_length(first, last, range->family);

	return sekisho_address_equal(prefix_last(first, range->family, length), last);
}

void sekisho_trie_init(struct sekisho_trie *trie)
{
	*trie = (struct sekisho_trie){
		.nodes = SEKISHO_ROWS(struct sekisho_trie_node),
		.chains = SEKISHO_ROWS(struct link),
		.lists = SEKISHO_ROWS(u32),
	};
}

void sekisho_trie_free(struct sekisho_trie *trie)
{
	sekisho_rows_free(&trie->nodes);
	sekisho_rows_free(&trie->chains);
	sekisho_rows_free(&trie->lists);
}

static struct sekisho_trie_node *node_at(const struct sekisho_trie *trie, u32 number)
{
	return (struct sekisho_trie_node *)trie->nodes.items + number - 1;
}

/* There is room: the caller reserved it. */
static u32 new_node(struct sekisho_trie *trie, struct sekisho_address bits, u8 length)
{
	struct sekisho_trie_node *node = sekisho_rows_add(&trie->nodes, 1);

	node->bits = masked(bits, length);
	node->length = length;
	node->segment = SEKISHO_SEGMENT_NONE;
	return trie->nodes.count;
}

/*
 * Put a node for @prefix above the node in @slot, with which it shares @common bits: in its place,
 * where that lies inside the prefix, or beside it under a node for what they share.
 */
static u32 split(struct sekisho_trie *trie, u32 *slot, const struct prefix *prefix, u8 common)
{
	u32 below = *slot, number = new_node(trie, prefix->bits, prefix->length), above = number;

	if (common < prefix->length) {
		above = new_node(trie, prefix->bits, common);
		node_at(trie, above)->child[bit_at(prefix->bits, common)] = number;
	}
	node_at(trie, above)->child[bit_at(node_at(trie, below)->bits, common)] = below;
	*slot = above;
	return number;
}

/* The node of a prefix, made where there is none; NULL without memory. Valid until the next. */
static struct sekisho_trie_node *node_for(struct sekisho_trie *trie, const struct prefix *prefix)
{
	u32 *slot = root_of(trie, prefix->family);

	if (sekisho_rows_reserve(&trie->nodes, 2))
		return NULL;
	while (*slot) {
		struct sekisho_trie_node *node = node_at(trie, *slot);
		u8 common =
			min3(common_bits(node->bits, prefix->bits), node->length, prefix->length);

		if (common < node->length)
			return node_at(trie, split(trie, slot, prefix, common));
		if (node->length == prefix->length)
			return node;
		slot = &node->child[bit_at(prefix->bits, node->length)];
	}
	*slot = new_node(trie, prefix->bits, prefix->length);
	return node_at(trie, *slot);
}

int sekisho_trie_add_network(struct sekisho_trie *trie, const struct sekisho_range *range,
			     u16 segment)
{
	struct prefix prefix = {
		.bits = align_left(range->family, range->first),
		.family = range->family,
	};
	struct sekisho_trie_node *node;

	prefix.length =
		largest_length(prefix.bits, align_left(range->family, range->last), range->family);
	node = node_for(trie, &prefix);
	if (!node)
		return -ENOMEM;
	if (node->segment != SEKISHO_SEGMENT_NONE && node->segment != segment)
		return -EEXIST;
	node->segment = segment;
	return 0;
}

static int add_prefix_to_set(struct sekisho_trie *trie, const struct prefix *prefix, u32 set)
{
	struct sekisho_trie_node *node = node_for(trie, prefix);
	struct link *link;

	if (!node)
		return -ENOMEM;
	if (trie->chains.count >= SEKISHO_TRIE_LIST / 2)
		return -E2BIG;
	link = sekisho_rows_add(&trie->chains, 1);
	if (!link)
		return -ENOMEM;
	*link = (struct link){ set, node->sets };
	node->sets = trie->chains.count;
	return 0;
}

int sekisho_trie_add_set(struct sekisho_trie *trie, const struct sekisho_range *range, u32 set)
{
	struct prefix prefix = {
		.bits = align_left(range->family, range->first),
		.family = range->family,
	};
	struct sekisho_address last = align_left(range->family, range->last), end;

	for (;;) {
		int error;

		prefix.length = largest_length(prefix.bits, last, prefix.family);
		error = add_prefix_to_set(trie, &prefix, set);
		if (error)
			return error;
		end = prefix_last(prefix.bits, prefix.family, prefix.length);
		if (!sekisho_address_compare(end, last))
			return 0;
		prefix.bits = address_after(end, prefix.family);
	}
}

int sekisho_trie_add_bits(struct sekisho_trie *trie, u8 family, struct sekisho_address address,
			  u8 is)
{
	struct prefix prefix = {
		.bits = align_left(family, address),
		.family = family,
		.length = width(family),
	};
	struct sekisho_trie_node *node = node_for(trie, &prefix);

	if (!node)
		return -ENOMEM;
	node->is |= is;
	return 0;
}

/* A node that is still to be finished, and what holds its addresses from above. */
struct pending {
	u32 node;
	u16 segment; /* of a network, other than the one that holds everything */
	u16 sets;
};

/* Of each node on the way down at most one sibling waits. */
struct walk {
	struct pending pending[SEKISHO_TRIE_DEPTH + 1];
	u32 count;
};

static void push(struct walk *walk, u32 node, u16 segment, u16 sets)
{
	if (node)
		walk->pending[walk->count++] = (struct pending){ node, segment, sets };
}

/* A node's chain becomes a number or a list. The number of its sets, or -ENOMEM. */
static int list_sets(struct sekisho_trie *trie, struct sekisho_trie_node *node)
{
	const struct link *links = trie->chains.items;
	u32 first = trie->lists.count, chain = node->sets, *numbers;
	int count = 0;

	for (u32 i = chain; i; i = links[i - 1].next)
		if (++count > SEKISHO_COVER_MAX)
			return count;
	if (count < 2) {
		node->sets = count ? links[chain - 1].set : 0;
		return count;
	}
	numbers = sekisho_rows_add(&trie->lists, count + 1);
	if (!numbers)
		return -ENOMEM;
	/* Whoever was added last leads the chain: the list ascends. */
	for (u32 i = chain, at = count; i; i = links[i - 1].next)
		numbers[--at] = links[i - 1].set;
	node->sets = SEKISHO_TRIE_LIST | first;
	return count;
}

static int finish_node(struct sekisho_trie *trie, const struct pending *pending, struct walk *walk,
		       struct sekisho_trie_problem *problem)
{
	struct sekisho_trie_node *node = node_at(trie, pending->node);
	const struct link *links = trie->chains.items;
	u32 set = node->sets ? links[node->sets - 1].set : 0;
	u16 segment = pending->segment;
	int count = list_sets(trie, node);

	if (count < 0)
		return count;
	if (pending->sets + count > SEKISHO_COVER_MAX) {
		*problem = (struct sekisho_trie_problem){ SEKISHO_TRIE_COVERS, set };
		return -EINVAL;
	}
	if (node->segment != SEKISHO_SEGMENT_NONE) {
		if (segment != SEKISHO_SEGMENT_NONE && segment != node->segment) {
			*problem = (struct sekisho_trie_problem){ SEKISHO_TRIE_OVERLAPS,
								  node->segment };
			return -EINVAL;
		}
		if (node->length)
			segment = node->segment;
	}
	push(walk, node->child[1], segment, pending->sets + count);
	push(walk, node->child[0], segment, pending->sets + count);
	return 0;
}

int sekisho_trie_finish(struct sekisho_trie *trie, struct sekisho_trie_problem *problem)
{
	struct walk *walk = kzalloc(sizeof(*walk), GFP_KERNEL);
	u32 finished = 0;
	int error = 0;

	*problem = (struct sekisho_trie_problem){ SEKISHO_TRIE_GOOD, 0 };
	if (!walk)
		return -ENOMEM;
	push(walk, trie->roots[0], SEKISHO_SEGMENT_NONE, 0);
	push(walk, trie->roots[1], SEKISHO_SEGMENT_NONE, 0);
	while (walk->count && !error) {
		struct pending pending = walk->pending[--walk->count];

		error = finish_node(trie, &pending, walk, problem);
		if (!error)
			error = sekisho_rows_give_way(++finished);
	}
	kfree(walk);
	if (error)
		return error;
	sekisho_rows_free(&trie->chains);
	sekisho_rows_trim(&trie->nodes);
	sekisho_rows_trim(&trie->lists);
	return 0;
}

size_t sekisho_trie_bytes(const struct sekisho_trie *trie)
{
	return sekisho_rows_bytes(&trie->nodes) + sekisho_rows_bytes(&trie->chains) +
	       sekisho_rows_bytes(&trie->lists);
}

static void gather(const struct sekisho_trie *trie, const struct sekisho_trie_node *node,
		   struct sekisho_trie_found *found)
{
	const u32 *list = trie->lists.items;

	if (node->segment != SEKISHO_SEGMENT_NONE)
		found->segment = node->segment;
	found->is |= node->is;
	if (!node->sets)
		return;
	if (!(node->sets & SEKISHO_TRIE_LIST)) {
		if (found->set_count < SEKISHO_COVER_MAX)
			found->sets[found->set_count++] = node->sets;
		return;
	}
	for (list += node->sets & ~SEKISHO_TRIE_LIST; *list && found->set_count < SEKISHO_COVER_MAX;
	     list++)
		found->sets[found->set_count++] = *list;
}

void sekisho_trie_find(const struct sekisho_trie *trie, u8 family, struct sekisho_address address,
		       struct sekisho_trie_found *found)
{
	struct sekisho_address bits = align_left(family, address);
	u32 number = trie->roots[family == 6];

	found->segment = SEKISHO_SEGMENT_NONE;
	found->is = 0;
	found->set_count = 0;
	while (number) {
		const struct sekisho_trie_node *node = node_at(trie, number);

		if (common_bits(node->bits, bits) < node->length)
			return;
		gather(trie, node, found);
		if (node->length >= width(family))
			return;
		number = node->child[bit_at(bits, node->length)];
	}
}
