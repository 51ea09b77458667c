/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiled tables into the maps of an engine, and the switch from one half to the other. Knows
 * nothing of policies, ports, pins or files.
 */
#ifndef SEKISHO_KERNEL_FILL_H
#define SEKISHO_KERNEL_FILL_H

#include "kernel/engine.h"
#include "kernel/half.h"
#include "kernel/tables.h"

/**
 * sekisho_fill_size - the rows that tables need, with room to grow
 * @tables: the tables
 * @flows: counter rows that are wanted
 * @connections: tracked connections that are wanted
 * @size: raised where it is smaller; maps whose size does not depend on the policy stay as they are
 */
void sekisho_fill_size(const struct sekisho_tables *tables, uint32_t flows, uint32_t connections,
		       struct sekisho_engine_size *size);

/* Whether the maps that no half has part in have the room that these need. */
bool sekisho_fill_fits_state(const struct sekisho_engine *engine, uint32_t segments, uint32_t flows,
			     uint32_t connections);

/* Whether the maps of an engine have the room that @tables, @flows and @connections need. */
bool sekisho_fill_fits(const struct sekisho_engine *engine, const struct sekisho_tables *tables,
		       uint32_t flows, uint32_t connections);

/**
 * sekisho_fill_half - write tables into a half that is not in force
 * @engine: the engine
 * @half: 0 or 1
 * @tables: what to write
 *
 * Return: 0, or -ENOSPC where sekisho_fill_fits() says no (nothing written).
 */
int sekisho_fill_half(struct sekisho_engine *engine, int half, const struct sekisho_tables *tables);

/**
 * sekisho_fill_view - a half of an engine as memory
 * @engine: the engine
 * @half: 0 or 1
 * @view: set; its policy row is a copy
 */
void sekisho_fill_view(const struct sekisho_engine *engine, int half, struct sekisho_half *view);

/**
 * sekisho_fill_mirror - make a half that is not in force what the other one is
 * @engine: the engine
 * @half: 0 or 1
 * @view: set as by sekisho_fill_view(); the policy row in the map stays as it is
 */
void sekisho_fill_mirror(struct sekisho_engine *engine, int half, struct sekisho_half *view);

/* Write the policy row of a half whose tables were changed through its view. */
void sekisho_fill_row(struct sekisho_engine *engine, int half,
		      const struct sekisho_policy_row *row);

/**
 * sekisho_fill_copy - give a new engine the half that is in force in an old one, and its state
 * @to: the new engine, not yet attached
 * @from: the old one
 *
 * Connections whose table has another size are not carried over: they must be opened again.
 * Return: 0 or -errno.
 */
int sekisho_fill_copy(struct sekisho_engine *to, const struct sekisho_engine *from);

/**
 * sekisho_fill_settle - what happened in an old engine after its state was copied
 * @to: the engine that every interface now runs
 * @from: the one that none runs any more
 * @back: it is the newer of the two: a take-over failed, and the old engine runs on
 *
 * Carries over limits and counters. Returns when no frame is judged by @from any more. Going
 * forward twice does no harm.
 */
void sekisho_fill_settle(struct sekisho_engine *to, struct sekisho_engine *from, bool back);

/**
 * sekisho_fill_activate - put a half in force: one store, after which no frame sees the other
 * @engine: the engine
 * @half: 0 or 1; -1 for none
 *
 * Frames that are being judged may still see the other: see sekisho_fill_wait().
 */
void sekisho_fill_activate(struct sekisho_engine *engine, int half);

/* Returns when no processor reads what was in force before the call (an RCU wait). */
void sekisho_fill_wait(void);

/* A new epoch under the same policy: every connection is judged again at its next frame. */
void sekisho_fill_new_epoch(struct sekisho_engine *engine);

#endif
