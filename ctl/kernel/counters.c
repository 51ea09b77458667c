// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which row of the flow maps belongs to which flow. Knows the engine's state maps and flow ids;
 * nothing of matching.
 */
#include "kernel/counters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

static int compare_id(const void *id, const void *flow)
{
	return strcmp(id, ((const struct sekisho_flow *)flow)->id);
}

/* Rows that the half in force or a living connection still counts in. */
static void mark_in_use(const struct sekisho_engine *engine, bool *used, uint32_t rows)
{
	const struct sekisho_policy_row *policy = sekisho_engine_policy(engine);
	uint32_t slots = engine->maps[SEKISHO_MAP_SLOTS].rows;

	for (uint32_t i = 0; policy && i < policy->permits.count; i++) {
		const struct sekisho_permit_row *permit =
			sekisho_engine_row(engine, SEKISHO_MAP_PERMITS, policy->permits.base + i);

		if (permit && permit->counter < rows)
			used[permit->counter] = true;
	}
	for (uint32_t i = 0; i < slots; i++) {
		const struct sekisho_slot_bucket *bucket =
			sekisho_engine_row(engine, SEKISHO_MAP_SLOTS, i);

		for (uint32_t way = 0; way < SEKISHO_BUCKET_WAYS; way++) {
			const struct sekisho_connection *connection;

			if (bucket->tag[way] < SEKISHO_TAG_LOWEST)
				continue;
			connection = sekisho_engine_row(engine, SEKISHO_MAP_CONNECTIONS,
							i * SEKISHO_BUCKET_WAYS + way);
			if (connection && connection->counter < rows)
				used[connection->counter] = true;
		}
	}
}

/* Rows were given out in the order of ids, so the flow after the one @before is tried first. */
static const struct sekisho_flow *find_flow(const struct sekisho_policy *policy, const char *id,
					    const struct sekisho_flow *before)
{
	const struct sekisho_flow *next = before ? before + 1 : policy->flows;

	if (next < policy->flows + policy->flow_count && !strcmp(next->id, id))
		return next;
	return bsearch(id, policy->flows, policy->flow_count, sizeof(*next), compare_id);
}

/* Flows that the maps know keep their rows; @used then has every row that may not be taken. */
static void keep_rows(const struct sekisho_engine *engine, const struct sekisho_policy *policy,
		      struct sekisho_counters *counters, bool *used, uint32_t rows)
{
	const struct sekisho_flow *before = NULL;

	for (uint32_t row = 0; row < rows; row++) {
		const struct sekisho_name_row *name =
			sekisho_engine_row(engine, SEKISHO_MAP_FLOW_NAMES, row);
		const struct sekisho_flow *flow;
		size_t index;

		flow = name->id[0] ? find_flow(policy, name->id, before) : NULL;
		if (!flow)
			continue;
		before = flow;
		index = (size_t)(flow - policy->flows);
		counters->rows[index] = row;
		counters->fresh[index] = false;
		used[row] = true;
	}
}

int sekisho_counters_assign(const struct sekisho_engine *engine,
			    const struct sekisho_policy *policy, struct sekisho_counters *counters)
{
	uint32_t rows = engine ? engine->maps[SEKISHO_MAP_FLOW_NAMES].rows : 0, next = 0;
	bool *used = calloc(rows + 1, sizeof(*used));

	memset(counters, 0, sizeof(*counters));
	counters->count = policy->flow_count;
	counters->rows = calloc(policy->flow_count + 1, sizeof(*counters->rows));
	counters->limits = calloc(policy->flow_count + 1, sizeof(*counters->limits));
	counters->fresh = calloc(policy->flow_count + 1, sizeof(*counters->fresh));
	if (!used || !counters->rows || !counters->limits || !counters->fresh) {
		free(used);
		sekisho_counters_free(counters);
		return -ENOMEM;
	}
	for (size_t i = 0; i < policy->flow_count; i++)
		counters->fresh[i] = true;
	if (engine) {
		mark_in_use(engine, used, rows);
		keep_rows(engine, policy, counters, used, rows);
	}
	for (size_t i = 0; i < policy->flow_count; i++) {
		const struct sekisho_limit *limit = &policy->flows[i].limit;

		if (counters->fresh[i]) {
			while (next < rows && used[next])
				next++;
			counters->rows[i] = next++;
		}
		if (counters->rows[i] + 1 > counters->needed)
			counters->needed = counters->rows[i] + 1;
		counters->limits[i] = limit->new_per_second || limit->concurrent
					      ? counters->rows[i]
					      : SEKISHO_LIMIT_NONE;
	}
	free(used);
	return 0;
}

void sekisho_counters_free(struct sekisho_counters *counters)
{
	free(counters->rows);
	free(counters->limits);
	free(counters->fresh);
	memset(counters, 0, sizeof(*counters));
}

/* A flow's name, and zero where its row counted for another flow. */
static int take_row(struct sekisho_engine *engine, const struct sekisho_flow *flow, uint32_t row,
		    const struct sekisho_flow_tally *zero)
{
	struct sekisho_limit_row *limit = sekisho_engine_row(engine, SEKISHO_MAP_LIMITS, row);
	struct sekisho_name_row *name = sekisho_engine_row(engine, SEKISHO_MAP_FLOW_NAMES, row);
	void *carried = sekisho_engine_row(engine, SEKISHO_MAP_FLOW_CARRIED, row);
	int error = 0;

	if (!limit || !name || !carried)
		return -ENOSPC;
	/* A row that no flow ever had is zero already: it costs less not to touch it. */
	if (name->id[0]) {
		if (bpf_map_update_elem(engine->maps[SEKISHO_MAP_FLOW_COUNTERS].fd, &row, zero,
					BPF_ANY))
			error = -errno;
		memset(carried, 0, sizeof(struct sekisho_flow_tally));
		memset(limit, 0, sizeof(*limit));
		memset(name, 0, sizeof(*name));
	}
	strncpy(name->id, flow->id, sizeof(name->id) - 1);
	return error;
}

int sekisho_counters_write(struct sekisho_engine *engine, const struct sekisho_policy *policy,
			   const struct sekisho_counters *counters, int half)
{
	struct sekisho_flow_tally *zero = calloc((size_t)engine->processors, sizeof(*zero));
	int error = zero ? 0 : -ENOMEM;

	for (size_t i = 0; i < counters->count && !error; i++) {
		const struct sekisho_flow *flow;
		struct sekisho_limit_row *limit;

		/* Bounds of flows without limits are never read, and most flows have none. */
		if (!counters->fresh[i] && counters->limits[i] == SEKISHO_LIMIT_NONE)
			continue;
		flow = &policy->flows[i];
		if (counters->fresh[i])
			error = take_row(engine, flow, counters->rows[i], zero);
		if (error || counters->limits[i] == SEKISHO_LIMIT_NONE)
			continue;
		limit = sekisho_engine_row(engine, SEKISHO_MAP_LIMITS, counters->limits[i]);
		if (!limit) {
			error = -ENOSPC;
			continue;
		}
		limit->bounds[half].new_per_second = flow->limit.new_per_second;
		limit->bounds[half].concurrent = flow->limit.concurrent;
	}
	free(zero);
	return error;
}
