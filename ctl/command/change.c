// SPDX-License-Identifier: GPL-2.0-only
/*
 * One change of the policy in force, from text to record. Knows nothing of where the text came
 * from.
 */
#include "command/change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/convert.h"
#include "command/faults.h"
#include "command/generations.h"
#include "command/guard.h"
#include "command/orders.h"
#include "command/persons.h"
#include "kernel/commit.h"
#include "kernel/runtime.h"
#include "policy/persons.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "ui/say.h"
#include "ui/table.h"

#define FINDINGS_RECORDED 20

/* A change on its way. */
struct progress {
	struct sekisho_context *context;
	const struct sekisho_change *change;
	uint32_t generation;
	char before[SEKISHO_DIGEST_TEXT]; /* "" where nothing was in force */
	char after[SEKISHO_DIGEST_TEXT];
	json_t *isolation;
	json_t *suspensions;
	bool cautious; /* all is isolated until the suspensions are in force */
	uint32_t waited; /* fallback time taken away from a commit that waited; 0: none */
	struct sekisho_commit_report report;
	uint64_t took_ns;
};

int sekisho_change_prepare(struct sekisho_context *context)
{
	int error = sekisho_context_prepare(context);

	if (!error)
		error = sekisho_context_lock(context);
	if (!error) {
		error = sekisho_context_engine(context);
		/* Nothing in force, or something of another version: the commit will say. */
		if (error == -ENOENT || error == -EUCLEAN)
			error = 0;
	}
	return error ? error : sekisho_context_log(context);
}

int sekisho_change_begin(struct sekisho_context *context)
{
	int error = sekisho_change_prepare(context);
	char self[SEKISHO_PERSON_BYTES];

	if (!error)
		error = sekisho_guard_unsealed(context);
	if (error)
		return error;
	sekisho_persons_self(self);
	sekisho_guard_mend(context, self);
	return 0;
}

static void record_policy(struct sekisho_context *context, enum sekisho_record_type type,
			  uint32_t generation, int32_t zone,
			  const struct sekisho_audit_policy *policy, int *error)
{
	struct sekisho_record record;

	sekisho_convert_policy(&record, type, generation, zone, policy);
	*error = sekisho_context_record(context, &record);
}

static char *finding_text(const struct sekisho_diagnostic *diagnostic)
{
	char *text;

	if (asprintf(&text, "%s:%u: %s%s%s: %s%s%s", diagnostic->file, diagnostic->line,
		     diagnostic->code, diagnostic->requirement ? " " : "",
		     diagnostic->requirement ? diagnostic->requirement : "", diagnostic->message,
		     diagnostic->text ? " | " : "", diagnostic->text ? diagnostic->text : "") < 0)
		return NULL;
	return text;
}

/* @findings are freed with drop_findings(). */
static void take_findings(struct sekisho_audit_policy *policy, char *findings[FINDINGS_RECORDED],
			  const struct sekisho_diagnostics *diagnostics,
			  enum sekisho_severity severity)
{
	for (size_t i = 0; diagnostics && i < diagnostics->count; i++) {
		if (diagnostics->items[i].severity != severity ||
		    policy->findings_count == FINDINGS_RECORDED)
			continue;
		findings[policy->findings_count] = finding_text(&diagnostics->items[i]);
		if (findings[policy->findings_count])
			policy->findings_count++;
	}
	policy->findings = (const char *const *)findings;
}

static void drop_findings(const struct sekisho_audit_policy *policy,
			  char *findings[FINDINGS_RECORDED])
{
	for (size_t i = 0; i < policy->findings_count; i++)
		free(findings[i]);
}

void sekisho_change_reject(struct sekisho_context *context, const struct sekisho_change *change,
			   const char *reason, const struct sekisho_diagnostics *diagnostics)
{
	char *findings[FINDINGS_RECORDED], before[SEKISHO_DIGEST_TEXT], after[SEKISHO_DIGEST_TEXT];
	const struct sekisho_policy_row *row =
		context->engine ? sekisho_engine_policy(context->engine) : NULL;
	struct sekisho_audit_policy policy = {
		.actor = change->actor,
		.second = change->second,
		.ticket = change->ticket,
		.file = change->file,
		.flows = change->policy ? (int64_t)change->policy->flow_count : -1,
		.confirm = -1,
		.reason = reason,
	};
	int error;

	if (row) {
		sekisho_format_digest(before, row->digest);
		policy.digest_before = before;
	}
	if (change->policy) {
		sekisho_format_digest(after, change->policy->digest);
		policy.digest_after = after;
	}
	take_findings(&policy, findings, diagnostics, SEKISHO_ERROR);
	record_policy(context, SEKISHO_RECORD_POLICY_REJECT, sekisho_context_generation(context),
		      sekisho_context_zone(context), &policy, &error);
	drop_findings(&policy, findings);
}

