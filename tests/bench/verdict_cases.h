/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is measured of verdicts, a group a function: each puts its policy in force and runs its
 * trials.
 */
#ifndef SEKISHO_BENCH_VERDICT_CASES_H
#define SEKISHO_BENCH_VERDICT_CASES_H

#include "verdict_trial.h"

/* Single frames, each for another reason, under verdict_reasons.yaml; and what an event costs. */
void verdict_by_reason(struct bench *bench);

/* Established connections, 1 to a million of them. */
void verdict_by_connections(struct bench *bench);

/* First packets, permitted and denied, under 10 to a million flows. */
void verdict_by_flows(struct bench *bench);

/* 200 addresses, as xdp-filter is told of them, too. */
void verdict_beside_peers(struct bench *bench);

#endif
