// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single permits into and out of a half, in the order in which they decide: between two of them is
 * a free row, or those up to the next free row move. Must not know address sets or what rules say.
 */
#include "patch_permits.h"

#include <errno.h>

#include "permits.h"
#include "prints.h"

/* A permit that moves has its rule made anew: more of them are not worth it. */
#define MOVES_MAX 256

static struct sekisho_permit_row *permit_row(const struct sekisho_half *half, uint32_t permit)
{
	return sekisho_half_row(half, SEKISHO_HALF_PERMITS, permit);
}

static struct sekisho_print_row *print_row(const struct sekisho_half *half, uint32_t permit)
{
	return sekisho_half_row(half, SEKISHO_HALF_PRINTS, permit);
}

static bool is_free(const struct sekisho_half *half, uint32_t permit)
{
	return permit_row(half, permit)->counter == SEKISHO_COUNTER_NONE;
}

static void set_free(struct sekisho_patch *patch, const struct sekisho_half *half, uint32_t permit)
{
	sekisho_permit_clear(permit_row(half, permit));
	*print_row(half, permit) = (struct sekisho_print_row){ 0 };
	patch->flow_of_permit[permit] = SEKISHO_NO_FLOW;
}

int sekisho_patch_take_permit(struct sekisho_patch *patch, struct sekisho_half *half,
			      uint32_t permit, struct sekisho_patch_keys *keys)
{
	int error = sekisho_patch_keys_add(keys, half, print_row(half, permit)->key);

	set_free(patch, half, permit);
	return error;
}

static bool decides_before(const struct sekisho_policy *policy, uint32_t flow, uint32_t other)
{
	struct sekisho_order a = sekisho_permit_rank(&policy->flows[flow], flow);
	struct sekisho_order b = sekisho_permit_rank(&policy->flows[other], other);

	if (sekisho_order_after(&a, &b) || sekisho_order_after(&b, &a))
		return sekisho_order_after(&b, &a);
	return a.subject < b.subject;
}

/* All permits before the row that is returned decide before @flow, the others after it. */
static uint32_t find_place(const struct sekisho_patch *patch, const struct sekisho_half *half,
			   uint32_t flow)
{
	uint32_t low = 0, high = half->row.permits.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2, at = middle;

		while (at < high && is_free(half, at))
			at++;
		if (at == high || decides_before(patch->policy, flow, patch->flow_of_permit[at]))
			high = middle;
		else
			low = at + 1;
	}
	return low;
}

static int move(struct sekisho_patch *patch, struct sekisho_half *half, uint32_t from, uint32_t to,
		struct sekisho_patch_keys *keys)
{
	*permit_row(half, to) = *permit_row(half, from);
	*print_row(half, to) = *print_row(half, from);
	patch->flow_of_permit[to] = patch->flow_of_permit[from];
	set_free(patch, half, from);
	return sekisho_patch_keys_add(keys, half, print_row(half, to)->key);
}

/* The first free row at a place or behind it, which may be a new one; or none. */
static int free_behind(struct sekisho_patch *patch, struct sekisho_half *half, uint32_t place,
		       uint32_t *at)
{
	uint32_t print;

	for (*at = place; *at < half->row.permits.count && *at - place < MOVES_MAX; ++*at)
		if (is_free(half, *at))
			return 0;
	if (*at < half->row.permits.count)
		return -ENOSPC;
	if (!sekisho_half_add(half, SEKISHO_HALF_PERMITS, 1, at) ||
	    !sekisho_half_add(half, SEKISHO_HALF_PRINTS, 1, &print))
		return -ENOSPC;
	set_free(patch, half, *at);
	return 0;
}

static int make_room(struct sekisho_patch *patch, struct sekisho_half *half, uint32_t *place,
		     struct sekisho_patch_keys *keys)
{
	uint32_t at;
	int error;

	if (*place && is_free(half, *place - 1)) {
		--*place;
		return 0;
	}
	error = free_behind(patch, half, *place, &at);
	for (; !error && at > *place; at--)
		error = move(patch, half, at - 1, at, keys);
	return error;
}

static int add_macs(const struct sekisho_flow *flow, struct sekisho_half *half, uint32_t *first)
{
	if (!sekisho_half_add(half, SEKISHO_HALF_MACS, (uint32_t)flow->mac_count, first))
		return -ENOSPC;
	for (uint32_t i = 0; i < flow->mac_count; i++) {
		struct sekisho_mac_row *row = sekisho_half_row(half, SEKISHO_HALF_MACS, *first + i);

		row->mac = flow->macs[i];
	}
	return 0;
}

int sekisho_patch_add_permit(struct sekisho_patch *patch, struct sekisho_half *half, uint32_t flow,
			     uint64_t key, struct sekisho_patch_keys *keys)
{
	const struct sekisho_flow *added = &patch->policy->flows[flow];
	uint32_t place = find_place(patch, half, flow), macs;
	int error = make_room(patch, half, &place, keys);

	if (!error)
		error = add_macs(added, half, &macs);
	if (error)
		return error;
	sekisho_permit_fill(added, flow, patch->bindings, macs, permit_row(half, place));
	*print_row(half, place) = (struct sekisho_print_row){
		.print = sekisho_print_flow(added, half->row.print_seed),
		.key = key,
	};
	patch->flow_of_permit[place] = flow;
	return sekisho_patch_keys_add_flow(keys, half, key, added);
}
