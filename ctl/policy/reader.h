/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strict YAML: text to a tree of lists, mappings and scalars, each with its place. What could make
 * a file mean something else than it seems to is refused: duplicate and merge keys, anchors,
 * aliases, tags, several documents, deep nesting.
 * Knows nothing of policies.
 */
#ifndef SEKISHO_POLICY_READER_H
#define SEKISHO_POLICY_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/arena.h"
#include "policy/diagnostics.h"
#include "policy/source.h"

#define SEKISHO_NESTING_MAX 16

enum sekisho_node_kind {
	SEKISHO_NODE_SCALAR,
	SEKISHO_NODE_LIST,
	SEKISHO_NODE_MAPPING,
	SEKISHO_NODE_BROKEN, /* an error was reported here: say nothing more about it */
};

struct sekisho_node {
	const char *text; /* a scalar's; terminated, may hold NUL bytes */
	struct sekisho_node *first; /* items; in a mapping keys and values in turn */
	struct sekisho_node *next;
	uint32_t length; /* bytes of a scalar, number of items or of pairs */
	uint32_t line;
	uint32_t column;
	uint8_t kind;
	bool quoted;
};

/**
 * sekisho_reader_read - read one YAML document
 * @source: the text
 * @diagnostics: receives what is refused
 * @arena: holds the tree
 *
 * Return: the root, or NULL where the text cannot be read at all (said in @diagnostics).
 */
struct sekisho_node *sekisho_reader_read(const struct sekisho_source *source,
					 struct sekisho_diagnostics *diagnostics,
					 struct sekisho_arena *arena);

#endif
