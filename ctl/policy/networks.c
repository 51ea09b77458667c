/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which segment an address is in, and that no two claim the same.
 * Knows nothing of flows.
 */
#include "policy/networks.h"

#include <stdlib.h>

#include "policy/addresses.h"
#include "ui/message.h"

/* 0.0.0.0/0 or ::/0: the one network that others may lie in. */
static bool is_default(const struct sekisho_range *range)
{
	if (range->first.high || range->first.low)
		return false;
	if (range->family == 4)
		return range->last.low == 0xffffffff;
	return range->last.high == UINT64_MAX && range->last.low == UINT64_MAX;
}

/* Enclosing networks before what they enclose; of equal ones the first in the file. */
static int compare_places(const void *left, const void *right)
{
	const struct sekisho_network_place *a = left;
	const struct sekisho_network_place *b = right;
	int order;

	if (a->range.family != b->range.family)
		return a->range.family < b->range.family ? -1 : 1;
	order = sekisho_address_compare(a->range.first, b->range.first);
	if (!order)
		order = sekisho_address_compare(b->range.last, a->range.last);
	if (order)
		return order;
	if (a->node->line != b->node->line)
		return a->node->line < b->node->line ? -1 : 1;
	return a->node->column < b->node->column ? -1 : a->node->column > b->node->column;
}

static void judge(struct sekisho_load *load, const struct sekisho_network_place *outer,
		  const struct sekisho_network_place *inner)
{
	struct sekisho_diagnostic *diagnostic;
	char text[SEKISHO_RANGE_TEXT];

	sekisho_range_format(&outer->range, text);
	if (outer->segment == inner->segment) {
		sekisho_load_warning(load, inner->node, "nested-network", NULL,
				     _("'%s' already lies in %s of the same segment"),
				     inner->node->text, text);
		return;
	}
	if (is_default(&outer->range) && !is_default(&inner->range))
		return;
	diagnostic = sekisho_load_error(load, inner->node, "overlapping-networks", NULL,
					_("'%s' overlaps %s of segment '%s'"), inner->node->text,
					text, load->policy->segments[outer->segment].name);
	sekisho_diagnostic_hint(diagnostic, _("that network is in line %u"), outer->node->line);
}

void sekisho_networks_check(struct sekisho_load *load, struct sekisho_network_place *places,
			    size_t count)
{
	const struct sekisho_network_place *open[130]; /* prefixes nest no deeper */
	size_t depth = 0;

	if (!count)
		return;
	qsort(places, count, sizeof(*places), compare_places);
	for (size_t i = 0; i < count; i++) {
		const struct sekisho_network_place *place = &places[i];

		while (depth && !sekisho_range_inside(&place->range, &open[depth - 1]->range))
			depth--;
		if (depth)
			judge(load, open[depth - 1], place);
		/* of equal networks one stands for all */
		if (depth && !sekisho_range_compare(&place->range, &open[depth - 1]->range))
			continue;
		open[depth++] = place;
	}
}

/* Do a segment's networks hold all of @range? The default one counts only with @defaults. */
static bool held(const struct sekisho_segment *segment, const struct sekisho_range *range,
		 bool defaults)
{
	const struct sekisho_ranges *networks = &segment->networks;
	struct sekisho_address reached = range->first;

	/* sorted: what covers @range piece by piece comes in order */
	for (size_t i = 0; i < networks->count; i++) {
		const struct sekisho_range *network = &networks->items[i];

		if (network->family != range->family || (is_default(network) && !defaults))
			continue;
		if (sekisho_address_compare(network->first, reached) > 0)
			return false;
		if (sekisho_address_compare(network->last, reached) < 0)
			continue;
		if (sekisho_address_compare(network->last, range->last) >= 0)
			return true;
		reached = network->last;
		if (!++reached.low)
			reached.high++;
	}
	return false;
}

bool sekisho_networks_hold(const struct sekisho_policy *policy, uint16_t index,
			   const struct sekisho_range *range)
{
	if (held(&policy->segments[index], range, false))
		return true;
	if (!held(&policy->segments[index], range, true))
		return false;
	for (size_t i = 1; i < policy->segment_count; i++)
		if (i != index && held(&policy->segments[i], range, false))
			return false;
	return true;
}

bool sekisho_networks_swallowed(const struct sekisho_policy *policy, uint16_t index,
				const struct sekisho_range *range)
{
	const struct sekisho_ranges *networks = &policy->segments[index].networks;

	if (!sekisho_address_compare(range->first, range->last))
		return false;
	for (size_t i = 0; i < networks->count; i++)
		if (sekisho_range_inside(&networks->items[i], range))
			return true;
	return false;
}
