/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an export says of itself beside what the log says: the highest classes of 情報資産 in the
 * policies that were in force, and the flows of these policies that an auditor must be shown.
 * Knows nothing of policies: whoever reads them fills it in.
 */
#ifndef SEKISHO_AUDIT_LABEL_H
#define SEKISHO_AUDIT_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEKISHO_LABEL_NAME_BYTES 32
#define SEKISHO_LABEL_TEXT_BYTES 192

enum sekisho_label_flow_kind {
	SEKISHO_LABEL_DUAL_ROLE, /* one person asked and approved (R9) */
	SEKISHO_LABEL_EXCEPTION, /* an exception to the rules (R11) */
};

/* A flow, as the generations @first to @last have it. */
struct sekisho_label_flow {
	enum sekisho_label_flow_kind kind;
	uint32_t first, last;
	char flow[SEKISHO_LABEL_NAME_BYTES];
	char *person; /* who approved */
	char *reason;
};

struct sekisho_label {
	uint8_t confidentiality, integrity, availability; /* the highest; 0: none is stated */
	bool unknown; /* some policy of the period could not be read: the highest must be assumed */
	uint64_t unclassified; /* segments without a class, in the policy that has most */
	uint64_t policies; /* that were read */
	uint64_t unread; /* that could not be read */
	char *site; /* its name, or NULL */
	struct sekisho_label_flow *flows;
	size_t flow_count;
};

/* Frees what it holds. An empty one is all zeros. */
void sekisho_label_free(struct sekisho_label *label);

/**
 * sekisho_label_raise - take a segment's class into account
 * @confidentiality: 1 to 3, or 0 where it is not stated; likewise the others
 */
void sekisho_label_raise(struct sekisho_label *label, uint8_t confidentiality, uint8_t integrity,
			 uint8_t availability);

/**
 * sekisho_label_flow - note a flow of a generation's policy
 * @generation: not below that of the call before
 *
 * The same flow in generation after generation is noted once.
 * Return: 0 or -ENOMEM.
 */
int sekisho_label_flow(struct sekisho_label *label, enum sekisho_label_flow_kind kind,
		       uint32_t generation, const char *flow, const char *person,
		       const char *reason);

/* Whether a flow of that kind was noted. */
bool sekisho_label_has(const struct sekisho_label *label, enum sekisho_label_flow_kind kind,
		       const char *flow);

/* How many flows of that kind were noted. */
size_t sekisho_label_count(const struct sekisho_label *label, enum sekisho_label_flow_kind kind);

/**
 * sekisho_label_class - a class as one text
 * @class: 0 to 3
 * Return: `1` to `3`; `unknown` where a policy could not be read or none states one.
 */
const char *sekisho_label_class(const struct sekisho_label *label, uint8_t class);

/**
 * sekisho_label_handling - how the export is to be handled, in one line
 * @text: gets SEKISHO_LABEL_TEXT_BYTES
 */
void sekisho_label_handling(const struct sekisho_label *label, bool redacted, bool japanese,
			    char *text);

#endif
