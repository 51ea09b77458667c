/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers the address sets that flows name, so that flows with the same hosts share rules.
 * Knows the model only; must not know classes, rules or tables.
 */
#ifndef SEKISHO_KERNEL_OBJECTS_H
#define SEKISHO_KERNEL_OBJECTS_H

#include <stdint.h>

#include "model/policy.h"

/* One address set: ranges sorted by family and address that neither overlap nor touch. */
struct sekisho_object {
	const struct sekisho_range *ranges;
	uint32_t count;
	uint32_t flow; /* the first flow that names it */
};

/**
 * struct sekisho_objects - the address sets of a policy
 * @items: the sets; [0] is 'any' and has no ranges
 * @count: how many, 'any' included
 * @from: the object of each flow's initiator
 * @to: the object of each flow's responder
 * @copies: lists that had to be put in order first
 * @copy_count: how many
 *
 * Borrows from the policy, which must outlive it.
 */
struct sekisho_objects {
	struct sekisho_object *items;
	uint32_t count;
	uint32_t *from;
	uint32_t *to;
	struct sekisho_range **copies;
	uint32_t copy_count;
};

/* The address after @address; after the last one of IPv6: 0. */
static inline struct sekisho_address sekisho_object_after(struct sekisho_address address)
{
	address.low++;
	if (!address.low)
		address.high++;
	return address;
}

/**
 * sekisho_objects_number - number the address sets of a policy, from 1 in the order of its flows
 * @policy: the policy
 * @objects: set, on failure too; to be freed with sekisho_objects_free()
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_objects_number(const struct sekisho_policy *policy, struct sekisho_objects *objects);

void sekisho_objects_free(struct sekisho_objects *objects);

#endif