bool sekisho_change_two_persons(struct sekisho_context *context, const char *actor,
				const char *second, const char *what)
{
	struct sekisho_change change = { .actor = actor, .second = second };
	char reason[256];

	if (!sekisho_persons_same(actor, second))
		return true;
	sekisho_say(_("%s: actor and second person must be two persons"), what);
	snprintf(reason, sizeof(reason), "%s: actor and second are one person", what);
	sekisho_change_reject(context, &change, reason, NULL);
	return false;
}

static int read_orders(struct progress *progress)
{
	const char *state = progress->context->state;
	int error = sekisho_orders_read(state, SEKISHO_ORDERS_ISOLATION, &progress->isolation);

	if (!error)
		error = sekisho_orders_read(state, SEKISHO_ORDERS_SUSPENSION,
					    &progress->suspensions);
	/* What is cut off must not come back because a file cannot be read. */
	if (error)
		sekisho_say(_("isolation.json or suspended.json in %s cannot be read: %s"), state,
			    strerror(-error));
	return error;
}

static int store(struct progress *progress)
{
	const struct sekisho_change *change = progress->change;
	char now[SEKISHO_TIME_TEXT];
	struct sekisho_history_entry entry = {
		.generation = progress->generation,
		.kind = change->kind,
		.rollback_of = change->rollback_of,
		.flows = change->policy->flow_count,
		.digest = progress->after,
		.applied_at = now,
		.actor = (char *)change->actor,
		.second = (char *)change->second,
		.ticket = (char *)change->ticket,
		.file = (char *)change->file,
	};
	int64_t wall = time(NULL);
	int error;

	if (change->stored || change->dry_run)
		return 0;
	sekisho_format_time(now, wall, sekisho_policy_utc_offset(change->policy, wall));
	error = sekisho_history_add(progress->context->state, &entry, change->text, change->length);
	if (error)
		sekisho_say(_("generation %u cannot be stored in %s: %s"), progress->generation,
			    progress->context->state, strerror(-error));
	return error;
}

/* A commit that waits gives way; until the change is made its fallback can be put back. */
static void withdraw(struct progress *progress)
{
	struct sekisho_engine *engine = progress->context->engine;

	if (!progress->change->withdraw || progress->change->dry_run || !engine)
		return;
	progress->waited =
		__atomic_load_n(&sekisho_engine_control(engine)->fallback_at, __ATOMIC_SEQ_CST);
	if (progress->waited && sekisho_commit_confirm(engine))
		progress->waited = 0;
}

static void put_back(struct progress *progress)
{
	if (progress->waited)
		__atomic_store_n(&sekisho_engine_control(progress->context->engine)->fallback_at,
				 progress->waited, __ATOMIC_SEQ_CST);
}

static int commit(struct progress *progress)
{
	size_t count = json_array_size(progress->isolation);
	const char **names = calloc(count + 1, sizeof(*names));
	struct sekisho_commit_request request = {
		.policy = progress->change->policy,
		.generation = progress->generation,
		.directory = progress->context->bpffs,
		.module = progress->context->module,
		.isolated = names,
		.confirm_seconds = progress->change->confirm_seconds,
		.absent_ports = progress->change->absent_ports,
		.dry_run = progress->change->dry_run,
	};
	struct sekisho_progress_wait wait;
	struct timespec start, end;
	int error;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		names[i] = json_string_value(
			json_object_get(json_array_get(progress->isolation, i), "segment"));
	request.isolated_all = sekisho_orders_find(progress->isolation, SEKISHO_ORDERS_ISOLATION,
						   SEKISHO_ORDERS_ALL);
	/* After a reboot nobody is suspended yet: nothing passes until they are. */
	progress->cautious = !progress->context->engine && !request.isolated_all &&
			     json_array_size(progress->suspensions);
	request.isolated_all |= progress->cautious;
	clock_gettime(CLOCK_MONOTONIC, &start);
	sekisho_progress_wait_begin(&wait, _("putting in force"));
	error = sekisho_commit(&request, &progress->report);
	sekisho_progress_wait_end(&wait);
	clock_gettime(CLOCK_MONOTONIC, &end);
	progress->took_ns = (uint64_t)(end.tv_sec - start.tv_sec) * 1000000000u +
			    (uint64_t)end.tv_nsec - (uint64_t)start.tv_nsec;
	free(names);
	return error;
}

