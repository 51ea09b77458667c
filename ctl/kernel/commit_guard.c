// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's part of a commit. Knows the module; nothing of maps or links.
 */
#include "kernel/commit_guard.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_A_SECOND 1000000000ull

/* A process may be held up for the rest of a second now and then, not so many times. */
#define STATUS_TRIES 10

static int fault(struct sekisho_commit_guard *guard, enum sekisho_commit_fault kind, int error,
		 const char *detail)
{
	struct sekisho_commit_report *report = guard->report;

	report->fault = kind;
	report->error = error;
	report->subject[0] = '\0';
	snprintf(report->detail, sizeof(report->detail), "%s", detail);
	return error;
}

/* The module refused: its own words. */
static int refused(struct sekisho_commit_guard *guard, int error)
{
	return fault(guard, SEKISHO_COMMIT_GUARD, error,
		     sekisho_module_text(guard->request->module));
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_A_SECOND + (uint64_t)now.tv_nsec;
}

static uint32_t ifindex_of(void *context, const char *interface)
{
	(void)context;
	return if_nametoindex(interface);
}

int sekisho_commit_guard_check(struct sekisho_commit_guard *guard)
{
	const struct sekisho_commit_request *request = guard->request;
	int error;

	if (!request->module)
		return request->policy->guard_required
			       ? fault(guard, SEKISHO_COMMIT_NO_GUARD, -ENOENT, "")
			       : 0;
	error = sekisho_module_status(request->module, &guard->before);
	if (error)
		return refused(guard, error);
	if (guard->before.sealed && !request->dry_run)
		return fault(guard, SEKISHO_COMMIT_SEALED, -EPERM, "");
	return 0;
}

int sekisho_commit_guard_stage(struct sekisho_commit_guard *guard, const struct sekisho_self *self)
{
	const struct sekisho_commit_request *request = guard->request;
	uint64_t start = now_ns();
	int error;

	if (!request->module)
		return 0;
	error = sekisho_module_stage(request->module, request->policy, self, ifindex_of, NULL);
	guard->report->guard_ns = now_ns() - start;
	return error ? refused(guard, error) : 0;
}

static bool has_policy(const struct sekisho_module_status *status,
		       const struct sekisho_commit_request *request)
{
	return status->generation == request->generation &&
	       !memcmp(status->digest, request->policy->digest, sizeof(status->digest));
}

/*
 * The module tells the seconds that are left. Only where the clock shows the same second before
 * and after it was asked is it known which second that is.
 */
static int read_status(struct sekisho_commit_guard *guard, struct sekisho_module_status *status)
{
	uint64_t second;
	int tries = 0, error;

	do {
		second = now_ns() / NS_A_SECOND;
		error = sekisho_module_status(guard->request->module, status);
		guard->fallback_at = (uint32_t)second + status->confirm_seconds;
	} while (!error && status->confirming && now_ns() / NS_A_SECOND != second &&
		 ++tries < STATUS_TRIES);
	return error;
}

/* What the module says of itself after its commit. */
static int check_active(struct sekisho_commit_guard *guard)
{
	const struct sekisho_commit_request *request = guard->request;
	struct sekisho_module_status status;
	int error = read_status(guard, &status);
	char detail[64];

	if (error)
		return refused(guard, error);
	if (has_policy(&status, request))
		return 0;
	snprintf(detail, sizeof(detail), "it reports generation %u", status.generation);
	return fault(guard, SEKISHO_COMMIT_GUARD, -ESTALE, detail);
}

/* An answer may be lost whose request was obeyed. */
static bool was_obeyed(const struct sekisho_commit_guard *guard)
{
	struct sekisho_module_status status;

	return !sekisho_module_status(guard->request->module, &status) &&
	       has_policy(&status, guard->request);
}

int sekisho_commit_guard_activate(struct sekisho_commit_guard *guard)
{
	const struct sekisho_commit_request *request = guard->request;
	uint64_t start = now_ns();
	int error;

	if (!request->module)
		return 0;
	/* Nothing waits in the maps: what waits in the module has been confirmed or withdrawn. */
	if (guard->before.confirming)
		sekisho_module_confirm(request->module, 0);
	error = sekisho_module_commit(request->module, request->generation, request->policy->digest,
				      request->confirm_seconds, request->generation + 1);
	guard->report->guard_ns += now_ns() - start;
	if (error) {
		error = refused(guard, error);
		guard->active = was_obeyed(guard);
		return error;
	}
	guard->active = true;
	return check_active(guard);
}

void sekisho_commit_guard_settle(struct sekisho_commit_guard *guard)
{
	const struct sekisho_commit_request *request = guard->request;
	int error = 0;

	if (!request->module)
		return;
	guard->report->guarded = true;
	if (!request->confirm_seconds)
		error = sekisho_module_confirm(request->module, request->generation);
	if (!error)
		error = sekisho_module_report(request->module, request->generation);
	if (error)
		sekisho_commit_note(guard->report, SEKISHO_NOTE_GUARD, "", strerror(-error));
}

void sekisho_commit_guard_undo(struct sekisho_commit_guard *guard)
{
	struct sekisho_module *module = guard->request->module;
	int error;

	if (!module)
		return;
	if (!guard->active) {
		sekisho_module_abort(module);
		return;
	}
	error = sekisho_module_revert(module, guard->before.generation);
	if (error)
		sekisho_commit_note(guard->report, SEKISHO_NOTE_GUARD, "", strerror(-error));
}
