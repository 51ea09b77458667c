/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `top` makes of counters: rates between two looks, the last minute, an order, a selection.
 * Pure: is given the time and what was counted. Knows nothing of maps or of how it is shown.
 */
#ifndef SEKISHO_COMMAND_TOP_MODEL_H
#define SEKISHO_COMMAND_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/limits.h"

#define SEKISHO_TOP_SECONDS 60 /* of the past, a point each */

/* The tables. The last one is not shown as one: its rows are the totals. */
enum sekisho_top_kind {
	SEKISHO_TOP_PAIRS,
	SEKISHO_TOP_FLOWS,
	SEKISHO_TOP_REASONS,
	SEKISHO_TOP_PORTS,
	SEKISHO_TOP_TOTALS,
	SEKISHO_TOP_KINDS
};

#define SEKISHO_TOP_TEXTS  5
#define SEKISHO_TOP_COUNTS 4

/* What is counted, by kind; a row's picture is of its packets, permitted and denied, in and out. */
enum {
	SEKISHO_TOP_PACKETS,
	SEKISHO_TOP_BYTES,
	SEKISHO_TOP_NEW, /* connections, of a flow */
	SEKISHO_TOP_DENIED_PACKETS = 2, /* of a pair */
	SEKISHO_TOP_DENIED_BYTES = 3,
	SEKISHO_TOP_SENT_PACKETS = 2, /* of a port; the first two are what it received */
	SEKISHO_TOP_SENT_BYTES = 3,
};

/**
 * struct sekisho_top_sample - what was counted of one thing
 * @texts: the first two, together, say what it is; NULL: empty. They must outlive the next look
 * @counts: since they began
 * @alarms: a bit a text: that says something that must be seen
 */
struct sekisho_top_sample {
	const char *texts[SEKISHO_TOP_TEXTS];
	uint64_t counts[SEKISHO_TOP_COUNTS];
	unsigned int alarms;
};

/**
 * struct sekisho_top_look - everything that was counted, at one time
 * @at_ns: of the monotonic clock
 * @samples: by kind; no two of a kind have the same two first texts
 * @counts: of samples
 * @anew: counters of that kind cannot be compared with those of the look before
 * @listed: a thing that is not there has counted nothing, so that one that comes began at zero
 */
struct sekisho_top_look {
	int64_t at_ns;
	struct sekisho_top_sample *samples[SEKISHO_TOP_KINDS];
	size_t counts[SEKISHO_TOP_KINDS];
	bool anew[SEKISHO_TOP_KINDS];
	bool listed[SEKISHO_TOP_KINDS];
};

struct sekisho_top_row {
	struct sekisho_top_sample sample;
	char key[2 * SEKISHO_NAME_BYTES];
	uint64_t rates[SEKISHO_TOP_COUNTS]; /* thousandths a second */
	uint64_t deltas[SEKISHO_TOP_COUNTS]; /* since the look before */
	uint64_t
		*history; /* thousandths a second, oldest first; NULL: nothing in the last minute */
};

struct sekisho_top_table {
	struct sekisho_top_row *rows; /* by key */
	size_t count;
	size_t histories;
};

/* Zeroed: nothing was looked at yet. */
struct sekisho_top_model {
	struct sekisho_top_table tables[SEKISHO_TOP_KINDS];
	int64_t at_ns;
	int64_t elapsed_ns; /* between the last two looks; 0: there were none */
};

enum sekisho_top_by {
	SEKISHO_TOP_BY_TEXT,
	SEKISHO_TOP_BY_RATE,
	SEKISHO_TOP_BY_COUNT,
};

struct sekisho_top_order {
	enum sekisho_top_by by;
	unsigned int which; /* text or count */
	bool descending;
};

/**
 * sekisho_top_model_take - a further look
 * @model: the model
 * @look: its samples are put in another order; their texts are borrowed until the next look
 *
 * A counter that fell was made anew: it has no rate until the next look.
 * Return: 0 or -ENOMEM, when the model is as before.
 */
int sekisho_top_model_take(struct sekisho_top_model *model, struct sekisho_top_look *look);

/**
 * sekisho_top_model_select - the rows of a kind that a person wants to see, in order
 * @model: the model
 * @kind: which
 * @order: how
 * @filter: text that one of a row's texts must contain, whatever the case; NULL or empty: all
 * @rows: set to them, borrowed until the next look; the list is the caller's to free
 * @count: set to how many
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_top_model_select(const struct sekisho_top_model *model, enum sekisho_top_kind kind,
			     const struct sekisho_top_order *order, const char *filter,
			     const struct sekisho_top_row ***rows, size_t *count);

/* The row of a kind whose two first texts these are, or NULL. */
const struct sekisho_top_row *sekisho_top_model_find(const struct sekisho_top_model *model,
						     enum sekisho_top_kind kind, const char *first,
						     const char *second);

void sekisho_top_model_free(struct sekisho_top_model *model);

#endif
