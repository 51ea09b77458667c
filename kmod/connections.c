// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of connections: a pool, buckets of chained entries with a lock each, and free lists.
 * Entries are named by their number in the pool. Knows nothing of policies or of TCP's rules.
 */
#include "connections.h"

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "names.h"
#include "packet.h"

#define NO_ENTRY U32_MAX

/* More than processors that take and give back at one instant; a power of two. */
#define FREE_LISTS 16

/* Buckets between two chances for others to run. */
#define SWEEP_STRIDE 1024

struct bucket {
	spinlock_t lock; /* of the chain and all that is in it */
	u32 first;
};

struct free_list {
	spinlock_t lock; /* taken inside a bucket's */
	u32 first;
} ____cacheline_aligned_in_smp;

struct sekisho_connections {
	siphash_key_t seed;
	u32 room;
	u32 bucket_count; /* a power of two */
	atomic_t count;
	bool full;
	struct bucket *buckets;
	struct sekisho_connection *entries;
	struct free_list free[FREE_LISTS];
};

static void give_back(struct sekisho_connections *table, u32 number, u32 bucket)
{
	struct free_list *list = &table->free[bucket % FREE_LISTS];

	spin_lock(&list->lock);
	table->entries[number].next = list->first;
	list->first = number;
	spin_unlock(&list->lock);
	atomic_dec(&table->count);
}

static u32 take_from(struct sekisho_connections *table, struct free_list *list)
{
	u32 number;

	spin_lock(&list->lock);
	number = list->first;
	if (number != NO_ENTRY)
		list->first = table->entries[number].next;
	spin_unlock(&list->lock);
	return number;
}

/* The list of the bucket first, then those of others. */
static u32 take_free(struct sekisho_connections *table, u32 bucket)
{
	u32 i, number = NO_ENTRY;

	if (READ_ONCE(table->full) || (u32)atomic_read(&table->count) >= table->room)
		return NO_ENTRY;
	for (i = 0; i < FREE_LISTS && number == NO_ENTRY; i++)
		number = take_from(table, &table->free[(bucket + i) % FREE_LISTS]);
	if (number != NO_ENTRY)
		atomic_inc(&table->count);
	return number;
}

static bool allocate(struct sekisho_connections *table, u32 room)
{
	table->room = room;
	table->bucket_count = roundup_pow_of_two(max_t(u32, room, FREE_LISTS));
	table->buckets = kvcalloc(table->bucket_count, sizeof(*table->buckets), GFP_KERNEL);
	table->entries = kvcalloc(room, sizeof(*table->entries), GFP_KERNEL);
	return table->buckets && table->entries;
}

static void make_lists(struct sekisho_connections *table)
{
	u32 i;

	for (i = 0; i < FREE_LISTS; i++) {
		spin_lock_init(&table->free[i].lock);
		table->free[i].first = NO_ENTRY;
	}
	for (i = 0; i < table->bucket_count; i++) {
		spin_lock_init(&table->buckets[i].lock);
		table->buckets[i].first = NO_ENTRY;
		if (!(i % SWEEP_STRIDE))
			cond_resched();
	}
	for (i = table->room; i-- > 0;) {
		struct free_list *list = &table->free[i % FREE_LISTS];

		table->entries[i].next = list->first;
		list->first = i;
		if (!(i % SWEEP_STRIDE))
			cond_resched();
	}
}

struct sekisho_connections *sekisho_connections_new(u32 room)
{
	struct sekisho_connections *table = kzalloc(sizeof(*table), GFP_KERNEL);

	if (!table)
		return NULL;
	if (!allocate(table, max(room, 1u))) {
		kvfree(table->buckets);
		kvfree(table->entries);
		kfree(table);
		return NULL;
	}
	get_random_bytes(&table->seed, sizeof(table->seed));
	make_lists(table);
	return table;
}

/* What a connection holds of others. */
static void let_go(struct sekisho_connection *connection)
{
	sekisho_connection_uncount(connection);
	if (connection->from)
		sekisho_segment_name_put(connection->from);
	if (connection->to)
		sekisho_segment_name_put(connection->to);
	if (connection->use)
		sekisho_flow_use_put(connection->use);
}

