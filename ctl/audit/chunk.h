/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an index keeps of up to 65,536 lines of one file: for each fact the lines that have it, where
 * each line is, and when. Pure: bytes to be stored, and the reverse. Knows nothing of where they are
 * stored.
 */
#ifndef SEKISHO_AUDIT_CHUNK_H
#define SEKISHO_AUDIT_CHUNK_H

#include "digest.h"
#include "postings.h"
#include "scan.h"

#define SEKISHO_CHUNK_LINES  SEKISHO_POSTINGS_LINES
#define SEKISHO_CHUNK_BLOCK  256 /* lines whose places are kept together */
#define SEKISHO_CHUNK_BLOCKS (SEKISHO_CHUNK_LINES / SEKISHO_CHUNK_BLOCK)

/*
 * A term's kind beside those of facts: how long that is which a record tells of. Records of a long
 * span stand far behind its beginning: of each block and span the period is kept, so that a few long
 * ones do not make answers of all that stand beside them.
 */
#define SEKISHO_TERM_SPAN SEKISHO_FACT_KINDS
#define SEKISHO_SPANS	  8 /* 0, the shortest, has no term; the last is for no period but `time` */

/* A place's line: bytes, and a sum of them. */
struct sekisho_place {
	uint64_t offset;
	uint32_t length, sum;
};

struct sekisho_chunk_key;
struct sekisho_chunk_use;

struct sekisho_chunk {
	uint64_t file, row, offset; /* of the first line */
	uint64_t end; /* offset behind the last one */
	uint32_t lines;
	struct sekisho_damage damage;
	uint8_t digest[SEKISHO_DIGEST_BYTES]; /* of all bytes; once finished */
	/* private */
	struct sekisho_digester *digester;
	struct sekisho_chunk_key *keys; /* each once; sorted when finished */
	uint32_t key_count, slot_mask;
	uint32_t *slots; /* a key's place in @keys and 1, by its hash; 0: none */
	struct sekisho_chunk_use *uses; /* in the order of lines */
	size_t count, room;
	uint16_t *by_key; /* the uses' lines, by key */
	uint8_t *places;
	size_t placed, places_room;
	size_t block_at[SEKISHO_CHUNK_BLOCKS + 1];
	int64_t times[SEKISHO_CHUNK_BLOCKS * SEKISHO_SPANS][2]; /* block by block */
	uint8_t packed[SEKISHO_CHUNK_LINES * SEKISHO_PACKED_BYTES];
};

struct sekisho_term {
	unsigned int kind;
	const uint8_t *value; /* sekisho_term_bytes() of it; until the next term, as @lines */
	const uint8_t *lines; /* as sekisho_lines_add() takes it */
	size_t length;
};

/**
 * sekisho_chunk_new - get ready
 * Return: to be freed with sekisho_chunk_free(), or NULL without memory or SHA-256.
 */
struct sekisho_chunk *sekisho_chunk_new(void);
void sekisho_chunk_free(struct sekisho_chunk *chunk);

/**
 * sekisho_chunk_begin - begin with a file's line
 * @row: from 1
 * Return: 0 or -EIO.
 */
int sekisho_chunk_begin(struct sekisho_chunk *chunk, uint64_t file, uint64_t row, uint64_t offset);

/**
 * sekisho_chunk_add - take the next line; there are fewer than SEKISHO_CHUNK_LINES
 * @entry: where the chunk ends
 * @facts: what it says; not looked at where it has a defect
 * Return: 0, -ENOMEM or -EIO.
 */
int sekisho_chunk_add(struct sekisho_chunk *chunk, const struct sekisho_entry *entry,
		      const struct sekisho_facts *facts);

/* All lines are there. Return: 0, -ENOMEM or -EIO. */
int sekisho_chunk_finish(struct sekisho_chunk *chunk);

/**
 * sekisho_chunk_term - the terms of a finished chunk, by kind and value
 * @at: 0 at first, moved on
 * Return: false where there is no other.
 */
bool sekisho_chunk_term(struct sekisho_chunk *chunk, size_t *at, struct sekisho_term *term);

/* The bytes of a kind's values that say something. */
size_t sekisho_term_bytes(unsigned int kind);

/* The places of block @block; NULL where there is none. */
const uint8_t *sekisho_chunk_places(const struct sekisho_chunk *chunk, size_t block,
				    size_t *length);

/* A walk through a block's places. */
struct sekisho_places {
	const uint8_t *at, *end;
	uint64_t offset; /* of the next line */
};

/**
 * sekisho_places_begin - walk through the places of a block
 * @bytes: as sekisho_chunk_places() made them; needed until the walk ends
 * Return: false where they are damaged.
 */
bool sekisho_places_begin(struct sekisho_places *places, const uint8_t *bytes, size_t length);

/* The next line's place. Return: false where there is none. */
bool sekisho_places_next(struct sekisho_places *places, struct sekisho_place *place);

/* The sum of a line's bytes, as its place has it. */
uint32_t sekisho_place_sum(const char *text, size_t length);

#define SEKISHO_TIMES_BYTES (16 * SEKISHO_SPANS * SEKISHO_CHUNK_BLOCKS)

/**
 * sekisho_chunk_times - when the chunk's lines were, packed
 * @bytes: SEKISHO_TIMES_BYTES
 * Return: bytes used.
 */
size_t sekisho_chunk_times(const struct sekisho_chunk *chunk, uint8_t *bytes);

/**
 * sekisho_times_lines - the blocks that have lines of a span in a period
 * @bytes: as sekisho_chunk_times() made them
 * @query: its period
 * @span: of the others in these blocks nothing is said
 * @lines: gets all lines of these blocks, empty before
 * @any: whether there are some
 * Return: false where the times are damaged.
 */
bool sekisho_times_lines(const uint8_t *bytes, size_t length, const struct sekisho_query *query,
			 unsigned int span, struct sekisho_lines *lines, bool *any);

#endif
