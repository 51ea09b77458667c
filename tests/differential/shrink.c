// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delta debugging: drop halves, quarters and so on of the ops, join what time passes, drop flows of
 * the policies, as long as all still say what they said. Not the shortest list there is, but a readable one.
 */
#include "shrink.h"

#include <err.h>
#include <stdlib.h>

static bool still_differs(const struct sides *sides, const struct ops *ops,
			  struct difference *difference)
{
	struct difference now;

	if (both_run(sides, ops, &now, NULL, NULL) || !difference_alike(&now, difference))
		return false;
	*difference = now;
	return true;
}

/* The list up to and with the op at which they part. */
static void cut_off(struct ops *ops, const struct difference *difference)
{
	if (difference->at < ops->count)
		ops->count = difference->at + 1;
}

/* Leave out ops [@from, @from + @count) if the difference stays. The first op stays: the clock. */
static bool leave_out(const struct sides *sides, struct ops *ops, size_t from, size_t count,
		      struct difference *difference)
{
	bool *kept = malloc(ops->count);
	struct ops shorter;

	if (!kept)
		err(1, "no memory");
	for (size_t i = 0; i < ops->count; i++)
		kept[i] = i == 0 || i < from || i >= from + count;
	shorter = ops_select(ops, kept);
	free(kept);
	if (!still_differs(sides, &shorter, difference)) {
		free(shorter.items);
		return false;
	}
	free(ops->items);
	*ops = shorter;
	cut_off(ops, difference);
	return true;
}

static void drop_ops(const struct sides *sides, struct ops *ops, struct difference *difference)
{
	for (size_t part = ops->count / 2; part; part /= 2) {
		for (size_t from = ops->count; from > 1;) {
			from = from > part ? from - part : 1;
			leave_out(sides, ops, from, part, difference);
			if (from > ops->count)
				from = ops->count;
		}
	}
}

/* Time that passes in several steps, in one. */
static void merge_advances(const struct sides *sides, struct ops *ops,
			   struct difference *difference)
{
	for (size_t i = ops->count; i-- > 2;) {
		struct op *op = &ops->items[i], *before = op - 1;
		uint64_t alone = op->wall_ns;

		if (op->kind != OP_ADVANCE || before->kind != OP_ADVANCE)
			continue;
		op->wall_ns += before->wall_ns;
		if (!leave_out(sides, ops, i - 1, 1, difference))
			op->wall_ns = alone;
	}
}

static void drop_flows(const struct sides *sides, struct ops *ops, struct difference *difference)
{
	for (size_t i = 0; i < ops->count; i++) {
		struct world_recipe *recipe = ops->items[i].recipe;

		for (unsigned int flow = 0; recipe && flow < WORLD_FLOWS; flow++) {
			recipe->dropped |= 1ull << flow;
			if (!still_differs(sides, ops, difference))
				recipe->dropped &= ~(1ull << flow);
		}
	}
}

void shrink(const struct sides *sides, struct ops *ops, struct difference *difference)
{
	size_t before;

	cut_off(ops, difference);
	do {
		before = ops->count;
		drop_ops(sides, ops, difference);
		merge_advances(sides, ops, difference);
	} while (ops->count < before);
	drop_flows(sides, ops, difference);
	drop_ops(sides, ops, difference);
}
