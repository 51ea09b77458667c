/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting a policy in force: all of it, on all ports, in maps and module, at one instant, or none
 * of it. Knows maps, links, interfaces and the module; nothing of policy files, history, records or
 * how anything is printed.
 */
#ifndef SEKISHO_KERNEL_COMMIT_H
#define SEKISHO_KERNEL_COMMIT_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/engine.h"
#include "kernel/module.h"
#include "kernel/tables.h"
#include "model/policy.h"

/**
 * struct sekisho_commit_request - what to put in force
 * @policy: checked; borrowed
 * @generation: its number
 * @directory: where the engine is, or is to be, pinned
 * @module: the kernel module, which already has the orders that stand; NULL: it is not there
 * @isolated: names of isolated segments, NULL-ended; @isolated_all: all of them
 * @confirm_seconds: fall back after so many seconds unless confirmed; 0: no
 * @absent_ports: go on without interfaces that are not there (at boot); else they are an error
 * @anew: make all tables anew, even where few flows differ
 * @dry_run: everything but the change: verify, build, compare sizes
 */
struct sekisho_commit_request {
	const struct sekisho_policy *policy;
	uint32_t generation;
	const char *directory;
	struct sekisho_module *module;
	const char *const *isolated;
	bool isolated_all;
	uint32_t confirm_seconds;
	bool absent_ports;
	bool anew;
	bool dry_run;
};

/* What went wrong, for a sentence to the operator. */
enum sekisho_commit_fault {
	SEKISHO_COMMIT_FINE,
	SEKISHO_COMMIT_NO_BPFFS, /* @directory is on no bpffs */
	SEKISHO_COMMIT_NO_PRIVILEGE, /* CAP_BPF and CAP_NET_ADMIN are needed */
	SEKISHO_COMMIT_NO_INTERFACE, /* @subject is not there */
	SEKISHO_COMMIT_NO_ATTACH, /* @subject takes no program; @detail */
	SEKISHO_COMMIT_NO_EGRESS, /* likewise on its way out */
	SEKISHO_COMMIT_FEATURE, /* @subject cannot switch off @detail, which would blind us */
	SEKISHO_COMMIT_NO_LOAD, /* the programs were refused; @detail is the kernel's word */
	SEKISHO_COMMIT_NO_FIT, /* the policy does not fit; see @problem */
	SEKISHO_COMMIT_WAITING, /* a commit waits to be confirmed */
	SEKISHO_COMMIT_FOREIGN, /* what is pinned there is not ours or was taken apart */
	SEKISHO_COMMIT_NO_GUARD, /* the policy requires the module, which is not there */
	SEKISHO_COMMIT_SEALED, /* the module is sealed */
	SEKISHO_COMMIT_GUARD, /* the module refused; @detail is its word, perhaps "" */
	SEKISHO_COMMIT_SYSTEM, /* errno in @error */
};

enum sekisho_commit_note_kind {
	SEKISHO_NOTE_GENERIC, /* @subject only runs the slower generic mode */
	SEKISHO_NOTE_FEATURE, /* switched off @detail on @subject */
	SEKISHO_NOTE_ABSENT, /* @subject is not there; its segment is cut off */
	SEKISHO_NOTE_REOPEN, /* the connection table was resized: connections open anew */
	SEKISHO_NOTE_FORWARD, /* what comes in by @subject is forwarded by the kernel all the same */
	SEKISHO_NOTE_GUARD, /* the module could not be told that all is done: @detail */
};

struct sekisho_commit_note {
	enum sekisho_commit_note_kind kind;
	char subject[IF_NAMESIZE];
	char detail[64];
};

#define SEKISHO_COMMIT_NOTES 64

struct sekisho_commit_report {
	enum sekisho_commit_fault fault;
	int error;
	char subject[IF_NAMESIZE];
	char detail[4096];
	struct sekisho_tables_problem problem;
	struct sekisho_commit_note notes[SEKISHO_COMMIT_NOTES];
	size_t note_count;
	bool new_object; /* the programs were loaded anew */
	bool guarded; /* in force in the module, too */
	bool patched; /* few flows differed, and nothing but their rows was made */
	uint64_t
		fill_ns; /* where patched: finding what differs and changing a copy of the tables */
	uint64_t patch_ns; /* of it the changing */
	uint64_t guard_ns; /* staging and committing it in the module */
	uint64_t swap_ns;
};

/**
 * sekisho_commit - put a policy in force
 * @request: what
 * @report: filled in
 *
 * The caller holds the installation's lock. On failure what was in force still is.
 * Return: 0, or -errno with report->fault set.
 */
int sekisho_commit(const struct sekisho_commit_request *request,
		   struct sekisho_commit_report *report);

/* Confirm a commit that waits in the maps. 0, -ENOENT where none waits, -ETIME where it fell back just now. */
int sekisho_commit_confirm(struct sekisho_engine *engine);

/**
 * sekisho_commit_detach - take the programs off every port and remove all pins
 * @directory: where they are pinned
 *
 * Return: 0, -ENOENT where nothing is pinned, or -errno.
 */
int sekisho_commit_detach(const char *directory);

/**
 * sekisho_commit_repair - give ports that lost their programs them back
 * @engine: the engine
 * @directory: where it is pinned
 * @report: notes and faults
 *
 * Return: how many were attached, or -errno.
 */
int sekisho_commit_repair(struct sekisho_engine *engine, const char *directory,
			  struct sekisho_commit_report *report);

#endif
