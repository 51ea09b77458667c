// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds up denials in bounded memory. Knows nothing of records, files or time.
 */
#include "aggregate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* What tells denials of one reason apart at every level: direction, and who denied it why. */
#define KIND_FLAGS (SEKISHO_EVENT_OUTPUT | SEKISHO_AUDIT_GUARD | SEKISHO_AUDIT_MISMATCH)

/* A row for every reason number is always left, for both directions. */
#define REASON_ROWS (2 * SEKISHO_REASON_ROWS)

/* And for what the guard denied, beyond the rows that the limits speak of. */
#define GUARD_ROWS (2 * REASON_ROWS)

/*
 * A level of its own beside those of enum sekisho_overflow: what rows of a pair one station of a link
 * has taken. It only counts, and is never told of.
 */
#define LEVEL_STATION (SEKISHO_OVERFLOW_REASON + 1)

#define NO_ROW UINT32_MAX

/* What makes denials alike; what a level leaves out is 0. No padding: it is compared as bytes. */
struct key {
	__be32 source[4];
	__be32 destination[4];
	char flow[SEKISHO_NAME_BYTES];
	__u16 from;
	__u16 to;
	__be16 destination_port;
	__u16 ethertype;
	__u8 level; /* enum sekisho_overflow, or LEVEL_STATION */
	__u8 reason;
	__u8 kind; /* flags of KIND_FLAGS */
	__u8 protocol;
	__u32 zero;
};

_Static_assert(sizeof(struct key) == 80, "a key has no padding and whole words");

struct row {
	struct key key;
	struct sekisho_denial denial; /* its count is 0 until an event is added to this very row */
	uint32_t children; /* rows that were made below it */
};

struct sekisho_aggregate {
	struct sekisho_aggregate_limits limits;
	uint64_t seed[2]; /* so that nobody can choose keys that meet in one place */
	struct row *rows;
	uint32_t used;
	uint32_t pairs; /* of them rows for pairs */
	uint32_t reasons; /* and for reasons */
	uint32_t *index; /* numbers of rows, or NO_ROW; open addressing, at most half full */
	uint32_t mask;
};

