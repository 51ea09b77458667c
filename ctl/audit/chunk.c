// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an index keeps of up to 65,536 lines of one file. Knows nothing of where it is stored.
 */
#include "chunk.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND	    1000000000ll
#define FIRST_SLOTS 4096
#define SUM_BYTES   4
#define TIME_BYTES  16 /* of the earliest and the latest */

/* A kind with a value, and how often it is met. */
struct sekisho_chunk_key {
	uint8_t kind;
	uint8_t value[SEKISHO_FACT_BYTES];
	uint32_t number; /* in the order of being met */
	uint32_t uses;
	size_t start; /* in by_key; once finished */
};

/* A line has a key. */
struct sekisho_chunk_use {
	uint32_t key;
	uint16_t line;
};

/* What lasts shorter belongs to the span. The last but one has all that is longer. */
static const int64_t span_ends[SEKISHO_SPANS - 2] = {
	60 * SECOND, 240 * SECOND, 900 * SECOND, 3600 * SECOND, 14400 * SECOND, 57600 * SECOND
};

static const uint8_t value_bytes[SEKISHO_TERM_SPAN + 1] = {
	[SEKISHO_FACT_TYPE] = SEKISHO_FACT_BYTES,
	[SEKISHO_FACT_REASON] = 8,
	[SEKISHO_FACT_FLOW] = 8,
	[SEKISHO_FACT_FROM] = 8,
	[SEKISHO_FACT_TO] = 8,
	[SEKISHO_FACT_SEGMENT] = 8,
	[SEKISHO_FACT_SRC] = SEKISHO_FACT_BYTES,
	[SEKISHO_FACT_DST] = SEKISHO_FACT_BYTES,
	[SEKISHO_FACT_TARGET] = SEKISHO_FACT_BYTES,
	[SEKISHO_FACT_MAC] = 6,
	[SEKISHO_FACT_SPORT] = 2,
	[SEKISHO_FACT_DPORT] = 2,
	[SEKISHO_FACT_PROTOCOL] = 1,
	[SEKISHO_FACT_PERSON] = 8,
	[SEKISHO_TERM_SPAN] = 1,
};

size_t sekisho_term_bytes(unsigned int kind)
{
	return value_bytes[kind];
}

struct sekisho_chunk *sekisho_chunk_new(void)
{
	struct sekisho_chunk *chunk = calloc(1, sizeof(*chunk));

	if (!chunk)
		return NULL;
	chunk->digester = sekisho_digester_new();
	chunk->slots = calloc(FIRST_SLOTS, sizeof(*chunk->slots));
	chunk->keys = calloc(FIRST_SLOTS / 2, sizeof(*chunk->keys));
	chunk->slot_mask = FIRST_SLOTS - 1;
	if (!chunk->digester || !chunk->slots || !chunk->keys) {
		sekisho_chunk_free(chunk);
		return NULL;
	}
	return chunk;
}

void sekisho_chunk_free(struct sekisho_chunk *chunk)
{
	if (!chunk)
		return;
	sekisho_digester_free(chunk->digester);
	free(chunk->keys);
	free(chunk->slots);
	free(chunk->uses);
	free(chunk->by_key);
	free(chunk->places);
	free(chunk);
}

static void empty_times(int64_t (*times)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		times[i][0] = INT64_MAX;
		times[i][1] = INT64_MIN;
	}
}

int sekisho_chunk_begin(struct sekisho_chunk *chunk, uint64_t file, uint64_t row, uint64_t offset)
{
	chunk->file = file;
	chunk->row = row;
	chunk->offset = chunk->end = offset;
	chunk->lines = 0;
	chunk->count = chunk->placed = 0;
	chunk->key_count = 0;
	memset(chunk->slots, 0, (chunk->slot_mask + 1ull) * sizeof(*chunk->slots));
	memset(&chunk->damage, 0, sizeof(chunk->damage));
	empty_times(chunk->times, SEKISHO_SPANS * SEKISHO_CHUNK_BLOCKS);
	return sekisho_digester_begin(chunk->digester);
}

