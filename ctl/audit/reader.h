/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the records of an audit log, or of a copy, one after another, for those who want to know
 * what they say. Bad lines are handed over as such, never skipped in silence; whether the chain
 * holds is verify.h's business. Needs no lock and no root. Knows nothing of what records say.
 */
#ifndef SEKISHO_AUDIT_READER_H
#define SEKISHO_AUDIT_READER_H

#include <stdint.h>

#include "defect.h"
#include "line.h"
#include "pace.h"

struct sekisho_reader;

/* Borrowed until the next call. */
struct sekisho_entry {
	const char *text; /* with its LF, where it has one */
	size_t length;
	uint64_t file; /* the number of its file's first record */
	uint64_t offset; /* of its first byte in the file */
	uint64_t row; /* in the file, from 1 */
	enum sekisho_defect defect; /* of the line's form; else the next two are set */
	struct sekisho_line line;
	int64_t wall_ns; /* when it was made, since 1970 UTC */
};

/**
 * sekisho_reader_open - begin to read
 * @reader: gets it, to be closed with sekisho_reader_close(); NULL after an error
 * @directory: of one origin; stays open and the caller's, and is needed until the reader is closed
 * @seq: begin with the file that has this record, or would have it
 *
 * What is appended later is read too, as far as its file was there at the start; a last line that
 * is not finished yet is not read.
 * Return: 0, -ENOMEM, or why the directory cannot be read.
 */
int sekisho_reader_open(struct sekisho_reader **reader, int directory, uint64_t seq);
void sekisho_reader_close(struct sekisho_reader *reader);

/**
 * sekisho_reader_next - the next record
 * @entry: filled where there is one
 * Return: 1; 0 at the end; or why a file cannot be read.
 */
int sekisho_reader_next(struct sekisho_reader *reader, struct sekisho_entry *entry);

/**
 * sekisho_reader_seek - go to a place that an earlier entry told
 * @file: the number of a file's first record
 * @offset: of a line's first byte; rows are counted from 1 there
 * Return: 0; -ENOENT where there is no such file; or why it cannot be read.
 */
int sekisho_reader_seek(struct sekisho_reader *reader, uint64_t file, uint64_t offset);

/**
 * sekisho_reader_pace - tell how far it is, now and then, while records are read
 * @pace: borrowed until it is closed; NULL: nobody wants to know
 */
void sekisho_reader_pace(struct sekisho_reader *reader, const struct sekisho_pace *pace);

/**
 * sekisho_reader_progress - how far it is, for those who wait
 * @done: gets bytes read
 * @all: gets bytes there were at the start
 */
void sekisho_reader_progress(const struct sekisho_reader *reader, uint64_t *done, uint64_t *all);

#endif
