/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running filter as an operator sees it: what is in force, what was counted, what is isolated
 * or suspended. Reads and switches the pinned engine; commits are in commit.h. Knows nothing of
 * policy files, logs or how anything is printed.
 */
#ifndef SEKISHO_KERNEL_RUNTIME_H
#define SEKISHO_KERNEL_RUNTIME_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/engine.h"
#include "model/policy.h"
#include "sekisho/reasons.h"

/* How a port is guarded. */
enum sekisho_attached {
	SEKISHO_ATTACHED_NONE,
	SEKISHO_ATTACHED_GENERIC,
	SEKISHO_ATTACHED_NATIVE,
	SEKISHO_ATTACHED_MODES
};

struct sekisho_port_status {
	char interface[IF_NAMESIZE];
	uint32_t ifindex; /* 0 while the interface is absent */
	uint16_t vlan;
	char segment[SEKISHO_NAME_BYTES];
	enum sekisho_attached attached;
	bool egress; /* its way out is guarded */
};

struct sekisho_status {
	uint32_t generation; /* 0: no policy is in force */
	uint8_t digest[32];
	uint32_t epoch;
	uint64_t frames; /* judged since the programs were first loaded */
	uint64_t permitted;
	uint64_t denied;
	uint64_t lost_events;
	uint32_t confirm_seconds; /* left until an unconfirmed commit falls back; 0: none waits */
	uint32_t fell_back;
	bool isolated_all;
};

/* Totals over all processors, by reason number. */
struct sekisho_reason_totals {
	struct sekisho_tally by_reason[SEKISHO_REASON_ROWS];
};

struct sekisho_flow_total {
	char id[SEKISHO_NAME_BYTES];
	uint64_t packets[2]; /* of the initiator, of the responder */
	uint64_t bytes[2];
	uint64_t new_connections;
	uint64_t last_seen_ns; /* since 1970 UTC; 0: never */
};

struct sekisho_pair_total {
	char from[SEKISHO_NAME_BYTES]; /* "-" for none */
	char to[SEKISHO_NAME_BYTES];
	struct sekisho_pair_tally tally;
};

/* `none`, `generic` or `native`. */
const char *sekisho_attached_name(enum sekisho_attached attached);

/* Numbers and totals of the filter. 0 or -errno. */
int sekisho_runtime_status(const struct sekisho_engine *engine, struct sekisho_status *status);
int sekisho_runtime_reasons(const struct sekisho_engine *engine,
			    struct sekisho_reason_totals *totals);

/* Frames of all processors that were not told one by one, and events that found no room. */
int sekisho_runtime_losses(const struct sekisho_engine *engine, struct sekisho_loss_tally *total);

/**
 * sekisho_runtime_flows - what the flows of the policy in force carried
 * @engine: the engine
 * @policy: the policy in force, whose flows are asked for, in its order
 * @totals: set to policy->flow_count rows, to be freed by the caller
 *
 * Return: 0 or -errno.
 */
int sekisho_runtime_flows(const struct sekisho_engine *engine, const struct sekisho_policy *policy,
			  struct sekisho_flow_total **totals);

/* Segment pairs that carried or were denied anything. @totals is freed by the caller. */
int sekisho_runtime_pairs(const struct sekisho_engine *engine, struct sekisho_pair_total **totals,
			  size_t *count);

/**
 * sekisho_runtime_ports - the ports of the policy in force and how they are guarded
 * @engine: the engine
 * @directory: where it is pinned, for the links
 * @ports: set to @count rows, to be freed by the caller
 *
 * Return: 0 or -errno.
 */
int sekisho_runtime_ports(const struct sekisho_engine *engine, const char *directory,
			  struct sekisho_port_status **ports, size_t *count);

/* Segment number by name in the policy in force, SEKISHO_SEGMENT_NONE without one; and back. */
uint16_t sekisho_runtime_segment(const struct sekisho_engine *engine, const char *name);
const char *sekisho_runtime_segment_name(const struct sekisho_engine *engine, uint16_t segment);

/**
 * sekisho_runtime_connections - call a function for every tracked connection
 * @engine: the engine
 * @visit: gets a copy; returns true to go on
 * @context: handed to @visit
 */
void sekisho_runtime_connections(const struct sekisho_engine *engine,
				 bool (*visit)(void *context,
					       const struct sekisho_connection *connection),
				 void *context);

/* Rows of the connection table that are taken, by connections that idle too long and were not swept
 * yet too; and how many there are. */
uint64_t sekisho_runtime_occupied(const struct sekisho_engine *engine, uint64_t *rows);

/* The idle time of a connection under the policy in force, in seconds. */
uint32_t sekisho_runtime_timeout(const struct sekisho_policy_row *row,
				 const struct sekisho_connection *connection);

/**
 * sekisho_runtime_isolate - cut off or release a segment, or all, from the next frame on
 * @engine: the engine
 * @segment: its name, NULL for all
 * @isolated: cut off
 *
 * Return: 0, or -ENOENT where the policy in force has no such segment.
 */
int sekisho_runtime_isolate(struct sekisho_engine *engine, const char *segment, bool isolated);
bool sekisho_runtime_is_isolated(const struct sekisho_engine *engine, uint16_t segment);

/**
 * sekisho_runtime_suspend - deny a host from the next frame on, or no longer
 * @engine: the engine
 * @family: 4, 6, or 0 for a MAC
 * @address: the address; for a MAC its number in @address.low
 * @suspended: deny
 *
 * Return: 0, -ENOENT (restore: not suspended), -EEXIST (already), -ENOSPC, -errno.
 */
int sekisho_runtime_suspend(struct sekisho_engine *engine, uint8_t family,
			    struct sekisho_address address, bool suspended);

/* TAI minus UTC may be set after boot by the time service: tell the programs. */
void sekisho_runtime_set_tai(struct sekisho_engine *engine);

#endif
