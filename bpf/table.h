/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection table: finding, making and forgetting connections, and the limits they use.
 * Sixteen tags lie in one cache line and point at sixteen rows; a connection lies in one of two
 * buckets, there by preference in the way that its tag names, where one look finds it. Both
 * directions of a connection hash alike. Knows nothing of verdicts.
 *
 * Concurrency: a row belongs to whoever swapped its tag from free, or from the tag of a row whose
 * idle time is reached, to CLAIMED; the tag is published last. A row's fields are written by the
 * processor that handles its direction; a torn read costs one wrong verdict to the closed side.
 */
#ifndef SEKISHO_BPF_TABLE_H
#define SEKISHO_BPF_TABLE_H

#include "classify.h"
#include "events.h"
#include "maps.h"
#include "packet.h"
#include "separate.h"
#include "settings.h"
#include "tuple.h"

struct found {
	struct sekisho_connection *connection;
	__u32 index;
	__u32 direction;
};

struct connection_key {
	__u32 bucket;
	__u32 second;
	__u32 tag;
};

/*
 * IPv4 is address and port in one number. In IPv6 they are mixed one after the other: what tells
 * hosts apart lies in the highest bits, where a product alone would leave it beside the port.
 */
static __always_inline __u64 endpoint_hash(const __u64 address[2], __be16 port)
{
	__u64 hash;

	if (is_mapped(address)) {
		hash = (address[1] >> 32 << 16 | port) ^ setting_hash_seed;
		hash *= 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 32;
		return hash * 0xd6e8feb86659fd93ull;
	}
	hash = (address[0] ^ setting_hash_seed) * 0x9e3779b97f4a7c15ull;
	hash ^= hash >> 32;
	hash = (hash + (address[1] ^ address[1] >> 32)) * 0xbf58476d1ce4e5b9ull;
	hash ^= hash >> 32;
	hash = (hash + port) * 0x94d049bb133111ebull;
	hash ^= hash >> 29;
	return hash * 0xd6e8feb86659fd93ull;
}

static __always_inline void connection_key_of(struct connection_key *key, const struct tuple *tuple)
{
	__u64 hash = endpoint_hash(tuple->source, tuple->source_port) +
		     endpoint_hash(tuple->destination, tuple->destination_port) +
		     tuple->protocol * 0x2545f4914f6cdd1dull;

	hash ^= hash >> 31;
	hash *= 0xd6e8feb86659fd93ull;
	hash ^= hash >> 32;
	key->tag = hash >> 32;
	if (key->tag < SEKISHO_TAG_LOWEST)
		key->tag += SEKISHO_TAG_LOWEST;
	key->bucket = (__u32)hash & setting_bucket_mask;
	key->second = (key->bucket ^ (key->tag * 0x5bd1e995u)) & setting_bucket_mask;
}

static __always_inline int address_equal(const __be32 a[4], const __be32 b[4])
{
	const __u64 *x = (const void *)a, *y = (const void *)b;

	return x[0] == y[0] && x[1] == y[1];
}

static __always_inline int is_address(const __be32 a[4], const __u64 b[2])
{
	const __u64 *x = (const void *)a;

	return x[0] == b[0] && x[1] == b[1];
}

/* 1 where any of the low sixteen bits is set. */
static __always_inline __u32 any_bit(__u32 bits)
{
	return (bits + 0xffff) >> 16;
}

/*
 * Whether some way may have the tag: two at a time, the lowest zero of a difference borrowing from
 * above it. Never wrong where it says no.
 */
static __always_inline int bucket_may_have(const struct sekisho_slot_bucket *bucket, __u32 tag)
{
	const __u64 *pairs = (const void *)bucket->tag;
	__u64 pattern = (__u64)tag << 32 | tag, zeros = 0;

#pragma unroll
	for (int i = 0; i < SEKISHO_BUCKET_WAYS / 2; i++) {
		__u64 differs = pairs[i] ^ pattern;

		zeros |= (differs - 0x0000000100000001ull) & ~differs;
	}
	return (zeros & 0x8000000080000000ull) != 0;
}

/*
 * The way + 1 of a tag that is @tag, 0 without one. First where it would rather lie; then sixteen
 * comparisons that do not wait for each other, and no branches: see opaque().
 */
