/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds a number by a name, and the name that was probably meant.
 * Knows nothing of what the names stand for. Names are borrowed, not copied.
 */
#ifndef SEKISHO_POLICY_NAMES_H
#define SEKISHO_POLICY_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEKISHO_NAMES_NONE UINT32_MAX

struct sekisho_names_slot {
	const char *name; /* NULL: free */
	uint32_t hash;
	uint32_t value;
};

/* Zeroed: an empty index. */
struct sekisho_names {
	struct sekisho_names_slot *slots;
	size_t room; /* a power of two */
	size_t count;
};

/**
 * sekisho_names_find - the number of a name
 * @names: the index
 * @name: the name
 *
 * Return: its number, or SEKISHO_NAMES_NONE.
 */
uint32_t sekisho_names_find(const struct sekisho_names *names, const char *name);

/**
 * sekisho_names_add - give a name its number
 * @names: the index
 * @name: the name; must not be there yet
 * @value: the number
 *
 * Return: false without memory.
 */
bool sekisho_names_add(struct sekisho_names *names, const char *name, uint32_t value);

void sekisho_names_free(struct sekisho_names *names);

/**
 * sekisho_names_nearest - the name that was probably meant
 * @names: the index
 * @word: what was written
 *
 * Return: a name few changes away, or NULL.
 */
const char *sekisho_names_nearest(const struct sekisho_names *names, const char *word);

/* As sekisho_names_nearest(), among @count @words. */
const char *sekisho_words_nearest(const char *const *words, size_t count, const char *word);

#endif
