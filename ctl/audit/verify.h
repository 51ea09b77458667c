/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verifies an audit log, or a copy of one, from its files alone: needs no lock, no root and
 * nothing of the host that wrote it. Knows nothing of what records say.
 *
 * What it cannot see: records removed at the end together with the checkpoints that cover them,
 * unless it is told a later record that was there (@expect_seq) or a later checkpoint (@outside);
 * and a log rewritten and signed anew, unless it is given the key (@key) and that is another.
 */
#ifndef SEKISHO_AUDIT_VERIFY_H
#define SEKISHO_AUDIT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "defect.h"
#include "digest.h"
#include "files.h"
#include "note.h"
#include "pace.h"

#define SEKISHO_VERIFY_FILE_BYTES 40 /* of a file's name in the log's directory, and a NUL */

/* What could be said of the roots of the checkpoints. */
enum sekisho_verify_tree {
	SEKISHO_TREE_NONE, /* there is no checkpoint */
	SEKISHO_TREE_WHOLE, /* computed from the first record on */
	SEKISHO_TREE_CONTINUED, /* the first records are away: from a frontier that was signed */
	SEKISHO_TREE_UNKNOWN, /* the first records are away: signatures only */
};

struct sekisho_verify_options {
	bool any_start; /* the log may begin late, though no record says why */
	bool expects; /* the next two are set */
	uint64_t expect_seq; /* a record that is known to have been there */
	const uint8_t *expect_hash; /* SHA-256 of its line with the LF; NULL: any */
	const struct sekisho_vkey *key; /* NULL: the copy's own, which proves no origin */
	const struct sekisho_note *outside; /* a checkpoint kept elsewhere; NULL: none */
	const struct sekisho_pace *pace; /* NULL: nobody wants to know */
};

struct sekisho_verify_result {
	uint64_t files;
	uint64_t torn_files; /* of torn lines, moved aside after a crash */
	uint64_t records; /* good ones, up to the defect */
	uint64_t losses; /* `loss` records among them */
	uint64_t lost; /* the sum of their counts */
	uint64_t first_seq; /* of the first record, if there are any */
	uint64_t removed; /* records before it of which a `retention` record says that they were */
	uint64_t last_seq; /* of the last good record, if there are any */
	uint8_t last_hash[SEKISHO_DIGEST_BYTES]; /* SHA-256 of its line */

	uint64_t checkpoints; /* good ones of different sizes; the one from outside included */
	uint64_t checkpoint_size; /* records under the largest of them */
	enum sekisho_verify_tree tree;
	bool has_key; /* of the checkpoints: the next two */
	bool key_given; /* false: it was taken from the copy */
	struct sekisho_vkey key;

	enum sekisho_defect defect; /* SEKISHO_DEFECT_NONE: all is good; else the next three */
	/* Where the first bad record is, or the checkpoint; `--checkpoint` is the one from outside. */
	char file[SEKISHO_VERIFY_FILE_BYTES];
	uint64_t line; /* in that file, from 1; 0: the file as such */
	uint64_t seq; /* the bad or missing record's number, by its place */
};

/**
 * sekisho_verify - verify the log in @directory
 * @directory: of one origin; open
 * @options: what is known from elsewhere; NULL: nothing
 * @result: written on success
 *
 * Reads a live log too: what is appended after the start is not looked at.
 * Return: 0 (also where there is a defect), -ENOMEM, -EIO, or why a file could not be read.
 */
int sekisho_verify(int directory, const struct sekisho_verify_options *options,
		   struct sekisho_verify_result *result);

/**
 * sekisho_verify_json - the result as one JSON object and a LF
 * Return: 0 or -EIO.
 */
int sekisho_verify_json(const struct sekisho_verify_result *result, FILE *stream);

/**
 * sekisho_defect_name - a defect's name, in results
 * sekisho_defect_text - a defect in words
 * Return: static text, or NULL where @defect is none.
 */
const char *sekisho_defect_name(enum sekisho_defect defect);
const char *sekisho_defect_text(enum sekisho_defect defect, bool japanese);

#endif
