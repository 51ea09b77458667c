/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which row of `flow_counters`, `flow_names` and `limits` belongs to which flow. A flow keeps its
 * row as long as its id stays, so that its counters outlive commits. Knows the engine's state maps
 * and flow ids; nothing of matching.
 */
#ifndef SEKISHO_KERNEL_COUNTERS_H
#define SEKISHO_KERNEL_COUNTERS_H

#include "kernel/engine.h"
#include "model/policy.h"

/**
 * struct sekisho_counters - the rows of a policy's flows
 * @rows: by flow index; the same row serves counters, name and limit
 * @limits: by flow index: the row, or SEKISHO_LIMIT_NONE
 * @fresh: by flow index: the row is new to the flow and must be cleared
 * @count: flows
 * @needed: rows the maps must have
 */
struct sekisho_counters {
	uint32_t *rows;
	uint32_t *limits;
	bool *fresh;
	size_t count;
	uint32_t needed;
};

/**
 * sekisho_counters_assign - find a row for every flow
 * @engine: the running engine, whose flows keep their rows; or NULL
 * @policy: the policy to come
 * @counters: filled; free with sekisho_counters_free()
 *
 * Changes nothing in the engine. Return: 0 or -ENOMEM.
 */
int sekisho_counters_assign(const struct sekisho_engine *engine,
			    const struct sekisho_policy *policy, struct sekisho_counters *counters);
void sekisho_counters_free(struct sekisho_counters *counters);

/**
 * sekisho_counters_write - names, cleared rows and the bounds of a half
 * @engine: has counters->needed rows
 * @policy: the policy to come
 * @counters: its rows
 * @half: the half that will hold it
 *
 * Return: 0 or -errno.
 */
int sekisho_counters_write(struct sekisho_engine *engine, const struct sekisho_policy *policy,
			   const struct sekisho_counters *counters, int half);

#endif
