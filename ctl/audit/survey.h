/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A first walk over a log before it is exported, or along with another one: what is in the chosen period and types, where the
 * clock was not synchronised, what is missing or damaged, and which policies were in force. Knows
 * nothing of formats or of what policies say.
 */
#ifndef SEKISHO_AUDIT_SURVEY_H
#define SEKISHO_AUDIT_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "reader.h"
#include "record.h"
#include "types.h"

#define SEKISHO_SURVEY_SPANS	   32
#define SEKISHO_SURVEY_GENERATIONS 65536

/* What of a log is asked for. */
struct sekisho_selection {
	int64_t since_ns; /* since 1970 UTC */
	int64_t until_ns; /* exclusive */
	uint64_t types; /* bit (1 << enum sekisho_record_type) each; 0: all, also those unknown */
	uint64_t from; /* begin to read with the file that has this record */
};

/* Records one after another made while the clock was not synchronised. */
struct sekisho_survey_span {
	uint64_t first_seq, last_seq;
	int64_t first_ns, last_ns;
};

/* A policy that was in force; @digest is hexadecimal, or empty where no record tells it. */
struct sekisho_survey_policy {
	uint32_t generation;
	bool used; /* by records of the period, whatever their type */
	char digest[SEKISHO_DIGEST_HEX + 1];
};

struct sekisho_survey {
	uint64_t lines; /* of all that is read: where an export ends, though the log grows */
	uint64_t records; /* selected */
	uint64_t first_seq, last_seq; /* of them */
	uint64_t damaged; /* lines, of all that is read: they have no time */
	uint64_t losses, lost; /* `loss` records of the period, and the sum of their counts */
	uint64_t unsynchronised; /* records of the period, whatever their type */
	uint64_t in_period; /* records, whatever their type */
	struct sekisho_survey_span spans[SEKISHO_SURVEY_SPANS];
	size_t span_count;
	bool more_spans;
	struct sekisho_survey_policy *policies; /* ascending by first appearance */
	size_t policy_count;
	bool more_policies; /* than SEKISHO_SURVEY_GENERATIONS: those are not here */
	char host[SEKISHO_RECORD_HOST_BYTES]; /* of the last record; empty without one */
	char boot[SEKISHO_RECORD_BOOT_BYTES];
	int32_t zone; /* offset of the last record, seconds east of UTC */
};

/**
 * sekisho_survey_read - walk over a log
 * @survey: to be freed with sekisho_survey_free(), also after an error
 * @directory: of one origin; open
 * @pace: NULL: nobody wants to know
 * Return: 0, -ENOMEM or why a file cannot be read.
 */
int sekisho_survey_read(struct sekisho_survey *survey, int directory,
			const struct sekisho_selection *selection, const struct sekisho_pace *pace);

/**
 * sekisho_survey_begin - begin one that somebody else walks for
 * @survey: to be freed with sekisho_survey_free()
 */
void sekisho_survey_begin(struct sekisho_survey *survey);

/* Takes the next line of the log, damaged or not. Return: 0 or -ENOMEM. */
int sekisho_survey_take(struct sekisho_survey *survey, const struct sekisho_entry *entry,
			const struct sekisho_selection *selection);

void sekisho_survey_free(struct sekisho_survey *survey);

/* Whether a good record is in the period. */
bool sekisho_selection_period(const struct sekisho_selection *selection,
			      const struct sekisho_entry *entry);

/* Whether it is selected: in the period, and of a type asked for. */
bool sekisho_selection_has(const struct sekisho_selection *selection,
			   const struct sekisho_entry *entry);

/* The type of a good record: enum sekisho_record_type, or -ENOENT where this build has none. */
int sekisho_entry_type(const struct sekisho_entry *entry);

#endif
