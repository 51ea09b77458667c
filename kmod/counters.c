// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guard counted. A processor counts in rows of its own, without locks, and they are summed
 * when somebody asks. Knows nothing of why.
 *
 * Pairs lie in a matrix as wide as the policy's segments. Around a commit frames are judged by two
 * policies at once, so there are two matrices, each for one policy; a frame is counted in that of
 * the policy that judged it. When a third policy comes, the older matrix is no longer written, and
 * what it holds moves to the newest one by the segments' names.
 */
#include "counters.h"

#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/u64_stats_sync.h>

#include "sekisho/reasons.h"

#include "border.h"
#include "names.h"
#include "policy.h"

struct sekisho_tally_count {
	u64_stats_t packets;
	u64_stats_t bytes;
};

struct sekisho_pair_count {
	struct sekisho_tally_count permitted;
	struct sekisho_tally_count denied;
};

/* One processor's. */
struct sekisho_reason_rows {
	struct u64_stats_sync sync;
	u64_stats_t mismatches;
	struct sekisho_tally_count row[SEKISHO_REASON_ROWS];
};

/* One processor's part of a matrix. */
struct sekisho_pair_rows {
	struct u64_stats_sync sync;
	struct sekisho_pair_count row[]; /* from * width + to */
};

struct sekisho_matrix {
	const void *policy; /* whose numbers these are; never followed */
	u32 width; /* segments, and behind them 'none' */
	char (*name)[SEKISHO_NAME_BYTES]; /* of each segment */
	struct sekisho_pair_row *carried; /* from matrices that are gone */
	struct sekisho_pair_rows *cpu[]; /* by processor */
};

struct sekisho_counters {
	struct sekisho_reason_rows __percpu *reasons;
	struct mutex lock; /* against readers and renumbering at once */
	unsigned int current_slot;
	struct sekisho_matrix __rcu *matrix[2];
	/* By number in the current matrix, the number of the same name in the other; or none. */
	u16 earlier[SEKISHO_SEGMENTS_MAX + 2];
};

static u32 matrix_rows(const struct sekisho_matrix *matrix)
{
	return matrix->width * matrix->width;
}

/* Of segments beyond the matrix, 'none' included. */
static u32 matrix_index(const struct sekisho_matrix *matrix, u16 segment)
{
	return min_t(u32, segment, matrix->width - 1);
}

static void matrix_free(struct sekisho_matrix *matrix)
{
	unsigned int cpu;

	if (!matrix)
		return;
	for_each_possible_cpu(cpu)
		kvfree(matrix->cpu[cpu]);
	kvfree(matrix->carried);
	kvfree(matrix->name);
	kfree(matrix);
}

static int matrix_allocate_rows(struct sekisho_matrix *matrix)
{
	u32 rows = matrix_rows(matrix);
	unsigned int cpu;

	matrix->name = kvcalloc(matrix->width, sizeof(*matrix->name), GFP_KERNEL);
	matrix->carried = kvcalloc(rows, sizeof(*matrix->carried), GFP_KERNEL);
	if (!matrix->name || !matrix->carried)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		matrix->cpu[cpu] = kvzalloc_node(struct_size(matrix->cpu[cpu], row, rows),
						 GFP_KERNEL, cpu_to_node(cpu));
		if (!matrix->cpu[cpu])
			return -ENOMEM;
		u64_stats_init(&matrix->cpu[cpu]->sync);
	}
	return 0;
}

static struct sekisho_matrix *matrix_new(const struct sekisho_policy *policy)
{
	struct sekisho_matrix *matrix;
	u32 number;

	matrix = kzalloc(struct_size(matrix, cpu, nr_cpu_ids), GFP_KERNEL);
	if (!matrix)
		return NULL;
	matrix->policy = policy;
	matrix->width = (policy ? policy->segment_count : 0) + 1;
	if (matrix_allocate_rows(matrix)) {
		matrix_free(matrix);
		return NULL;
	}
	for (number = 0; number + 1 < matrix->width; number++)
		strscpy(matrix->name[number], policy->segments[number].name->name,
			SEKISHO_NAME_BYTES);
	return matrix;
}

