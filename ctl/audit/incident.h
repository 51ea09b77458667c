/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a log says of an incident, in one walk over its records: a timeline of those that concern
 * certain hosts and segments, who talked to whom, and all that was changed meanwhile, whatever
 * hosts are asked for. The log is only read. Knows nothing of policies, or of where the files lie.
 */
#ifndef SEKISHO_AUDIT_INCIDENT_H
#define SEKISHO_AUDIT_INCIDENT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "export.h"
#include "query.h"

struct sekisho_incident_request {
	/* Selects what was changed; see sekisho_incident_types(). */
	struct sekisho_export_options options;
	const struct sekisho_query *queries; /* a record that is an answer to one of them belongs */
	size_t query_count;
	size_t groups; /* of who talked to whom, at most; 0: as many as there can be */
	FILE *timeline; /* JSON Lines, byte for byte unless redacted */
	FILE *flows; /* CSV */
	FILE *changes; /* CSV */
	/* Asked now and then; not 0 ends it with that error. May be NULL. */
	int (*go_on)(void *context);
	void *context;
};

struct sekisho_incident_result {
	uint64_t records, first_seq, last_seq; /* of the timeline */
	uint64_t changes; /* records */
	uint64_t flows; /* rows of their own */
	uint64_t folded; /* records of traffic that share one more row */
	uint64_t damaged; /* lines */
};

/* The types of what was changed, as a selection has them. */
uint64_t sekisho_incident_types(void);

/**
 * sekisho_incident_write - write all three
 * @directory: of one origin; open
 * @request: what is asked for
 * @survey: of this log, with the same selection
 * @label: what is known of the policies
 * @result: filled in, as far as it came
 *
 * Return: 0, also where lines are damaged; -ENOMEM, why the log cannot be read, why a stream fails,
 * or what @request->go_on said.
 */
int sekisho_incident_write(int directory, const struct sekisho_incident_request *request,
			   const struct sekisho_survey *survey, const struct sekisho_label *label,
			   struct sekisho_incident_result *result);

/**
 * sekisho_incident_facts - what has to be known of the timeline, a sentence a line
 * @result: from sekisho_incident_write()
 * @stream: where to; errors are the stream's
 *
 * Return: 0.
 */
int sekisho_incident_facts(const struct sekisho_incident_request *request,
			   const struct sekisho_survey *survey, const struct sekisho_label *label,
			   const struct sekisho_incident_result *result, FILE *stream);

#endif
