// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single IPv6 addresses out of the ranges into buckets, so that hosts do not make the search
 * longer. Must not know what classes mean.
 */
#include "hosts6.h"

#include <errno.h>
#include <stdlib.h>

#include "buckets.h"

static bool is_single(const struct sekisho_range6_row *range, const struct sekisho_range6_row *next)
{
	return next->low == range->low + 1 && next->high == range->high + !next->low;
}

/* Nobody asks the ranges for an address that left them: the range before it goes on. */
static int part(struct sekisho_rows *ranges, struct sekisho_rows *hosts)
{
	struct sekisho_range6_row *rows = ranges->items;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ranges->count; i++) {
		if (i + 1 < ranges->count && is_single(&rows[i], &rows[i + 1])) {
			struct sekisho_range6_row *host = sekisho_rows_add(hosts, 1);

			if (!host)
				return -ENOMEM;
			*host = rows[i];
			continue;
		}
		if (!kept || rows[kept - 1].class != rows[i].class)
			rows[kept++] = rows[i];
	}
	rows[0].high = rows[0].low = 0;
	ranges->count = kept;
	return 0;
}

static uint32_t hash_host(const void *hosts, uint32_t number, uint32_t seed)
{
	const struct sekisho_range6_row *host = (const struct sekisho_range6_row *)hosts + number;

	return sekisho_host6_hash(host->high, host->low, seed);
}

static void fill_way(struct sekisho_host6_bucket *bucket, uint32_t way,
		     const struct sekisho_range6_row *host)
{
	bucket->high[way] = host ? host->high : 0;
	bucket->low[way] = host ? host->low : 0;
	bucket->class[way] = host ? host->class : SEKISHO_CLASS_NONE;
}

static int place(const struct sekisho_rows *hosts, struct sekisho_tables *tables)
{
	const struct sekisho_buckets_things things = { hosts->items, hash_host, hosts->count,
						       SEKISHO_HOST6_WAYS };
	const struct sekisho_range6_row *rows = hosts->items;
	struct sekisho_buckets buckets;
	int error = sekisho_buckets_place(&things, &buckets);

	if (error)
		return error;
	tables->hosts6 = calloc(buckets.count, sizeof(*tables->hosts6));
	for (uint32_t i = 0; tables->hosts6 && i < buckets.count; i++) {
		for (uint32_t j = 0; j < SEKISHO_HOST6_WAYS; j++) {
			uint32_t host = buckets.places[i * SEKISHO_HOST6_WAYS + j];

			fill_way(&tables->hosts6[i], j,
				 host == SEKISHO_BUCKETS_FREE ? NULL : &rows[host]);
		}
	}
	free(buckets.places);
	tables->row.hosts6.count = buckets.count;
	tables->row.host6_seed = buckets.seed;
	tables->host6_count = hosts->count;
	return tables->hosts6 ? 0 : -ENOMEM;
}

int sekisho_hosts6_build(struct sekisho_rows *ranges, struct sekisho_tables *tables,
			 struct sekisho_tables_problem *problem)
{
	struct sekisho_rows hosts = SEKISHO_ROWS(struct sekisho_range6_row);
	int error = part(ranges, &hosts);

	if (!error)
		error = place(&hosts, tables);
	if (error == -E2BIG) {
		problem->fault = SEKISHO_TABLES_HASH;
		problem->count = hosts.count;
	}
	sekisho_rows_free(&hosts);
	return error;
}
