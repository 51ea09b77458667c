// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections, first fragments, uses of limits and names, in chained hash tables. Knows nothing of
 * the order of decision; shares no code with bpf/.
 */
#include "state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

#define CONNECTION_BUCKETS (1U << 16)
#define FRAGMENT_BUCKETS   (1U << 10)
#define FLOW_BUCKETS	   (1U << 12)

#define PROTOCOL_ICMP	1
#define PROTOCOL_TCP	6
#define PROTOCOL_UDP	17
#define PROTOCOL_ICMPV6 58

struct fragment {
	struct fragment *next;
	struct sekisho_first_fragment first;
};

struct sekisho_state {
	struct sekisho_segment_name *names;
	struct sekisho_flow_use *uses[FLOW_BUCKETS];
	struct sekisho_segment_name **segments; /* of the policy in force, by number */
	struct sekisho_flow_use **flows; /* likewise */
	struct sekisho_connection *buckets[CONNECTION_BUCKETS];
	struct sekisho_connection *first;
	size_t connections;
	struct fragment *fragments[FRAGMENT_BUCKETS];
};

/* A step of a hash. The tables need spread, not strength. */
static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

static uint64_t mix_address(uint64_t hash, struct sekisho_address address)
{
	return mix(mix(hash, address.high), address.low);
}

static bool same_address(struct sekisho_address a, struct sekisho_address b)
{
	return a.high == b.high && a.low == b.low;
}

static struct sekisho_flow_use **use_bucket(struct sekisho_state *state, const char *id)
{
	uint64_t hash = 1;

	for (; *id; id++)
		hash = mix(hash, (unsigned char)*id);
	return &state->uses[hash % FLOW_BUCKETS];
}

static struct sekisho_connection **connection_bucket(struct sekisho_state *state,
						     const struct sekisho_connection_key *key)
{
	uint64_t ports = (uint64_t)key->source_port << 16 | key->destination_port;
	uint64_t hash = mix(1, ports << 16 | key->protocol << 8 | key->family);

	hash = mix_address(mix_address(hash, key->source), key->destination);
	return &state->buckets[hash % CONNECTION_BUCKETS];
}

static struct fragment **fragment_bucket(struct sekisho_state *state,
					 const struct sekisho_datagram *datagram)
{
	uint64_t hash = mix(1, (uint64_t)datagram->identification << 8 | datagram->protocol);

	hash = mix_address(mix_address(hash, datagram->source), datagram->destination);
	return &state->fragments[hash % FRAGMENT_BUCKETS];
}

static bool same_key(const struct sekisho_connection_key *a, const struct sekisho_connection_key *b)
{
	return a->family == b->family && a->protocol == b->protocol &&
	       a->source_port == b->source_port && a->destination_port == b->destination_port &&
	       same_address(a->source, b->source) && same_address(a->destination, b->destination);
}

static bool same_datagram(const struct sekisho_datagram *a, const struct sekisho_datagram *b)
{
	return a->family == b->family && a->protocol == b->protocol &&
	       a->identification == b->identification && same_address(a->source, b->source) &&
	       same_address(a->destination, b->destination);
}

struct sekisho_state *sekisho_state_new(void)
{
	return calloc(1, sizeof(struct sekisho_state));
}

static void free_names(struct sekisho_state *state)
{
	struct sekisho_segment_name *name, *next_name;
	struct sekisho_flow_use *use, *next_use;
	unsigned int i;

	for (name = state->names; name; name = next_name) {
		next_name = name->next;
		free(name->name);
		free(name);
	}
	for (i = 0; i < FLOW_BUCKETS; i++) {
		for (use = state->uses[i]; use; use = next_use) {
			next_use = use->next;
			free(use->id);
			free(use);
		}
	}
}

void sekisho_state_free(struct sekisho_state *state)
{
	unsigned int i;

	if (!state)
		return;
	while (state->first)
		sekisho_state_close(state, state->first);
	for (i = 0; i < FRAGMENT_BUCKETS; i++) {
		struct fragment *fragment, *next;

		for (fragment = state->fragments[i]; fragment; fragment = next) {
			next = fragment->next;
			free(fragment);
		}
	}
	free_names(state);
	free(state->segments);
	free(state->flows);
	free(state);
}

struct sekisho_segment_name *sekisho_state_name(struct sekisho_state *state, const char *name)
{
	struct sekisho_segment_name *found;

