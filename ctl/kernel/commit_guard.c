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
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
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

/* What the module says of itself after its commit. */
static int check_active(struct sekisho_commit_guard *guard)
{
	const struct sekisho_commit_request *request = guard->request;
	struct sekisho_module_status status;
	int error = sekisho_module_status(request->module, &status);
	char detail[64];

	if (error)
		return refused(guard, error);
	if (status.generation == request->generation &&
	    !memcmp(status.digest, request->policy->digest, sizeof(status.digest)))
		return 0;
	snprintf(detail, sizeof(detail), "it reports generation %u", status.generation);
	return fault(guard, SEKISHO_COMMIT_GUARD, -ESTALE, detail);
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
	if (error)
		return refused(guard, error);
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
