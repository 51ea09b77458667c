/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guard counted: a processor's own rows, summed when somebody asks. Knows nothing of why.
 */
#ifndef SEKISHO_KMOD_COUNTERS_H
#define SEKISHO_KMOD_COUNTERS_H

#include <linux/types.h>

#include "judge.h"

struct sekisho_tally_row {
	u64 packets;
	u64 bytes;
};

struct sekisho_pair_row {
	u64 permitted_packets;
	u64 permitted_bytes;
	u64 denied_packets;
	u64 denied_bytes;
};

struct sekisho_counters;

struct sekisho_counters *sekisho_counters_new(void);
void sekisho_counters_free(struct sekisho_counters *counters);

/**
 * sekisho_counters_count - count a verdict: reason, pair, and the flow's where it is one's
 * @border: whose
 * @policy: that judged it, or NULL
 * @verdict: the verdict
 * @packets: frames on the wire
 * @bytes: their bytes
 * @mismatch: denied, though a program had let it pass
 *
 * Bottom halves off.
 */
void sekisho_counters_count(struct sekisho_border *border, const struct sekisho_policy *policy,
			    const struct sekisho_verdict *verdict, u32 packets, u64 bytes,
			    bool mismatch);

/*
 * Sums, in process context. @reason: below SEKISHO_REASON_ROWS. Pairs: by segment number in the policy
 * that sekisho_counters_renumber() was last called with; SEKISHO_SEGMENT_NONE too.
 */
void sekisho_counters_reason(const struct sekisho_counters *counters, unsigned int reason,
			     struct sekisho_tally_row *row);
void sekisho_counters_pair(struct sekisho_counters *counters, u16 from, u16 to,
			   struct sekisho_pair_row *row);
u64 sekisho_counters_mismatches(const struct sekisho_counters *counters);

/**
 * sekisho_counters_renumber - segments get other numbers: the pairs' counts follow their names
 * @counters: the counters
 * @before: the policy in force, or NULL
 * @after: the one that comes, or NULL
 *
 * Before @after judges its first frame, and after the last one judged by what was before @before.
 * May sleep. Without memory, frames of @after count as of no pair.
 */
void sekisho_counters_renumber(struct sekisho_counters *counters,
			       const struct sekisho_policy *before,
			       const struct sekisho_policy *after);

#endif
