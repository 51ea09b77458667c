/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds what is already there: open addressing, at most half full. Must not know the things.
 */
#include "intern.h"

#include <errno.h>
#include <stdlib.h>

#include "memory/huge.h"

#define FIRST_ROOM 64
#define MOST_ROOM  (1u << 31)

uint32_t sekisho_intern_find(const struct sekisho_intern *intern, uint32_t hash,
			     sekisho_intern_same *same, const void *context)
{
	uint32_t mask = intern->room - 1;

	if (!intern->room)
		return SEKISHO_INTERN_NONE;
	for (uint32_t i = hash & mask; intern->slots[i].taken; i = (i + 1) & mask)
		if (intern->slots[i].hash == hash && same(context, intern->slots[i].taken - 1))
			return intern->slots[i].taken - 1;
	return SEKISHO_INTERN_NONE;
}

static void put(struct sekisho_intern *intern, struct sekisho_intern_slot slot)
{
	uint32_t mask = intern->room - 1;
	uint32_t at = slot.hash & mask;

	while (intern->slots[at].taken)
		at = (at + 1) & mask;
	intern->slots[at] = slot;
}

static int grow(struct sekisho_intern *intern)
{
	struct sekisho_intern larger = { .count = intern->count };

	if (intern->room >= MOST_ROOM)
		return -ENOMEM;
	larger.room = intern->room ? intern->room * 2 : FIRST_ROOM;
	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	sekisho_huge(larger.slots, larger.room * sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < intern->room; i++)
		if (intern->slots[i].taken)
			put(&larger, intern->slots[i]);
	free(intern->slots);
	*intern = larger;
	return 0;
}

int sekisho_intern_add(struct sekisho_intern *intern, uint32_t hash, uint32_t number)
{
	if (intern->count >= intern->room / 2 && grow(intern))
		return -ENOMEM;
	put(intern, (struct sekisho_intern_slot){ .hash = hash, .taken = number + 1 });
	intern->count++;
	return 0;
}

void sekisho_intern_free(struct sekisho_intern *intern)
{
	free(intern->slots);
	*intern = (struct sekisho_intern){ 0 };
}