static void widen(int64_t times[2], const struct sekisho_facts *facts)
{
	if (facts->begin_ns < times[0])
		times[0] = facts->begin_ns;
	if (facts->end_ns > times[1])
		times[1] = facts->end_ns;
}

static uint32_t hash_of(unsigned int kind, const uint8_t *value)
{
	uint64_t words[2], hash;

	memcpy(words, value, sizeof(words));
	hash = (words[0] ^ kind) * 0x9e3779b97f4a7c15;
	hash ^= hash >> 32 ^ words[1];
	/* Folded first: an address differs in the last bytes, which are the highest here. */
	hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15;
	return (uint32_t)(hash ^ hash >> 32);
}

static uint32_t *slot_of(const struct sekisho_chunk *chunk, unsigned int kind, const uint8_t *value)
{
	uint32_t at = hash_of(kind, value) & chunk->slot_mask;

	while (chunk->slots[at]) {
		const struct sekisho_chunk_key *key = &chunk->keys[chunk->slots[at] - 1];

		if (key->kind == kind && !memcmp(key->value, value, SEKISHO_FACT_BYTES))
			break;
		at = (at + 1) & chunk->slot_mask;
	}
	return &chunk->slots[at];
}

/* Half of the slots stay free: there is room for as many keys. */
static int grow_keys(struct sekisho_chunk *chunk)
{
	size_t slots = 2 * (chunk->slot_mask + 1ull);
	uint32_t *more = calloc(slots, sizeof(*more));
	void *grown = reallocarray(chunk->keys, slots / 2, sizeof(*chunk->keys));

	if (grown)
		chunk->keys = grown;
	if (!grown || !more) {
		free(more);
		return -ENOMEM;
	}
	free(chunk->slots);
	chunk->slots = more;
	chunk->slot_mask = (uint32_t)(slots - 1);
	for (uint32_t i = 0; i < chunk->key_count; i++)
		*slot_of(chunk, chunk->keys[i].kind, chunk->keys[i].value) = i + 1;
	return 0;
}

static int find_key(struct sekisho_chunk *chunk, unsigned int kind, const uint8_t *value,
		    uint32_t *number)
{
	uint32_t *slot = slot_of(chunk, kind, value);

	if (!*slot && chunk->key_count == (chunk->slot_mask + 1) / 2) {
		int error = grow_keys(chunk);

		if (error)
			return error;
		slot = slot_of(chunk, kind, value);
	}
	if (!*slot) {
		struct sekisho_chunk_key *key = &chunk->keys[chunk->key_count];

		*key = (struct sekisho_chunk_key){ .kind = (uint8_t)kind,
						   .number = chunk->key_count };
		memcpy(key->value, value, SEKISHO_FACT_BYTES);
		*slot = ++chunk->key_count;
	}
	*number = *slot - 1;
	return 0;
}

static int add_term(struct sekisho_chunk *chunk, unsigned int kind, const uint8_t *value)
{
	uint32_t key;
	int error = find_key(chunk, kind, value, &key);

	if (error)
		return error;
	if (chunk->count == chunk->room) {
		size_t more = chunk->room ? 2 * chunk->room : 65536;
		void *grown = reallocarray(chunk->uses, more, sizeof(*chunk->uses));

		if (!grown)
			return -ENOMEM;
		chunk->uses = grown;
		chunk->room = more;
	}
	chunk->keys[key].uses++;
	chunk->uses[chunk->count++] =
		(struct sekisho_chunk_use){ .key = key, .line = (uint16_t)chunk->lines };
	return 0;
}

/* A record of no period of its own may have been made long after those beside it. */
static uint8_t span_of(const struct sekisho_entry *entry, const struct sekisho_facts *facts)
{
	uint8_t span = 0;
	int64_t length;

	if (facts->begin_ns == entry->wall_ns && facts->end_ns == entry->wall_ns)
		return SEKISHO_SPANS - 1;
	if (__builtin_sub_overflow(facts->end_ns, facts->begin_ns, &length))
		length = INT64_MAX;
	while (span < SEKISHO_SPANS - 2 && length >= span_ends[span])
		span++;
	return span;
}

