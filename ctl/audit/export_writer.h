/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the formats of an export have in common: the run they are part of, and what each does with
 * a label, a record and a damaged line. Only for export*.c. Knows no format.
 */
#ifndef SEKISHO_AUDIT_EXPORT_WRITER_H
#define SEKISHO_AUDIT_EXPORT_WRITER_H

#include "emit.h"
#include "export.h"
#include "fields.h"

#define SEKISHO_EXPORT_VERSION 1

/* A record as it is exported: redacted where that is asked for. */
struct sekisho_export_record {
	const char *text; /* a line of JSON with its LF */
	size_t length;
	const struct sekisho_entry *entry; /* as the log has it: not for output when redacted */
	struct sekisho_fields fields; /* of @text */
	int type; /* enum sekisho_record_type, or negative */
};

struct sekisho_export_damage {
	const struct sekisho_entry *entry;
	char file[27];
	char digest[SEKISHO_DIGEST_HEX + 1]; /* of the line as it stands */
};

struct sekisho_export_run {
	const struct sekisho_export_options *options;
	const struct sekisho_survey *survey;
	const struct sekisho_label *label;
	struct sekisho_export_result *result;
	int directory;
	FILE *stream;
	struct sekisho_emit emit; /* on @stream */
	struct sekisho_csv *csv; /* of the formats that are tables */
	void *writer; /* the format's own */
	char handling[SEKISHO_LABEL_TEXT_BYTES];
	char host[SEKISHO_RECORD_HOST_BYTES]; /* as it is exported */
};

/* Each returns 0 or -errno; @close also runs after an error. NULL: nothing to do. */
struct sekisho_export_writer {
	int (*open)(struct sekisho_export_run *run);
	int (*record)(struct sekisho_export_run *run, const struct sekisho_export_record *record);
	int (*damaged)(struct sekisho_export_run *run, const struct sekisho_export_damage *damage);
	int (*end)(struct sekisho_export_run *run);
	void (*close)(struct sekisho_export_run *run);
};

extern const struct sekisho_export_writer sekisho_export_jsonl;
extern const struct sekisho_export_writer sekisho_export_csv;
extern const struct sekisho_export_writer sekisho_export_ocsf;
extern const struct sekisho_export_writer sekisho_export_guideline;

static inline const char *sekisho_export_words(const struct sekisho_export_run *run,
					       const char *english, const char *japanese)
{
	return run->options->japanese ? japanese : english;
}

/* The label as the object @key. */
void sekisho_export_label_json(struct sekisho_export_run *run, const char *key);

/**
 * sekisho_export_label_facts - the label in sentences
 * @fact: called with each; @notice is NULL, or what an auditor has to mind
 */
int sekisho_export_label_facts(struct sekisho_export_run *run,
			       int (*fact)(struct sekisho_export_run *run, const char *notice,
					   const char *text));

/* A damaged line as the object @key. */
void sekisho_export_damage_json(struct sekisho_export_run *run, const char *key,
				const struct sekisho_export_damage *damage);

/**
 * sekisho_export_record_of - a record as it is to be exported
 * @redactor: NULL: nothing is hidden
 * @entry: without a defect
 * @record: borrows from it, or from the redactor until its next line
 * Return: 0, -ENOMEM or -EIO.
 */
int sekisho_export_record_of(struct sekisho_redactor *redactor, struct sekisho_digester *digester,
			     const struct sekisho_entry *entry,
			     struct sekisho_export_record *record);

/* Likewise of a line with a defect. */
int sekisho_export_damage_of(struct sekisho_digester *digester, const struct sekisho_entry *entry,
			     struct sekisho_export_damage *damage);

/* What made writing fail, or 0; errno was 0 before. */
int sekisho_export_stream_error(FILE *stream);

/* A time in the log's zone, RFC 3339 in seconds; @text gets SEKISHO_STAMP_BYTES. */
void sekisho_export_time(const struct sekisho_export_run *run, int64_t wall_ns, char *text);

#endif
