/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's side refused, in sentences with a remedy. Knows faults; nothing of how they
 * came about.
 */
#ifndef SEKISHO_COMMAND_FAULTS_H
#define SEKISHO_COMMAND_FAULTS_H

#include <jansson.h>
#include <stdint.h>

#include "kernel/commit.h"

/**
 * sekisho_faults_engine - say why the running filter could not be opened
 * @error: of sekisho_engine_open()
 * @directory: where it should be pinned
 */
void sekisho_faults_engine(int error, const char *directory);

/**
 * sekisho_faults_commit - say why a policy was not put in force
 * @report: of the commit
 * @policy: which policy
 * @directory: where it is pinned
 * @waiting: the generation that waits to be confirmed, if that is the fault
 */
void sekisho_faults_commit(const struct sekisho_commit_report *report,
			   const struct sekisho_policy *policy, const char *directory,
			   uint32_t waiting);

/* Say that the border is sealed, and what would help. */
void sekisho_faults_sealed(void);

/* What would help where the kernel guard refused something. */
void sekisho_faults_guard_hint(int error);

/* Where @error is a lack of rights: say which this process lacks. */
void sekisho_faults_hint(int error);

/* A fault's name, for machines and records. */
const char *sekisho_faults_name(enum sekisho_commit_fault fault);

/* Say what a commit noted. */
void sekisho_faults_notes(const struct sekisho_commit_report *report);

/* The same as a JSON array. */
json_t *sekisho_faults_notes_json(const struct sekisho_commit_report *report);

#endif
