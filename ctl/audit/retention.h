/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which file of a log has been kept for as long as was declared (R17), and its removal. A file goes
 * only where what stays can be verified without it: it is what was signed, the tree at its end is
 * kept, and later records are signed. Knows nothing of policies, and not how its record is written:
 *
 *	while (sekisho_retention_due(&retention, checkpointer, &now, &removal)) {
 *		a `retention` record is written, and a checkpoint covers it;
 *		sekisho_retention_remove(&retention, checkpointer, &removal);
 *	}
 */
#ifndef SEKISHO_AUDIT_RETENTION_H
#define SEKISHO_AUDIT_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "checkpoint.h"
#include "stamp.h"

/* Why a file stays whose time may be over. */
enum sekisho_retention_trouble {
	SEKISHO_RETENTION_FINE,
	SEKISHO_RETENTION_CLOCK, /* the clock is not synchronised: nobody knows how old it is */
	SEKISHO_RETENTION_NEEDED, /* it was not sent on yet */
	SEKISHO_RETENTION_CHANGED, /* it is not what was signed, or that is not known any more */
	SEKISHO_RETENTION_ERROR, /* it could not be read or removed */
};

struct sekisho_retention_options {
	void *context;
	/* For how many days records are kept; 0: nothing is removed. */
	uint32_t (*days)(void *context);
	/* The first record that somebody has still to be sent; UINT64_MAX: none. May be NULL. */
	uint64_t (*needed)(void *context);
	/* Something else than before is the trouble with record @first's file. May be NULL. */
	void (*tell)(void *context, enum sekisho_retention_trouble trouble, uint64_t first);
};

struct sekisho_retention {
	struct sekisho_retention_options options;
	int directory;
	uint64_t look_ns; /* when the next look is due; monotonic */
	uint64_t looked; /* the file whose records were looked at, by the one after it; 0: none */
	int64_t newest_ns; /* when the newest of them was made */
	enum sekisho_retention_trouble told;
};

struct sekisho_removal {
	struct sekisho_checkpoint_part part;
	uint64_t bytes;
	uint32_t days; /* that were declared */
};

/**
 * sekisho_retention_begin - get ready
 * @directory: of the log; borrowed
 * @options: copied; what it points to is borrowed
 */
void sekisho_retention_begin(struct sekisho_retention *retention, int directory,
			     const struct sekisho_retention_options *options);

/**
 * sekisho_retention_due - the next file that is to be removed
 * @checkpointer: of the log; NULL: not open
 * @now: what is older than days before @now is
 * @removal: filled where there is one
 *
 * Looks once a minute, and again right after a removal. A file's age is that of its newest record,
 * or that of the file where it was written later.
 * Return: whether there is one.
 */
bool sekisho_retention_due(struct sekisho_retention *retention,
			   struct sekisho_checkpointer *checkpointer,
			   const struct sekisho_stamp *now, struct sekisho_removal *removal);

/**
 * sekisho_retention_remove - remove it, and what belongs to its records alone
 * @recorded: the number of the `retention` record, which must be signed by now
 *
 * The file first: what is left of the rest after a power cut goes with the next file.
 * Return: whether it is gone.
 */
bool sekisho_retention_remove(struct sekisho_retention *retention,
			      const struct sekisho_checkpointer *checkpointer,
			      const struct sekisho_removal *removal, uint64_t recorded);

#endif
