/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sections of a report have in common: all that is known, gathered before the first line
 * is written, and how times and persons are shown. Only for report_*.c and audit_report.c. Knows
 * nothing of HTML beside that it is written.
 */
#ifndef SEKISHO_COMMAND_REPORT_PARTS_H
#define SEKISHO_COMMAND_REPORT_PARTS_H

#include "audit/account.h"
#include "audit/fields.h"
#include "audit/label.h"
#include "audit/verify.h"
#include "command/audit_logs.h"
#include "command/context.h"
#include "model/policy.h"
#include "report/page.h"
#include "report/table.h"

#define SEKISHO_REPORT_ROWS_MAX	  200 /* of a table; what is more is counted */
#define SEKISHO_REPORT_TEXT_BYTES 512

/* What keeps a report from saying that the separation held; or says that it did not. */
enum sekisho_report_doubt {
	SEKISHO_DOUBT_FLOW, /* a policy in force permitted what must never talk */
	SEKISHO_DOUBT_CROSSED, /* it was recorded as permitted */
	SEKISHO_DOUBT_DEFECT, /* the log does not verify */
	SEKISHO_DOUBT_NO_RECORDS,
	SEKISHO_DOUBT_POLICY, /* a policy in force could not be read */
	SEKISHO_DOUBT_LOST, /* records or events */
	SEKISHO_DOUBT_UNRECORDED, /* times in which nobody recorded */
	SEKISHO_DOUBT_GUARD, /* it went, or found what the maps had let pass */
	SEKISHO_DOUBT_PORT, /* lost its program */
	SEKISHO_DOUBTS,
};

#define SEKISHO_DOUBT_BIT(doubt) (1u << SEKISHO_DOUBT_##doubt)
/* These say that it did not hold. */
#define SEKISHO_DOUBTS_BROKEN (SEKISHO_DOUBT_BIT(FLOW) | SEKISHO_DOUBT_BIT(CROSSED))

struct sekisho_report {
	struct sekisho_context *context;
	const struct sekisho_audit_log *log;
	struct sekisho_redactor *redactor;
	struct sekisho_selection selection;
	const char *period; /* as it was asked for */
	int64_t made_ns;
	int64_t end_ns; /* of the period, or @made_ns where that is earlier */
	int32_t zone;
	bool japanese;

	struct sekisho_account account;
	struct sekisho_label label;
	struct sekisho_verify_result verified;
	struct sekisho_policy *last; /* in force at the period's end; NULL: not known */
	uint32_t last_generation;
	/* Of the segment at that place in the account: bit (1 << enum sekisho_segment_kind), of
	 * all policies of the period. */
	unsigned int kinds[SEKISHO_ACCOUNT_SEGMENTS];
	bool has_mynumber, has_internet;
	uint64_t flows[SEKISHO_ACCOUNT_SEGMENTS][SEKISHO_ACCOUNT_SEGMENTS]; /* of the last policy */

	/* What was counted in the last policy. */
	uint64_t expired, expiring, unused, unjudged;
	uint64_t exceptions, dual_roles; /* in all policies of the period */
	uint64_t gaps;
	unsigned int doubts; /* bits of enum sekisho_report_doubt */

	struct sekisho_html html;
	struct sekisho_page page;
};

/* What a permission of the last policy is at the report's end. */
enum sekisho_report_state {
	SEKISHO_STATE_VALID,
	SEKISHO_STATE_EXPIRED,
	SEKISHO_STATE_EXPIRING, /* within the notice */
};

/**
 * sekisho_report_gather - read all that is asked for
 * @report: with what stands above @account filled in; to be freed with sekisho_report_free(), also
 *	after false
 * Return: false after saying why.
 */
bool sekisho_report_gather(struct sekisho_report *report);
void sekisho_report_free(struct sekisho_report *report);

enum sekisho_report_state sekisho_report_flow_state(const struct sekisho_report *report,
						    const struct sekisho_flow *flow);

/* Whether a permission could have been used in the period, should have left a trace, and did not. */
bool sekisho_report_unused(const struct sekisho_report *report, const struct sekisho_flow *flow);

/* Whether it could have been used, and does not record its use. */
bool sekisho_report_unjudged(const struct sekisho_report *report, const struct sekisho_flow *flow);

/* Whether hosts of these kinds must never talk, whoever permits it (R1): bits as in @kinds. */
bool sekisho_report_never(unsigned int from, unsigned int to);

/* The flow of the last policy with that id, or NULL. */
const struct sekisho_flow *sekisho_report_flow(const struct sekisho_report *report, const char *id);

/* A kind of segment in words. */
const char *sekisho_report_kind(enum sekisho_segment_kind kind);

/* A time of the log, to the second; @text gets SEKISHO_TIME_TEXT. */
void sekisho_report_time(const struct sekisho_report *report, int64_t wall_ns, char *text);

/* The time under a key of a record; empty where it has none. */
void sekisho_report_time_of(const struct sekisho_report *report,
			    const struct sekisho_fields *fields, const char *key, char *text);

/* A person that a policy names: a pseudonym where that is asked for. */
void sekisho_report_person(const struct sekisho_report *report, const char *name, char *text,
			   size_t size);

/* What a policy says in free words: left out where something is to be hidden. */
const char *sekisho_report_free_text(const struct sekisho_report *report, const char *text);

/* The sections, in this order. */
void sekisho_report_put_summary(struct sekisho_report *report);
void sekisho_report_put_matrix(struct sekisho_report *report);
void sekisho_report_put_charts(struct sekisho_report *report);
void sekisho_report_put_denied(struct sekisho_report *report);
void sekisho_report_put_changes(struct sekisho_report *report);
void sekisho_report_put_permissions(struct sekisho_report *report);
void sekisho_report_put_unused(struct sekisho_report *report);
void sekisho_report_put_gaps(struct sekisho_report *report);
void sekisho_report_put_verification(struct sekisho_report *report);

/* "and N more are not shown", where there are. */
void sekisho_report_put_more(struct sekisho_report *report, uint64_t more);

/* A paragraph. */
void sekisho_report_put_note(struct sekisho_report *report, const char *text);

#endif
