/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the records of a period show for each requirement of the guideline: counted as they go by,
 * then told as item, requirement, evidence, how it was obtained, and result. Knows nothing of the
 * format the table is written in.
 */
#ifndef SEKISHO_AUDIT_GUIDELINE_H
#define SEKISHO_AUDIT_GUIDELINE_H

#include "export_writer.h"

#define SEKISHO_EVIDENCE_BYTES 4096
#define SEKISHO_HOW_BYTES      4608

enum sekisho_guideline_result {
	SEKISHO_GUIDELINE_VERIFIED,
	SEKISHO_GUIDELINE_NOTHING, /* nothing of the kind was recorded */
	SEKISHO_GUIDELINE_ATTENTION,
};

struct sekisho_guideline_row {
	const char *id; /* R1 to R22 */
	const char *item;
	const char *requirement;
	enum sekisho_guideline_result result;
	char evidence[SEKISHO_EVIDENCE_BYTES];
	char how[SEKISHO_HOW_BYTES]; /* a command line */
};

struct sekisho_guideline;

/* NULL without memory. Freed with sekisho_guideline_free(). */
struct sekisho_guideline *sekisho_guideline_new(void);
void sekisho_guideline_free(struct sekisho_guideline *guideline);

/* Count a record. */
void sekisho_guideline_take(struct sekisho_guideline *guideline,
			    const struct sekisho_export_record *record);

/**
 * sekisho_guideline_row - a row of the table
 * @index: from 0
 * @row: filled in
 * Return: 1; 0 behind the last; or why the log cannot be read.
 */
int sekisho_guideline_row(struct sekisho_guideline *guideline, struct sekisho_export_run *run,
			  size_t index, struct sekisho_guideline_row *row);

/* `verified`, `nothing recorded` or `needs attention`. */
const char *sekisho_guideline_result(enum sekisho_guideline_result result, bool japanese);

/* The same as one word, for programs. */
const char *sekisho_guideline_result_name(enum sekisho_guideline_result result);

#endif
