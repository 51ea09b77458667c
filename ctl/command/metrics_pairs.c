// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metrics of pairs of segments, and of what was denied between kinds of segments. Knows nothing of
 * flows.
 *
 * A series that begins above 0 shows no increase. So where there are few enough pairs all of them
 * are told from the start; kinds always are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/metrics_parts.h"
#include "kernel/runtime.h"

#define NO_SEGMENT "-"

struct pairs {
	struct sekisho_pair_total *rows;
	size_t count;
};

/* As rows have them: the policy's segments, then none. */
static const char *segment_name(const struct sekisho_metrics_policy *policy, size_t number)
{
	return number < policy->segment_count ? policy->segments[number].name : NO_SEGMENT;
}

static int compare_pair(const void *a, const void *b)
{
	const struct sekisho_pair_total *x = a, *y = b;
	int order = strcmp(x->from, y->from);

	return order ? order : strcmp(x->to, y->to);
}

/* Every pair, those that carried nothing too. */
static void fill_up(const struct sekisho_metrics_policy *policy, struct pairs *pairs)
{
	size_t names = policy->segment_count + 1, count = 0;
	struct sekisho_pair_total *rows;

	if (!policy->segment_count || names * names > SEKISHO_METRICS_PAIRS_MAX)
		return;
	rows = calloc(names * names, sizeof(*rows));
	if (!rows)
		return;
	for (size_t i = 0; i < names * names; i++) {
		struct sekisho_pair_total *row = &rows[count];
		const struct sekisho_pair_total *found = NULL;

		snprintf(row->from, sizeof(row->from), "%s", segment_name(policy, i / names));
		snprintf(row->to, sizeof(row->to), "%s", segment_name(policy, i % names));
		if (pairs->count)
			found = bsearch(row, pairs->rows, pairs->count, sizeof(*row), compare_pair);
		if (found)
			row->tally = found->tally;
		count++;
	}
	free(pairs->rows);
	*pairs = (struct pairs){ rows, count };
}

static void tell_pair(const struct sekisho_gather *gather, struct sekisho_metrics *metrics,
		      const struct sekisho_pair_total *row, bool bytes, bool denied)
{
	const struct sekisho_pair_tally *tally = &row->tally;
	uint64_t permitted_value = bytes ? tally->permitted_bytes : tally->permitted_packets;
	uint64_t denied_value = bytes ? tally->denied_bytes : tally->denied_packets;

	sekisho_metrics_sample(metrics, denied ? denied_value : permitted_value, "from", row->from,
			       "to", row->to, "from_kind", sekisho_metrics_kind(gather, row->from),
			       "to_kind", sekisho_metrics_kind(gather, row->to), "verdict",
			       denied ? "deny" : "permit", NULL);
}

static void tell_pairs(const struct sekisho_gather *gather, struct sekisho_metrics *metrics,
		       const struct pairs *pairs, bool bytes)
{
	static const struct sekisho_metric families[] = {
		{ "sekisho_pair_packets", SEKISHO_METRIC_COUNTER, NULL,
		  "Frames from one segment to another; '-' is no segment." },
		{ "sekisho_pair_bytes", SEKISHO_METRIC_COUNTER, "bytes",
		  "Bytes from one segment to another; '-' is no segment." },
	};

	sekisho_metrics_family(metrics, &families[bytes]);
	for (size_t i = 0; i < pairs->count; i++) {
		tell_pair(gather, metrics, &pairs->rows[i], bytes, false);
		tell_pair(gather, metrics, &pairs->rows[i], bytes, true);
	}
}

static void tell_crossings(const struct sekisho_gather *gather, struct sekisho_metrics *metrics,
			   const struct pairs *pairs)
{
	static const struct sekisho_metric crossings = {
		"sekisho_crossing_denied_packets", SEKISHO_METRIC_COUNTER, NULL,
		"Frames denied on their way from a segment of one kind to one of another."
	};
	uint64_t denied[SEKISHO_METRICS_KINDS][SEKISHO_METRICS_KINDS] = { 0 };

	for (size_t i = 0; i < pairs->count; i++) {
		const struct sekisho_pair_total *row = &pairs->rows[i];

		denied[sekisho_metrics_kind_number(gather, row->from)]
		      [sekisho_metrics_kind_number(gather, row->to)] += row->tally.denied_packets;
	}
	sekisho_metrics_family(metrics, &crossings);
	for (unsigned int from = 0; from <= SEKISHO_KIND_OTHER; from++) {
		for (unsigned int to = 0; to <= SEKISHO_KIND_OTHER; to++) {
			if (from != to)
				sekisho_metrics_sample(metrics, denied[from][to], "from_kind",
						       sekisho_metrics_kind_name(from), "to_kind",
						       sekisho_metrics_kind_name(to), NULL);
		}
	}
}

void sekisho_metrics_pairs(struct sekisho_gather *gather, struct sekisho_metrics *metrics)
{
	static const struct sekisho_metric untold = {
		"sekisho_pairs_untold", SEKISHO_METRIC_GAUGE, NULL,
		"Pairs of segments without series of their own, as there are too many."
	};
	struct pairs pairs = { 0 };
	size_t told;

	if (sekisho_runtime_pairs(gather->context.engine, &pairs.rows, &pairs.count))
		return;
	if (pairs.count)
		qsort(pairs.rows, pairs.count, sizeof(*pairs.rows), compare_pair);
	tell_crossings(gather, metrics, &pairs);
	fill_up(&gather->policy, &pairs);
	told = pairs.count <= SEKISHO_METRICS_PAIRS_MAX ? pairs.count : 0;
	sekisho_metrics_single(metrics, &untold, pairs.count - told);
	pairs.count = told;
	tell_pairs(gather, metrics, &pairs, false);
	tell_pairs(gather, metrics, &pairs, true);
	free(pairs.rows);
}
