/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the reference model remembers: connections, permitted first fragments, what is used up of
 * limits, and the names that outlive a policy. Knows nothing of the order of decision; shares no
 * code with bpf/.
 *
 * Flows and segments are remembered by name: their numbers belong to one policy only. Everything
 * that is handed out belongs to the state.
 */
#ifndef SEKISHO_MODEL_STATE_H
#define SEKISHO_MODEL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"
#include "tcp.h"

/* A segment's name, and its number in the policy in force or SEKISHO_SEGMENT_NONE. */
struct sekisho_segment_name {
	struct sekisho_segment_name *next;
	char *name;
	uint16_t index;
	bool isolated;
};

/* A flow's id, its number in the policy in force or SEKISHO_NO_FLOW, and what uses its limit. */
struct sekisho_flow_use {
	struct sekisho_flow_use *next;
	char *id;
	uint32_t index;
	int64_t second; /* of wall-clock time, to which @opened belongs */
	uint32_t opened;
	uint32_t concurrent;
};

/* A connection as the table holds it: in the initiator's direction. */
struct sekisho_connection_key {
	uint8_t family;
	uint8_t protocol;
	uint16_t source_port;
	uint16_t destination_port;
	struct sekisho_address source;
	struct sekisho_address destination;
};

struct sekisho_connection {
	struct sekisho_connection *next; /* in its bucket */
	struct sekisho_connection *earlier, *later; /* among all */
	struct sekisho_connection_key key;
	struct sekisho_segment_name *from; /* the initiator's */
	struct sekisho_segment_name *to; /* the responder's */
	struct sekisho_flow_use *flow; /* NULL: intra permitted, no flow bounds it */
	uint64_t epoch; /* that last judged it */
	uint32_t seen; /* monotonic seconds */
	uint16_t service;
	bool replied;
	bool counted; /* it still is one of its flow's concurrent connections */
	struct sekisho_tcp tcp;
};

/* A datagram by which later fragments find their first one. */
struct sekisho_datagram {
	uint8_t family;
	uint8_t protocol; /* 0 in IPv6: it does not tell datagrams apart there */
	uint32_t identification;
	struct sekisho_address source;
	struct sekisho_address destination;
};

/* What later fragments follow. */
struct sekisho_first_fragment {
	struct sekisho_datagram datagram;
	uint64_t epoch;
	uint32_t seen; /* monotonic seconds */
	uint32_t flow; /* in the policy of @epoch, or SEKISHO_NO_FLOW */
	bool related;
	bool reply;
};

struct sekisho_state;

/**
 * sekisho_state_new - an empty state
 * Return: to be freed with sekisho_state_free(), or NULL without memory.
 */
struct sekisho_state *sekisho_state_new(void);
void sekisho_state_free(struct sekisho_state *state);

/**
 * sekisho_state_bind - number segments and flows as a policy does
 * @state: the state
 * @policy: the policy that comes into force, or NULL
 *
 * What the policy does not name keeps what is remembered of it and has no number.
 * Return: 0 or -ENOMEM (numbers are as before).
 */
int sekisho_state_bind(struct sekisho_state *state, const struct sekisho_policy *policy);

/* Of the policy that was bound last. */
struct sekisho_segment_name *sekisho_state_segment(struct sekisho_state *state, uint16_t index);
struct sekisho_flow_use *sekisho_state_flow(struct sekisho_state *state, uint32_t index);

/**
 * sekisho_state_name - a segment by name, whether a policy has it or not
 * Return: the segment, or NULL without memory.
 */
struct sekisho_segment_name *sekisho_state_name(struct sekisho_state *state, const char *name);

/**
 * sekisho_state_find - a connection by the initiator's direction
 * Return: the connection, even where its idle time is reached, or NULL.
 */
struct sekisho_connection *sekisho_state_find(struct sekisho_state *state,
					      const struct sekisho_connection_key *key);

/**
 * sekisho_state_displaced - whose place a connection with this key would take
 * Return: the connection with the same key, or with its ends exchanged, even an idle one; or NULL.
 */
struct sekisho_connection *sekisho_state_displaced(struct sekisho_state *state,
						   const struct sekisho_connection_key *key);

/**
 * sekisho_state_open - make a connection, in place of one between the same ends
 * @state: the state
 * @made: what the table is to hold; its links and @counted are not read
 *
 * It counts as one of its flow's concurrent connections.
 * Return: the connection, or NULL without memory (nothing changed).
 */
struct sekisho_connection *sekisho_state_open(struct sekisho_state *state,
					      const struct sekisho_connection *made);

/* Delete a connection. */
void sekisho_state_close(struct sekisho_state *state, struct sekisho_connection *connection);

/* Bind a connection to another flow, or to none (NULL). It takes its place in the limit along. */
void sekisho_state_rebind(struct sekisho_connection *connection, struct sekisho_flow_use *flow);

/* The connection goes on, but leaves its flow's concurrent ones. */
void sekisho_state_uncount(struct sekisho_connection *connection);

size_t sekisho_state_connections(const struct sekisho_state *state);

/**
 * sekisho_state_idle - whether a connection's idle time is reached
 * @connection: the connection
 * @timeouts: those of the policy in force
 * @now: monotonic seconds
 */
bool sekisho_state_idle(const struct sekisho_connection *connection,
			const struct sekisho_timeouts *timeouts, uint32_t now);

/**
 * sekisho_state_sweep - delete what is idle, and fragments that nothing can follow any more
 * @state: the state
 * @timeouts: those of the policy in force, NULL without one: connections stay
 * @now: monotonic seconds
 */
void sekisho_state_sweep(struct sekisho_state *state, const struct sekisho_timeouts *timeouts,
			 uint32_t now);

/**
 * sekisho_state_remember - remember a permitted first fragment, in place of its datagram's last
 * @state: the state
 * @first: copied; without memory it is not remembered, and what follows it is an orphan
 */
void sekisho_state_remember(struct sekisho_state *state,
			    const struct sekisho_first_fragment *first);

/**
 * sekisho_state_recall - the first fragment of a datagram
 * @state: the state
 * @datagram: the datagram
 * @epoch: the current one; what is of another epoch is not found
 * @now: monotonic seconds
 *
 * Return: what a later fragment follows, or NULL.
 */
const struct sekisho_first_fragment *sekisho_state_recall(struct sekisho_state *state,
							  const struct sekisho_datagram *datagram,
							  uint64_t epoch, uint32_t now);

#endif
