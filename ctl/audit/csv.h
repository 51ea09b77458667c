/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a table as CSV (RFC 4180, CRLF) for spreadsheets: in UTF-8 with a byte order mark, or in
 * CP932, where a character that CP932 does not have, or that would come back as another one, stops
 * it and is told with its row and column. Cells that a spreadsheet would take for a formula, or
 * turn into another value, get a ' before them. Knows nothing of what the cells say.
 */
#ifndef SEKISHO_AUDIT_CSV_H
#define SEKISHO_AUDIT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SEKISHO_CSV_COLUMN_BYTES 64

enum sekisho_csv_kind {
	SEKISHO_CSV_TEXT,
	SEKISHO_CSV_NUMBER,
	SEKISHO_CSV_TIME, /* a date or time that a spreadsheet is to read as one */
};

/* A character that could not be written. */
struct sekisho_csv_problem {
	uint64_t row; /* of the table, from 1: the headings */
	unsigned int column; /* from 1 */
	char heading[SEKISHO_CSV_COLUMN_BYTES]; /* the column's, in UTF-8, perhaps cut */
	uint32_t character;
};

struct sekisho_csv;

/**
 * sekisho_csv_open - begin a table
 * @csv: gets it, to be closed with sekisho_csv_close(); NULL after an error
 * @stream: stays the caller's
 * @cp932: CP932 instead of UTF-8
 * Return: 0, -ENOMEM, or -EOPNOTSUPP where this system cannot convert to CP932.
 */
int sekisho_csv_open(struct sekisho_csv **csv, FILE *stream, bool cp932);
void sekisho_csv_close(struct sekisho_csv *csv);

/**
 * sekisho_csv_cell - the next cell of the row
 * @heading: of its column, for what is told of a problem
 * @text: UTF-8; what is none is written as U+FFFD
 */
void sekisho_csv_cell(struct sekisho_csv *csv, const char *heading, const char *text,
		      enum sekisho_csv_kind kind);

/**
 * sekisho_csv_row - end the row
 * Return: 0, or -EILSEQ after a character that could not be written. Other errors are the stream's.
 */
int sekisho_csv_row(struct sekisho_csv *csv);

/* Rows ended so far, the headings included. */
uint64_t sekisho_csv_rows(const struct sekisho_csv *csv);

/* The first problem, after -EILSEQ. */
const struct sekisho_csv_problem *sekisho_csv_problem(const struct sekisho_csv *csv);

/**
 * sekisho_csv_guarded - whether a cell gets a ' before it
 */
bool sekisho_csv_guarded(const char *text, enum sekisho_csv_kind kind);

#endif