	for (found = state->names; found; found = found->next)
		if (!strcmp(found->name, name))
			return found;
	found = calloc(1, sizeof(*found));
	if (!found)
		return NULL;
	found->name = strdup(name);
	if (!found->name) {
		free(found);
		return NULL;
	}
	found->index = SEKISHO_SEGMENT_NONE;
	found->next = state->names;
	state->names = found;
	return found;
}

static struct sekisho_flow_use *use_of(struct sekisho_state *state, const char *id)
{
	struct sekisho_flow_use **bucket = use_bucket(state, id);
	struct sekisho_flow_use *use;

	for (use = *bucket; use; use = use->next)
		if (!strcmp(use->id, id))
			return use;
	use = calloc(1, sizeof(*use));
	if (!use)
		return NULL;
	use->id = strdup(id);
	if (!use->id) {
		free(use);
		return NULL;
	}
	use->index = SEKISHO_NO_FLOW;
	use->next = *bucket;
	*bucket = use;
	return use;
}

static void unnumber(struct sekisho_state *state)
{
	struct sekisho_segment_name *name;
	struct sekisho_flow_use *use;
	unsigned int i;

	for (name = state->names; name; name = name->next)
		name->index = SEKISHO_SEGMENT_NONE;
	for (i = 0; i < FLOW_BUCKETS; i++)
		for (use = state->uses[i]; use; use = use->next)
			use->index = SEKISHO_NO_FLOW;
}

/* Numbers change only after everything is there that can be missing. */
int sekisho_state_bind(struct sekisho_state *state, const struct sekisho_policy *policy)
{
	size_t segment_count = policy ? policy->segment_count : 0;
	size_t flow_count = policy ? policy->flow_count : 0;
	struct sekisho_segment_name **segments = calloc(segment_count + 1, sizeof(*segments));
	struct sekisho_flow_use **flows = calloc(flow_count + 1, sizeof(*flows));
	size_t i;

	if (!segments || !flows)
		goto no_memory;
	for (i = 0; i < segment_count; i++) {
		segments[i] = sekisho_state_name(state, policy->segments[i].name);
		if (!segments[i])
			goto no_memory;
	}
	for (i = 0; i < flow_count; i++) {
		flows[i] = use_of(state, policy->flows[i].id);
		if (!flows[i])
			goto no_memory;
	}
	unnumber(state);
	for (i = 0; i < segment_count; i++)
		segments[i]->index = (uint16_t)i;
	for (i = 0; i < flow_count; i++)
		flows[i]->index = (uint32_t)i;
	free(state->segments);
	free(state->flows);
	state->segments = segments;
	state->flows = flows;
	return 0;
no_memory:
	free(segments);
	free(flows);
	return -ENOMEM;
}

struct sekisho_segment_name *sekisho_state_segment(struct sekisho_state *state, uint16_t index)
{
	return state->segments[index];
}

struct sekisho_flow_use *sekisho_state_flow(struct sekisho_state *state, uint32_t index)
{
	return state->flows[index];
}

struct sekisho_connection *sekisho_state_find(struct sekisho_state *state,
					      const struct sekisho_connection_key *key)
{
	struct sekisho_connection *found;

	for (found = *connection_bucket(state, key); found; found = found->next)
		if (same_key(&found->key, key))
			return found;
	return NULL;
}

static void count(struct sekisho_connection *connection)
{
	if (connection->flow && connection->counted)
		connection->flow->concurrent++;
}

static void uncount(struct sekisho_connection *connection)
{
	if (connection->flow && connection->counted)
		connection->flow->concurrent--;
}

void sekisho_state_rebind(struct sekisho_connection *connection, struct sekisho_flow_use *flow)
{
	uncount(connection);
	connection->flow = flow;
	count(connection);
}

void sekisho_state_uncount(struct sekisho_connection *connection)
{
	uncount(connection);
	connection->counted = false;
}

struct sekisho_connection *sekisho_state_displaced(struct sekisho_state *state,
						   const struct sekisho_connection_key *key)
{
	const struct sekisho_connection_key exchanged = {
		.family = key->family,
		.protocol = key->protocol,
		.source_port = key->destination_port,
		.destination_port = key->source_port,
		.source = key->destination,
		.destination = key->source,
	};
	struct sekisho_connection *found = sekisho_state_find(state, key);

	return found ? found : sekisho_state_find(state, &exchanged);
}

