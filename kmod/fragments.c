// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table of sets of a few rows each: a datagram has its place in one set, where it replaces
 * itself, a free row or the oldest one. Knows nothing of policies or of the order of decision.
 */
#include "fragments.h"

#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "sekisho/limits.h"

#define WAYS 4
#define SETS 2048 /* a power of two */

static_assert(WAYS * SETS <= SEKISHO_FRAGMENTS_MAX);

struct set {
	spinlock_t lock;
	struct sekisho_first_fragment rows[WAYS]; /* of family 0: free */
};

struct sekisho_fragments {
	siphash_key_t seed;
	struct set sets[SETS];
};

struct sekisho_fragments *sekisho_fragments_new(void)
{
	struct sekisho_fragments *fragments = kvzalloc(sizeof(*fragments), GFP_KERNEL);
	unsigned int i;

	if (!fragments)
		return NULL;
	get_random_bytes(&fragments->seed, sizeof(fragments->seed));
	for (i = 0; i < SETS; i++)
		spin_lock_init(&fragments->sets[i].lock);
	return fragments;
}

void sekisho_fragments_free(struct sekisho_fragments *fragments)
{
	kvfree(fragments);
}

static bool same_datagram(const struct sekisho_datagram *a, const struct sekisho_datagram *b)
{
	return a->identification == b->identification && a->family == b->family &&
	       a->protocol == b->protocol && sekisho_address_equal(a->source, b->source) &&
	       sekisho_address_equal(a->destination, b->destination);
}

static struct set *set_of(struct sekisho_fragments *fragments,
			  const struct sekisho_datagram *datagram)
{
	struct sekisho_datagram hashed;

	/* All bytes are hashed, those between the fields too. */
	memset(&hashed, 0, sizeof(hashed));
	hashed.source = datagram->source;
	hashed.destination = datagram->destination;
	hashed.identification = datagram->identification;
	hashed.family = datagram->family;
	hashed.protocol = datagram->protocol;
	return &fragments->sets[siphash(&hashed, sizeof(hashed), &fragments->seed) & (SETS - 1)];
}

/* The row to write: the datagram's own, a free one, or the one that was written longest ago. */
static struct sekisho_first_fragment *row_for(struct set *set,
					      const struct sekisho_first_fragment *first)
{
	struct sekisho_first_fragment *chosen = &set->rows[0];
	unsigned int i;

	for (i = 0; i < WAYS; i++) {
		struct sekisho_first_fragment *row = &set->rows[i];

		if (same_datagram(&row->datagram, &first->datagram))
			return row;
		if (!chosen->datagram.family)
			continue;
		if (!row->datagram.family || (s32)(chosen->seen - row->seen) > 0)
			chosen = row;
	}
	return chosen;
}

void sekisho_fragments_remember(struct sekisho_fragments *fragments,
				const struct sekisho_first_fragment *first)
{
	struct set *set = set_of(fragments, &first->datagram);

	spin_lock(&set->lock);
	*row_for(set, first) = *first;
	spin_unlock(&set->lock);
}

bool sekisho_fragments_recall(struct sekisho_fragments *fragments,
			      const struct sekisho_datagram *datagram, u64 epoch, u32 now,
			      struct sekisho_first_fragment *first)
{
	struct set *set = set_of(fragments, datagram);
	bool found = false;
	unsigned int i;

	spin_lock(&set->lock);
	for (i = 0; i < WAYS && !found; i++) {
		const struct sekisho_first_fragment *row = &set->rows[i];

		found = row->epoch == epoch && same_datagram(&row->datagram, datagram) &&
			(s32)(now - row->seen) <= SEKISHO_FRAGMENT_SECONDS;
		if (found)
			*first = *row;
	}
	spin_unlock(&set->lock);
	return found;
}
