/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Proofs as files: made from a log, written, read again, and verified without the log. Knows
 * nothing of what records say.
 *
 * Of one record: a C2SP proof (c2sp.org/tlog-proof@v1), whose extra data are the record's line
 * without its LF, so that the file is all that is needed. Of two checkpoints, that the log only
 * grew between them: the same, with another first line, and `old SIZE` in place of the index.
 */
#ifndef SEKISHO_AUDIT_PROOF_H
#define SEKISHO_AUDIT_PROOF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "merkle.h"
#include "note.h"
#include "pace.h"
#include "record.h"

#define SEKISHO_PROOF_BYTES (65536) /* the largest that is read */

enum sekisho_proof_kind {
	SEKISHO_PROOF_RECORD,
	SEKISHO_PROOF_GROWTH,
};

struct sekisho_proof {
	enum sekisho_proof_kind kind;
	uint64_t number; /* the record's; or how many records the older checkpoint has */
	char line
		[SEKISHO_RECORD_LINE_BYTES]; /* the record's, without LF; of use where it has bytes */
	size_t line_length; /* 0: the file did not have it */
	struct sekisho_merkle_proof hashes;
	struct sekisho_note note; /* the checkpoint, the newer one of two; borrowed text */
};

/**
 * sekisho_proof_make - make a proof from a log's files
 * @directory: of the log; where its first records are away, with the frontier there
 * @proof: its kind, number and note are set; the rest is filled in
 * @pace: NULL: nobody wants to know
 * @bad: gets the number of the first record that is not there, where that is why
 *
 * The log is compared with the checkpoint on the way.
 * Return: 0; -ENOENT (a record is missing or is none); -EBADMSG (the log is not the one that was
 * signed); -ENOMEM, -EIO, or why a file cannot be read.
 */
int sekisho_proof_make(int directory, struct sekisho_proof *proof, const struct sekisho_pace *pace,
		       uint64_t *bad);

/**
 * sekisho_proof_write - write it
 * Return: 0 or -EIO.
 */
int sekisho_proof_write(const struct sekisho_proof *proof, FILE *stream);

/**
 * sekisho_proof_parse - read one; whether it proves anything is not looked at
 * @text: with a NUL behind @length bytes; borrowed by the proof's note
 * Return: 0 or -EINVAL.
 */
int sekisho_proof_parse(struct sekisho_proof *proof, const char *text, size_t length);

/**
 * sekisho_proof_check - whether it proves what it says; the signature is not looked at
 * @older: of a proof of growth: the older checkpoint, known from elsewhere
 * Return: 0; -EBADMSG (it does not); -ENODATA (the record's line, or the older checkpoint, is
 * missing); -EIO.
 */
int sekisho_proof_check(const struct sekisho_proof *proof, const struct sekisho_checkpoint *older);

#endif
