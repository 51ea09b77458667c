/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds what is already there, so that equal things are stored once. Keeps hashes and numbers
 * only; must not know the things.
 */
#ifndef SEKISHO_KERNEL_INTERN_H
#define SEKISHO_KERNEL_INTERN_H

#include <stdbool.h>
#include <stdint.h>

#define SEKISHO_INTERN_NONE UINT32_MAX

struct sekisho_intern_slot {
	uint32_t hash;
	uint32_t taken; /* the thing's number + 1; 0: free */
};

/* Starts as 0. */
struct sekisho_intern {
	struct sekisho_intern_slot *slots;
	uint32_t room; /* a power of two */
	uint32_t count;
};

/* Whether the thing looked for is the one numbered @number. */
typedef bool sekisho_intern_same(const void *context, uint32_t number);

/* A hash is started with any constant, mixed with each word, and folded. */
static inline uint64_t sekisho_intern_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ (hash >> 32);
}

static inline uint32_t sekisho_intern_fold(uint64_t hash)
{
	hash *= 0xd6e8feb86659fd93ull;
	return (uint32_t)(hash >> 32);
}

/**
 * sekisho_intern_find - look a thing up
 * @intern: where
 * @hash: its hash
 * @same: asked of things with this hash
 * @context: handed to @same
 *
 * Return: its number, or SEKISHO_INTERN_NONE.
 */
uint32_t sekisho_intern_find(const struct sekisho_intern *intern, uint32_t hash,
			     sekisho_intern_same *same, const void *context);

/**
 * sekisho_intern_add - enter a thing that was not found
 * @intern: where
 * @hash: its hash
 * @number: its number, below SEKISHO_INTERN_NONE
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_intern_add(struct sekisho_intern *intern, uint32_t hash, uint32_t number);

void sekisho_intern_free(struct sekisho_intern *intern);

#endif