/*
 * Orders stand in the filter that is now pinned: suspensions after a reboot, and what was isolated
 * while the commit was on its way.
 */
static int keep_orders(struct progress *progress)
{
	struct sekisho_context *context = progress->context;
	json_t *isolation;
	int error = sekisho_context_reopen_engine(context), other;

	if (error)
		return error;
	error = sekisho_orders_enforce(context->engine, SEKISHO_ORDERS_SUSPENSION,
				       progress->suspensions);
	other = sekisho_orders_read(context->state, SEKISHO_ORDERS_ISOLATION, &isolation);
	if (!other)
		other = sekisho_orders_enforce(context->engine, SEKISHO_ORDERS_ISOLATION,
					       isolation);
	if (!error && !other && progress->cautious &&
	    !sekisho_orders_find(isolation, SEKISHO_ORDERS_ISOLATION, SEKISHO_ORDERS_ALL))
		other = sekisho_runtime_isolate(context->engine, NULL, false);
	if (!other) {
		other = sekisho_guard_keep_orders(context, isolation, progress->suspensions);
		other = other > 0 ? 0 : other;
	}
	json_decref(isolation);
	return error ? error : other;
}

/* The guard has them before the policy: nothing that is cut off passes in between. */
static int guard_orders(struct progress *progress)
{
	struct sekisho_context *context = progress->context;
	int error = sekisho_guard_open(context);

	if (error || progress->change->dry_run)
		return error;
	error = sekisho_guard_keep_orders(context, progress->isolation, progress->suspensions);
	if (error >= 0)
		return 0;
	sekisho_guard_say(context, error);
	return error;
}

static int record(struct progress *progress)
{
	const struct sekisho_change *change = progress->change;
	struct sekisho_audit_policy policy = {
		.actor = change->actor,
		.second = change->second,
		.ticket = change->ticket,
		.file = change->file,
		.digest_before = progress->before,
		.digest_after = progress->after,
		.flows = (int64_t)change->policy->flow_count,
		.confirm = change->confirm_seconds ? (int64_t)change->confirm_seconds : -1,
		.reason = change->reason,
	};
	char *findings[FINDINGS_RECORDED], reason[64];
	int error;

	take_findings(&policy, findings, change->diagnostics, SEKISHO_WARNING);
	if (change->rollback_of && !change->reason) {
		snprintf(reason, sizeof(reason), "back to generation %u", change->rollback_of);
		policy.reason = reason;
	}
	record_policy(progress->context,
		      change->kind == SEKISHO_HISTORY_ROLLBACK ? SEKISHO_RECORD_POLICY_ROLLBACK
							       : SEKISHO_RECORD_POLICY_APPLY,
		      progress->generation, sekisho_policy_utc_offset(change->policy, time(NULL)),
		      &policy, &error);
	drop_findings(&policy, findings);
	return error;
}

static size_t count_ports(const struct sekisho_policy *policy)
{
	size_t count = 0;

	for (size_t i = 0; i < policy->segment_count; i++)
		count += policy->segments[i].port_count;
	return count;
}

static void show(const struct progress *progress)
{
	static const struct sekisho_column columns[] = {
		{ "generation", N_("Generation"), SEKISHO_COLUMN_NUMBER },
		{ "digest", N_("Digest"), SEKISHO_COLUMN_DIGEST },
		{ "flows", N_("Flows"), SEKISHO_COLUMN_NUMBER },
		{ "ports", N_("Ports"), SEKISHO_COLUMN_NUMBER },
		{ "milliseconds", N_("Time (ms)"), SEKISHO_COLUMN_NUMBER },
	};
	const struct sekisho_change *change = progress->change;
	json_t *object = json_pack(
		"{s:b, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:s, s:o}", "applied",
		!change->dry_run, "generation", (json_int_t)progress->generation, "digest",
		progress->after, "flows", (json_int_t)change->policy->flow_count, "ports",
		(json_int_t)count_ports(change->policy), "confirm_seconds",
		(json_int_t)change->confirm_seconds, "milliseconds",
		(json_int_t)(progress->took_ns / 1000000), "fill_ns",
		(json_int_t)progress->report.fill_ns, "guard_ns",
		(json_int_t)progress->report.guard_ns, "swap_ns",
		(json_int_t)progress->report.swap_ns, "new_object", progress->report.new_object,
		"patched", progress->report.patched, "guard",
		progress->context->module ? "present" : "absent", "notes",
		sekisho_faults_notes_json(&progress->report));

	if (change->quiet) {
		json_decref(object);
		return;
	}
	if (progress->context->arguments->json) {
		sekisho_json_print(object, stdout);
		return;
	}
	sekisho_faults_notes(&progress->report);
	puts(change->dry_run ? _("nothing was changed; this would be put in force:")
			     : _("the policy is in force:"));
	sekisho_fields_print(object, columns, sizeof(columns) / sizeof(columns[0]), stdout);
	if (change->confirm_seconds && !change->dry_run) {
		printf(_("confirm within %u s: sekishoctl confirm"), change->confirm_seconds);
		putchar('\n');
	}
	json_decref(object);
}

