// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Merkle tree of RFC 9162. Knows nothing of files, records or signatures.
 */
#include "merkle.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define LEAF 0x00
#define NODE 0x01

static int join(struct sekisho_digester *digester, const uint8_t *left, const uint8_t *right,
		uint8_t *node)
{
	uint8_t both[2 * SEKISHO_DIGEST_BYTES];

	memcpy(both, left, SEKISHO_DIGEST_BYTES);
	memcpy(both + SEKISHO_DIGEST_BYTES, right, SEKISHO_DIGEST_BYTES);
	return sekisho_digester_prefixed(digester, NODE, both, sizeof(both), node);
}

int sekisho_merkle_leaf(struct sekisho_digester *digester, const void *line, size_t length,
			uint8_t leaf[SEKISHO_DIGEST_BYTES])
{
	return sekisho_digester_prefixed(digester, LEAF, line, length, leaf);
}

size_t sekisho_merkle_nodes(uint64_t size)
{
	return (size_t)__builtin_popcountll(size);
}

int sekisho_merkle_append(struct sekisho_merkle *tree, struct sekisho_digester *digester,
			  const uint8_t leaf[SEKISHO_DIGEST_BYTES])
{
	size_t count = sekisho_merkle_nodes(tree->size);
	uint8_t node[SEKISHO_DIGEST_BYTES];
	uint64_t size;

	if (tree->size == UINT64_MAX)
		return -EIO;
	memcpy(node, leaf, sizeof(node));
	/* Each subtree as large as the one that comes is joined with it. */
	for (size = tree->size; size & 1; size >>= 1) {
		int error = join(digester, tree->nodes[--count], node, node);

		if (error)
			return error;
	}
	memcpy(tree->nodes[count], node, sizeof(node));
	tree->size++;
	return 0;
}

int sekisho_merkle_root(const struct sekisho_merkle *tree, struct sekisho_digester *digester,
			uint8_t root[SEKISHO_DIGEST_BYTES])
{
	size_t count = sekisho_merkle_nodes(tree->size);
	int error = 0;

	if (!count)
		return sekisho_digester_line(digester, "", 0, root);
	memcpy(root, tree->nodes[--count], SEKISHO_DIGEST_BYTES);
	while (count && !error)
		error = join(digester, tree->nodes[--count], root, root);
	return error;
}

/* The largest power of two below @size, which is at least 2. */
static uint64_t split(uint64_t size)
{
	return 1ull << (63 - __builtin_clzll(size - 1));
}

static void plan(struct sekisho_merkle_proof *proof, uint64_t from, uint64_t to)
{
	proof->ranges[proof->count++] = (struct sekisho_merkle_range){ from, to };
}

/* Found from the root downwards, and given from the leaf upwards. */
static void turn_round(struct sekisho_merkle_proof *proof)
{
	for (size_t i = 0; i < proof->count / 2; i++) {
		struct sekisho_merkle_range *one = &proof->ranges[i];
		struct sekisho_merkle_range *other = &proof->ranges[proof->count - 1 - i];
		struct sekisho_merkle_range held = *one;

		*one = *other;
		*other = held;
	}
}

void sekisho_merkle_plan_inclusion(uint64_t index, uint64_t size,
				   struct sekisho_merkle_proof *proof)
{
	uint64_t from = 0, to = size;

	proof->count = 0;
	while (to - from > 1) {
		uint64_t middle = from + split(to - from);

		if (index < middle) {
			plan(proof, middle, to);
			to = middle;
		} else {
			plan(proof, from, middle);
			from = middle;
		}
	}
	turn_round(proof);
}

void sekisho_merkle_plan_consistency(uint64_t from, uint64_t to, struct sekisho_merkle_proof *proof)
{
	uint64_t start = 0, end = to;

	proof->count = 0;
	while (from != end) {
		uint64_t middle = start + split(end - start);

		if (from <= middle) {
			plan(proof, middle, end);
			end = middle;
		} else {
			plan(proof, start, middle);
			start = middle;
		}
	}
	/* Where the old tree is a subtree at the left, its root is known to who verifies. */
	if (start)
		plan(proof, start, end);
	turn_round(proof);
}

/* The part of @tree, from leaf @from to before @to, as a tree; whether its nodes make it up. */
static bool take_part(const struct sekisho_merkle *tree, uint64_t from, uint64_t to,
		      struct sekisho_merkle *part)
{
	uint64_t start = 0;
	size_t node = 0, taken = 0;

	for (int bit = 63; bit >= 0; bit--) {
		uint64_t width = 1ull << bit;

		if (!(tree->size & width))
			continue;
		if (start >= from && start + width <= to)
			memcpy(part->nodes[taken++], tree->nodes[node], SEKISHO_DIGEST_BYTES);
		start += width;
		node++;
	}
	part->size = to - from;
	return taken == sekisho_merkle_nodes(part->size);
}

