/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of a commit that is short where few flows differ: a copy of the half in force, in which
 * they are changed. Knows maps and tables; nothing of ports, the module or what is in force when.
 */
#ifndef SEKISHO_KERNEL_COMMIT_PATCH_H
#define SEKISHO_KERNEL_COMMIT_PATCH_H

#include "kernel/engine.h"
#include "kernel/half.h"
#include "kernel/tables.h"

/**
 * struct sekisho_commit_patch - what is changed, and what comes of it
 * @engine: the engine that runs; it has a half in force, and room in the maps that halves share
 * @policy: what is to be in force
 * @self: the host's addresses
 * @tables: set to the policy's small tables, to be freed by the caller
 * @half: set to the half that is not in force, all tables done, its policy row not yet written
 * @patch_ns: set to how long the rows of the flows that differ took
 */
struct sekisho_commit_patch {
	struct sekisho_engine *engine;
	const struct sekisho_policy *policy;
	const struct sekisho_self *self;
	struct sekisho_tables *tables;
	struct sekisho_half half;
	uint64_t patch_ns;
};

/**
 * sekisho_commit_patch - change a copy of the half in force
 * @patch: the change
 * @bindings: as for sekisho_tables_build(), but for the print seed
 *
 * Return: whether it was done. If not, the tables are to be built anew, which also says what is
 * wrong where something is; the half that is not in force may be spoilt.
 */
bool sekisho_commit_patch(struct sekisho_commit_patch *patch, struct sekisho_bindings bindings);

#endif
