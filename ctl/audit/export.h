/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exports what an audit log says of a period: one walk over its records, each given to the writer
 * of a format, with a label that says what it is and how it is to be handled. The log is only
 * read. Knows nothing of policies, of files that are written or of who asks.
 */
#ifndef SEKISHO_AUDIT_EXPORT_H
#define SEKISHO_AUDIT_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "csv.h"
#include "label.h"
#include "redact.h"
#include "survey.h"

/* Rows that a spreadsheet shows. */
#define SEKISHO_EXPORT_ROWS_SHOWN 1048576

enum sekisho_export_format {
	SEKISHO_EXPORT_JSONL,
	SEKISHO_EXPORT_CSV,
	SEKISHO_EXPORT_OCSF,
	SEKISHO_EXPORT_GUIDELINE,
	SEKISHO_EXPORT_FORMATS,
};

struct sekisho_export_options {
	enum sekisho_export_format format;
	struct sekisho_selection selection;
	bool has_since, has_until; /* else the period is open there */
	bool japanese;
	bool cp932; /* of tables */
	bool json; /* the guideline's table as JSON */
	const char *directory; /* of the log, as a command line names it */
	int64_t made_ns; /* when, since 1970 UTC */
	struct sekisho_redactor *redactor; /* NULL: nothing is hidden */
	const struct sekisho_pace *pace; /* NULL: nobody wants to know */
};

struct sekisho_export_result {
	uint64_t records;
	uint64_t damaged; /* lines */
	uint64_t rows; /* of a table, headings included */
	struct sekisho_csv_problem problem; /* after -EILSEQ */
	uint64_t problem_seq; /* the record that has it; of use where @problem_record is set */
	bool problem_record;
};

/**
 * sekisho_export_format - a format by name
 * Return: enum sekisho_export_format, or -ENOENT.
 */
int sekisho_export_format(const char *name);

/**
 * sekisho_export - write an export
 * @directory: of one origin; open
 * @stream: where to; what is there after an error is of no use
 * @options: what is asked for
 * @survey: of this log, with the same selection
 * @label: what is known of the policies
 * @result: filled in, as far as it came
 *
 * Return: 0, also where lines are damaged; -EILSEQ (a character that CP932 does not have),
 * -EOPNOTSUPP (no CP932 here), -ENOMEM, why the log cannot be read or why @stream fails.
 */
int sekisho_export(int directory, FILE *stream, const struct sekisho_export_options *options,
		   const struct sekisho_survey *survey, const struct sekisho_label *label,
		   struct sekisho_export_result *result);

#endif
