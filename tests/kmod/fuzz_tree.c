// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trees of attributes: made, spoilt, written. Knows nothing of the family's attributes.
 */
#include "fuzz_tree.h"

#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>

#define BLOCK_BYTES   (128u << 10)
#define SPOILT_MAX    512 /* attributes of a tree that a spoiler chooses from */
#define NESTS_MAX     400
#define REPEATED_MAX  300
#define EXTENSION_MAX 70000

struct tree_block {
	struct tree_block *next;
	size_t room;
	_Alignas(16) uint8_t bytes[];
};

void tree_clear(struct tree *tree)
{
	while (tree->blocks) {
		struct tree_block *block = tree->blocks;

		tree->blocks = block->next;
		free(block);
	}
	memset(tree, 0, sizeof(*tree));
}

void *tree_bytes(struct tree *tree, size_t length)
{
	size_t wanted = (length + 15) & ~(size_t)15;
	void *bytes;

	if (!tree->blocks || tree->blocks->room - tree->used < wanted) {
		size_t room = wanted > BLOCK_BYTES ? wanted : BLOCK_BYTES;
		struct tree_block *block = malloc(sizeof(*block) + room);

		if (!block)
			abort();
		block->next = tree->blocks;
		block->room = room;
		tree->blocks = block;
		tree->used = 0;
	}
	bytes = tree->blocks->bytes + tree->used;
	tree->used += wanted;
	memset(bytes, 0, wanted);
	return bytes;
}

static struct attribute *append(struct tree *tree, struct attribute *parent, unsigned int type)
{
	struct attribute *attribute = tree_bytes(tree, sizeof(*attribute));

	if (!parent)
		parent = &tree->root;
	attribute->type = (uint16_t)type;
	if (parent->last)
		parent->last->next = attribute;
	else
		parent->first = attribute;
	parent->last = attribute;
	return attribute;
}

struct attribute *tree_nest(struct tree *tree, struct attribute *parent, unsigned int type)
{
	struct attribute *attribute = append(tree, parent, type | NLA_F_NESTED);

	attribute->nested = true;
	return attribute;
}

struct attribute *tree_add(struct tree *tree, struct attribute *parent, unsigned int type,
			   const void *value, size_t length)
{
	struct attribute *attribute = append(tree, parent, type);

	attribute->value = tree_bytes(tree, length);
	attribute->length = (uint32_t)length;
	if (length)
		memcpy(attribute->value, value, length);
	return attribute;
}

/* Little endian, as the machine that this runs on. */
struct attribute *tree_number(struct tree *tree, struct attribute *parent, unsigned int type,
			      uint64_t value, size_t length)
{
	return tree_add(tree, parent, type, &value, length);
}

struct attribute *tree_string(struct tree *tree, struct attribute *parent, unsigned int type,
			      const char *text)
{
	return tree_add(tree, parent, type, text, strlen(text) + 1);
}

static size_t write_one(const struct attribute *attribute, uint8_t *buffer, size_t room)
{
	struct nlattr header = { .nla_type = attribute->type };
	size_t length = NLA_HDRLEN;

	if (room < NLA_ALIGN(NLA_HDRLEN + attribute->length))
		return 0;
	if (attribute->nested) {
		length += tree_write(attribute->first, NULL, buffer + NLA_HDRLEN, room - length);
	} else {
		memcpy(buffer + NLA_HDRLEN, attribute->value, attribute->length);
		length += attribute->length;
	}
	/* Longer ones than the field can hold claim something else, which is a test, too. */
	header.nla_len = (uint16_t)(length + (size_t)(ptrdiff_t)attribute->lie);
	memcpy(buffer, &header, sizeof(header));
	memset(buffer + length, 0, NLA_ALIGN(length) - length);
	return NLA_ALIGN(length);
}

size_t tree_write(const struct attribute *first, const struct attribute *end, uint8_t *buffer,
		  size_t room)
{
	size_t used = 0;

	for (; first && first != end; first = first->next) {
		size_t written = write_one(first, buffer + used, room - used);

		if (!written)
			break;
		used += written;
	}
	return used;
}

/* An attribute that may be spoilt, and the pointer that leads to it. */
struct victim {
	struct attribute *attribute;
	struct attribute *parent;
};

static size_t collect(struct attribute *parent, struct victim *victims, size_t count, int depth)
{
	for (struct attribute *attribute = parent->first; attribute && count < SPOILT_MAX;
	     attribute = attribute->next) {
		victims[count++] = (struct victim){ attribute, parent };
		if (attribute->nested && depth)
			count = collect(attribute, victims, count, depth - 1);
	}
	return count;
}

static void random_bytes(struct random *random, uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)random_number(random);
}