static int add_time(struct sekisho_chunk *chunk, const struct sekisho_entry *entry,
		    const struct sekisho_facts *facts)
{
	const uint8_t span[SEKISHO_FACT_BYTES] = { span_of(entry, facts) };

	widen(chunk->times[chunk->lines / SEKISHO_CHUNK_BLOCK * SEKISHO_SPANS + span[0]], facts);
	return span[0] ? add_term(chunk, SEKISHO_TERM_SPAN, span) : 0;
}

/* FNV-1a, but eight bytes a step: of use only here. */
uint32_t sekisho_place_sum(const char *text, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325 ^ length;
	size_t at = 0;

	while (at < length) {
		size_t step = length - at < 8 ? length - at : 8;
		uint64_t word = 0;

		memcpy(&word, text + at, step);
		/* Folded, or high bits would reach none of the lower. */
		hash = (hash ^ le64toh(word)) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
		at += step;
	}
	return (uint32_t)(hash ^ hash >> 32);
}

/* A block's places: where it begins, then each line's length and sum. */
static int add_place(struct sekisho_chunk *chunk, const struct sekisho_entry *entry)
{
	uint32_t sum = htole32(sekisho_place_sum(entry->text, entry->length));
	uint64_t offset = htole64(entry->offset);

	if (chunk->places_room - chunk->placed < 64) {
		size_t more = chunk->places_room ? 2 * chunk->places_room : 65536;
		uint8_t *grown = realloc(chunk->places, more);

		if (!grown)
			return -ENOMEM;
		chunk->places = grown;
		chunk->places_room = more;
	}
	if (chunk->lines % SEKISHO_CHUNK_BLOCK == 0) {
		chunk->block_at[chunk->lines / SEKISHO_CHUNK_BLOCK] = chunk->placed;
		memcpy(chunk->places + chunk->placed, &offset, sizeof(offset));
		chunk->placed += sizeof(offset);
	}
	chunk->placed += sekisho_pack(chunk->places + chunk->placed, (uint32_t)entry->length);
	memcpy(chunk->places + chunk->placed, &sum, SUM_BYTES);
	chunk->placed += SUM_BYTES;
	return 0;
}

int sekisho_chunk_add(struct sekisho_chunk *chunk, const struct sekisho_entry *entry,
		      const struct sekisho_facts *facts)
{
	int error = add_place(chunk, entry);

	if (!error)
		error = sekisho_digester_add(chunk->digester, entry->text, entry->length);
	if (!error && !entry->defect)
		error = add_time(chunk, entry, facts);
	for (size_t i = 0; !error && !entry->defect && i < facts->count; i++)
		error = add_term(chunk, facts->items[i].kind, facts->items[i].value);
	if (error)
		return error;
	if (entry->defect) {
		struct sekisho_entry bad = *entry;

		bad.row = chunk->row + chunk->lines;
		sekisho_damage_add(&chunk->damage, &bad);
	}
	chunk->lines++;
	chunk->end += entry->length;
	return 0;
}

static int compare_keys(const void *left, const void *right)
{
	const struct sekisho_chunk_key *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return memcmp(a->value, b->value, SEKISHO_FACT_BYTES);
}

/* Sorts the keys, and puts each one's lines together. */
static int sort_terms(struct sekisho_chunk *chunk)
{
	size_t *next = calloc(chunk->key_count, sizeof(*next)), start = 0;

	free(chunk->by_key);
	chunk->by_key = calloc(chunk->count, sizeof(*chunk->by_key));
	if (!next || !chunk->by_key) {
		free(next);
		return -ENOMEM;
	}
	qsort(chunk->keys, chunk->key_count, sizeof(*chunk->keys), compare_keys);
	for (uint32_t i = 0; i < chunk->key_count; i++) {
		struct sekisho_chunk_key *key = &chunk->keys[i];

		next[key->number] = key->start = start;
		start += key->uses;
	}
	for (size_t i = 0; i < chunk->count; i++)
		chunk->by_key[next[chunk->uses[i].key]++] = chunk->uses[i].line;
	free(next);
	return 0;
}

