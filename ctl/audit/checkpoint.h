/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes a log's signed checkpoints: follows its files as they are on disk, hashes each line once
 * into the Merkle tree, and signs. Signs nothing where the log does not agree with what was signed
 * before: that is an error for people. Knows nothing of what records say, and not when a
 * checkpoint is due.
 *
 * Newest is the largest of `checkpoint`, the largest in checkpoints/, and KEYS/ORIGIN.checkpoint,
 * which stays where the log's directory is put back as a whole.
 */
#ifndef SEKISHO_AUDIT_CHECKPOINT_H
#define SEKISHO_AUDIT_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "note.h"

/* Why nothing can be signed until a person has looked. */
enum sekisho_checkpoint_fault {
	SEKISHO_CHECKPOINT_FINE,
	SEKISHO_CHECKPOINT_KEY_LOST, /* there are checkpoints, and no key */
	SEKISHO_CHECKPOINT_KEY_BAD, /* the key's file is no such key */
	SEKISHO_CHECKPOINT_KEY_OPEN, /* others than its owner may read it */
	SEKISHO_CHECKPOINT_KEY_OTHER, /* checkpoint.vkey is of another key */
	SEKISHO_CHECKPOINT_NOTE, /* a newest checkpoint is no note, or not signed by the key */
	SEKISHO_CHECKPOINT_BEGINNING, /* the first files are away, and no frontier is left */
	SEKISHO_CHECKPOINT_DAMAGED, /* a line is not the record that should be there */
	SEKISHO_CHECKPOINT_SHORT, /* the log has fewer records than were signed */
	SEKISHO_CHECKPOINT_DIFFERENT, /* it has other records than were signed */
};

struct sekisho_checkpointer;

struct sekisho_checkpoint_state {
	enum sekisho_checkpoint_fault fault;
	uint64_t size; /* records in the tree: the first that was not followed */
	uint64_t signed_size; /* of the newest checkpoint; 0: none */
	uint64_t missing; /* records, with SHORT; as many as may be, with DIFFERENT */
};

/* The records of one file of the log. */
struct sekisho_checkpoint_part {
	uint64_t first, next; /* the first, and the first of the file after it */
	int64_t newest_ns; /* when the newest was made, since 1970 UTC */
	uint8_t last_hash[SEKISHO_DIGEST_BYTES]; /* SHA-256 of the last one's line */
};

/**
 * sekisho_checkpointer_open - get ready, as the only one to sign for this log
 * @checkpointer: gets it, to be closed with sekisho_checkpointer_close(); NULL after an error
 * @directory: of the log; borrowed
 * @origin: the log's name
 * @keys: the directory of keys; borrowed
 *
 * Makes the key where nothing was ever signed. A fault is no error: see the state.
 * Return: 0; -EBUSY (another signs); -ENOMEM; -EIO; or why a file cannot be read or written.
 */
int sekisho_checkpointer_open(struct sekisho_checkpointer **checkpointer, int directory,
			      const char *origin, const char *keys);
void sekisho_checkpointer_close(struct sekisho_checkpointer *checkpointer);

/**
 * sekisho_checkpointer_follow - take in the records before @committed
 * @committed: they are on disk
 * @budget_ns: for how long; 0: until the end
 * @behind: whether some are left
 *
 * On the way, signs where a file ends, and keeps the frontier there, so that what follows can be
 * checked without it.
 * Return: 0; -ESTALE (there is a fault: see the state); or why a file cannot be read or written.
 */
int sekisho_checkpointer_follow(struct sekisho_checkpointer *checkpointer, uint64_t committed,
				uint64_t budget_ns, bool *behind);

/**
 * sekisho_checkpointer_sign - sign the tree as it is, if it has grown
 *
 * On disk afterwards, in all its places. After an error the next one signs.
 * Return: 0 (also where it has not grown), -ESTALE as above, -EIO, or the error of writing.
 */
int sekisho_checkpointer_sign(struct sekisho_checkpointer *checkpointer);

/**
 * sekisho_checkpointer_part - read a file, and compare it with what was signed at both its ends
 * @part: @first and @next are set; the rest is filled in
 * Return: 0; -EBADMSG (it is not what was signed, or no frontier tells); -ESTALE (there is a fault);
 * -ENOMEM; or why a file cannot be read.
 */
int sekisho_checkpointer_part(struct sekisho_checkpointer *checkpointer,
			      struct sekisho_checkpoint_part *part);

void sekisho_checkpointer_state(const struct sekisho_checkpointer *checkpointer,
				struct sekisho_checkpoint_state *state);

#endif
