/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's part of a commit: staged before anything changes, active just before the maps are,
 * taken back where the maps fail. Where there is no module nothing is done. Knows the module;
 * nothing of maps or links.
 */
#ifndef SEKISHO_KERNEL_COMMIT_GUARD_H
#define SEKISHO_KERNEL_COMMIT_GUARD_H

#include "kernel/commit.h"

struct sekisho_commit_guard {
	const struct sekisho_commit_request *request;
	struct sekisho_commit_report *report;
	struct sekisho_module_status before;
	bool active; /* the policy is in force in the module */
	uint32_t fallback_at; /* monotonic second in which the module falls back; once active */
};

/* Whether there is a module where the policy wants one, and whether it takes a policy. */
int sekisho_commit_guard_check(struct sekisho_commit_guard *guard);

/* Validated and compiled by the module; not active. @self: the host's own addresses. */
int sekisho_commit_guard_stage(struct sekisho_commit_guard *guard, const struct sekisho_self *self);

/* In force in the module, which says so itself. */
int sekisho_commit_guard_activate(struct sekisho_commit_guard *guard);

/* In force in the maps too: the module may forget the policy before, unless it may come back. */
void sekisho_commit_guard_settle(struct sekisho_commit_guard *guard);

/* As it was before. */
void sekisho_commit_guard_undo(struct sekisho_commit_guard *guard);

/* What a commit noted; when there are too many it is dropped. */
void sekisho_commit_note(struct sekisho_commit_report *report, enum sekisho_commit_note_kind kind,
			 const char *subject, const char *detail);

#endif