struct sekisho_counters *sekisho_counters_new(void)
{
	struct sekisho_counters *counters = kzalloc(sizeof(*counters), GFP_KERNEL);
	struct sekisho_matrix *matrix = matrix_new(NULL);
	unsigned int cpu;

	if (counters)
		counters->reasons = alloc_percpu(struct sekisho_reason_rows);
	if (!counters || !matrix || !counters->reasons) {
		matrix_free(matrix);
		kfree(counters);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(counters->reasons, cpu)->sync);
	mutex_init(&counters->lock);
	RCU_INIT_POINTER(counters->matrix[0], matrix);
	return counters;
}

void sekisho_counters_free(struct sekisho_counters *counters)
{
	if (!counters)
		return;
	matrix_free(rcu_dereference_protected(counters->matrix[0], true));
	matrix_free(rcu_dereference_protected(counters->matrix[1], true));
	mutex_destroy(&counters->lock);
	free_percpu(counters->reasons);
	kfree(counters);
}

static void count_reason(struct sekisho_counters *counters, u8 reason, u32 packets, u64 bytes,
			 bool mismatch)
{
	struct sekisho_reason_rows *rows = this_cpu_ptr(counters->reasons);
	struct sekisho_tally_count *row = &rows->row[reason % SEKISHO_REASON_ROWS];

	u64_stats_update_begin(&rows->sync);
	u64_stats_add(&row->packets, packets);
	u64_stats_add(&row->bytes, bytes);
	if (mismatch)
		u64_stats_add(&rows->mismatches, packets);
	u64_stats_update_end(&rows->sync);
}

/* That of @policy. Where it has none, for want of memory, the one that is there. */
static struct sekisho_matrix *matrix_of(struct sekisho_counters *counters,
					const struct sekisho_policy *policy)
{
	struct sekisho_matrix *matrix, *other = NULL;
	unsigned int slot;

	for (slot = 0; slot < ARRAY_SIZE(counters->matrix); slot++) {
		matrix = rcu_dereference(counters->matrix[slot]);
		if (matrix && matrix->policy == policy)
			return matrix;
		if (matrix)
			other = matrix;
	}
	return other;
}

/* Numbers of another policy than the matrix's mean nothing to it: then the pair is of none. */
static u32 pair_index(const struct sekisho_matrix *matrix, const struct sekisho_policy *policy,
		      const struct sekisho_verdict *verdict)
{
	u32 none = matrix->width - 1;

	if (matrix->policy != policy)
		return none * matrix->width + none;
	return matrix_index(matrix, verdict->from) * matrix->width +
	       matrix_index(matrix, verdict->to);
}

static void count_pair(struct sekisho_counters *counters, const struct sekisho_policy *policy,
		       const struct sekisho_verdict *verdict, u32 packets, u64 bytes)
{
	struct sekisho_matrix *matrix = matrix_of(counters, policy);
	struct sekisho_pair_rows *rows = matrix->cpu[smp_processor_id()];
	struct sekisho_pair_count *row = &rows->row[pair_index(matrix, policy, verdict)];
	struct sekisho_tally_count *count =
		sekisho_reason_permits(verdict->reason) ? &row->permitted : &row->denied;

	u64_stats_update_begin(&rows->sync);
	u64_stats_add(&count->packets, packets);
	u64_stats_add(&count->bytes, bytes);
	u64_stats_update_end(&rows->sync);
}

