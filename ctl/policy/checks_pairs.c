/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds flows that say the same, or the same the other way round, by sorting them by what they
 * match. Knows nothing of what a flow means.
 */
#include "policy/checks.h"

#include <stdlib.h>
#include <string.h>

#include "ui/message.h"

struct matched {
	uint64_t key;
	uint32_t flow;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

static uint64_t mix_endpoint(uint64_t hash, const struct sekisho_endpoint *endpoint)
{
	hash = mix(hash, endpoint->segment);
	for (size_t i = 0; i < endpoint->hosts.count; i++) {
		const struct sekisho_range *range = &endpoint->hosts.items[i];

		hash = mix(mix(hash, range->first.high), range->first.low);
		hash = mix(mix(hash, range->last.high), range->last.low);
		hash = mix(hash, range->family);
	}
	return mix(hash, endpoint->hosts.count);
}

static uint64_t mix_services(uint64_t hash, const struct sekisho_flow *flow)
{
	for (size_t i = 0; i < flow->service_count; i++)
		hash = mix(hash, (uint64_t)flow->services[i].protocol << 32 |
					 (uint64_t)flow->services[i].first << 16 |
					 flow->services[i].last);
	return hash;
}

/* What passes in one direction, whoever sends it and whenever. */
static uint64_t direction_key(const struct sekisho_flow *flow, bool reversed)
{
	const struct sekisho_endpoint *from = reversed ? &flow->to : &flow->from;
	const struct sekisho_endpoint *to = reversed ? &flow->from : &flow->to;

	return mix_services(mix_endpoint(mix_endpoint(1, from), to), flow);
}

static uint64_t match_key(const struct sekisho_flow *flow)
{
	uint64_t hash = direction_key(flow, false);

	for (size_t i = 0; i < flow->mac_count; i++)
		hash = mix(hash, flow->macs[i]);
	for (size_t i = 0; i < flow->source_port_count; i++)
		hash = mix(hash, (uint64_t)flow->source_ports[i].first << 16 |
					 flow->source_ports[i].last);
	if (flow->schedule.present)
		hash = mix(hash, (uint64_t)flow->schedule.days << 32 |
					 (uint64_t)flow->schedule.start_minute << 16 |
					 flow->schedule.end_minute);
	return hash;
}

static bool same_ranges(const struct sekisho_endpoint *a, const struct sekisho_endpoint *b)
{
	if (a->segment != b->segment || a->hosts.count != b->hosts.count)
		return false;
	for (size_t i = 0; i < a->hosts.count; i++) {
		const struct sekisho_range *left = &a->hosts.items[i];
		const struct sekisho_range *right = &b->hosts.items[i];

		if (left->family != right->family ||
		    sekisho_address_compare(left->first, right->first) ||
		    sekisho_address_compare(left->last, right->last))
			return false;
	}
	return true;
}

static bool same_services(const struct sekisho_flow *a, const struct sekisho_flow *b)
{
	if (a->service_count != b->service_count)
		return false;
	for (size_t i = 0; i < a->service_count; i++)
		if (a->services[i].protocol != b->services[i].protocol ||
		    a->services[i].first != b->services[i].first ||
		    a->services[i].last != b->services[i].last)
			return false;
	return true;
}

static bool same_macs_and_ports(const struct sekisho_flow *a, const struct sekisho_flow *b)
{
	if (a->mac_count != b->mac_count || a->source_port_count != b->source_port_count)
		return false;
	for (size_t i = 0; i < a->mac_count; i++)
		if (a->macs[i] != b->macs[i])
			return false;
	for (size_t i = 0; i < a->source_port_count; i++)
		if (a->source_ports[i].first != b->source_ports[i].first ||
		    a->source_ports[i].last != b->source_ports[i].last)
			return false;
	return true;
}

static bool same_match(const struct sekisho_flow *a, const struct sekisho_flow *b)
{
	if (a->schedule.present != b->schedule.present ||
	    (a->schedule.present && (a->schedule.days != b->schedule.days ||
				     a->schedule.start_minute != b->schedule.start_minute ||
				     a->schedule.end_minute != b->schedule.end_minute)))
		return false;
	return same_ranges(&a->from, &b->from) && same_ranges(&a->to, &b->to) &&
	       same_services(a, b) && same_macs_and_ports(a, b);
}

static int compare_matched(const void *left, const void *right)
{
	const struct matched *a = left;
	const struct matched *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->flow < b->flow ? -1 : a->flow > b->flow;
}

/* One permission may follow another; only what is in force at the same time is said twice. */
static void report_same(struct sekisho_load *load, const struct matched *group, size_t count)
{
	const struct sekisho_flow *flows = load->policy->flows;
	const struct sekisho_flow *longest = &flows[group[0].flow];

	for (size_t i = 1; i < count; i++) {
		const struct sekisho_flow *flow = &flows[group[i].flow];
		struct sekisho_diagnostic *diagnostic;

		if (flow->valid_from < longest->valid_until &&
		    longest->valid_from < flow->valid_until && same_match(flow, longest)) {
			diagnostic = sekisho_load_warning(
				load, load->places[group[i].flow].flow, "duplicate-flow", "R22",
				_("flow '%s' permits nothing that '%s' does not"), flow->id,
				longest->id);
			sekisho_diagnostic_hint(diagnostic, _("flow '%s' is in line %u"),
						longest->id, longest->line);
		}
		if (flow->valid_until > longest->valid_until)
			longest = flow;
	}
}

static void report_mirrored(struct sekisho_load *load, const struct matched *sorted, size_t count)
{
	const struct sekisho_flow *flows = load->policy->flows;

	for (size_t i = 0; i < count; i++) {
		const struct sekisho_flow *flow = &flows[sorted[i].flow];
		struct matched wanted = { .key = direction_key(flow, true), .flow = 0 };
		struct sekisho_diagnostic *diagnostic;
		size_t low = 0;
		size_t high = count;

		while (low < high) {
			size_t middle = (low + high) / 2;

			if (compare_matched(&sorted[middle], &wanted) < 0)
				low = middle + 1;
			else
				high = middle;
		}
		if (low == count || sorted[low].key != wanted.key ||
		    sorted[low].flow >= sorted[i].flow)
			continue;
		if (!same_ranges(&flow->from, &flows[sorted[low].flow].to) ||
		    !same_ranges(&flow->to, &flows[sorted[low].flow].from) ||
		    !same_services(flow, &flows[sorted[low].flow]))
			continue;
		diagnostic = sekisho_load_warning(load, load->places[sorted[i].flow].flow,
						  "mirrored-flow", "R4",
						  _("flow '%s' is '%s' the other way round"),
						  flow->id, flows[sorted[low].flow].id);
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("replies pass without a flow; keep both only if both "
					  "sides begin connections"));
	}
}

static size_t collect(const struct sekisho_load *load, struct matched *list,
		      uint64_t (*key)(const struct sekisho_flow *))
{
	const struct sekisho_policy *policy = load->policy;
	size_t count = 0;

	for (size_t i = 0; i < policy->flow_count; i++) {
		if (!load->places[i].whole)
			continue;
		list[count].key = key(&policy->flows[i]);
		list[count++].flow = (uint32_t)i;
	}
	if (count)
		qsort(list, count, sizeof(*list), compare_matched);
	return count;
}

static uint64_t forward_key(const struct sekisho_flow *flow)
{
	return direction_key(flow, false);
}

void sekisho_checks_pairs(struct sekisho_load *load)
{
	struct matched *list;
	size_t count;

	if (!load->policy->flow_count || !load->places)
		return;
	list = sekisho_load_scratch(load, load->policy->flow_count, sizeof(*list));
	if (!list)
		return;
	count = collect(load, list, match_key);
	for (size_t first = 0, next; first < count; first = next) {
		next = first + 1;
		while (next < count && list[next].key == list[first].key)
			next++;
		report_same(load, list + first, next - first);
	}
	count = collect(load, list, forward_key);
	report_mirrored(load, list, count);
}
