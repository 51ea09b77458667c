/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts the flows in the order in which a match decides, and writes what each demands beside hosts
 * and services. Must not know address sets or rules.
 */
#include "permits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prints.h"
#include "rows.h"

/*
 * Without limit before with; then the later end; then the smaller id, which is the order the flows
 * have. Ends are compared as they are, not as clamped to the table's times.
 */
struct sekisho_order sekisho_permit_rank(const struct sekisho_flow *flow, uint32_t index)
{
	bool limited = flow->limit.new_per_second || flow->limit.concurrent;
	uint64_t ascending = (uint64_t)flow->valid_until ^ (1ull << 63);

	return (struct sekisho_order){ limited, ~ascending, index, 0 };
}

static int rank_flows(const struct sekisho_policy *policy, struct sekisho_tables *tables)
{
	size_t count = policy->flow_count;
	struct sekisho_order *items = malloc((count + 1) * sizeof(*items));
	int error = items ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < count && !error; i++)
		items[i] = sekisho_permit_rank(&policy->flows[i], i);
	if (!error)
		error = sekisho_order_sort(items, count);
	for (uint32_t i = 0; i < count && !error; i++) {
		uint32_t permit = sekisho_permit_of_rank(i);

		tables->flow_of_permit[permit] = items[i].subject;
		tables->permit_of_flow[items[i].subject] = permit;
	}
	free(items);
	return error;
}

static uint8_t permit_flags(const struct sekisho_flow *flow)
{
	uint8_t flags = 0;

	if (flow->survives_isolation)
		flags |= SEKISHO_PERMIT_SURVIVES;
	if (flow->schedule.present)
		flags |= SEKISHO_PERMIT_SCHEDULE;
	if (flow->log != SEKISHO_LOG_NONE)
		flags |= SEKISHO_PERMIT_LOG_NEW;
	if (flow->log == SEKISHO_LOG_ALL)
		flags |= SEKISHO_PERMIT_LOG_ALL;
	return flags;
}

static int add_macs(const struct sekisho_flow *flow, struct sekisho_rows *macs)
{
	struct sekisho_mac_row *rows = sekisho_rows_add(macs, (uint32_t)flow->mac_count);

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < flow->mac_count; i++)
		rows[i].mac = flow->macs[i];
	return 0;
}

void sekisho_permit_fill(const struct sekisho_flow *flow, uint32_t index,
			 const struct sekisho_bindings *bindings, uint32_t mac_first,
			 struct sekisho_permit_row *row)
{
	*row = (struct sekisho_permit_row){
		.valid_from = sekisho_tables_time(flow->valid_from),
		.valid_until = sekisho_tables_time(flow->valid_until),
		.counter = bindings->counters ? bindings->counters[index] : index,
		.limit = bindings->limits ? bindings->limits[index] : SEKISHO_LIMIT_NONE,
		.mac_first = flow->mac_count ? mac_first : 0,
		.mac_count = (uint16_t)flow->mac_count,
		.flags = permit_flags(flow),
		.days = flow->schedule.days,
		.start_minute = flow->schedule.start_minute,
		.end_minute = flow->schedule.end_minute,
	};
}

/* The rest of a free row is 0: it would be expired. */
void sekisho_permit_clear(struct sekisho_permit_row *row)
{
	*row = (struct sekisho_permit_row){ .counter = SEKISHO_COUNTER_NONE };
}

static int fill_permits(const struct sekisho_policy *policy,
			const struct sekisho_bindings *bindings, struct sekisho_rows *macs,
			struct sekisho_tables *tables)
{
	for (uint32_t i = 0; i < tables->row.permits.count; i++) {
		uint32_t index = tables->flow_of_permit[i];
		const struct sekisho_flow *flow = &policy->flows[index];

		if (index == SEKISHO_NO_FLOW) {
			sekisho_permit_clear(&tables->permits[i]);
			continue;
		}
		sekisho_permit_fill(flow, index, bindings, macs->count, &tables->permits[i]);
		tables->prints[i].print = sekisho_print_flow(flow, bindings->print_seed);
		if (flow->mac_count && add_macs(flow, macs))
			return -ENOMEM;
	}
	return 0;
}

/* Nothing is written behind the last permit: rows that are added there need none. */
static uint32_t rows_of(size_t flows)
{
	return flows ? sekisho_permit_of_rank((uint32_t)flows - 1) + 1 : 0;
}

int sekisho_permits_build(const struct sekisho_policy *policy,
			  const struct sekisho_bindings *bindings, struct sekisho_tables *tables)
{
	struct sekisho_rows macs = SEKISHO_ROWS(struct sekisho_mac_row);
	size_t rows = rows_of(policy->flow_count);
	int error;

	tables->permits = calloc(rows + 1, sizeof(*tables->permits));
	tables->prints = calloc(rows + 1, sizeof(*tables->prints));
	tables->permit_of_flow = calloc(policy->flow_count + 1, sizeof(*tables->permit_of_flow));
	tables->flow_of_permit = malloc((rows + 1) * sizeof(*tables->flow_of_permit));
	if (!tables->permits || !tables->prints || !tables->permit_of_flow ||
	    !tables->flow_of_permit)
		return -ENOMEM;
	memset(tables->flow_of_permit, 0xff, (rows + 1) * sizeof(*tables->flow_of_permit));
	tables->row.permits.count = tables->row.prints.count = (uint32_t)rows;
	error = rank_flows(policy, tables);
	if (!error)
		error = fill_permits(policy, bindings, &macs, tables);
	if (!error) {
		tables->macs = sekisho_rows_take(&macs, &tables->row.macs.count);
		error = tables->macs ? 0 : -ENOMEM;
	}
	sekisho_rows_free(&macs);
	return error;
}