int sekisho_chunk_finish(struct sekisho_chunk *chunk)
{
	size_t blocks = (chunk->lines + SEKISHO_CHUNK_BLOCK - 1) / SEKISHO_CHUNK_BLOCK;
	int error = chunk->count ? sort_terms(chunk) : 0;

	chunk->block_at[blocks] = chunk->placed;
	return error ? error : sekisho_digester_end(chunk->digester, chunk->digest);
}

bool sekisho_chunk_term(struct sekisho_chunk *chunk, size_t *at, struct sekisho_term *term)
{
	const struct sekisho_chunk_key *key = chunk->keys + *at;
	uint32_t before = UINT32_MAX;

	if (*at == chunk->key_count)
		return false;
	++*at;
	term->kind = key->kind;
	term->value = key->value;
	term->lines = chunk->packed;
	term->length = 0;
	for (size_t i = 0; i < key->uses; i++) {
		uint32_t line = chunk->by_key[key->start + i];

		/* One person in two roles: once is enough. */
		if (line == before)
			continue;
		term->length += sekisho_pack(chunk->packed + term->length, line - before);
		before = line;
	}
	return true;
}

const uint8_t *sekisho_chunk_places(const struct sekisho_chunk *chunk, size_t block, size_t *length)
{
	if (block * SEKISHO_CHUNK_BLOCK >= chunk->lines)
		return NULL;
	*length = chunk->block_at[block + 1] - chunk->block_at[block];
	return chunk->places + chunk->block_at[block];
}

bool sekisho_places_begin(struct sekisho_places *places, const uint8_t *bytes, size_t length)
{
	uint64_t offset;

	if (length < sizeof(offset))
		return false;
	memcpy(&offset, bytes, sizeof(offset));
	places->offset = le64toh(offset);
	places->at = bytes + sizeof(offset);
	places->end = bytes + length;
	return places->offset <= INT64_MAX / 2;
}

bool sekisho_places_next(struct sekisho_places *places, struct sekisho_place *place)
{
	uint32_t sum;

	if (!sekisho_unpack(&places->at, places->end, &place->length) ||
	    places->end - places->at < SUM_BYTES)
		return false;
	memcpy(&sum, places->at, SUM_BYTES);
	place->sum = le32toh(sum);
	place->offset = places->offset;
	places->at += SUM_BYTES;
	places->offset += place->length;
	return true;
}

static void put_times(uint8_t *bytes, const int64_t times[2])
{
	uint64_t both[2] = { htole64((uint64_t)times[0]), htole64((uint64_t)times[1]) };

	memcpy(bytes, both, TIME_BYTES);
}

size_t sekisho_chunk_times(const struct sekisho_chunk *chunk, uint8_t *bytes)
{
	size_t blocks = (chunk->lines + SEKISHO_CHUNK_BLOCK - 1) / SEKISHO_CHUNK_BLOCK;

	for (size_t i = 0; i < SEKISHO_SPANS * blocks; i++)
		put_times(bytes + i * TIME_BYTES, chunk->times[i]);
	return SEKISHO_SPANS * blocks * TIME_BYTES;
}

static bool overlaps(const uint8_t *bytes, const struct sekisho_query *query)
{
	uint64_t both[2];

	memcpy(both, bytes, TIME_BYTES);
	return (int64_t)le64toh(both[0]) < query->until_ns &&
	       (int64_t)le64toh(both[1]) >= query->since_ns;
}

bool sekisho_times_lines(const uint8_t *bytes, size_t length, const struct sekisho_query *query,
			 unsigned int span, struct sekisho_lines *lines, bool *any)
{
	size_t blocks = length / (TIME_BYTES * SEKISHO_SPANS);

	*any = false;
	if (length % (TIME_BYTES * SEKISHO_SPANS) || blocks > SEKISHO_CHUNK_BLOCKS)
		return false;
	for (size_t i = 0; i < blocks; i++) {
		if (!overlaps(bytes + (i * SEKISHO_SPANS + span) * TIME_BYTES, query))
			continue;
		sekisho_lines_fill(lines, i * SEKISHO_CHUNK_BLOCK, (i + 1) * SEKISHO_CHUNK_BLOCK);
		*any = true;
	}
	return true;
}
