/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet is permitted or denied, in a sentence, and what would be needed. Knows the policy
 * and a verdict; nothing of how the verdict came about.
 */
#ifndef SEKISHO_COMMAND_EXPLAIN_WORDS_H
#define SEKISHO_COMMAND_EXPLAIN_WORDS_H

#include <jansson.h>

#include "command/explain_request.h"
#include "model/policy.h"
#include "model/verdict.h"

/* A verdict and what it was given on. */
struct sekisho_explained {
	const struct sekisho_policy *policy;
	const struct sekisho_explain_request *request;
	const struct sekisho_frame *frame;
	struct sekisho_verdict verdict;
	uint32_t nearest; /* the flow that decided or came nearest, or SEKISHO_NO_FLOW */
	int64_t at; /* seconds since 1970 UTC */
	const json_t *isolation; /* orders that stand, or NULL */
	const json_t *suspensions;
};

/* The sentence, to be freed with free(); NULL without memory. */
char *sekisho_explain_sentence(const struct sekisho_explained *explained);

/* Adds what would be needed to the verdict as JSON: expected_macs, services, valid_until... */
void sekisho_explain_needed(const struct sekisho_explained *explained, json_t *object);

#endif