void sekisho_connections_free(struct sekisho_connections *table)
{
	u32 i, number;

	if (!table)
		return;
	for (i = 0; i < table->bucket_count; i++) {
		for (number = table->buckets[i].first; number != NO_ENTRY;
		     number = table->entries[number].next)
			let_go(&table->entries[number]);
		if (!(i % SWEEP_STRIDE))
			cond_resched();
	}
	kvfree(table->buckets);
	kvfree(table->entries);
	kfree(table);
}

static void opposite(const struct sekisho_connection_key *key,
		     struct sekisho_connection_key *reversed)
{
	*reversed = *key;
	reversed->source = key->destination;
	reversed->destination = key->source;
	reversed->source_port = key->destination_port;
	reversed->destination_port = key->source_port;
}

static bool same_key(const struct sekisho_connection_key *a, const struct sekisho_connection_key *b)
{
	return a->family == b->family && a->protocol == b->protocol &&
	       a->source_port == b->source_port && a->destination_port == b->destination_port &&
	       sekisho_address_equal(a->source, b->source) &&
	       sekisho_address_equal(a->destination, b->destination);
}

/* Whether the key's source is the end that is hashed first, so that both directions hash alike. */
static bool in_order(const struct sekisho_connection_key *key)
{
	int compared = sekisho_address_compare(key->source, key->destination);

	return compared < 0 || (!compared && key->source_port <= key->destination_port);
}

static u32 bucket_of(const struct sekisho_connections *table,
		     const struct sekisho_connection_key *key)
{
	struct sekisho_connection_key ordered;

	/* All bytes are hashed, those between the fields too. */
	memset(&ordered, 0, sizeof(ordered));
	ordered.family = key->family;
	ordered.protocol = key->protocol;
	if (in_order(key)) {
		ordered.source = key->source;
		ordered.destination = key->destination;
		ordered.source_port = key->source_port;
		ordered.destination_port = key->destination_port;
	} else {
		ordered.source = key->destination;
		ordered.destination = key->source;
		ordered.source_port = key->destination_port;
		ordered.destination_port = key->source_port;
	}
	return (u32)siphash(&ordered, sizeof(ordered), &table->seed) & (table->bucket_count - 1);
}

struct sekisho_bucket sekisho_connections_lock(struct sekisho_connections *table,
					       const struct sekisho_connection_key *key)
	__acquires(&bucket->lock)
{
	struct sekisho_bucket bucket = { .table = table, .number = bucket_of(table, key) };

	spin_lock(&table->buckets[bucket.number].lock);
	return bucket;
}

void sekisho_connections_unlock(struct sekisho_bucket bucket) __releases(&bucket->lock)
{
	spin_unlock(&bucket.table->buckets[bucket.number].lock);
}

struct sekisho_connection *sekisho_connections_find(struct sekisho_bucket bucket,
						    const struct sekisho_connection_key *key,
						    bool *reply)
{
	struct sekisho_connections *table = bucket.table;
	struct sekisho_connection *connection;
	struct sekisho_connection_key reversed;
	u32 number;

	opposite(key, &reversed);
	for (number = table->buckets[bucket.number].first; number != NO_ENTRY;
	     number = connection->next) {
		connection = &table->entries[number];
		*reply = false;
		if (same_key(&connection->key, key))
			return connection;
		*reply = true;
		if (same_key(&connection->key, &reversed))
			return connection;
	}
	return NULL;
}

/* As new, but for its place in the chain. */
static void begin(struct sekisho_connection *connection, const struct sekisho_connection_key *key)
{
	u32 next = connection->next;

	memset(connection, 0, sizeof(*connection));
	connection->next = next;
	connection->key = *key;
}

struct sekisho_connection *sekisho_connections_add(struct sekisho_bucket bucket,
						   const struct sekisho_connection_key *key)
{
	struct bucket *chain = &bucket.table->buckets[bucket.number];
	u32 number = take_free(bucket.table, bucket.number);
	struct sekisho_connection *connection;

	if (number == NO_ENTRY)
		return NULL;
	connection = &bucket.table->entries[number];
	begin(connection, key);
	connection->next = chain->first;
	chain->first = number;
	return connection;
}

void sekisho_connections_replace(struct sekisho_bucket bucket,
				 struct sekisho_connection *connection,
				 const struct sekisho_connection_key *key)
{
	let_go(connection);
	begin(connection, key);
}

