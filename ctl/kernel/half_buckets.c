// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single things into and out of the buckets of a half. What lies in its second bucket does so only
 * if its first one is full, then and ever after: no way becomes free again. Must not know what
 * things mean.
 */
#include "half_buckets.h"

/* As many as where all are placed at once. */
#define MOVES 512

/* What is placed: a rule, or a host and its class. */
union thing {
	struct sekisho_rule_row rule;
	struct {
		uint64_t high;
		uint64_t low;
		uint32_t class;
	} host;
};

/* How a table has things in its buckets. */
struct kind {
	enum sekisho_half_table table;
	uint32_t ways;
	bool (*vacant)(const void *bucket, uint32_t way);
	void (*read)(const void *bucket, uint32_t way, union thing *thing);
	void (*write)(void *bucket, uint32_t way, const union thing *thing);
	uint32_t (*hash)(const struct sekisho_half *half, const union thing *thing);
};

static bool rule_vacant(const void *bucket, uint32_t way)
{
	uint64_t key = ((const struct sekisho_rule_bucket *)bucket)->way[way].key;

	return key == SEKISHO_RULE_EMPTY || key == SEKISHO_RULE_GONE;
}

static void rule_read(const void *bucket, uint32_t way, union thing *thing)
{
	thing->rule = ((const struct sekisho_rule_bucket *)bucket)->way[way];
}

static void rule_write(void *bucket, uint32_t way, const union thing *thing)
{
	((struct sekisho_rule_bucket *)bucket)->way[way] = thing->rule;
}

static uint32_t rule_hash(const struct sekisho_half *half, const union thing *thing)
{
	return sekisho_rule_hash(thing->rule.key, half->row.rule_seed);
}

static bool host6_vacant(const void *bucket, uint32_t way)
{
	return ((const struct sekisho_host6_bucket *)bucket)->class[way] == SEKISHO_CLASS_NONE;
}

static void host6_read(const void *bucket, uint32_t way, union thing *thing)
{
	const struct sekisho_host6_bucket *hosts = bucket;

	thing->host.high = hosts->high[way];
	thing->host.low = hosts->low[way];
	thing->host.class = hosts->class[way];
}

static void host6_write(void *bucket, uint32_t way, const union thing *thing)
{
	struct sekisho_host6_bucket *hosts = bucket;

	hosts->high[way] = thing->host.high;
	hosts->low[way] = thing->host.low;
	hosts->class[way] = thing->host.class;
}

static uint32_t host6_hash(const struct sekisho_half *half, const union thing *thing)
{
	return sekisho_host6_hash(thing->host.high, thing->host.low, half->row.host6_seed);
}

static const struct kind rule_kind = { SEKISHO_HALF_RULES, SEKISHO_RULE_WAYS, rule_vacant,
				       rule_read,	   rule_write,	      rule_hash };
static const struct kind host6_kind = { SEKISHO_HALF_HOSTS6, SEKISHO_HOST6_WAYS, host6_vacant,
					host6_read,	     host6_write,	 host6_hash };

static uint32_t bucket_count(const struct sekisho_half *half, const struct kind *kind)
{
	return kind->table == SEKISHO_HALF_RULES ? half->row.rules.count : half->row.hosts6.count;
}

static bool put(const struct sekisho_half *half, const struct kind *kind, uint32_t at,
		const union thing *thing)
{
	void *bucket = sekisho_half_row(half, kind->table, at);

	for (uint32_t way = 0; way < kind->ways; way++) {
		if (!kind->vacant(bucket, way))
			continue;
		kind->write(bucket, way, thing);
		return true;
	}
	return false;
}

static bool place(const struct sekisho_half *half, const struct kind *kind, union thing thing)
{
	uint32_t count = bucket_count(half, kind), hash = kind->hash(half, &thing);
	uint32_t at = sekisho_bucket_of(hash, count);
	uint32_t second = sekisho_bucket_of(sekisho_bucket_hash_second(hash), count);

	if (put(half, kind, at, &thing) || put(half, kind, second, &thing))
		return true;
	for (uint32_t move = 0; move < MOVES; move++) {
		/* Any choice does that does not go round in circles. */
		uint32_t way = (move ^ hash >> (move % 31)) % kind->ways;
		void *bucket = sekisho_half_row(half, kind->table, at);
		union thing evicted;

		kind->read(bucket, way, &evicted);
		kind->write(bucket, way, &thing);
		thing = evicted;
		second = sekisho_bucket_of(kind->hash(half, &thing), count);
		if (at == second)
			second = sekisho_bucket_of(
				sekisho_bucket_hash_second(kind->hash(half, &thing)), count);
		at = second;
		if (put(half, kind, at, &thing))
			return true;
	}
	return false;
}

struct sekisho_rule_row *sekisho_half_rule(const struct sekisho_half *half, uint64_t key)
{
	uint32_t hash = sekisho_rule_hash(key, half->row.rule_seed);

	for (int i = 0; i < 2; i++, hash = sekisho_bucket_hash_second(hash)) {
		struct sekisho_rule_bucket *bucket = sekisho_half_row(
			half, SEKISHO_HALF_RULES, sekisho_bucket_of(hash, half->row.rules.count));

		for (int way = 0; way < SEKISHO_RULE_WAYS; way++)
			if (bucket->way[way].key == key)
				return &bucket->way[way];
	}
	return NULL;
}

bool sekisho_half_add_rule(struct sekisho_half *half, const struct sekisho_rule_row *rule)
{
	return place(half, &rule_kind, (union thing){ .rule = *rule });
}

uint32_t *sekisho_half_host6(const struct sekisho_half *half, uint64_t high, uint64_t low)
{
	uint32_t hash = sekisho_host6_hash(high, low, half->row.host6_seed);

	for (int i = 0; i < 2; i++, hash = sekisho_bucket_hash_second(hash)) {
		struct sekisho_host6_bucket *bucket = sekisho_half_row(
			half, SEKISHO_HALF_HOSTS6, sekisho_bucket_of(hash, half->row.hosts6.count));

		for (int way = 0; way < SEKISHO_HOST6_WAYS; way++)
			if (bucket->class[way] != SEKISHO_CLASS_NONE && bucket->high[way] == high &&
			    bucket->low[way] == low)
				return &bucket->class[way];
	}
	return NULL;
}

bool sekisho_half_add_host6(struct sekisho_half *half, uint64_t high, uint64_t low, uint32_t class)
{
	return place(half, &host6_kind,
		     (union thing){ .host = { .high = high, .low = low, .class = class } });
}
