/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Merkle tree of RFC 9162, 2.1, over the records of a log: roots, proofs, and their
 * verification. Pure; knows nothing of files, records or signatures.
 *
 * A tree of N leaves is held as its frontier: the roots of the full subtrees that N is the sum of,
 * at most 64, largest first. A proof is a list of roots of ranges of leaves; who makes one asks
 * which ranges those are and then walks over the leaves once.
 */
#ifndef SEKISHO_AUDIT_MERKLE_H
#define SEKISHO_AUDIT_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"

#define SEKISHO_MERKLE_NODES 64
#define SEKISHO_PROOF_NODES  65 /* at most in a proof */

struct sekisho_merkle {
	uint64_t size; /* leaves; as many nodes as it has bits set */
	uint8_t nodes[SEKISHO_MERKLE_NODES][SEKISHO_DIGEST_BYTES];
};

/* Leaves @from to before @to. */
struct sekisho_merkle_range {
	uint64_t from, to;
};

/* Hashes of a proof in their order. */
struct sekisho_merkle_proof {
	size_t count;
	struct sekisho_merkle_range ranges[SEKISHO_PROOF_NODES]; /* of use to who makes it */
	uint8_t nodes[SEKISHO_PROOF_NODES][SEKISHO_DIGEST_BYTES];
};

/**
 * sekisho_merkle_leaf - the hash of a leaf
 * @line: a record's line without its LF
 * Return: 0 or -EIO (the library failed), as all functions here that hash.
 */
int sekisho_merkle_leaf(struct sekisho_digester *digester, const void *line, size_t length,
			uint8_t leaf[SEKISHO_DIGEST_BYTES]);

/**
 * sekisho_merkle_append - a tree with one leaf more
 * @tree: all zeros is the empty one; after an error of no use
 * @leaf: its hash
 */
int sekisho_merkle_append(struct sekisho_merkle *tree, struct sekisho_digester *digester,
			  const uint8_t leaf[SEKISHO_DIGEST_BYTES]);

/**
 * sekisho_merkle_root - the root hash; of the empty tree SHA-256 of nothing
 */
int sekisho_merkle_root(const struct sekisho_merkle *tree, struct sekisho_digester *digester,
			uint8_t root[SEKISHO_DIGEST_BYTES]);

/**
 * sekisho_merkle_nodes - how many nodes the frontier of a tree has
 */
size_t sekisho_merkle_nodes(uint64_t size);

/**
 * sekisho_merkle_plan_inclusion - which ranges prove that leaf @index is in the tree of @size
 * @index: below @size
 * @proof: its ranges and count are set
 */
void sekisho_merkle_plan_inclusion(uint64_t index, uint64_t size,
				   struct sekisho_merkle_proof *proof);

/**
 * sekisho_merkle_plan_consistency - which ranges prove that the tree of @to begins with that of @from
 * @from: 1 to @to
 * @proof: its ranges and count are set; none where both are the same
 */
void sekisho_merkle_plan_consistency(uint64_t from, uint64_t to,
				     struct sekisho_merkle_proof *proof);

/**
 * sekisho_merkle_resume - begin to fill in a planned proof behind leaves that are not there any more
 * @proof: planned
 * @range: gets what sekisho_merkle_gather() goes on with
 * @tree: of those leaves
 * Return: 0; -ENOENT (the proof needs some of them); -EIO.
 */
int sekisho_merkle_resume(struct sekisho_merkle_proof *proof, struct sekisho_merkle *range,
			  struct sekisho_digester *digester, const struct sekisho_merkle *tree);

/**
 * sekisho_merkle_gather - fill in a planned proof
 * @proof: planned
 * @range: of the caller, zeros before the first leaf
 * @index: the leaf's; every leaf of the planned ranges must come, in ascending order
 */
int sekisho_merkle_gather(struct sekisho_merkle_proof *proof, struct sekisho_merkle *range,
			  struct sekisho_digester *digester, uint64_t index,
			  const uint8_t leaf[SEKISHO_DIGEST_BYTES]);

/**
 * sekisho_merkle_included - whether a proof shows that a leaf is in a tree (RFC 9162, 2.1.3.2)
 * @proof: its nodes and count
 * Return: 0, -EBADMSG (it does not) or -EIO.
 */
int sekisho_merkle_included(struct sekisho_digester *digester,
			    const struct sekisho_merkle_proof *proof, uint64_t index, uint64_t size,
			    const uint8_t leaf[SEKISHO_DIGEST_BYTES],
			    const uint8_t root[SEKISHO_DIGEST_BYTES]);

/**
 * sekisho_merkle_consistent - whether a proof shows that one tree begins with another (2.1.4.2)
 * @proof: its nodes and count
 * Return: 0, -EBADMSG (it does not) or -EIO.
 */
int sekisho_merkle_consistent(struct sekisho_digester *digester,
			      const struct sekisho_merkle_proof *proof, uint64_t from, uint64_t to,
			      const uint8_t from_root[SEKISHO_DIGEST_BYTES],
			      const uint8_t to_root[SEKISHO_DIGEST_BYTES]);

#endif
