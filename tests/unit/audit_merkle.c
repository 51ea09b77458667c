// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Merkle tree against a twin that is RFC 9162's definitions as they stand, recursive: roots and
 * proofs of all sizes and pairs up to 300, and no proof holds with a bit turned, a hash more or less.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "audit/merkle.h"
#include "ktap.h"

#define LEAVES 300

typedef uint8_t digest[SEKISHO_DIGEST_BYTES];

static digest leaves[LEAVES];
static struct sekisho_digester *digester;

/* MTH(D[from:to]). */
static void twin_root(unsigned int from, unsigned int to, digest root)
{
	/* Each range once. */
	static digest known[LEAVES + 1][LEAVES + 1];
	static bool is_known[LEAVES + 1][LEAVES + 1];
	uint8_t both[1 + 2 * SEKISHO_DIGEST_BYTES] = { 1 };
	unsigned int half = 1;

	if (from == to) {
		SHA256((const uint8_t *)"", 0, root);
		return;
	}
	if (to - from == 1) {
		memcpy(root, leaves[from], sizeof(digest));
		return;
	}
	if (is_known[from][to]) {
		memcpy(root, known[from][to], sizeof(digest));
		return;
	}
	while (half * 2 < to - from)
		half *= 2;
	twin_root(from, from + half, both + 1);
	twin_root(from + half, to, both + 1 + SEKISHO_DIGEST_BYTES);
	SHA256(both, sizeof(both), root);
	memcpy(known[from][to], root, sizeof(digest));
	is_known[from][to] = true;
}

/* PATH(index, D[from:to]). */
static size_t twin_path(unsigned int index, unsigned int from, unsigned int to, digest *path)
{
	unsigned int half = 1;
	size_t count;

	if (to - from == 1)
		return 0;
	while (half * 2 < to - from)
		half *= 2;
	if (index < half) {
		count = twin_path(index, from, from + half, path);
		twin_root(from + half, to, path[count]);
	} else {
		count = twin_path(index - half, from + half, to, path);
		twin_root(from, from + half, path[count]);
	}
	return count + 1;
}

/* SUBPROOF(size, D[from:to], known). */
static size_t twin_subproof(unsigned int size, unsigned int from, unsigned int to, bool known,
			    digest *path)
{
	unsigned int half = 1;
	size_t count;

	if (size == to - from) {
		if (!known)
			twin_root(from, to, path[0]);
		return !known;
	}
	while (half * 2 < to - from)
		half *= 2;
	if (size <= half) {
		count = twin_subproof(size, from, from + half, known, path);
		twin_root(from + half, to, path[count]);
	} else {
		count = twin_subproof(size - half, from + half, to, false, path);
		twin_root(from, from + half, path[count]);
	}
	return count + 1;
}

static void fill(struct sekisho_merkle_proof *proof, unsigned int size)
{
	struct sekisho_merkle range = { 0 };

	for (unsigned int i = 0; i < size; i++)
		sekisho_merkle_gather(proof, &range, digester, i, leaves[i]);
}

static void test_roots(void)
{
	struct sekisho_merkle tree = { 0 };
	bool same = true;

	for (unsigned int size = 0; size <= LEAVES; size++) {
		digest root, twin;

		twin_root(0, size, twin);
		same &= !sekisho_merkle_root(&tree, digester, root) && tree.size == size &&
			!memcmp(root, twin, sizeof(root));
		if (size < LEAVES)
			same &= !sekisho_merkle_append(&tree, digester, leaves[size]);
	}
	ok(same, "the roots of all sizes to %d", LEAVES);
}

