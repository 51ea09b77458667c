/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An index of names with open addressing, and the edit distance for 'did you mean'.
 * Knows nothing of what the names stand for.
 */
#include "policy/names.h"

#include <stdlib.h>
#include <string.h>

/* Names are at most 31 bytes; a longer word is no slip of the pen. */
#define WORD_BYTES 40

/* A hint is not worth more than this many comparisons. */
#define NEAREST_NAMES 20000

struct nearest {
	const char *word;
	size_t length;
	const char *best;
	size_t distance;
};

static uint32_t hash_name(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash;
}

static struct sekisho_names_slot *find_slot(const struct sekisho_names *names, const char *name,
					    uint32_t hash)
{
	size_t at = hash & (names->room - 1);

	while (names->slots[at].name &&
	       (names->slots[at].hash != hash || strcmp(names->slots[at].name, name) != 0))
		at = (at + 1) & (names->room - 1);
	return &names->slots[at];
}

uint32_t sekisho_names_find(const struct sekisho_names *names, const char *name)
{
	const struct sekisho_names_slot *slot;

	if (!names->room)
		return SEKISHO_NAMES_NONE;
	slot = find_slot(names, name, hash_name(name));
	return slot->name ? slot->value : SEKISHO_NAMES_NONE;
}

static bool grow(struct sekisho_names *names)
{
	struct sekisho_names bigger = { .room = names->room ? names->room * 2 : 64 };

	bigger.slots = calloc(bigger.room, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < names->room; i++)
		if (names->slots[i].name)
			*find_slot(&bigger, names->slots[i].name, names->slots[i].hash) =
				names->slots[i];
	bigger.count = names->count;
	free(names->slots);
	*names = bigger;
	return true;
}

bool sekisho_names_add(struct sekisho_names *names, const char *name, uint32_t value)
{
	struct sekisho_names_slot *slot;
	uint32_t hash = hash_name(name);

	if (names->count * 2 >= names->room && !grow(names))
		return false;
	slot = find_slot(names, name, hash);
	slot->name = name;
	slot->hash = hash;
	slot->value = value;
	names->count++;
	return true;
}

void sekisho_names_free(struct sekisho_names *names)
{
	free(names->slots);
	memset(names, 0, sizeof(*names));
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* Levenshtein distance, a swap of neighbours counting as one. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][WORD_BYTES + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *oldest = before;

		now[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			now[j] = least(last[j] + 1, now[j - 1] + 1,
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[b_length];
}

static void offer(struct nearest *nearest, const char *name)
{
	size_t length = strlen(name);
	size_t found;

	if (length > WORD_BYTES || !length)
		return;
	found = distance(nearest->word, nearest->length, name, length);
	if (found > nearest->distance)
		return;
	/* at the same distance the smaller name, so that the order of names does not show */
	if (found == nearest->distance && nearest->best && strcmp(nearest->best, name) <= 0)
		return;
	nearest->best = name;
	nearest->distance = found;
}

static bool begin(struct nearest *nearest, const char *word)
{
	nearest->word = word;
	nearest->length = strlen(word);
	nearest->best = NULL;
	nearest->distance = nearest->length < 4 ? 1 : 2;
	return nearest->length > 1 && nearest->length <= WORD_BYTES;
}

const char *sekisho_names_nearest(const struct sekisho_names *names, const char *word)
{
	struct nearest nearest;

	if (!begin(&nearest, word) || names->count > NEAREST_NAMES)
		return NULL;
	for (size_t i = 0; i < names->room; i++)
		if (names->slots[i].name)
			offer(&nearest, names->slots[i].name);
	return nearest.best;
}

const char *sekisho_words_nearest(const char *const *words, size_t count, const char *word)
{
	struct nearest nearest;

	if (!begin(&nearest, word))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (words[i])
			offer(&nearest, words[i]);
	return nearest.best;
}