static __always_inline __u32 bucket_way(struct sekisho_slot_bucket *bucket, __u32 tag, __u32 rather)
{
	__u32 matches = 0, lowest;

	rather &= SEKISHO_BUCKET_WAYS - 1;
	if (bucket->tag[rather] == tag)
		return 1 + rather;
	if (!bucket_may_have(bucket, tag))
		return 0;
#pragma unroll
	for (__u32 i = 0; i < SEKISHO_BUCKET_WAYS; i++) {
		__u64 differs = bucket->tag[i] ^ tag;

		opaque(differs);
		matches |= (__u32)(1 - ((differs + 0xffffffffull) >> 32)) << i;
	}
	if (!matches)
		return 0;
	lowest = matches & -matches;
	return 1 + (any_bit(lowest & 0xaaaa) | any_bit(lowest & 0xcccc) << 1 |
		    any_bit(lowest & 0xf0f0) << 2 | any_bit(lowest & 0xff00) << 3);
}

static __always_inline int found_in_bucket(struct found *found, __u32 bucket_index, __u32 tag,
					   const struct tuple *tuple)
{
	struct sekisho_slot_bucket *bucket = bpf_map_lookup_elem(&slots, &bucket_index);
	struct sekisho_connection *connection;
	__u32 way, index;

	if (!bucket)
		return 0;
	way = bucket_way(bucket, tag, tag);
	if (!way)
		return 0;
	index = bucket_index * SEKISHO_BUCKET_WAYS + way - 1;
	connection = bpf_map_lookup_elem(&connections, &index);
	if (!connection || connection->protocol != tuple->protocol)
		return 0;
	if (connection->initiator_port == tuple->source_port &&
	    connection->responder_port == tuple->destination_port &&
	    is_address(connection->initiator, tuple->source) &&
	    is_address(connection->responder, tuple->destination))
		found->direction = SEKISHO_INITIATOR;
	else if (connection->responder_port == tuple->source_port &&
		 connection->initiator_port == tuple->destination_port &&
		 is_address(connection->responder, tuple->source) &&
		 is_address(connection->initiator, tuple->destination))
		found->direction = SEKISHO_RESPONDER;
	else
		return 0;
	found->connection = connection;
	found->index = index;
	return 1;
}

/* A connection by its name, whether or not its idle time is reached. */
static __always_inline int connection_find(struct found *found, const struct connection_key *key,
					   const struct tuple *tuple)
{
	if (found_in_bucket(found, key->bucket, key->tag, tuple))
		return 1;
	return found_in_bucket(found, key->second, key->tag, tuple);
}

/* connection_find() for a packet: as a call of its own it leaves the caller its stack. */
SEPARATE __u64 connection_locate(const struct packet *packet)
{
	struct found found = {};
	struct connection_key key;
	struct tuple tuple;

	if (!packet)
		return 0;
	tuple_of(&tuple, packet);
	/* In IPv6 both are nobody's (docs/semantics.md, Frames); by name they would be IPv4's. */
	if (packet->family == 6 && is_mapped(tuple.source) && is_mapped(tuple.destination))
		return 0;
	connection_key_of(&key, &tuple);
	if (!connection_find(&found, &key, &tuple))
		return 0;
	return ((__u64)found.index << 1 | found.direction) + 1;
}

static __always_inline int connection_search(struct found *found, const struct packet *packet)
{
	__u64 place = connection_locate(packet);

	if (!place)
		return 0;
	found->direction = (place - 1) & 1;
	found->index = (place - 1) >> 1;
	found->connection = bpf_map_lookup_elem(&connections, &found->index);
	return found->connection != NULL;
}