static void test_inclusion(void)
{
	bool same = true, holds = true, others = true;

	for (unsigned int size = 1; size <= LEAVES; size++) {
		digest root;

		twin_root(0, size, root);
		for (unsigned int index = 0; index < size; index++) {
			struct sekisho_merkle_proof proof;
			digest path[SEKISHO_PROOF_NODES];
			size_t count = twin_path(index, 0, size, path);

			sekisho_merkle_plan_inclusion(index, size, &proof);
			/* The walk over all leaves for each is slow: ranges by the twin, but for some. */
			if (index % 37 == 0 || size < 40)
				fill(&proof, size);
			else
				for (size_t i = 0; i < proof.count; i++)
					twin_root((unsigned int)proof.ranges[i].from,
						  (unsigned int)proof.ranges[i].to, proof.nodes[i]);
			same &= proof.count == count &&
				!memcmp(path, proof.nodes, count * sizeof(digest));
			holds &= !sekisho_merkle_included(digester, &proof, index, size,
							  leaves[index], root);
			others &= sekisho_merkle_included(digester, &proof, (index + 1) % size,
							  size, leaves[index], root) == -EBADMSG ||
				  size == 1;
			others &= sekisho_merkle_included(digester, &proof, index, size,
							  leaves[(index + 1) % LEAVES],
							  root) == -EBADMSG;
		}
	}
	ok(same, "inclusion: the proofs of all leaves in all trees");
	ok(holds, "inclusion: they hold");
	ok(others, "inclusion: for no other place and no other leaf");
}

static void test_consistency(void)
{
	bool same = true, holds = true, others = true;

	for (unsigned int to = 1; to <= LEAVES; to++) {
		digest new_root;

		twin_root(0, to, new_root);
		for (unsigned int from = 1; from <= to; from++) {
			struct sekisho_merkle_proof proof;
			digest path[SEKISHO_PROOF_NODES], old_root;
			size_t count = twin_subproof(from, 0, to, true, path);

			twin_root(0, from, old_root);
			sekisho_merkle_plan_consistency(from, to, &proof);
			if (from % 37 == 0 || to < 40)
				fill(&proof, to);
			else
				for (size_t i = 0; i < proof.count; i++)
					twin_root((unsigned int)proof.ranges[i].from,
						  (unsigned int)proof.ranges[i].to, proof.nodes[i]);
			same &= proof.count == count &&
				!memcmp(path, proof.nodes, count * sizeof(digest));
			holds &= !sekisho_merkle_consistent(digester, &proof, from, to, old_root,
							    new_root);
			others &= sekisho_merkle_consistent(digester, &proof, from, to, leaves[7],
							    new_root) == -EBADMSG &&
				  sekisho_merkle_consistent(digester, &proof, from, to, old_root,
							    leaves[7]) == -EBADMSG;
		}
	}
	ok(same, "consistency: the proofs of all pairs");
	ok(holds, "consistency: they hold");
	ok(others, "consistency: with no other root");
}

typedef int (*check)(const struct sekisho_merkle_proof *proof, unsigned int one, unsigned int size);

static int included(const struct sekisho_merkle_proof *proof, unsigned int one, unsigned int size)
{
	digest root;

	twin_root(0, size, root);
	return sekisho_merkle_included(digester, proof, one, size, leaves[one], root);
}

static int consistent(const struct sekisho_merkle_proof *proof, unsigned int one, unsigned int size)
{
	digest older, newer;

	twin_root(0, one, older);
	twin_root(0, size, newer);
	return sekisho_merkle_consistent(digester, proof, one, size, older, newer);
}

/* Every bit, one hash less, one more. */
static bool all_refused(struct sekisho_merkle_proof *proof, unsigned int one, unsigned int size,
			check holds)
{
	bool refused = true;

	for (size_t bit = 0; bit < proof->count * 8 * SEKISHO_DIGEST_BYTES; bit++) {
		uint8_t *byte = &proof->nodes[bit / 256][bit / 8 % SEKISHO_DIGEST_BYTES];

		*byte ^= (uint8_t)(1 << bit % 8);
		refused &= holds(proof, one, size) == -EBADMSG;
		*byte ^= (uint8_t)(1 << bit % 8);
	}
	memcpy(proof->nodes[proof->count], leaves[1], sizeof(digest));
	proof->count++;
	refused &= holds(proof, one, size) == -EBADMSG;
	proof->count--;
	if (proof->count) {
		proof->count--;
		refused &= holds(proof, one, size) == -EBADMSG;
		proof->count++;
	}
	return refused && !holds(proof, one, size);
}

