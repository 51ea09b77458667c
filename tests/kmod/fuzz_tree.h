/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink messages as trees of attributes, so that they can be made well and then be spoilt. Knows
 * how attributes lie in a message; nothing of what they mean or of sockets.
 */
#ifndef SEKISHO_FUZZ_TREE_H
#define SEKISHO_FUZZ_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../differential/random.h"

struct tree_block;

struct attribute {
	struct attribute *next;
	struct attribute *first; /* children, where @nested */
	struct attribute *last;
	uint8_t *value;
	uint32_t length;
	int32_t lie; /* added to the length that it claims */
	uint16_t type; /* with the flags of the wire */
	bool nested;
};

/* Attributes and their bytes are given back together. Zeroed: empty. */
struct tree {
	struct tree_block *blocks;
	size_t used; /* of the newest block */
	struct attribute root; /* its children are the message's attributes */
};

void tree_clear(struct tree *tree);

/* All abort without memory. @parent: NULL for the top. */
struct attribute *tree_nest(struct tree *tree, struct attribute *parent, unsigned int type);
struct attribute *tree_add(struct tree *tree, struct attribute *parent, unsigned int type,
			   const void *value, size_t length);
struct attribute *tree_number(struct tree *tree, struct attribute *parent, unsigned int type,
			      uint64_t value, size_t length);
struct attribute *tree_string(struct tree *tree, struct attribute *parent, unsigned int type,
			      const char *text);
void *tree_bytes(struct tree *tree, size_t length);

/* Write the attributes from @first to before @end into @buffer; returns how many bytes. */
size_t tree_write(const struct attribute *first, const struct attribute *end, uint8_t *buffer,
		  size_t room);

/* Spoil it: one to four times, each in one of the ways there are. */
void tree_spoil(struct tree *tree, struct random *random);

#endif
