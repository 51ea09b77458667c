/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that lives as long as one reading of a policy.
 * Knows nothing of what is kept in it.
 */
#include "policy/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory/huge.h"

/* Each block is twice the one before, from a small file's to that of a large one. */
#define BLOCK_BYTES_MIN (256ul * 1024)
#define BLOCK_BYTES_MAX (32ul * 1024 * 1024)

struct sekisho_arena_block {
	struct sekisho_arena_block *next;
	size_t size;
	max_align_t data[];
};

static struct sekisho_arena_block *new_block(const struct sekisho_arena *arena, size_t size)
{
	size_t room = arena->blocks ? arena->blocks->size * 2 : BLOCK_BYTES_MIN;
	struct sekisho_arena_block *block;

	room = room > BLOCK_BYTES_MAX ? BLOCK_BYTES_MAX : room;
	room = room < size ? size : room;
	if (room > SIZE_MAX - sizeof(*block))
		return NULL;
	block = sekisho_huge(malloc(sizeof(*block) + room), sizeof(*block) + room);
	if (block)
		block->size = room;
	return block;
}

static void *take(struct sekisho_arena *arena, size_t size, size_t align)
{
	size_t at = (arena->used + align - 1) & ~(align - 1);
	struct sekisho_arena_block *block = arena->blocks;

	if (block && at <= block->size && size <= block->size - at) {
		arena->used = at + size;
		return (char *)block->data + at;
	}
	block = new_block(arena, size);
	if (!block)
		return NULL;
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