/* @copies of it after it, which share what they hold. */
static void repeat(struct tree *tree, struct victim victim, unsigned int copies)
{
	while (copies--) {
		struct attribute *copy = tree_bytes(tree, sizeof(*copy));

		*copy = *victim.attribute;
		victim.attribute->next = copy;
		if (victim.parent->last == victim.attribute)
			victim.parent->last = copy;
	}
}

static void swap_with_next(struct attribute *attribute)
{
	struct attribute *next = attribute->next;
	struct attribute kept = *attribute;

	if (!next)
		return;
	*attribute = *next;
	attribute->next = kept.next;
	kept.next = next->next;
	*next = kept;
}

static void lengthen(struct tree *tree, struct random *random, struct attribute *attribute)
{
	size_t more = random_percent(random, 90) ? random_between(random, 1, 40)
						 : random_between(random, 41, EXTENSION_MAX);
	uint8_t *value = tree_bytes(tree, attribute->length + more);

	if (attribute->length)
		memcpy(value, attribute->value, attribute->length);
	random_bytes(random, value + attribute->length, more);
	attribute->value = value;
	attribute->length += (uint32_t)more;
	attribute->nested = false;
}

static void wrap(struct tree *tree, struct random *random, struct attribute *attribute)
{
	unsigned int nests = random_percent(random, 80) ? random_between(random, 1, 4)
							: random_between(random, 5, NESTS_MAX);

	while (nests--) {
		struct attribute *inner = tree_bytes(tree, sizeof(*inner));

		*inner = *attribute;
		inner->next = NULL;
		attribute->first = attribute->last = inner;
		attribute->nested = true;
		attribute->length = 0;
		attribute->lie = 0;
	}
}

static const uint64_t edges[] = {
	0,	    1,		 2,	     0x7f,	0x80,	    0xff,
	0x100,	    0x7fff,	 0x8000,     0xffff,	0x10000,    0x7fffffff,
	0x80000000, 0xffffffffu, 1ull << 32, INT64_MAX, 1ull << 63, UINT64_MAX,
};

static void put_edge(struct random *random, struct attribute *attribute)
{
	uint64_t edge = random_pick(random, edges);

	if (!attribute->nested && attribute->length)
		memcpy(attribute->value, &edge,
		       attribute->length < sizeof(edge) ? attribute->length : sizeof(edge));
}

enum spoiling {
	SPOIL_REPEAT,
	SPOIL_REPEAT_MUCH,
	SPOIL_SWAP,
	SPOIL_TYPE,
	SPOIL_TYPE_FLAGS,
	SPOIL_SHORTEN,
	SPOIL_LENGTHEN,
	SPOIL_LIE,
	SPOIL_BYTE,
	SPOIL_EDGE,
	SPOIL_WRAP,
	SPOIL_EMPTY,
	SPOIL_LEAF_TO_NEST,
	SPOIL_COUNT,
};

static void spoil_one(struct tree *tree, struct random *random, struct victim victim)
{
	struct attribute *attribute = victim.attribute;

	switch ((enum spoiling)random_below(random, SPOIL_COUNT)) {
	case SPOIL_REPEAT:
		return repeat(tree, victim, 1);
	case SPOIL_REPEAT_MUCH:
		return repeat(tree, victim, random_between(random, 2, REPEATED_MAX));
	case SPOIL_SWAP:
		return swap_with_next(attribute);
	case SPOIL_TYPE:
		attribute->type =
			(uint16_t)((attribute->type & ~NLA_TYPE_MASK) | random_below(random, 40));
		return;
	case SPOIL_TYPE_FLAGS:
		attribute->type ^= random_percent(random, 50) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
		return;
	case SPOIL_SHORTEN:
		attribute->length = random_below(random, attribute->length);
		return;
	case SPOIL_LENGTHEN:
		return lengthen(tree, random, attribute);
	case SPOIL_LIE:
		attribute->lie = random_percent(random, 50) ? (int32_t)random_below(random, 16) - 8
							    : (int32_t)random_below(random, 65536);
		return;
	case SPOIL_BYTE:
		if (!attribute->nested && attribute->length)
			attribute->value[random_below(random, attribute->length)] ^=
				(uint8_t)random_between(random, 1, 255);
		return;
	case SPOIL_EDGE:
		return put_edge(random, attribute);
	case SPOIL_WRAP:
		return wrap(tree, random, attribute);
	case SPOIL_EMPTY:
		attribute->first = attribute->last = NULL;
		attribute->length = 0;
		return;
	case SPOIL_LEAF_TO_NEST:
		attribute->type |= NLA_F_NESTED;
		return;
	case SPOIL_COUNT:
		return;
	}
}

void tree_spoil(struct tree *tree, struct random *random)
{
	for (unsigned int times = random_between(random, 1, 4); times; times--) {
		struct victim victims[SPOILT_MAX];
		size_t count = collect(&tree->root, victims, 0, 8);

		if (!count)
			return;
		spoil_one(tree, random, victims[random_below(random, count)]);
	}
}