struct sekisho_connection *sekisho_state_open(struct sekisho_state *state,
					      const struct sekisho_connection *made)
{
	struct sekisho_connection **bucket = connection_bucket(state, &made->key);
	struct sekisho_connection *before = sekisho_state_displaced(state, &made->key);
	struct sekisho_connection *connection = malloc(sizeof(*connection));

	if (!connection)
		return NULL;
	if (before)
		sekisho_state_close(state, before);
	*connection = *made;
	connection->next = *bucket;
	*bucket = connection;
	connection->earlier = NULL;
	connection->later = state->first;
	if (state->first)
		state->first->earlier = connection;
	state->first = connection;
	connection->counted = true;
	count(connection);
	state->connections++;
	return connection;
}

void sekisho_state_close(struct sekisho_state *state, struct sekisho_connection *connection)
{
	struct sekisho_connection **link = connection_bucket(state, &connection->key);

	while (*link != connection)
		link = &(*link)->next;
	*link = connection->next;
	if (connection->earlier)
		connection->earlier->later = connection->later;
	else
		state->first = connection->later;
	if (connection->later)
		connection->later->earlier = connection->earlier;
	uncount(connection);
	state->connections--;
	free(connection);
}

size_t sekisho_state_connections(const struct sekisho_state *state)
{
	return state->connections;
}

static uint32_t timeout_of(const struct sekisho_connection *connection,
			   const struct sekisho_timeouts *timeouts)
{
	if (connection->key.protocol == PROTOCOL_UDP)
		return connection->replied ? timeouts->udp_replied : timeouts->udp_unreplied;
	if (connection->key.protocol == PROTOCOL_ICMP ||
	    connection->key.protocol == PROTOCOL_ICMPV6)
		return timeouts->icmp;
	if (connection->key.protocol != PROTOCOL_TCP)
		return timeouts->other;
	switch (connection->tcp.state) {
	case SEKISHO_TCP_ESTABLISHED:
		return timeouts->tcp_established;
	case SEKISHO_TCP_CLOSING:
		return timeouts->tcp_closing;
	case SEKISHO_TCP_RESET:
		return timeouts->tcp_reset;
	case SEKISHO_TCP_HALF_OPEN:
	case SEKISHO_TCP_ANSWERED:
		break;
	}
	return timeouts->tcp_half_open;
}

bool sekisho_state_idle(const struct sekisho_connection *connection,
			const struct sekisho_timeouts *timeouts, uint32_t now)
{
	return now - connection->seen >= timeout_of(connection, timeouts);
}

static bool can_be_followed(const struct sekisho_first_fragment *first, uint32_t now)
{
	return now - first->seen <= SEKISHO_FRAGMENT_SECONDS;
}

void sekisho_state_sweep(struct sekisho_state *state, const struct sekisho_timeouts *timeouts,
			 uint32_t now)
{
	struct sekisho_connection *connection = timeouts ? state->first : NULL;
	unsigned int i;

	while (connection) {
		struct sekisho_connection *later = connection->later;

		if (sekisho_state_idle(connection, timeouts, now))
			sekisho_state_close(state, connection);
		connection = later;
	}
	for (i = 0; i < FRAGMENT_BUCKETS; i++) {
		struct fragment **link = &state->fragments[i];

		while (*link) {
			struct fragment *fragment = *link;

			if (can_be_followed(&fragment->first, now)) {
				link = &fragment->next;
			} else {
				*link = fragment->next;
				free(fragment);
			}
		}
	}
}

static struct fragment *find_fragment(struct sekisho_state *state,
				      const struct sekisho_datagram *datagram)
{
	struct fragment *fragment;

	for (fragment = *fragment_bucket(state, datagram); fragment; fragment = fragment->next)
		if (same_datagram(&fragment->first.datagram, datagram))
			return fragment;
	return NULL;
}

void sekisho_state_remember(struct sekisho_state *state, const struct sekisho_first_fragment *first)
{
	struct fragment **bucket = fragment_bucket(state, &first->datagram);
	struct fragment *fragment = find_fragment(state, &first->datagram);

	if (!fragment) {
		fragment = malloc(sizeof(*fragment));
		if (!fragment)
			return;
		fragment->next = *bucket;
		*bucket = fragment;
	}
	fragment->first = *first;
}

const struct sekisho_first_fragment *sekisho_state_recall(struct sekisho_state *state,
							  const struct sekisho_datagram *datagram,
							  uint64_t epoch, uint32_t now)
{
	const struct fragment *fragment = find_fragment(state, datagram);

	if (!fragment || fragment->first.epoch != epoch || !can_be_followed(&fragment->first, now))
		return NULL;
	return &fragment->first;
}
