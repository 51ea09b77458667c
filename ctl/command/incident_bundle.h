/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An incident bundle: a directory with all that a CSIRT needs of a period, which appears whole or
 * not at all. Says itself why it could not be made, and what of it could not. Knows nothing of who
 * asks for it.
 */
#ifndef SEKISHO_COMMAND_INCIDENT_BUNDLE_H
#define SEKISHO_COMMAND_INCIDENT_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/incident.h"
#include "audit/note.h"
#include "audit/verify.h"
#include "command/audit_label.h"
#include "command/audit_logs.h"
#include "command/context.h"

struct sekisho_incident_wish {
	const struct sekisho_audit_log *log;
	const char *path; /* of the bundle */
	int64_t since_ns, until_ns; /* as sekisho_period_take() has them; there is a beginning */
	const char *hosts; /* addresses, prefixes, MAC addresses, with commas; NULL: all */
	const char *segments; /* names, with commas; NULL: all */
	struct sekisho_redactor *redactor; /* NULL: nothing is hidden */
	bool quick; /* only the files of the period are read, and the log is not verified */
	uint64_t reserve; /* bytes of the disk that are to stay free */
};

/* What became of it. */
struct sekisho_incident_bundle {
	struct sekisho_incident_result result;
	struct sekisho_survey survey;
	struct sekisho_label label;
	struct sekisho_verify_result verify; /* of use unless it was to be quick */
	uint64_t policies; /* files */
	uint64_t policies_away; /* generations whose policy is not there */
	bool checkpoint; /* there is one; the next two are of use */
	bool covered; /* and it covers all records of the timeline */
	uint64_t checkpoint_size;
	bool proof; /* of the timeline's last record */
	char made_by[64]; /* as the bundle says it */
	char sums[SEKISHO_DIGEST_HEX + 1]; /* SHA-256 of SHA256SUMS */
};

/**
 * sekisho_incident_make - make one
 * @wish: what is wanted
 * @made: filled in; to be freed with sekisho_incident_free(), whatever is returned
 *
 * Return: enum sekisho_exit; SEKISHO_EXIT_DONE where the bundle is there, also where the log is not
 * good: sekisho_incident_is_good() tells.
 */
int sekisho_incident_make(struct sekisho_context *context, const struct sekisho_incident_wish *wish,
			  struct sekisho_incident_bundle *made);
void sekisho_incident_free(struct sekisho_incident_bundle *made);

/* Whether all lines that were read are records, and the log holds where it was verified. */
bool sekisho_incident_is_good(const struct sekisho_incident_wish *wish,
			      const struct sekisho_incident_bundle *made);

/* Say what was made, and what of it has to be known; the facts themselves are not printed. */
void sekisho_incident_say(const struct sekisho_incident_wish *wish,
			  const struct sekisho_incident_bundle *made);

#endif