static void count_flow(const struct sekisho_policy *policy, const struct sekisho_verdict *verdict,
		       u32 packets, u64 bytes)
{
	struct sekisho_flow_use *use;

	if (!policy || verdict->flow >= policy->flow_count ||
	    (verdict->reason != SEKISHO_REASON_PERMIT_NEW &&
	     verdict->reason != SEKISHO_REASON_PERMIT_ESTABLISHED))
		return;
	use = policy->flows[verdict->flow].use;
	atomic64_add(packets, &use->packets[verdict->reply]);
	atomic64_add(bytes, &use->bytes[verdict->reply]);
	if (verdict->reason == SEKISHO_REASON_PERMIT_NEW)
		atomic64_inc(&use->new_connections);
}

void sekisho_counters_count(struct sekisho_border *border, const struct sekisho_policy *policy,
			    const struct sekisho_verdict *verdict, u32 packets, u64 bytes,
			    bool mismatch)
{
	count_reason(border->counters, verdict->reason, packets, bytes, mismatch);
	count_pair(border->counters, policy, verdict, packets, bytes);
	count_flow(policy, verdict, packets, bytes);
}

void sekisho_counters_reason(const struct sekisho_counters *counters, unsigned int reason,
			     struct sekisho_tally_row *row)
{
	const struct sekisho_reason_rows *rows;
	const struct sekisho_tally_count *count;
	unsigned int cpu, start;
	u64 packets, bytes;

	memset(row, 0, sizeof(*row));
	for_each_possible_cpu(cpu) {
		rows = per_cpu_ptr(counters->reasons, cpu);
		count = &rows->row[reason % SEKISHO_REASON_ROWS];
		do {
			start = u64_stats_fetch_begin(&rows->sync);
			packets = u64_stats_read(&count->packets);
			bytes = u64_stats_read(&count->bytes);
		} while (u64_stats_fetch_retry(&rows->sync, start));
		row->packets += packets;
		row->bytes += bytes;
	}
}

u64 sekisho_counters_mismatches(const struct sekisho_counters *counters)
{
	const struct sekisho_reason_rows *rows;
	unsigned int cpu, start;
	u64 mismatches, sum = 0;

	for_each_possible_cpu(cpu) {
		rows = per_cpu_ptr(counters->reasons, cpu);
		do {
			start = u64_stats_fetch_begin(&rows->sync);
			mismatches = u64_stats_read(&rows->mismatches);
		} while (u64_stats_fetch_retry(&rows->sync, start));
		sum += mismatches;
	}
	return sum;
}

static void add_pair(struct sekisho_pair_row *sum, const struct sekisho_pair_row *row)
{
	sum->permitted_packets += row->permitted_packets;
	sum->permitted_bytes += row->permitted_bytes;
	sum->denied_packets += row->denied_packets;
	sum->denied_bytes += row->denied_bytes;
}

/* Adds all that a matrix knows of a pair. */
static void add_matrix_row(const struct sekisho_matrix *matrix, u32 index,
			   struct sekisho_pair_row *sum)
{
	const struct sekisho_pair_rows *rows;
	const struct sekisho_pair_count *count;
	struct sekisho_pair_row row;
	unsigned int cpu, start;

	for_each_possible_cpu(cpu) {
		rows = matrix->cpu[cpu];
		count = &rows->row[index];
		do {
			start = u64_stats_fetch_begin(&rows->sync);
			row.permitted_packets = u64_stats_read(&count->permitted.packets);
			row.permitted_bytes = u64_stats_read(&count->permitted.bytes);
			row.denied_packets = u64_stats_read(&count->denied.packets);
			row.denied_bytes = u64_stats_read(&count->denied.bytes);
		} while (u64_stats_fetch_retry(&rows->sync, start));
		add_pair(sum, &row);
	}
	add_pair(sum, &matrix->carried[index]);
}

static struct sekisho_matrix *matrix_in(const struct sekisho_counters *counters, unsigned int slot)
{
	return rcu_dereference_protected(counters->matrix[slot], lockdep_is_held(&counters->lock));
}