static uint64_t rotate(uint64_t word, unsigned int bits)
{
	return word << bits | word >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 of the key's words; all keys have one length, which therefore is not hashed. */
static uint32_t hash(const struct sekisho_aggregate *aggregate, const struct key *key)
{
	uint64_t v[4] = {
		aggregate->seed[0] ^ 0x736f6d6570736575ull,
		aggregate->seed[1] ^ 0x646f72616e646f6dull,
		aggregate->seed[0] ^ 0x6c7967656e657261ull,
		aggregate->seed[1] ^ 0x7465646279746573ull,
	};
	uint64_t words[sizeof(*key) / sizeof(uint64_t)];
	unsigned int i;

	memcpy(words, key, sizeof(words));
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		v[3] ^= words[i];
		sip_round(v);
		v[0] ^= words[i];
	}
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		sip_round(v);
	return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

static void make_key(struct key *key, const struct sekisho_event *event, unsigned int level)
{
	memset(key, 0, sizeof(*key));
	key->level = (__u8)level;
	key->reason = event->reason % SEKISHO_REASON_ROWS;
	key->kind = event->flags & KIND_FLAGS;
	if (level == SEKISHO_OVERFLOW_REASON)
		return;
	key->from = event->from;
	key->to = event->to;
	if (level == SEKISHO_OVERFLOW_PAIR)
		return;
	if (level == LEVEL_STATION) {
		memcpy(key->source, event->source_mac, sizeof(event->source_mac));
		return;
	}
	memcpy(key->source, event->source, sizeof(key->source));
	if (level == SEKISHO_OVERFLOW_SOURCE)
		return;
	memcpy(key->destination, event->destination, sizeof(key->destination));
	memcpy(key->flow, event->flow, sizeof(key->flow));
	key->destination_port = event->destination_port;
	key->ethertype = event->ethertype;
	key->protocol = event->protocol;
}

/* The place in the index of the row with @key, or of the gap where it belongs. */
static uint32_t find_place(const struct sekisho_aggregate *aggregate, const struct key *key)
{
	uint32_t place = hash(aggregate, key) & aggregate->mask;

	while (aggregate->index[place] != NO_ROW &&
	       memcmp(&aggregate->rows[aggregate->index[place]].key, key, sizeof(*key)) != 0)
		place = (place + 1) & aggregate->mask;
	return place;
}

static struct row *row_at(struct sekisho_aggregate *aggregate, uint32_t place)
{
	return &aggregate->rows[aggregate->index[place]];
}

static struct row *make_row(struct sekisho_aggregate *aggregate, uint32_t place,
			    const struct key *key, const struct sekisho_event *event)
{
	struct row *row = &aggregate->rows[aggregate->used];

	aggregate->index[place] = aggregate->used++;
	row->key = *key;
	row->children = 0;
	row->denial.sample = *event;
	row->denial.overflow = key->level == LEVEL_STATION ? SEKISHO_OVERFLOW_NONE : key->level;
	row->denial.count = 0;
	return row;
}

/* Rows that sources and keys may take: what pairs and reasons may still need is kept for them. */
static bool has_room(const struct sekisho_aggregate *aggregate, uint32_t more)
{
	uint32_t kept = aggregate->limits.pairs - aggregate->pairs + REASON_ROWS + GUARD_ROWS -
			aggregate->reasons;

	return aggregate->used + more + kept <= aggregate->limits.rows + GUARD_ROWS;
}

static struct row *reason_row(struct sekisho_aggregate *aggregate,
			      const struct sekisho_event *event)
{
	struct key key;
	uint32_t place;

	make_key(&key, event, SEKISHO_OVERFLOW_REASON);
	place = find_place(aggregate, &key);
	if (aggregate->index[place] != NO_ROW)
		return row_at(aggregate, place);
	aggregate->reasons++;
	return make_row(aggregate, place, &key, event);
}

/* The pair's row, or the reason's where there are too many pairs. */
static struct row *pair_row(struct sekisho_aggregate *aggregate, const struct sekisho_event *event)
{
	struct key key;
	uint32_t place;

	make_key(&key, event, SEKISHO_OVERFLOW_PAIR);
	place = find_place(aggregate, &key);
	if (aggregate->index[place] != NO_ROW)
		return row_at(aggregate, place);
	if (aggregate->pairs == aggregate->limits.pairs)
		return reason_row(aggregate, event);
	aggregate->pairs++;
	return make_row(aggregate, place, &key, event);
}

/* Where an event belongs, from the outside in. */
struct family {
	struct row *pair, *station, *source;
};

/* Whether so many more rows below a station may be made. */
static bool may_have(const struct sekisho_aggregate *aggregate, const struct family *family,
		     uint32_t more)
{
	/* One station leaves as much to all others, whatever addresses it makes up. */
	return family->station->children + more <= aggregate->limits.pair_rows / 2 &&
	       family->pair->children + more <= aggregate->limits.pair_rows &&
	       has_room(aggregate, more);
}

static struct row *make_child(struct sekisho_aggregate *aggregate, const struct family *family,
			      const struct key *key, const struct sekisho_event *event)
{
	family->station->children++;
	family->pair->children++;
	/* The rows made since it was looked for may have taken the gap. */
	return make_row(aggregate, find_place(aggregate, key), key, event);
}

/* The station's row, or NULL where there is no room for it, a source and a key. */
static struct row *station_row(struct sekisho_aggregate *aggregate,
			       const struct sekisho_event *event, struct row *pair)
{
	struct key key;
	uint32_t place;

	make_key(&key, event, LEVEL_STATION);
	place = find_place(aggregate, &key);
	if (aggregate->index[place] != NO_ROW)
		return row_at(aggregate, place);
	if (pair->children + 3 > aggregate->limits.pair_rows || !has_room(aggregate, 3))
		return NULL;
	pair->children++;
	return make_row(aggregate, place, &key, event);
}

/* The source's row, or the pair's or reason's where there is no room for it and a key. */
static struct row *source_row(struct sekisho_aggregate *aggregate,
			      const struct sekisho_event *event, struct family *family)
{
	struct key key;
	uint32_t place;

	family->pair = pair_row(aggregate, event);
	if (family->pair->key.level != SEKISHO_OVERFLOW_PAIR)
		return family->pair;
	family->station = station_row(aggregate, event, family->pair);
	if (!family->station)
		return family->pair;
	make_key(&key, event, SEKISHO_OVERFLOW_SOURCE);
	place = find_place(aggregate, &key);
	if (aggregate->index[place] != NO_ROW)
		return row_at(aggregate, place);
	return may_have(aggregate, family, 2) ? make_child(aggregate, family, &key, event)
					      : family->pair;
}

static struct row *event_row(struct sekisho_aggregate *aggregate, const struct sekisho_event *event)
{
	struct family family = { 0 };
	struct row *source;
	struct key key;
	uint32_t place;

	make_key(&key, event, SEKISHO_OVERFLOW_NONE);
	place = find_place(aggregate, &key);
	if (aggregate->index[place] != NO_ROW)
		return row_at(aggregate, place);
	source = source_row(aggregate, event, &family);
	if (!family.station || source->key.level != SEKISHO_OVERFLOW_SOURCE)
		return source;
	if (source->children == aggregate->limits.source_keys || !may_have(aggregate, &family, 1))
		return source;
	source->children++;
	return make_child(aggregate, &family, &key, event);
}

void sekisho_aggregate_add(struct sekisho_aggregate *aggregate, const struct sekisho_event *event)
{
	struct row *row = event_row(aggregate, event);
	struct sekisho_denial *denial = &row->denial, one;

	sekisho_denial_of(&one, event);
	if (!denial->count) {
		one.overflow = denial->overflow;
		*denial = one;
		return;
	}
	denial->count += one.count;
	denial->bytes += one.bytes;
	/* Events of several processors come in any order. */
	if (one.first_ns < denial->first_ns)
		denial->first_ns = one.first_ns;
	if (one.last_ns > denial->last_ns)
		denial->last_ns = one.last_ns;
}

static void clear(struct sekisho_aggregate *aggregate)
{
	aggregate->used = aggregate->pairs = aggregate->reasons = 0;
	memset(aggregate->index, 0xff, ((size_t)aggregate->mask + 1) * sizeof(*aggregate->index));
}

void sekisho_aggregate_flush(struct sekisho_aggregate *aggregate,
			     void (*emit)(void *context, const struct sekisho_denial *denial),
			     void *context)
{
	uint32_t i;

	if (!aggregate->used)
		return;
	for (i = 0; i < aggregate->used; i++)
		if (aggregate->rows[i].denial.count)
			emit(context, &aggregate->rows[i].denial);
	clear(aggregate);
}

uint32_t sekisho_aggregate_rows(const struct sekisho_aggregate *aggregate)
{
	return aggregate->used;
}

struct sekisho_aggregate *sekisho_aggregate_new(const struct sekisho_aggregate_limits *limits)
{
	struct sekisho_aggregate *aggregate;
	uint32_t places = 1;

	if (limits->rows > 1u << 24 || limits->rows < REASON_ROWS ||
	    limits->pairs > limits->rows - REASON_ROWS)
		return NULL;
	while (places < 2 * (limits->rows + GUARD_ROWS))
		places *= 2;
	aggregate = calloc(1, sizeof(*aggregate));
	if (!aggregate)
		return NULL;
	aggregate->limits = *limits;
	aggregate->mask = places - 1;
	aggregate->rows = calloc(limits->rows + GUARD_ROWS, sizeof(*aggregate->rows));
	aggregate->index = calloc(places, sizeof(*aggregate->index));
	if (!aggregate->rows || !aggregate->index ||
	    getrandom(aggregate->seed, sizeof(aggregate->seed), 0) !=
		    (ssize_t)sizeof(aggregate->seed)) {
		sekisho_aggregate_free(aggregate);
		return NULL;
	}
	clear(aggregate);
	return aggregate;
}

void sekisho_aggregate_free(struct sekisho_aggregate *aggregate)
{
	if (!aggregate)
		return;
	free(aggregate->rows);
	free(aggregate->index);
	free(aggregate);
}
