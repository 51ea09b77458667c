/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connections that the module tracks. All of it is allocated when the table is made: packets
 * only move entries between the buckets and the free list. A connection and its opposite direction
 * lie in one bucket, whose lock is held while a frame of it is judged. Knows nothing of policies,
 * of the order of decision or of TCP's rules.
 */
#ifndef SEKISHO_KMOD_CONNECTIONS_H
#define SEKISHO_KMOD_CONNECTIONS_H

#include <linux/types.h>

#include "sekisho/connection.h"

#include "address.h"
#include "tcp.h"

struct sekisho_segment_name;
struct sekisho_flow_use;

/* In the initiator's direction; all bytes count, so that it is zeroed before it is set. */
struct sekisho_connection_key {
	struct sekisho_address source;
	struct sekisho_address destination;
	u16 source_port;
	u16 destination_port;
	u8 family;
	u8 protocol;
};

struct sekisho_connection {
	struct sekisho_connection_key key;
	u32 next; /* table's own */
	u32 seen; /* monotonic seconds */
	struct sekisho_segment_name *from; /* the initiator's; referenced */
	struct sekisho_segment_name *to; /* the responder's; referenced */
	struct sekisho_flow_use *use; /* referenced; NULL: intra permitted, no flow bounds it */
	u64 epoch; /* that last judged it */
	u32 flow; /* index in the policy of @epoch, or SEKISHO_NO_FLOW */
	u16 service;
	bool replied;
	bool counted; /* it is one of its flow's concurrent connections */
	struct sekisho_tcp tcp;
};

struct sekisho_connections;

/**
 * sekisho_connections_new - an empty table
 * @room: how many connections
 *
 * Return: the table, to be freed with sekisho_connections_free(), or NULL without memory.
 */
struct sekisho_connections *sekisho_connections_new(u32 room);

/* Gives back what its connections refer to and have of limits. Nobody uses it any more. */
void sekisho_connections_free(struct sekisho_connections *table);

/* A locked bucket. */
struct sekisho_bucket {
	struct sekisho_connections *table;
	u32 number;
};

/**
 * sekisho_connections_lock - lock the bucket of a key and of its opposite
 * @table: the table
 * @key: either direction
 *
 * The caller has bottom halves off. One bucket at a time a processor.
 */
struct sekisho_bucket sekisho_connections_lock(struct sekisho_connections *table,
					       const struct sekisho_connection_key *key);
void sekisho_connections_unlock(struct sekisho_bucket bucket);

/**
 * sekisho_connections_find - the connection that a frame belongs to
 * @bucket: of @key, locked
 * @key: in the frame's direction
 * @reply: set to whether the frame goes from responder to initiator
 *
 * Return: the connection, even where its idle time is reached, or NULL.
 */
struct sekisho_connection *sekisho_connections_find(struct sekisho_bucket bucket,
						    const struct sekisho_connection_key *key,
						    bool *reply);

/* A free entry with @key, in the bucket, its other fields 0; NULL where there is no room. */
struct sekisho_connection *sekisho_connections_add(struct sekisho_bucket bucket,
						   const struct sekisho_connection_key *key);

/**
 * sekisho_connections_replace - let a new connection take the place of one
 * @bucket: of both, locked
 * @connection: the old one: given back as by sekisho_connections_delete()
 * @key: of the new one, or its opposite
 *
 * Unlike to delete and to add, this cannot fail.
 */
void sekisho_connections_replace(struct sekisho_bucket bucket,
				 struct sekisho_connection *connection,
				 const struct sekisho_connection_key *key);

/* Take a connection out and give back what it refers to and has of its limit. */
void sekisho_connections_delete(struct sekisho_bucket bucket,
				struct sekisho_connection *connection);

/*
 * Bind it to another flow's use, or to none. It takes its place in the limit along; one that was
 * none's takes a place unless TCP says that it is over. References are taken and given back here.
 */
void sekisho_connection_rebind(struct sekisho_connection *connection, struct sekisho_flow_use *use);

/* It goes on, but leaves its flow's concurrent ones. */
void sekisho_connection_uncount(struct sekisho_connection *connection);

/* Whether its idle time is reached; @timeouts: seconds, by enum sekisho_timeout. */
bool sekisho_connection_idle(const struct sekisho_connection *connection, const u32 *timeouts,
			     u32 now);

/**
 * sekisho_connections_sweep - delete what is idle
 * @table: the table
 * @timeouts: as above
 * @now: monotonic seconds
 * @part: which of @parts equal parts of the buckets
 * @parts: 1: all of them
 *
 * Process context; gives way now and then.
 */
void sekisho_connections_sweep(struct sekisho_connections *table, const u32 *timeouts, u32 now,
			       u32 part, u32 parts);

u32 sekisho_connections_count(const struct sekisho_connections *table);
u32 sekisho_connections_room(const struct sekisho_connections *table);

/* For tests: there is no room (true), or there is again. */
void sekisho_connections_set_full(struct sekisho_connections *table, bool full);

#endif