void sekisho_counters_pair(struct sekisho_counters *counters, u16 from, u16 to,
			   struct sekisho_pair_row *row)
{
	const struct sekisho_matrix *matrix, *before;
	u32 from_index, to_index;

	memset(row, 0, sizeof(*row));
	mutex_lock(&counters->lock);
	matrix = matrix_in(counters, counters->current_slot);
	before = matrix_in(counters, !counters->current_slot);
	from_index = matrix_index(matrix, from);
	to_index = matrix_index(matrix, to);
	add_matrix_row(matrix, from_index * matrix->width + to_index, row);
	from_index = counters->earlier[from_index];
	to_index = counters->earlier[to_index];
	if (before && from_index < before->width && to_index < before->width)
		add_matrix_row(before, from_index * before->width + to_index, row);
	mutex_unlock(&counters->lock);
}

/* By number in @matrix, the number of the same name in @other, or SEKISHO_SEGMENT_NONE. */
static void map_names(const struct sekisho_matrix *matrix, const struct sekisho_matrix *other,
		      u16 *map)
{
	u32 here, there;

	for (here = 0; here + 1 < matrix->width; here++) {
		map[here] = SEKISHO_SEGMENT_NONE;
		for (there = 0; there + 1 < other->width; there++)
			if (!strcmp(matrix->name[here], other->name[there]))
				map[here] = there;
	}
	map[here] = other->width - 1; /* 'none' is itself everywhere */
}

/* @gone is no longer written: no frame is judged by its policy since the last commit's end. */
static void carry_over(struct sekisho_matrix *matrix, const struct sekisho_matrix *gone, u16 *map)
{
	u32 from, to;

	map_names(matrix, gone, map);
	for (from = 0; from < matrix->width; from++) {
		for (to = 0; to < matrix->width; to++) {
			if (map[from] == SEKISHO_SEGMENT_NONE || map[to] == SEKISHO_SEGMENT_NONE)
				continue;
			add_matrix_row(gone, map[from] * gone->width + map[to],
				       &matrix->carried[from * matrix->width + to]);
		}
		cond_resched();
	}
}

static bool has_names_of(const struct sekisho_matrix *matrix, const struct sekisho_policy *policy)
{
	u32 number;

	if (matrix->policy != policy || matrix->width != (policy ? policy->segment_count : 0) + 1)
		return false;
	for (number = 0; number + 1 < matrix->width; number++)
		if (strcmp(matrix->name[number], policy->segments[number].name->name))
			return false;
	return true;
}

/*
 * The slot that gives way, or already is what is wanted. That of the policy in force stays, also
 * where a commit in between did not come about.
 */
static unsigned int slot_for(const struct sekisho_counters *counters,
			     const struct sekisho_policy *before,
			     const struct sekisho_policy *after)
{
	const struct sekisho_matrix *matrix = matrix_in(counters, counters->current_slot);

	if (has_names_of(matrix, after) || matrix->policy != before)
		return counters->current_slot;
	return !counters->current_slot;
}

void sekisho_counters_renumber(struct sekisho_counters *counters,
			       const struct sekisho_policy *before,
			       const struct sekisho_policy *after)
{
	struct sekisho_matrix *matrix, *gone;
	unsigned int slot;

	mutex_lock(&counters->lock);
	slot = slot_for(counters, before, after);
	gone = matrix_in(counters, slot);
	/* A policy that comes back finds its matrix where it was. */
	if (!gone || !has_names_of(gone, after)) {
		matrix = matrix_new(after);
		if (!matrix)
			goto unlock;
		if (gone)
			carry_over(matrix, gone, counters->earlier);
		rcu_assign_pointer(counters->matrix[slot], matrix);
		synchronize_rcu();
		matrix_free(gone);
	}
	counters->current_slot = slot;
	if (matrix_in(counters, !slot))
		map_names(matrix_in(counters, slot), matrix_in(counters, !slot), counters->earlier);
unlock:
	mutex_unlock(&counters->lock);
}