/* ICMP of the connection's own family; the other one is a protocol like any. */
static __always_inline int connection_is_icmp(const struct sekisho_connection *connection)
{
	return connection->protocol ==
	       (is_ipv4_mapped(connection->initiator) ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static __always_inline int connection_idle(const struct sekisho_policy_row *row,
					   const struct sekisho_connection *connection,
					   __u32 monotonic)
{
	return (__s32)(monotonic - connection->last_seen) >=
	       (__s32)row->timeouts[sekisho_connection_timeout(connection)];
}

static __always_inline struct sekisho_limit_row *limit_row(__u32 limit)
{
	return limit == SEKISHO_LIMIT_NONE ? NULL : bpf_map_lookup_elem(&limits, &limit);
}

/*
 * Give back what the connection holds of its flow's concurrent limit. Both directions and an end
 * may want to at once: who takes the limit out of the row gives it back.
 */
static __always_inline void connection_uncount(struct sekisho_connection *connection)
{
	struct sekisho_limit_row *limit;

	if (connection->limit == SEKISHO_LIMIT_NONE)
		return;
	limit = limit_row(__sync_lock_test_and_set(&connection->limit, SEKISHO_LIMIT_NONE));
	if (limit)
		__sync_fetch_and_add(&limit->concurrent, -1);
}

static __always_inline __u32 *tag_of(__u32 index)
{
	__u32 bucket_index = index / SEKISHO_BUCKET_WAYS;
	struct sekisho_slot_bucket *bucket = bpf_map_lookup_elem(&slots, &bucket_index);

	return bucket ? &bucket->tag[index % SEKISHO_BUCKET_WAYS] : NULL;
}

static __always_inline __u32 last_seen_of(const struct sekisho_connection *connection)
{
	return *(const volatile __u32 *)&connection->last_seen;
}

/* What both kinds of end have in common. @seen: NULL, or what last_seen must still be. */
static __always_inline int row_end(__u32 index, __u32 cause, __u64 wall_ns, __u32 tag,
				   const __u32 *seen)
{
	struct sekisho_connection *connection = bpf_map_lookup_elem(&connections, &index);
	__u32 *place = tag_of(index);
	__u32 old;

	if (!connection || !place)
		return 0;
	old = *(volatile __u32 *)place;
	if (old < SEKISHO_TAG_LOWEST ||
	    __sync_val_compare_and_swap(place, old, SEKISHO_TAG_CLAIMED) != old)
		return 0;
	if (seen && last_seen_of(connection) != *seen) {
		*(volatile __u32 *)place = old;
		return 0;
	}
	connection_uncount(connection);
	event_flow_end(connection, cause, wall_ns);
	if (tag != SEKISHO_TAG_CLAIMED)
		*(volatile __u32 *)place = tag;
	return 1;
}

/*
 * End a connection: whoever swaps the tag to CLAIMED tells of the end and gives its limit back.
 * @tag is the tag to leave behind: FREE, or CLAIMED for a caller that takes the row over.
 */
SEPARATE int connection_end(__u32 index, __u32 cause, __u64 wall_ns, __u32 tag)
{
	return row_end(index, cause, wall_ns, tag, NULL);
}

/*
 * End a connection that was found idle when it was last seen at @last_seen. Since then it may have
 * been used, or its row have gone to another one, which lives.
 */
SEPARATE int connection_end_idle(__u32 index, __u32 last_seen, __u64 wall_ns, __u32 tag)
{
	return row_end(index, SEKISHO_END_IDLE, wall_ns, tag, &last_seen);
}

struct reclaim {
	const struct sekisho_policy_row *row;
	__u64 wall_ns;
	__u32 bucket;
	__u32 monotonic;
	__u32 index;
	__u32 taken;
};

static long reclaim_way(__u32 way, void *context)
{
	struct reclaim *reclaim = context;
	__u32 index = reclaim->bucket * SEKISHO_BUCKET_WAYS + way;
	struct sekisho_connection *connection = bpf_map_lookup_elem(&connections, &index);
	__u32 last_seen;

	if (!connection)
		return 0;
	last_seen = last_seen_of(connection);
	if (!connection_idle(reclaim->row, connection, reclaim->monotonic))
		return 0;
	if (!connection_end_idle(index, last_seen, reclaim->wall_ns, SEKISHO_TAG_CLAIMED))
		return 0;
	reclaim->index = index;
	reclaim->taken = 1;
	return 1;
}

static __always_inline int claim_free(__u32 bucket_index, __u32 tag, __u32 *index)
{
	struct sekisho_slot_bucket *bucket = bpf_map_lookup_elem(&slots, &bucket_index);
	__u32 way;

	if (!bucket)
		return 0;
	way = bucket_way(bucket, SEKISHO_TAG_FREE, tag);
	if (!way)
		return 0;
	/* The compiler knows that it is below sixteen; the verifier wants to see it. */
	way--;
	opaque(way);
	way &= SEKISHO_BUCKET_WAYS - 1;
	if (__sync_val_compare_and_swap(&bucket->tag[way], SEKISHO_TAG_FREE, SEKISHO_TAG_CLAIMED) !=
	    SEKISHO_TAG_FREE)
		return 0;
	*index = bucket_index * SEKISHO_BUCKET_WAYS + way;
	return 1;
}

/* From so many ways on, the other bucket is asked whether it has more room. */
#define BUCKET_CROWDED 12

/* How many ways are not free; without branches: see opaque(). */
static __always_inline __u32 bucket_used(__u32 bucket_index)
{
	struct sekisho_slot_bucket *bucket = bpf_map_lookup_elem(&slots, &bucket_index);
	__u32 used = 0;

	if (!bucket)
		return SEKISHO_BUCKET_WAYS;
#pragma unroll
	for (int i = 0; i < SEKISHO_BUCKET_WAYS; i++) {
		__u64 tag = bucket->tag[i];

		opaque(tag);
		used += (tag + 0xffffffffull) >> 32;
	}
	return used;
}

/*
 * Where a new connection goes first. Nearly all lie in their first bucket, where one look finds
 * them; crowded buckets are evened out, or one pair would be full long before the table is.
 */
static __always_inline __u32 bucket_with_room(const struct connection_key *key)
{
	__u32 used = bucket_used(key->bucket);

	return used >= BUCKET_CROWDED && bucket_used(key->second) < used ? key->second
									 : key->bucket;
}

/**
 * connection_claim - find room for a connection
 * @key: its key
 * @row: policy in force, for the idle times
 * @monotonic: now
 * @wall_ns: now, for the event of what had to go
 * @index: set to the row, which then belongs to the caller until connection_publish()
 *
 * Only rows whose idle time is reached are reused: a half-open connection never takes the place
 * of a living one.
 * Return: 1, or 0 where there is no room.
 */
static inline __noinline int connection_claim(struct connection_key *key, __u32 half,
					      __u32 monotonic, __u64 wall_ns, __u32 *index)
{
	struct reclaim reclaim = {
		.row = policy_row(half),
		.wall_ns = wall_ns,
		.bucket = key->bucket,
		.monotonic = monotonic,
	};

	/* A second try each: another processor may have taken the way that was free. */
	if (claim_free(bucket_with_room(key), key->tag, index) ||
	    claim_free(key->bucket, key->tag, index) || claim_free(key->second, key->tag, index) ||
	    claim_free(key->bucket, key->tag, index) || claim_free(key->second, key->tag, index))
		return 1;
	if (!reclaim.row)
		return 0;
	bpf_loop(SEKISHO_BUCKET_WAYS, reclaim_way, &reclaim, 0);
	if (!reclaim.taken) {
		reclaim.bucket = key->second;
		bpf_loop(SEKISHO_BUCKET_WAYS, reclaim_way, &reclaim, 0);
	}
	*index = reclaim.index;
	return reclaim.taken;
}

/* Make a claimed row findable (@tag), or give it back (SEKISHO_TAG_FREE). */
static __always_inline void connection_publish(__u32 index, __u32 tag)
{
	__u32 *place = tag_of(index);

	/* The swap orders the row's fields before its tag. */
	if (place)
		__sync_val_compare_and_swap(place, SEKISHO_TAG_CLAIMED, tag);
}

/**
 * limit_take - use one new connection of a flow's limits
 * @limit: the flow's row
 * @half: half of the policy
 * @wall: seconds since 1970 UTC
 *
 * Return: 1, or 0 where a limit is used up.
 */
SEPARATE int limit_take(__u32 limit, __u32 half, __u32 wall)
{
	struct sekisho_limit_row *row = limit_row(limit);
	struct sekisho_bound bound;

	if (!row)
		return 0;
	bound = row->bounds[half & (SEKISHO_HALVES - 1)];
	if (bound.concurrent) {
		/* Signed: while the row moves to a new object it may fall below nothing for a moment. */
		if ((__s64)(__s32)__sync_fetch_and_add(&row->concurrent, 1) >=
		    (__s64)bound.concurrent) {
			__sync_fetch_and_add(&row->concurrent, -1);
			return 0;
		}
	} else {
		__sync_fetch_and_add(&row->concurrent, 1);
	}
	/* Counted without a bound too: the next commit may set one within this second. */
#pragma unroll
	for (int i = 0; i < 4; i++) {
		__u64 old = *(volatile __u64 *)&row->window;
		__u64 used = old >> 32 == wall ? (__u32)old : 0;

		if (bound.new_per_second && used >= bound.new_per_second)
			break;
		if (__sync_val_compare_and_swap(&row->window, old,
						(__u64)wall << 32 | (used + 1)) == old)
			return 1;
	}
	if (!bound.new_per_second)
		return 1;
	__sync_fetch_and_add(&row->concurrent, -1);
	return 0;
}

/* Undo limit_take() for a connection that found no room. */
static __always_inline void limit_return(__u32 limit, __u32 wall)
{
	struct sekisho_limit_row *row = limit_row(limit);
	__u64 old;

	if (!row)
		return;
	__sync_fetch_and_add(&row->concurrent, -1);
	old = *(volatile __u64 *)&row->window;
	if (old >> 32 == wall && (__u32)old)
		__sync_val_compare_and_swap(&row->window, old, old - 1);
}

#endif
