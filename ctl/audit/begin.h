/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From which file of a log on to read for what was recorded since some moment. Knows nothing of
 * what records say.
 */
#ifndef SEKISHO_AUDIT_BEGIN_H
#define SEKISHO_AUDIT_BEGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "reader.h"

/**
 * sekisho_begin_find - the last file whose first record is from before the moment
 * @directory: of the log
 * @before: whether a record is; @context is its own
 * @file: gets the number of the file's first record; that of the log's first file where none is
 *
 * Only the first line of each file is looked at, the newest file's first: where the clock was set,
 * an earlier file may have records of the moment too.
 * Return: 0 or why the log cannot be read.
 */
int sekisho_begin_find(int directory,
		       bool (*before)(const struct sekisho_entry *entry, const void *context),
		       const void *context, uint64_t *file);

/* Likewise, by when records were made; @wall_ns since 1970 UTC. */
int sekisho_begin_since(int directory, int64_t wall_ns, uint64_t *file);

#endif
