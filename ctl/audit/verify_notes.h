/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checkpoints' part of verifying a log: takes the records one after another, and compares the
 * tree with each checkpoint as its size is reached. Knows nothing of lines and chains.
 */
#ifndef SEKISHO_AUDIT_VERIFY_NOTES_H
#define SEKISHO_AUDIT_VERIFY_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "merkle.h"
#include "verify.h"

struct sekisho_verify_note {
	uint64_t size;
	unsigned int place;
};

struct sekisho_verify_notes {
	int directory;
	struct sekisho_digester *digester;
	const struct sekisho_verify_options *options;
	struct sekisho_verify_result *result; /* its checkpoints, key and defect are filled in */
	struct sekisho_verify_note *notes; /* ascending by size */
	size_t count, next;
	char stray
		[SEKISHO_VERIFY_FILE_BYTES]; /* a file that is no checkpoint by its name; or empty */
	struct sekisho_merkle tree;
	bool tree_known;
};

/**
 * sekisho_verify_notes_begin - find the checkpoints and the key
 * @notes: to be freed with sekisho_verify_notes_end(), also after an error
 * @directory: of the log
 * @digester: borrowed
 * @options: borrowed
 * @result: borrowed
 * Return: 0 (also where there is a defect), -ENOMEM, -EIO, or why they cannot be read.
 */
int sekisho_verify_notes_begin(struct sekisho_verify_notes *notes, int directory,
			       struct sekisho_digester *digester,
			       const struct sekisho_verify_options *options,
			       struct sekisho_verify_result *result);
void sekisho_verify_notes_end(struct sekisho_verify_notes *notes);

/**
 * sekisho_verify_notes_start - the first record that is there is @first
 *
 * Call it once, before the first record.
 */
int sekisho_verify_notes_start(struct sekisho_verify_notes *notes, uint64_t first);

/**
 * sekisho_verify_notes_reach - the records before @next are good: check the checkpoints of them
 */
int sekisho_verify_notes_reach(struct sekisho_verify_notes *notes, uint64_t next);

/**
 * sekisho_verify_notes_take - take the next record in
 * @line: @length bytes with the LF
 */
int sekisho_verify_notes_take(struct sekisho_verify_notes *notes, const char *line, size_t length);

/**
 * sekisho_verify_notes_finish - there are no more records: @next would be the next
 */
int sekisho_verify_notes_finish(struct sekisho_verify_notes *notes, uint64_t next);

#endif
