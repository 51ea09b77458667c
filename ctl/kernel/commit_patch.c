// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of a commit that is short where few flows differ: a copy of the half in force, in which
 * they are changed. Knows maps and tables; nothing of ports, the module or what is in force when.
 */
#include "kernel/commit_patch.h"

#include <time.h>

#include "kernel/fill.h"
#include "kernel/patch.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool apply(struct sekisho_commit_patch *patch, struct sekisho_patch *change)
{
	struct sekisho_half current;
	int half = sekisho_engine_half(patch->engine);
	uint64_t start;
	bool done;

	sekisho_fill_view(patch->engine, half, &current);
	if (sekisho_patch_compare(change, &current))
		return false;
	sekisho_fill_mirror(patch->engine, !half, &patch->half);
	start = now_ns();
	done = !sekisho_patch_apply(change, &patch->half);
	patch->patch_ns = now_ns() - start;
	return done;
}

bool sekisho_commit_patch(struct sekisho_commit_patch *patch, struct sekisho_bindings bindings)
{
	struct sekisho_patch change = { .policy = patch->policy,
					.self = patch->self,
					.bindings = &bindings };
	struct sekisho_tables_problem problem;
	bool done;

	bindings.print_seed = sekisho_engine_policy(patch->engine)->print_seed;
	if (sekisho_tables_begin(patch->policy, patch->self, &bindings, &patch->tables, &problem))
		return false;
	change.begun = patch->tables;
	done = apply(patch, &change);
	sekisho_patch_free(&change);
	if (!done) {
		sekisho_tables_free(patch->tables);
		patch->tables = NULL;
	}
	return done;
}