int sekisho_merkle_resume(struct sekisho_merkle_proof *proof, struct sekisho_merkle *range,
			  struct sekisho_digester *digester, const struct sekisho_merkle *tree)
{
	int error = 0;

	range->size = 0;
	for (size_t i = 0; i < proof->count && !error; i++) {
		const struct sekisho_merkle_range *wanted = &proof->ranges[i];
		struct sekisho_merkle part;

		if (wanted->from >= tree->size)
			continue;
		if (wanted->to > tree->size) {
			if (!take_part(tree, wanted->from, tree->size, range))
				error = -ENOENT;
		} else if (take_part(tree, wanted->from, wanted->to, &part)) {
			error = sekisho_merkle_root(&part, digester, proof->nodes[i]);
		} else {
			error = -ENOENT;
		}
	}
	return error;
}

int sekisho_merkle_gather(struct sekisho_merkle_proof *proof, struct sekisho_merkle *range,
			  struct sekisho_digester *digester, uint64_t index,
			  const uint8_t leaf[SEKISHO_DIGEST_BYTES])
{
	size_t i = 0;
	int error;

	while (i < proof->count && (index < proof->ranges[i].from || index >= proof->ranges[i].to))
		i++;
	if (i == proof->count)
		return 0;
	error = sekisho_merkle_append(range, digester, leaf);
	if (error || index + 1 < proof->ranges[i].to)
		return error;
	error = sekisho_merkle_root(range, digester, proof->nodes[i]);
	range->size = 0;
	return error;
}

static int compare(int error, const uint8_t *computed, const uint8_t *expected)
{
	if (error)
		return error;
	return memcmp(computed, expected, SEKISHO_DIGEST_BYTES) != 0 ? -EBADMSG : 0;
}

int sekisho_merkle_included(struct sekisho_digester *digester,
			    const struct sekisho_merkle_proof *proof, uint64_t index, uint64_t size,
			    const uint8_t leaf[SEKISHO_DIGEST_BYTES],
			    const uint8_t root[SEKISHO_DIGEST_BYTES])
{
	uint8_t node[SEKISHO_DIGEST_BYTES];
	uint64_t place = index, last = size - 1;
	int error = 0;

	if (!size || index >= size || proof->count > SEKISHO_PROOF_NODES)
		return -EBADMSG;
	memcpy(node, leaf, sizeof(node));
	for (size_t i = 0; i < proof->count && !error; i++) {
		if (!last)
			return -EBADMSG;
		if (place & 1 || place == last) {
			error = join(digester, proof->nodes[i], node, node);
			while (!(place & 1) && place) {
				place >>= 1;
				last >>= 1;
			}
		} else {
			error = join(digester, node, proof->nodes[i], node);
		}
		place >>= 1;
		last >>= 1;
	}
	if (last)
		return -EBADMSG;
	return compare(error, node, root);
}

/* Both roots at once: @older takes the left hashes only. */
static int climb(struct sekisho_digester *digester, const struct sekisho_merkle_proof *proof,
		 size_t next, uint64_t place, uint64_t last, uint8_t *older, uint8_t *newer)
{
	int error = 0;

	for (; next < proof->count && !error; next++) {
		const uint8_t *node = proof->nodes[next];

		if (!last)
			return -EBADMSG;
		if (place & 1 || place == last) {
			error = join(digester, node, older, older);
			if (!error)
				error = join(digester, node, newer, newer);
			while (!(place & 1) && place) {
				place >>= 1;
				last >>= 1;
			}
		} else {
			error = join(digester, newer, node, newer);
		}
		place >>= 1;
		last >>= 1;
	}
	return error ? error : last ? -EBADMSG : 0;
}

int sekisho_merkle_consistent(struct sekisho_digester *digester,
			      const struct sekisho_merkle_proof *proof, uint64_t from, uint64_t to,
			      const uint8_t from_root[SEKISHO_DIGEST_BYTES],
			      const uint8_t to_root[SEKISHO_DIGEST_BYTES])
{
	uint8_t older[SEKISHO_DIGEST_BYTES], newer[SEKISHO_DIGEST_BYTES];
	uint64_t place = from - 1, last = to - 1;
	bool whole = from &&
		     !(from & (from - 1)); /* the old tree is full: its root is the first node */
	int error;

	if (!from || from > to || proof->count > SEKISHO_PROOF_NODES)
		return -EBADMSG;
	if (from == to)
		return proof->count ? -EBADMSG : compare(0, from_root, to_root);
	if (!whole && !proof->count)
		return -EBADMSG;
	while (place & 1) {
		place >>= 1;
		last >>= 1;
	}
	memcpy(older, whole ? from_root : proof->nodes[0], sizeof(older));
	memcpy(newer, older, sizeof(newer));
	error = climb(digester, proof, whole ? 0 : 1, place, last, older, newer);
	error = compare(error, older, from_root);
	return compare(error, newer, to_root);
}