static void say_refused(struct progress *progress)
{
	struct sekisho_context *context = progress->context;
	uint32_t waiting = context->engine ? sekisho_engine_control(context->engine)->fallback_from
					   : 0;

	sekisho_faults_commit(&progress->report, progress->change->policy, context->bpffs, waiting);
	if (context->arguments->json && !progress->change->quiet)
		sekisho_json_print(json_pack("{s:b, s:s, s:s, s:s, s:i}", "applied", false, "fault",
					     sekisho_faults_name(progress->report.fault), "subject",
					     progress->report.subject, "detail",
					     progress->report.detail, "errno",
					     abs(progress->report.error)),
				   stdout);
}

static void reject(struct progress *progress)
{
	char reason[128];

	snprintf(reason, sizeof(reason), "%s%s%s", sekisho_faults_name(progress->report.fault),
		 *progress->report.subject ? ": " : "", progress->report.subject);
	sekisho_change_reject(progress->context, progress->change, reason, NULL);
}

/* After the commit: whatever fails now, the policy is in force. */
static int settle(struct progress *progress)
{
	struct sekisho_context *context = progress->context;
	int result = SEKISHO_EXIT_DONE, error = keep_orders(progress);

	if (error) {
		sekisho_say(_("the policy is in force, but isolation or suspensions could not be "
			      "put in force again: %s"),
			    strerror(-error));
		result = SEKISHO_EXIT_REFUSED;
	}
	if (record(progress))
		result = SEKISHO_EXIT_REFUSED;
	/* Last: until then the next command takes this one for interrupted (generations.h). */
	error = 0;
	if (!progress->change->confirm_seconds)
		error = sekisho_history_confirm(context->state, progress->generation);
	if (!error)
		error = sekisho_history_set_current(context->state, progress->generation);
	if (error) {
		sekisho_say(_("the policy is in force, but the history in %s could not be "
			      "written: %s"),
			    context->state, strerror(-error));
		result = SEKISHO_EXIT_REFUSED;
	}
	return result;
}

static int run(struct progress *progress)
{
	const struct sekisho_change *change = progress->change;
	struct sekisho_context *context = progress->context;

	if (read_orders(progress) || guard_orders(progress) || store(progress))
		return SEKISHO_EXIT_REFUSED;
	withdraw(progress);
	if (commit(progress)) {
		put_back(progress);
		if (!change->stored && !change->dry_run)
			sekisho_history_remove(context->state, progress->generation);
		say_refused(progress);
		if (!change->dry_run)
			reject(progress);
		return SEKISHO_EXIT_REFUSED;
	}
	if (!change->dry_run) {
		int result = settle(progress);

		if (result)
			return result;
	}
	show(progress);
	return SEKISHO_EXIT_DONE;
}

int sekisho_change_run(struct sekisho_context *context, const struct sekisho_change *change)
{
	struct progress *progress = calloc(1, sizeof(*progress));
	const struct sekisho_policy_row *row =
		context->engine ? sekisho_engine_policy(context->engine) : NULL;
	int result;

	if (!progress) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	progress->context = context;
	progress->change = change;
	progress->generation = change->generation ? change->generation
						  : sekisho_generations_next(context);
	if (row)
		sekisho_format_digest(progress->before, row->digest);
	sekisho_format_digest(progress->after, change->policy->digest);
	result = run(progress);
	json_decref(progress->isolation);
	json_decref(progress->suspensions);
	free(progress);
	return result;
}
