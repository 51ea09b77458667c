/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that lives as long as one reading of a policy and is given back all at once.
 * Knows nothing of what is kept in it.
 */
#ifndef SEKISHO_POLICY_ARENA_H
#define SEKISHO_POLICY_ARENA_H

#include <stddef.h>

struct sekisho_arena_block;

/* Zeroed: an empty arena. */
struct sekisho_arena {
	struct sekisho_arena_block *blocks;
	size_t used; /* in the first block */
};

/**
 * sekisho_arena_alloc - take zeroed memory from an arena
 * @arena: the arena
 * @size: bytes
 *
 * Return: the memory, aligned for any object, or NULL without memory.
 */
void *sekisho_arena_alloc(struct sekisho_arena *arena, size_t size);

/**
 * sekisho_arena_text - keep a copy of bytes as a terminated string
 * @arena: the arena
 * @text: the bytes
 * @length: how many
 *
 * Return: the copy, or NULL without memory.
 */
char *sekisho_arena_text(struct sekisho_arena *arena, const char *text, size_t length);

/**
 * sekisho_arena_free - give everything back
 * @arena: the arena; empty afterwards
 */
void sekisho_arena_free(struct sekisho_arena *arena);

#endif
