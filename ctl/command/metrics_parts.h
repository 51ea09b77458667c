/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rooms that gather metrics, one a subject, and what they share. Only for metrics_*.c.
 */
#ifndef SEKISHO_COMMAND_METRICS_PARTS_H
#define SEKISHO_COMMAND_METRICS_PARTS_H

#include "command/metrics.h"
#include "model/policy.h"
#include "sekisho/netlink.h"

/* What is kept of a policy that was put in force. */
struct sekisho_metrics_segment {
	char name[SEKISHO_NAME_BYTES];
	enum sekisho_segment_kind kind;
};

struct sekisho_metrics_policy {
	uint32_t generation; /* 0: none was read */
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	bool readable; /* its stored text was; else all that follows is empty */
	struct sekisho_metrics_segment *segments;
	size_t segment_count;
	size_t port_count;
	size_t flow_count;
	int64_t *ends; /* of all flows, ascending */
	struct sekisho_policy *kept; /* where it has few enough flows to be told one by one */
};

struct sekisho_gather {
	struct sekisho_context context; /* with an engine and a module of its own */
	struct sekisho_metrics_policy policy;
	struct sekisho_monotone *monotone;
	int64_t now_ns; /* since 1970 UTC */
};

/* Bring what is known of the policy up to the generation in force. */
void sekisho_metrics_policy_look(struct sekisho_gather *gather);
void sekisho_metrics_policy_forget(struct sekisho_metrics_policy *policy);

/* The kind of a segment by its name; `none` where it is not of the policy. */
const char *sekisho_metrics_kind(const struct sekisho_gather *gather, const char *segment);
/* A kind as labels say it. @kind: below SEKISHO_METRICS_KINDS; the last one is `none`. */
#define SEKISHO_METRICS_KINDS (SEKISHO_KINDS + 1)
const char *sekisho_metrics_kind_name(unsigned int kind);
unsigned int sekisho_metrics_kind_number(const struct sekisho_gather *gather, const char *segment);

/* Each tells of its subject. Those of the filter want an engine. */
void sekisho_metrics_filter(struct sekisho_gather *gather, struct sekisho_metrics *metrics);
void sekisho_metrics_pairs(struct sekisho_gather *gather, struct sekisho_metrics *metrics);
void sekisho_metrics_flows(struct sekisho_gather *gather, struct sekisho_metrics *metrics);
void sekisho_metrics_border(struct sekisho_gather *gather, struct sekisho_metrics *metrics);
void sekisho_metrics_guard(struct sekisho_gather *gather, struct sekisho_metrics *metrics);
void sekisho_metrics_collector(struct sekisho_gather *gather,
			       const struct sekisho_collector_tally *tally,
			       struct sekisho_metrics *metrics);

#endif
