/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads, for the label of an export, the stored policies that a log's records were made under.
 * Knows policies and their store; nothing of exports.
 */
#ifndef SEKISHO_COMMAND_AUDIT_LABEL_H
#define SEKISHO_COMMAND_AUDIT_LABEL_H

#include <stdbool.h>

#include "audit/label.h"
#include "audit/survey.h"
#include "command/context.h"
#include "model/policy.h"

/**
 * sekisho_audit_label - what the policies of a period say of classes and flows
 * @context: the command's
 * @survey: of the log
 * @own: the log is the one of this state directory; of another one, or a copy, only policies whose
 *	digest the log itself tells are believed
 * @label: filled in, to be freed with sekisho_label_free(), also after an error
 *
 * A policy that is not stored here, or not as the log knows it, makes the label unknown; so does a
 * period without any.
 * Return: 0 or -ENOMEM.
 */
int sekisho_audit_label(struct sekisho_context *context, const struct sekisho_survey *survey,
			bool own, struct sekisho_label *label);

/**
 * sekisho_audit_policy - the stored policy of a generation, if it is the one that the log knows
 * @known: what the log tells of it
 * @own: as above
 * @text: gets the text as it is stored, to be freed with free(); NULL without a policy
 * @length: gets its bytes
 *
 * Return: the policy, to be freed, or NULL after saying why.
 */
struct sekisho_policy *sekisho_audit_policy(struct sekisho_context *context,
					    const struct sekisho_survey_policy *known, bool own,
					    char **text, size_t *length);

/* For who reads the policies for more than the label: takes one, of rising generations. */
int sekisho_audit_label_policy(struct sekisho_label *label, const struct sekisho_policy *policy,
			       uint32_t generation);

/* Likewise when all were taken, and those that could not be read were counted in @unread. */
void sekisho_audit_label_end(struct sekisho_label *label, const struct sekisho_survey *survey);

/* A policy of the period, as it is stored. */
struct sekisho_stored_policy {
	const struct sekisho_survey_policy *known; /* what the log says of it */
	const char *text; /* its exact bytes; NULL: it could not be read, or is another */
	size_t length;
	char digest[SEKISHO_DIGEST_HEX + 1]; /* of it; of use where there is a text */
};

/* Who wants to see them. */
struct sekisho_stored_policies {
	int (*take)(void *context, const struct sekisho_stored_policy *policy); /* not 0 ends it */
	void *context;
};

/**
 * sekisho_audit_label_policies - likewise, with each policy handed over on the way
 * @policies: NULL: nobody wants them
 *
 * Return: 0, -ENOMEM or what @policies->take() returned.
 */
int sekisho_audit_label_policies(struct sekisho_context *context,
				 const struct sekisho_survey *survey, bool own,
				 struct sekisho_label *label,
				 const struct sekisho_stored_policies *policies);

#endif
