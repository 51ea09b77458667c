// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes of a half that holds one policy a half that holds another one, where few flows differ.
 *
 * Flows are told apart by their prints. The permits of those that went or changed are taken out,
 * those of new ones put where they decide; their address sets are found or added; and each rule
 * that one of them had or has part in is made anew, of all flows that have its key. Rows that
 * nothing leads to any more stay until tables are built anew, which is when there is no more room.
 * Knows the model, prints and tables; must not know maps, or which half is in force.
 */
#include "patch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "class_change.h"
#include "half_buckets.h"
#include "objects.h"
#include "patch_keys.h"
#include "patch_permits.h"
#include "prints.h"

/* Rows that new address sets may have looked at: with more of them all is as soon made anew. */
#define WORK_MAX (1u << 25)

/* What all rows depend on. */
static bool same_base(const struct sekisho_patch *patch, const struct sekisho_half *half)
{
	const struct sekisho_policy_row *row = &patch->begun->row;

	return row->base_print == half->row.base_print && row->print_seed == half->row.print_seed &&
	       row->segment_count == half->row.segment_count &&
	       row->pairs.count == half->row.pairs.count;
}

static const struct sekisho_pair_row *pair_row(const struct sekisho_half *half, uint32_t pair)
{
	return sekisho_half_row(half, SEKISHO_HALF_PAIRS, pair);
}

/*
 * Keys have the numbers of pairs: a pair that has flows keeps its number, and one that gets its first
 * flow has the next one. No key is left of pairs that had flows once.
 */
static int number_pairs(struct sekisho_patch *patch, const struct sekisho_half *half)
{
	uint32_t count = patch->begun->row.pairs.count, next = 0;

	patch->pairs = malloc((count + 1) * sizeof(*patch->pairs));
	if (!patch->pairs)
		return -ENOMEM;
	memcpy(patch->pairs, patch->begun->pairs, count * sizeof(*patch->pairs));
	for (uint32_t i = 0; i < count; i++) {
		const struct sekisho_pair_row *row = pair_row(half, i);

		if (!(row->flags & SEKISHO_PAIR_FLOWS))
			continue;
		patch->pairs[i].number = row->number;
		next = row->number >= next ? row->number + 1u : next;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!(patch->pairs[i].flags & SEKISHO_PAIR_FLOWS) ||
		    pair_row(half, i)->flags & SEKISHO_PAIR_FLOWS)
			continue;
		if (next > UINT16_MAX)
			return -ENOTSUP;
		patch->pairs[i].number = (uint16_t)next++;
	}
	return 0;
}

static bool note(uint32_t *list, uint32_t *count, uint32_t number)
{
	if (*count == SEKISHO_PATCH_FLOWS_MAX)
		return false;
	list[(*count)++] = number;
	return true;
}

static uint32_t counter_of(const struct sekisho_patch *patch, uint32_t flow)
{
	return patch->bindings->counters ? patch->bindings->counters[flow] : flow;
}

/* Each flow to the permit that has its counter row; where the print is another one, to none. */
static bool find_fresh(struct sekisho_patch *patch, const struct sekisho_half *half,
		       uint32_t *permit_of_counter, uint32_t counters)
{
	for (uint32_t i = 0; i < patch->policy->flow_count; i++) {
		uint32_t counter = counter_of(patch, i);
		uint32_t permit = counter < counters ? permit_of_counter[counter]
						     : SEKISHO_PERMIT_NONE;
		const struct sekisho_print_row *row;

		if (permit != SEKISHO_PERMIT_NONE) {
			row = sekisho_half_row(half, SEKISHO_HALF_PRINTS, permit);
			if (row->print ==
			    sekisho_print_flow(&patch->policy->flows[i], half->row.print_seed)) {
				patch->flow_of_permit[permit] = i;
				continue;
			}
		}
		if (!note(patch->fresh, &patch->fresh_count, i))
			return false;
	}
	return true;
}

static bool find_gone(struct sekisho_patch *patch, const struct sekisho_half *half)
{
	for (uint32_t i = 0; i < half->row.permits.count; i++) {
		const struct sekisho_permit_row *row =
			sekisho_half_row(half, SEKISHO_HALF_PERMITS, i);

		if (row->counter != SEKISHO_COUNTER_NONE &&
		    patch->flow_of_permit[i] == SEKISHO_NO_FLOW &&
		    !note(patch->gone, &patch->gone_count, i))
			return false;
	}
	return true;
}

static uint32_t highest_counter(const struct sekisho_half *half)
{
	uint32_t highest = 0;

	for (uint32_t i = 0; i < half->row.permits.count; i++) {
		const struct sekisho_permit_row *row =
			sekisho_half_row(half, SEKISHO_HALF_PERMITS, i);

		if (row->counter != SEKISHO_COUNTER_NONE && row->counter > highest)
			highest = row->counter;
	}
	return highest;
}

static void list_counters(const struct sekisho_half *half, uint32_t *permit_of_counter)
{
	for (uint32_t i = 0; i < half->row.permits.count; i++) {
		const struct sekisho_permit_row *row =
			sekisho_half_row(half, SEKISHO_HALF_PERMITS, i);

		if (row->counter != SEKISHO_COUNTER_NONE)
			permit_of_counter[row->counter] = i;
	}
}

/* So many numbers, all UINT32_MAX. */
static uint32_t *new_numbers(size_t count)
{
	uint32_t *numbers = malloc((count + 1) * sizeof(*numbers));

	if (numbers)
		memset(numbers, 0xff, (count + 1) * sizeof(*numbers));
	return numbers;
}