static void test_turned_bits(void)
{
	static const unsigned int sizes[] = { 1, 2, 3, 7, 8, 13, 33 };
	bool inclusion = true, consistency = true;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (unsigned int one = 1; one <= sizes[i]; one++) {
			struct sekisho_merkle_proof proof;

			sekisho_merkle_plan_inclusion(one - 1, sizes[i], &proof);
			fill(&proof, sizes[i]);
			inclusion &= all_refused(&proof, one - 1, sizes[i], included);
			sekisho_merkle_plan_consistency(one, sizes[i], &proof);
			fill(&proof, sizes[i]);
			consistency &= all_refused(&proof, one, sizes[i], consistent);
		}
	ok(inclusion, "inclusion: no bit turned, no hash more or less");
	ok(consistency, "consistency: no bit turned, no hash more or less");
}

/* What a file may say: sizes and places at the edges. */
static void test_edges(void)
{
	struct sekisho_merkle_proof proof = { 0 };
	bool inclusion, consistency;
	digest root, older;

	inclusion = sekisho_merkle_included(digester, &proof, 0, 0, leaves[0], leaves[0]) &&
		    sekisho_merkle_included(digester, &proof, 1, 1, leaves[0], leaves[0]) &&
		    sekisho_merkle_included(digester, &proof, UINT64_MAX, UINT64_MAX, leaves[0],
					    leaves[0]);
	consistency = sekisho_merkle_consistent(digester, &proof, 0, 3, leaves[0], leaves[0]) &&
		      sekisho_merkle_consistent(digester, &proof, 4, 3, leaves[0], leaves[0]) &&
		      sekisho_merkle_consistent(digester, &proof, 3, 4, leaves[0], leaves[0]);
	ok(inclusion && consistency, "no proof of what is not in the tree");
	/* A good proof, of a smaller tree than is said. */
	sekisho_merkle_plan_inclusion(0, 2, &proof);
	fill(&proof, 2);
	twin_root(0, 2, root);
	inclusion = !sekisho_merkle_included(digester, &proof, 0, 2, leaves[0], root);
	for (unsigned int size = 3; size < 20; size++)
		inclusion &= sekisho_merkle_included(digester, &proof, 0, size, leaves[0], root) ==
			     -EBADMSG;
	sekisho_merkle_plan_consistency(2, 3, &proof);
	fill(&proof, 3);
	twin_root(0, 2, older);
	twin_root(0, 3, root);
	consistency = !sekisho_merkle_consistent(digester, &proof, 2, 3, older, root);
	for (unsigned int size = 5; size < 20; size++)
		consistency &= sekisho_merkle_consistent(digester, &proof, 2, size, older, root) ==
			       -EBADMSG;
	ok(inclusion && consistency, "none of a tree of another size");
	sekisho_merkle_plan_inclusion(UINT64_MAX - 1, UINT64_MAX, &proof);
	inclusion = proof.count <= SEKISHO_PROOF_NODES && proof.count >= 63;
	sekisho_merkle_plan_consistency(UINT64_MAX - 1, UINT64_MAX, &proof);
	ok(inclusion && proof.count <= SEKISHO_PROOF_NODES, "the largest tree's proofs fit");
}

int main(void)
{
	digester = sekisho_digester_new();
	if (!digester)
		return 1;
	for (unsigned int i = 0; i < LEAVES; i++) {
		char line[16];
		uint8_t prefixed[17] = { 0 };
		digest twin;
		int length = snprintf(line, sizeof(line), "%u", i);

		memcpy(prefixed + 1, line, (size_t)length);
		SHA256(prefixed, 1 + (size_t)length, twin);
		if (sekisho_merkle_leaf(digester, line, (size_t)length, leaves[i]) ||
		    memcmp(leaves[i], twin, sizeof(twin)) != 0)
			return 1;
	}
	plan(12);
	test_roots();
	test_inclusion();
	test_consistency();
	test_turned_bits();
	test_edges();
	sekisho_digester_free(digester);
	return finish();
}
