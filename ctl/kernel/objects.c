/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers the address sets that flows name. Two lists are one set if they hold the same addresses,
 * however they are written. Knows the model only; must not know classes, rules or tables.
 */
#include "objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intern.h"
#include "rows.h"

struct numbering {
	struct sekisho_rows items;
	struct sekisho_rows copies;
	struct sekisho_rows scratch; /* the list at hand, put in order */
	struct sekisho_intern known;
};

/* A list being looked up. */
struct wanted {
	const struct numbering *numbering;
	const struct sekisho_range *ranges;
	uint32_t count;
};

/* Whether @next lies beyond @range with at least one address between them. */
static bool beyond(const struct sekisho_range *range, const struct sekisho_range *next)
{
	if (range->family != next->family)
		return range->family < next->family;
	return sekisho_address_compare(range->last, next->first) < 0 &&
	       sekisho_address_compare(sekisho_object_after(range->last), next->first) < 0;
}

static bool in_order(const struct sekisho_ranges *list)
{
	for (size_t i = 1; i < list->count; i++)
		if (!beyond(&list->items[i - 1], &list->items[i]))
			return false;
	return true;
}

static int compare_ranges(const void *left, const void *right)
{
	const struct sekisho_range *a = left, *b = right;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return sekisho_address_compare(a->first, b->first);
}

static int put_in_order(struct numbering *numbering, const struct sekisho_ranges *list)
{
	struct sekisho_rows *scratch = &numbering->scratch;
	struct sekisho_range *ranges;
	uint32_t last = 0;

	scratch->count = 0;
	ranges = sekisho_rows_add(scratch, (uint32_t)list->count);
	if (!ranges)
		return -ENOMEM;
	memcpy(ranges, list->items, list->count * sizeof(*ranges));
	qsort(ranges, list->count, sizeof(*ranges), compare_ranges);
	for (uint32_t i = 1; i < scratch->count; i++) {
		if (beyond(&ranges[last], &ranges[i]))
			ranges[++last] = ranges[i];
		else if (sekisho_address_compare(ranges[last].last, ranges[i].last) < 0)
			ranges[last].last = ranges[i].last;
	}
	scratch->count = last + 1;
	return 0;
}

static uint32_t hash_ranges(const struct sekisho_range *ranges, uint32_t count)
{
	uint64_t hash = count;

	for (uint32_t i = 0; i < count; i++) {
		hash = sekisho_intern_mix(hash, ranges[i].first.low + ranges[i].family);
		hash = sekisho_intern_mix(hash, ranges[i].last.low);
		if (ranges[i].family == 4)
			continue;
		hash = sekisho_intern_mix(hash, ranges[i].first.high);
		hash = sekisho_intern_mix(hash, ranges[i].last.high);
	}
	return sekisho_intern_fold(hash);
}

static bool same_ranges(const void *context, uint32_t number)
{
	const struct wanted *wanted = context;
	const struct sekisho_object *objects = wanted->numbering->items.items;
	const struct sekisho_object *object = &objects[number];

	if (object->count != wanted->count)
		return false;
	for (uint32_t i = 0; i < wanted->count; i++) {
		const struct sekisho_range *a = &object->ranges[i], *b = &wanted->ranges[i];

		if (a->family != b->family || sekisho_address_compare(a->first, b->first) ||
		    sekisho_address_compare(a->last, b->last))
			return false;
	}
	return true;
}

/* The scratch list is overwritten by the next one, so a new object needs its own. */
static int keep_copy(struct numbering *numbering, struct wanted *wanted)
{
	struct sekisho_range **kept = sekisho_rows_add(&numbering->copies, 1);
	size_t size = wanted->count * sizeof(*wanted->ranges);

	if (!kept)
		return -ENOMEM;
	*kept = malloc(size);
	if (!*kept)
		return -ENOMEM;
	memcpy(*kept, wanted->ranges, size);
	wanted->ranges = *kept;
	return 0;
}

static int number_list(struct numbering *numbering, const struct sekisho_ranges *list,
		       uint32_t flow, uint32_t *number)
{
	struct wanted wanted = { numbering, list->items, (uint32_t)list->count };
	bool ordered = in_order(list);
	struct sekisho_object *object;
	uint32_t hash;

	*number = 0;
	if (!list->count)
		return 0;
	if (!ordered) {
		if (put_in_order(numbering, list))
			return -ENOMEM;
		wanted.ranges = numbering->scratch.items;
		wanted.count = numbering->scratch.count;
	}
	hash = hash_ranges(wanted.ranges, wanted.count);
	*number = sekisho_intern_find(&numbering->known, hash, same_ranges, &wanted);
	if (*number != SEKISHO_INTERN_NONE)
		return 0;
	if (!ordered && keep_copy(numbering, &wanted))
		return -ENOMEM;
	*number = numbering->items.count;
	object = sekisho_rows_add(&numbering->items, 1);
	if (!object)
		return -ENOMEM;
	*object = (struct sekisho_object){ wanted.ranges, wanted.count, flow };
	return sekisho_intern_add(&numbering->known, hash, *number);
}

static int number_flows(struct numbering *numbering, const struct sekisho_policy *policy,
			struct sekisho_objects *objects)
{
	struct sekisho_object *any = sekisho_rows_add(&numbering->items, 1);
	int error = any ? 0 : -ENOMEM;

	if (any)
		*any = (struct sekisho_object){ .flow = UINT32_MAX };
	for (uint32_t i = 0; i < policy->flow_count && !error; i++) {
		const struct sekisho_flow *flow = &policy->flows[i];

		error = number_list(numbering, &flow->from.hosts, i, &objects->from[i]);
		if (!error)
			error = number_list(numbering, &flow->to.hosts, i, &objects->to[i]);
	}
	return error;
}

int sekisho_objects_number(const struct sekisho_policy *policy, struct sekisho_objects *objects)
{
	struct numbering numbering = {
		.items = SEKISHO_ROWS(struct sekisho_object),
		.copies = SEKISHO_ROWS(struct sekisho_range *),
		.scratch = SEKISHO_ROWS(struct sekisho_range),
	};
	size_t count = policy->flow_count ? policy->flow_count : 1;
	int error = -ENOMEM;

	*objects = (struct sekisho_objects){
		.from = calloc(count, sizeof(*objects->from)),
		.to = calloc(count, sizeof(*objects->to)),
	};
	if (objects->from && objects->to)
		error = number_flows(&numbering, policy, objects);
	objects->items = numbering.items.items;
	objects->count = numbering.items.count;
	objects->copies = numbering.copies.items;
	objects->copy_count = numbering.copies.count;
	sekisho_rows_free(&numbering.scratch);
	sekisho_intern_free(&numbering.known);
	return error;
}

void sekisho_objects_free(struct sekisho_objects *objects)
{
	for (uint32_t i = 0; i < objects->copy_count; i++)
		free(objects->copies[i]);
	free(objects->copies);
	free(objects->items);
	free(objects->from);
	free(objects->to);
	*objects = (struct sekisho_objects){ 0 };
}