int sekisho_patch_compare(struct sekisho_patch *patch, const struct sekisho_half *half)
{
	uint32_t counters = highest_counter(half) + 1;
	uint32_t *permit_of_counter;
	int error;
	bool few;

	patch->gone_count = patch->fresh_count = 0;
	patch->flow_of_permit = NULL;
	patch->pairs = NULL;
	if (!same_base(patch, half))
		return -ENOTSUP;
	error = number_pairs(patch, half);
	if (error)
		return error;
	patch->flow_of_permit = new_numbers(half->tables[SEKISHO_HALF_PERMITS].room);
	permit_of_counter = new_numbers(counters);
	if (!patch->flow_of_permit || !permit_of_counter) {
		free(permit_of_counter);
		return -ENOMEM;
	}
	list_counters(half, permit_of_counter);
	few = find_fresh(patch, half, permit_of_counter, counters) && find_gone(patch, half);
	free(permit_of_counter);
	return few ? 0 : -ENOTSUP;
}

void sekisho_patch_free(struct sekisho_patch *patch)
{
	free(patch->flow_of_permit);
	free(patch->pairs);
	patch->flow_of_permit = NULL;
	patch->pairs = NULL;
}

static uint32_t pair_of(const struct sekisho_patch *patch, const struct sekisho_flow *flow)
{
	return patch->pairs[flow->from.segment * patch->begun->row.segment_count + flow->to.segment]
		.number;
}

/* Numbers of the half for the address sets of the fresh flows: 0 or -errno. */
static int number_objects(struct sekisho_half *half, const struct sekisho_objects *objects,
			  uint32_t *numbers)
{
	uint64_t work = WORK_MAX;
	int error = 0;

	for (uint32_t i = 0; i < objects->count && !error; i++)
		error = sekisho_class_object(half, &objects->items[i], &work, &numbers[i]);
	return error;
}

static int add_fresh(struct sekisho_patch *patch, struct sekisho_half *half,
		     struct sekisho_patch_keys *keys, const struct sekisho_objects *objects,
		     const uint32_t *numbers)
{
	for (uint32_t i = 0; i < patch->fresh_count; i++) {
		const struct sekisho_flow *flow = &patch->policy->flows[patch->fresh[i]];
		uint64_t key = sekisho_rule_key(pair_of(patch, flow), numbers[objects->from[i]],
						numbers[objects->to[i]]);
		int error = sekisho_patch_add_permit(patch, half, patch->fresh[i], key, keys);

		if (error)
			return error;
	}
	return 0;
}

/* The fresh flows as a policy of their own, for those who number a policy's address sets. */
static int add_flows(struct sekisho_patch *patch, struct sekisho_half *half,
		     struct sekisho_patch_keys *keys)
{
	struct sekisho_flow *flows = calloc(patch->fresh_count + 1ul, sizeof(*flows));
	struct sekisho_policy fresh = { .flows = flows, .flow_count = patch->fresh_count };
	struct sekisho_objects objects = { .items = NULL };
	uint32_t *numbers = NULL;
	int error = flows ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < patch->fresh_count && !error; i++)
		flows[i] = patch->policy->flows[patch->fresh[i]];
	if (!error)
		error = sekisho_objects_number(&fresh, &objects);
	if (!error) {
		numbers = calloc(objects.count + 1ul, sizeof(*numbers));
		error = numbers ? number_objects(half, &objects, numbers) : -ENOMEM;
	}
	if (!error)
		error = add_fresh(patch, half, keys, &objects, numbers);
	sekisho_objects_free(&objects);
	free(numbers);
	free(flows);
	return error;
}

static int write_table(struct sekisho_half *half, enum sekisho_half_table table, const void *rows,
		       size_t row_bytes, uint32_t count)
{
	struct sekisho_span *span = sekisho_half_span(half, table);

	if (count > half->tables[table].room)
		return -ENOSPC;
	span->count = count;
	for (uint32_t i = 0; i < count; i++)
		memcpy(sekisho_half_row(half, table, i), (const char *)rows + row_bytes * i,
		       row_bytes);
	return 0;
}

/* What is small is made anew each time. */
static int write_begun(const struct sekisho_patch *patch, struct sekisho_half *half)
{
	const struct sekisho_tables *begun = patch->begun;
	struct sekisho_policy_row row = begun->row;
	int error = write_table(half, SEKISHO_HALF_PORTS, begun->ports, sizeof(*begun->ports),
				begun->row.ports.count);

	if (!error)
		error = write_table(half, SEKISHO_HALF_SEGMENTS, begun->segments,
				    sizeof(*begun->segments), begun->row.segments.count);
	if (!error)
		error = write_table(half, SEKISHO_HALF_PAIRS, patch->pairs, sizeof(*patch->pairs),
				    begun->row.pairs.count);
#define KEEP_SPAN(NAME, name) row.name = half->row.name;
	SEKISHO_HALF_TABLES(KEEP_SPAN)
#undef KEEP_SPAN
	row.rule_seed = half->row.rule_seed;
	row.host6_seed = half->row.host6_seed;
	half->row = row;
	return error;
}

int sekisho_patch_apply(struct sekisho_patch *patch, struct sekisho_half *half)
{
	struct sekisho_patch_keys keys = SEKISHO_PATCH_KEYS;
	int error = 0;

	for (uint32_t i = 0; i < patch->gone_count && !error; i++)
		error = sekisho_patch_take_permit(patch, half, patch->gone[i], &keys);
	if (!error)
		error = add_flows(patch, half, &keys);
	if (!error)
		error = sekisho_patch_make_rules(patch, half, &keys);
	if (!error)
		error = write_begun(patch, half);
	sekisho_patch_keys_free(&keys);
	return error;
}
