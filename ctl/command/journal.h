/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit log as commands use it: one record at a time, on disk before the command goes on.
 * Knows nothing of what records say.
 */
#ifndef SEKISHO_COMMAND_JOURNAL_H
#define SEKISHO_COMMAND_JOURNAL_H

#include <stdint.h>

#include "audit/record.h"

struct sekisho_journal;

/**
 * sekisho_journal_open - open the log under a state directory
 * @journal: set to the log, to be closed with sekisho_journal_close(); NULL after an error
 * @state: the state directory
 * @zone: the site's offset, seconds east of UTC
 *
 * Return: 0 or -errno.
 */
int sekisho_journal_open(struct sekisho_journal **journal, const char *state, int32_t zone);

/**
 * sekisho_journal_probe - whether a record could be written now
 * @journal: the log
 *
 * Return: 0 or why not, so that a command can refuse before it changes anything.
 */
int sekisho_journal_probe(struct sekisho_journal *journal);

/* Write a record to disk. 0 or -errno. */
int sekisho_journal_write(struct sekisho_journal *journal, struct sekisho_record *record);

void sekisho_journal_close(struct sekisho_journal *journal);

#endif