void sekisho_connections_delete(struct sekisho_bucket bucket, struct sekisho_connection *connection)
{
	struct sekisho_connections *table = bucket.table;
	u32 number = (u32)(connection - table->entries);
	u32 *link = &table->buckets[bucket.number].first;

	while (*link != number)
		link = &table->entries[*link].next;
	*link = connection->next;
	let_go(connection);
	give_back(table, number, bucket.number);
}

void sekisho_connection_uncount(struct sekisho_connection *connection)
{
	if (!connection->counted)
		return;
	connection->counted = false;
	sekisho_flow_use_leave(connection->use);
}

void sekisho_connection_rebind(struct sekisho_connection *connection, struct sekisho_flow_use *use)
{
	if (connection->use == use)
		return;
	sekisho_connection_uncount(connection);
	if (connection->use)
		sekisho_flow_use_put(connection->use);
	connection->use = use;
	if (!use)
		return;
	sekisho_flow_use_get(use);
	if (sekisho_tcp_is_over(&connection->tcp))
		return;
	connection->counted = true;
	sekisho_flow_use_join(use);
}

static enum sekisho_timeout tcp_timeout(u8 state)
{
	switch (state) {
	case SEKISHO_TCP_ESTABLISHED:
		return SEKISHO_TIMEOUT_TCP_ESTABLISHED;
	case SEKISHO_TCP_CLOSING:
		return SEKISHO_TIMEOUT_TCP_CLOSING;
	case SEKISHO_TCP_RESET:
		return SEKISHO_TIMEOUT_TCP_RESET;
	default:
		return SEKISHO_TIMEOUT_TCP_HALF_OPEN;
	}
}

static enum sekisho_timeout timeout_of(const struct sekisho_connection *connection)
{
	switch (connection->key.protocol) {
	case SEKISHO_PROTOCOL_TCP:
		return tcp_timeout(connection->tcp.state);
	case SEKISHO_PROTOCOL_UDP:
		return connection->replied ? SEKISHO_TIMEOUT_UDP_REPLIED
					   : SEKISHO_TIMEOUT_UDP_UNREPLIED;
	case SEKISHO_PROTOCOL_ICMP:
	case SEKISHO_PROTOCOL_ICMPV6:
		return SEKISHO_TIMEOUT_ICMP;
	default:
		return SEKISHO_TIMEOUT_OTHER;
	}
}

bool sekisho_connection_idle(const struct sekisho_connection *connection, const u32 *timeouts,
			     u32 now)
{
	s32 age = (s32)(now - connection->seen);

	/* Another processor may have seen it a moment later than this one's now. */
	return age >= 0 && (u32)age >= timeouts[timeout_of(connection)];
}

static void sweep_bucket(struct sekisho_bucket bucket, const u32 *timeouts, u32 now)
{
	struct sekisho_connections *table = bucket.table;
	struct bucket *chain = &table->buckets[bucket.number];
	struct sekisho_connection *connection;
	u32 number, next;

	if (READ_ONCE(chain->first) == NO_ENTRY)
		return;
	spin_lock_bh(&chain->lock);
	for (number = chain->first; number != NO_ENTRY; number = next) {
		connection = &table->entries[number];
		next = connection->next;
		if (sekisho_connection_idle(connection, timeouts, now))
			sekisho_connections_delete(bucket, connection);
	}
	spin_unlock_bh(&chain->lock);
}

void sekisho_connections_sweep(struct sekisho_connections *table, const u32 *timeouts, u32 now,
			       u32 part, u32 parts)
{
	u32 each = DIV_ROUND_UP(table->bucket_count, parts);
	struct sekisho_bucket bucket = { .table = table };
	u32 first = part * each, last;

	if (first >= table->bucket_count)
		return;
	last = min(first + each, table->bucket_count);
	for (bucket.number = first; bucket.number < last; bucket.number++) {
		sweep_bucket(bucket, timeouts, now);
		if (!(bucket.number % SWEEP_STRIDE))
			cond_resched();
	}
}

u32 sekisho_connections_count(const struct sekisho_connections *table)
{
	return (u32)atomic_read(&table->count);
}

u32 sekisho_connections_room(const struct sekisho_connections *table)
{
	return table->room;
}

void sekisho_connections_set_full(struct sekisho_connections *table, bool full)
{
	WRITE_ONCE(table->full, full);
}
