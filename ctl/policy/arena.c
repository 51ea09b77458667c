/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that lives as long as one reading of a policy.
 * Knows nothing of what is kept in it.
 */
#include "policy/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (256 * 1024)

struct sekisho_arena_block {
	struct sekisho_arena_block *next;
	size_t size;
	max_align_t data[];
};

static void *take(struct sekisho_arena *arena, size_t size, size_t align)
{
	size_t at = (arena->used + align - 1) & ~(align - 1);
	struct sekisho_arena_block *block = arena->blocks;
	size_t room;

	if (block && at <= block->size && size <= block->size - at) {
		arena->used = at + size;
		return (char *)block->data + at;
	}
	room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
	if (room > SIZE_MAX - sizeof(*block))
		return NULL;
	block = malloc(sizeof(*block) + room);
	if (!block)
		return NULL;
	block->size = room;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->used = size;
	return block->data;
}

void *sekisho_arena_alloc(struct sekisho_arena *arena, size_t size)
{
	void *memory = take(arena, size, sizeof(void *));

	if (memory)
		memset(memory, 0, size);
	return memory;
}

char *sekisho_arena_text(struct sekisho_arena *arena, const char *text, size_t length)
{
	char *copy = take(arena, length + 1, 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

void sekisho_arena_free(struct sekisho_arena *arena)
{
	while (arena->blocks) {
		struct sekisho_arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
	arena->used = 0;
}
