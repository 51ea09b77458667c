/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the records of a period add up to, for a report: one walk over the log, in memory that does
 * not grow with it. What finds no place is counted as others, or the count of what is left out is
 * kept. Knows nothing of policies, of who asks or of how it is shown.
 */
#ifndef SEKISHO_AUDIT_ACCOUNT_H
#define SEKISHO_AUDIT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coverage.h"
#include "ranking.h"
#include "redact.h"
#include "survey.h"
#include "tallies.h"

/* Segments told apart; the first stands for none, and what is beyond the last is one, too. */
#define SEKISHO_ACCOUNT_SEGMENTS 64
#define SEKISHO_ACCOUNT_NONE	 0
#define SEKISHO_ACCOUNT_OTHERS	 (SEKISHO_ACCOUNT_SEGMENTS - 1)

#define SEKISHO_ACCOUNT_NAME_BYTES 96
#define SEKISHO_ACCOUNT_LINES_MAX  200
#define SEKISHO_ACCOUNT_STEPS_MAX  400

/* What was counted from one segment to another. */
struct sekisho_account_pair {
	uint64_t connections; /* new ones that were permitted */
	uint64_t ended; /* `flow.end` records */
	uint64_t denied; /* packets */
};

/* Of a part of the period. */
struct sekisho_account_step {
	uint64_t records, connections, denied;
};

/* The first records of a kind, as lines of JSON; redacted where that is asked for. */
struct sekisho_account_lines {
	size_t count;
	uint64_t more;
	char *lines[SEKISHO_ACCOUNT_LINES_MAX];
};

/* Parts of a key of @denials, each with SEKISHO_ACCOUNT_BETWEEN behind it. */
enum sekisho_account_part {
	SEKISHO_ACCOUNT_FROM,
	SEKISHO_ACCOUNT_TO,
	SEKISHO_ACCOUNT_REASON,
	SEKISHO_ACCOUNT_SRC,
	SEKISHO_ACCOUNT_DST,
	SEKISHO_ACCOUNT_SERVICE,
	SEKISHO_ACCOUNT_PARTS,
};

#define SEKISHO_ACCOUNT_BETWEEN '\x1f'

struct sekisho_account {
	/* Set by the caller; @selection, @redactor and @pace stay the caller's. */
	const struct sekisho_selection *selection; /* of all types */
	int64_t end_ns; /* of the period, or now where that is earlier */
	int64_t step_ns; /* how long a step is, so that there are at most SEKISHO_ACCOUNT_STEPS_MAX */
	struct sekisho_redactor *redactor; /* NULL: nothing is hidden */
	const struct sekisho_pace *pace; /* NULL: nobody wants to know */

	struct sekisho_survey survey;
	struct sekisho_coverage coverage;
	size_t segment_count;
	char segments[SEKISHO_ACCOUNT_SEGMENTS][SEKISHO_ACCOUNT_NAME_BYTES];
	struct sekisho_account_pair pairs[SEKISHO_ACCOUNT_SEGMENTS][SEKISHO_ACCOUNT_SEGMENTS];
	bool more_segments; /* than there is room for */
	size_t step_count;
	struct sekisho_account_step steps[SEKISHO_ACCOUNT_STEPS_MAX];
	uint64_t connections, denied; /* in all */
	uint64_t breaches; /* packets of denials with `breach` */
	uint64_t overflows; /* denials that stand for further hosts */
	uint64_t guard_gone, mismatches, ports_gone; /* records of the period */
	bool guard_away; /* when the period began */
	size_t ports_away; /* when the period began */
	struct sekisho_ranking denials; /* packets by the six parts above */
	struct sekisho_ranking reasons; /* denied packets by reason */
	struct sekisho_ranking used; /* flows that permitted something */
	struct sekisho_account_lines changes, orders, expiries, losses, enforcement, clocks;
	uint64_t alone, unticketed; /* changes without a second person, without a ticket */
	struct sekisho_name_list isolated; /* when the period ended */
	struct sekisho_name_list suspended; /* not redacted: to be counted only */
	struct sekisho_name_list ports; /* that have no program: the state of the walk */
	/* private */
	bool inside; /* a record of the period was seen */
	bool guard_state;
};

/* The steps that a period falls into: of an hour up to three days, else of a day or of several. */
int64_t sekisho_account_step(int64_t since_ns, int64_t until_ns);

/**
 * sekisho_account_read - walk over a log
 * @account: set as said above, else zeros; to be freed with sekisho_account_free(), also after an
 *	error
 * @directory: of one origin; open
 * Return: 0, -ENOMEM or why a file cannot be read.
 */
int sekisho_account_read(struct sekisho_account *account, int directory);
void sekisho_account_free(struct sekisho_account *account);

/* The place of a segment, made where there is none yet. */
size_t sekisho_account_segment(struct sekisho_account *account, const char *name);

/**
 * sekisho_account_part - one part of a key of @denials
 * @text: gets it, cut at a character where @size is too small
 */
void sekisho_account_part(const struct sekisho_ranked *item, enum sekisho_account_part part,
			  char *text, size_t size);

#endif
