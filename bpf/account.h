/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one exit of every frame: count it once by reason, segment pair and flow, and tell of it
 * where somebody wants to know (docs/semantics.md, Counting).
 */
#ifndef SEKISHO_BPF_ACCOUNT_H
#define SEKISHO_BPF_ACCOUNT_H

#include "events.h"
#include "maps.h"
#include "settings.h"

static __always_inline void account_flow(const struct packet *packet, const struct verdict *verdict,
					 __u64 wall_ns)
{
	struct sekisho_flow_tally *tally;

	if (verdict->counter == SEKISHO_COUNTER_NONE)
		return;
	tally = bpf_map_lookup_elem(&flow_counters, &verdict->counter);
	if (!tally)
		return;
	if (verdict->direction == SEKISHO_INITIATOR) {
		tally->packets[SEKISHO_INITIATOR]++;
		tally->bytes[SEKISHO_INITIATOR] += packet->length;
	} else {
		tally->packets[SEKISHO_RESPONDER]++;
		tally->bytes[SEKISHO_RESPONDER] += packet->length;
	}
	if (verdict->reason == SEKISHO_REASON_PERMIT_NEW)
		tally->new_connections++;
	if (tally->last_seen != wall_ns)
		tally->last_seen = wall_ns;
}

/* Count a frame whose verdict stands. */
static __always_inline void account(const struct packet *packet, const struct verdict *verdict,
				    __u64 wall_ns)
{
	__u32 none = (1u << setting_pair_shift) - 1;
	__u32 from = verdict->from > none ? none : verdict->from;
	__u32 to = verdict->to > none ? none : verdict->to;
	__u32 key = verdict->reason & (SEKISHO_REASON_ROWS - 1);
	struct sekisho_tally *tally = bpf_map_lookup_elem(&reasons, &key);
	struct sekisho_pair_tally *pair;

	if (tally) {
		tally->packets++;
		tally->bytes += packet->length;
	}
	key = from << setting_pair_shift | to;
	pair = bpf_map_lookup_elem(&pairs_seen, &key);
	if (pair) {
		if (sekisho_reason_permits(verdict->reason)) {
			pair->permitted_packets++;
			pair->permitted_bytes += packet->length;
		} else {
			pair->denied_packets++;
			pair->denied_bytes += packet->length;
		}
	}
	if (verdict->reason == SEKISHO_REASON_PERMIT_NEW ||
	    verdict->reason == SEKISHO_REASON_PERMIT_ESTABLISHED)
		account_flow(packet, verdict, wall_ns);
}

static __always_inline int wants_event(const struct verdict *verdict)
{
	if (!sekisho_reason_permits(verdict->reason))
		return 1;
	if (verdict->reason == SEKISHO_REASON_PERMIT_NEW)
		return verdict->log & (SEKISHO_PERMIT_LOG_NEW | SEKISHO_PERMIT_LOG_ALL);
	return verdict->log & SEKISHO_PERMIT_LOG_ALL;
}

#endif
