// SPDX-License-Identifier: GPL-2.0-only
/*
 * What metrics keep of the policy in force: the kinds of its segments, and when its flows end.
 * Knows nothing of what was counted.
 *
 * A policy of a million flows is large: it is read once a generation, and only sums are kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/metrics_parts.h"
#include "policy/diagnostics.h"
#include "policy/history.h"
#include "policy/policy_file.h"

const char *sekisho_metrics_kind_name(unsigned int kind)
{
	return kind < SEKISHO_KINDS ? sekisho_kind_names[kind] : "none";
}

static int compare_segment(const void *a, const void *b)
{
	const struct sekisho_metrics_segment *x = a, *y = b;

	return strcmp(x->name, y->name);
}

unsigned int sekisho_metrics_kind_number(const struct sekisho_gather *gather, const char *segment)
{
	const struct sekisho_metrics_policy *policy = &gather->policy;
	struct sekisho_metrics_segment key;
	const struct sekisho_metrics_segment *found = NULL;

	snprintf(key.name, sizeof(key.name), "%s", segment);
	if (policy->segment_count)
		found = bsearch(&key, policy->segments, policy->segment_count,
				sizeof(*policy->segments), compare_segment);
	return found ? found->kind : SEKISHO_KIND_OTHER + 1;
}

const char *sekisho_metrics_kind(const struct sekisho_gather *gather, const char *segment)
{
	return sekisho_metrics_kind_name(sekisho_metrics_kind_number(gather, segment));
}

void sekisho_metrics_policy_forget(struct sekisho_metrics_policy *policy)
{
	free(policy->segments);
	free(policy->ends);
	sekisho_policy_free(policy->kept);
	memset(policy, 0, sizeof(*policy));
}

/* Without a word: whoever changes the policy is told, and the collector says it too. */
static struct sekisho_policy *read_stored(const struct sekisho_context *context,
					  uint32_t generation)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy *policy;
	size_t length;
	char *text;

	if (sekisho_history_text(context->state, generation, &text, &length))
		return NULL;
	policy = sekisho_policy_text_read("policy.yaml", text, length, &diagnostics);
	sekisho_diagnostics_free(&diagnostics);
	free(text);
	return policy;
}

static int compare_end(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static bool keep_sums(struct sekisho_metrics_policy *kept, const struct sekisho_policy *policy)
{
	kept->segments = calloc(policy->segment_count + 1, sizeof(*kept->segments));
	kept->ends = calloc(policy->flow_count + 1, sizeof(*kept->ends));
	if (!kept->segments || !kept->ends)
		return false;
	for (size_t i = 0; i < policy->segment_count; i++) {
		const struct sekisho_segment *segment = &policy->segments[i];

		snprintf(kept->segments[i].name, sizeof(kept->segments[i].name), "%s",
			 segment->name);
		kept->segments[i].kind = segment->kind;
		kept->port_count += segment->port_count;
	}
	kept->segment_count = policy->segment_count;
	qsort(kept->segments, kept->segment_count, sizeof(*kept->segments), compare_segment);
	for (size_t i = 0; i < policy->flow_count; i++)
		kept->ends[i] = policy->flows[i].valid_until;
	kept->flow_count = policy->flow_count;
	if (kept->flow_count)
		qsort(kept->ends, kept->flow_count, sizeof(*kept->ends), compare_end);
	return true;
}

void sekisho_metrics_policy_look(struct sekisho_gather *gather)
{
	const struct sekisho_policy_row *row =
		gather->context.engine ? sekisho_engine_policy(gather->context.engine) : NULL;
	struct sekisho_metrics_policy *kept = &gather->policy;
	uint32_t generation = row ? row->generation : 0;
	struct sekisho_policy *policy;

	if (generation == kept->generation &&
	    (!row || !memcmp(row->digest, kept->digest, sizeof(kept->digest))))
		return;
	sekisho_metrics_policy_forget(kept);
	if (!row)
		return;
	kept->generation = generation;
	memcpy(kept->digest, row->digest, sizeof(kept->digest));
	policy = read_stored(&gather->context, generation);
	kept->readable = policy && keep_sums(kept, policy);
	if (kept->readable && policy->flow_count <= SEKISHO_METRICS_FLOWS_MAX)
		kept->kept = policy;
	else
		sekisho_policy_free(policy);
}
