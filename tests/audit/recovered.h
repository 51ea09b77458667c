/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must hold for an audit log whose writer or machine was stopped, once another writer opened
 * it. Knows nothing of how it was stopped.
 */
#ifndef SEKISHO_TESTS_AUDIT_RECOVERED_H
#define SEKISHO_TESTS_AUDIT_RECOVERED_H

#include <stdbool.h>
#include <stdint.h>

/**
 * recovered_reopen - open the log as a writer does, append a record, commit and close
 * @parent: the directory above the log's
 * @file_records: as before the crash
 * @sync: also to disk
 * Return: 0 or what the writer returned.
 */
int recovered_reopen(const char *parent, const char *origin, uint64_t file_records, bool sync);

/**
 * recovered_is_good - the log verifies, has its acknowledged records, and tells of what was torn
 * @directory: of the log; open
 * @acknowledged: so many records must be there
 * @torn: gets the number of torn files
 *
 * Each torn file must be told by the `loss` record that its name announces.
 * Return: whether it is so; says on standard output what is not.
 */
bool recovered_is_good(int directory, uint64_t acknowledged, unsigned int *torn);

#endif
