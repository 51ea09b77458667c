/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prefixes, and what is known of the addresses they hold: a binary trie a family, in which a node
 * with one child and nothing to say is left out. A node's prefix is longer than its parent's, so a
 * look-up visits at most 33 (IPv4) or 129 (IPv6) nodes. Knows nothing of flows or packets.
 */
#ifndef SEKISHO_KMOD_TRIE_H
#define SEKISHO_KMOD_TRIE_H

#include <linux/types.h>

#include "sekisho/limits.h"

#include "address.h"
#include "rows.h"

#define SEKISHO_TRIE_DEPTH 129

/*
 * Nodes are numbered from 1; 0 is none. @bits are left-aligned, beyond @length 0. @sets: 0: none;
 * a number of a set where it is the only one; with SEKISHO_TRIE_LIST set, where in the lists the
 * numbers begin that a 0 ends.
 */
struct sekisho_trie_node {
	struct sekisho_address bits;
	u32 child[2];
	u32 sets;
	u16 segment; /* whose network it is, or SEKISHO_SEGMENT_NONE */
	u8 length;
	u8 is; /* bits of the caller's */
};

#define SEKISHO_TRIE_LIST 0x80000000u

struct sekisho_trie {
	struct sekisho_rows nodes; /* struct sekisho_trie_node */
	struct sekisho_rows chains; /* while it is made: sets of a node */
	struct sekisho_rows lists; /* u32 */
	u32 roots[2]; /* IPv4, IPv6 */
};

/* What holds an address. */
struct sekisho_trie_found {
	u16 segment; /* of the longest network */
	u8 is;
	u8 set_count;
	u32 *sets; /* room for SEKISHO_COVER_MAX */
};

/* What a finished trie must not have. */
enum sekisho_trie_fault {
	SEKISHO_TRIE_GOOD,
	SEKISHO_TRIE_OVERLAPS, /* @subject: a segment with a network inside another's */
	SEKISHO_TRIE_COVERS, /* @subject: a set of too many that hold one address */
};

struct sekisho_trie_problem {
	enum sekisho_trie_fault fault;
	u32 subject;
};

/* Whether a range's ends are addresses of its family, in order. */
bool sekisho_range_valid(const struct sekisho_range *range);

/* Whether it is a prefix: no host bits. */
bool sekisho_range_is_prefix(const struct sekisho_range *range);

void sekisho_trie_init(struct sekisho_trie *trie);
void sekisho_trie_free(struct sekisho_trie *trie);

/**
 * sekisho_trie_add_network - say whose a prefix is
 * @trie: not finished
 * @range: valid, and a prefix
 * @segment: whose
 *
 * Return: 0, -ENOMEM, or -EEXIST where it is another segment's.
 */
int sekisho_trie_add_network(struct sekisho_trie *trie, const struct sekisho_range *range,
			     u16 segment);

/* Say that all of a valid range is in a set. 0, -ENOMEM or -E2BIG. */
int sekisho_trie_add_set(struct sekisho_trie *trie, const struct sekisho_range *range, u32 set);

/* Set bits of an address. 0 or -ENOMEM. */
int sekisho_trie_add_bits(struct sekisho_trie *trie, u8 family, struct sekisho_address address,
			  u8 is);

/**
 * sekisho_trie_finish - make it ready to be read
 * @trie: nothing is added afterwards
 * @problem: set
 *
 * Return: 0, -ENOMEM, -EINTR, or -EINVAL with a fault in @problem: a network inside another
 * segment's, 0.0.0.0/0 and ::/0 aside, or an address in more than SEKISHO_COVER_MAX sets.
 */
int sekisho_trie_finish(struct sekisho_trie *trie, struct sekisho_trie_problem *problem);

size_t sekisho_trie_bytes(const struct sekisho_trie *trie);

/* Look an address up. Any context. @found->sets is the caller's memory; the rest is set. */
void sekisho_trie_find(const struct sekisho_trie *trie, u8 family, struct sekisho_address address,
		       struct sekisho_trie_found *found);

#endif
