/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy of any number of flows that mix hosts, prefixes that lie in each other, ranges, IPv6,
 * MACs, port ranges and ends, made as a model: as a text a million would take longer to read than
 * to measure. Knows no program and no map.
 *
 * Flows go from segment `a` (port pa) to segment `b` (port pb). Each has a block of its own on
 * either side: eight IPv4 addresses, or one IPv6 /64.
 */
#ifndef SEKISHO_BENCH_VERDICT_POLICY_H
#define SEKISHO_BENCH_VERDICT_POLICY_H

#include "model/policy.h"
#include "verdict_rotate.h"

/* How many of a policy's flows are of this sort. */
unsigned int verdict_policy_tcp4(unsigned int flows);
unsigned int verdict_policy_tcp6(unsigned int flows);
unsigned int verdict_policy_with_mac(unsigned int flows);

/**
 * verdict_policy_make - make such a policy
 * @flows: how many
 * @connections: room in the connection table
 *
 * Return: the policy, to be freed with sekisho_policy_free(). Without memory the program ends.
 */
struct sekisho_policy *verdict_policy_make(unsigned int flows, unsigned int connections);

/*
 * What the @i-th TCP flow permits: a packet to begin a connection with, from @source_port. Flow
 * after flow differs in sort.
 */
void verdict_policy_row4(struct rotate_row4 *row, unsigned int i, unsigned int source_port);
void verdict_policy_row6(struct rotate_row6 *row, unsigned int i, unsigned int source_port);

/* Of the @i-th flow with a MAC. */
void verdict_policy_row_with_mac(struct rotate_row4 *row, unsigned int i, unsigned int source_port);

/* From hosts of one flow to hosts of another, where no flow goes from all hosts of a network. */
void verdict_policy_row_unlisted(struct rotate_row4 *row, unsigned int i, unsigned int flows);

#endif
