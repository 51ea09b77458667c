/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a collector took from the packet path and what of it is on record, in memory that outlives
 * a collector that is killed: so the next one knows what is missing. Knows nothing of events or of
 * how they come.
 *
 * It is a file of the run directory, mapped: it lasts as long as the maps. Every change is whole or
 * not there, at whatever instruction the process ends.
 */
#ifndef SEKISHO_AUDIT_LEDGER_H
#define SEKISHO_AUDIT_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include <sekisho/event.h>

#include "position.h"

/* No place of the ring. */
#define SEKISHO_LEDGER_NOWHERE UINT64_MAX

/* What the log says, or said that it lost. All zero: nothing yet. */
struct sekisho_settled {
	uint64_t packets; /* of what was taken; the end of a connection is one */
	struct sekisho_loss_tally told; /* losses of the kernel's side, as totals */
	int64_t wall_ns; /* nothing before is missing but what was told; 0: not known */
	struct sekisho_position position; /* the log's end just then */
};

struct sekisho_ledger;

/**
 * sekisho_ledger_open - go on with what an earlier collector left
 * @ledger: gets it, to be closed with sekisho_ledger_close(); NULL after an error
 * @directory: open; its files last as long as the maps. The caller is its only collector
 *
 * Where the directory has no room, the ledger is as good, but nothing outlives it.
 * Return: 0 or -ENOMEM.
 */
int sekisho_ledger_open(struct sekisho_ledger **ledger, int directory);
void sekisho_ledger_close(struct sekisho_ledger *ledger);

/**
 * sekisho_ledger_take - something is taken
 * @packets: how many it stands for
 * @place: where in the ring it is, which does not let go of it before this returns; or
 *	SEKISHO_LEDGER_NOWHERE
 */
void sekisho_ledger_take(struct sekisho_ledger *ledger, uint64_t packets, uint64_t place);

/**
 * sekisho_ledger_settle - what is on record now, or was told as lost there
 * @settled: copied
 */
void sekisho_ledger_settle(struct sekisho_ledger *ledger, const struct sekisho_settled *settled);

/**
 * sekisho_ledger_settled - what was settled last; the ledger's, until the next settle but one
 */
const struct sekisho_settled *sekisho_ledger_settled(const struct sekisho_ledger *ledger);

/**
 * sekisho_ledger_recover - settle what an earlier collector did not live to settle
 * @log: the log's directory, open; torn lines are mended
 * @place: from where the ring goes on; or SEKISHO_LEDGER_NOWHERE
 *
 * What it wrote behind the place that it settled last is read in the log. Where that place is not
 * there any more, what is missing may be too much, not too little. Nothing is settled by this call.
 * @settled: gets what is on record
 * @missing: gets how many packets were taken, will not come again, and are not on record
 * Return: 0, -ENOMEM, or why the log cannot be read: then as if nothing were there.
 */
int sekisho_ledger_recover(struct sekisho_ledger *ledger, int log, uint64_t place,
			   struct sekisho_settled *settled, uint64_t *missing);

#endif
