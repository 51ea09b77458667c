/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference verdict: docs/semantics.md as plain, linear C, written to be read. `explain` uses
 * it and the differential tests trust it. Knows nothing of BPF, maps, files or the kernel, and
 * shares no code with bpf/.
 */
#ifndef SEKISHO_MODEL_VERDICT_H
#define SEKISHO_MODEL_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "policy.h"

#define SEKISHO_NO_FLOW UINT32_MAX

/* What the host is, beside its policy: read from the kernel when a policy is committed. */
struct sekisho_self {
	struct sekisho_ranges addresses; /* one range an address */
	struct sekisho_ranges broadcasts; /* one range an address */
};

struct sekisho_verdict {
	uint8_t reason; /* enum sekisho_reason */
	uint32_t flow; /* index in the current policy's flows, or SEKISHO_NO_FLOW */
	uint16_t from; /* segments, or SEKISHO_SEGMENT_NONE */
	uint16_t to;
	bool reply; /* against the initiator's direction of its connection */
};

struct sekisho_passage {
	bool output; /* the host sends it; else it came in */
	uint16_t port_segment; /* of the port and VLAN; SEKISHO_SEGMENT_NONE where unbound */
	int64_t wall_ns; /* since 1970 UTC */
	uint32_t monotonic; /* seconds */
};

/* A running filter: a policy, the host, what is isolated and suspended, and all state. */
struct sekisho_model;

/**
 * sekisho_model_new - a filter without a policy: it denies everything
 * Return: the model, to be freed with sekisho_model_free(), or NULL without memory.
 */
struct sekisho_model *sekisho_model_new(void);
void sekisho_model_free(struct sekisho_model *model);

/**
 * sekisho_model_commit - put a policy in force; a new epoch begins
 * @model: the filter
 * @policy: borrowed until the next commit or the model's end; NULL for none
 * @self: borrowed likewise
 *
 * Connections, limits (by flow id), isolation (by segment name) and suspensions stay.
 * Return: 0 or -ENOMEM (nothing changed).
 */
int sekisho_model_commit(struct sekisho_model *model, const struct sekisho_policy *policy,
			 const struct sekisho_self *self);

/* Isolate or release a segment by name, NULL for all. A new epoch. 0 or -ENOMEM. */
int sekisho_model_isolate(struct sekisho_model *model, const char *segment, bool isolated);

/* Suspend or restore an address, or (family 0) the MAC in address.low. A new epoch. 0 or -ENOMEM. */
int sekisho_model_suspend(struct sekisho_model *model, uint8_t family,
			  struct sekisho_address address, bool suspended);

/* Pretend that the connection table has no room (true) or has (false). */
void sekisho_model_set_full(struct sekisho_model *model, bool full);

/**
 * sekisho_model_sweep - forget connections whose idle time is reached, and return their limits
 * @model: the filter
 * @monotonic: now, in seconds
 */
void sekisho_model_sweep(struct sekisho_model *model, uint32_t monotonic);

/**
 * sekisho_model_judge - the verdict for one frame, and what it does to the state
 * @model: the filter
 * @passage: how it travels, and when
 * @frame: the frame
 *
 * Return: the verdict.
 */
struct sekisho_verdict sekisho_model_judge(struct sekisho_model *model,
					   const struct sekisho_passage *passage,
					   const struct sekisho_frame *frame);

/**
 * sekisho_model_match - line 13 alone, for a packet that nothing has tracked
 * @policy: the policy
 * @self: the host
 * @frame: addresses, protocol, ports, service and MAC are used
 * @from: source segment
 * @to: destination segment
 * @output: the host sends it
 * @wall: seconds since 1970 UTC
 * @restricted: only flows that survive isolation exist
 * @flow: set to the deciding flow, or where the reason denies the nearest one, or SEKISHO_NO_FLOW
 *
 * Return: enum sekisho_reason.
 */
uint8_t sekisho_model_match(const struct sekisho_policy *policy, const struct sekisho_self *self,
			    const struct sekisho_frame *frame, uint16_t from, uint16_t to,
			    bool output, int64_t wall, bool restricted, uint32_t *flow);

/**
 * sekisho_model_segment_of - the segment of an address: `self` first, then the longest prefix
 * Return: the index, or SEKISHO_SEGMENT_NONE.
 */
uint16_t sekisho_model_segment_of(const struct sekisho_policy *policy,
				  const struct sekisho_self *self, uint8_t family,
				  struct sekisho_address address);

#endif
