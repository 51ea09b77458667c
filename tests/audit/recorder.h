/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes down what this program does to files, by linking with --wrap for the calls below, and makes
 * some of them fail. Knows nothing of audit logs.
 */
#ifndef SEKISHO_TESTS_AUDIT_RECORDER_H
#define SEKISHO_TESTS_AUDIT_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#include "disk.h"

struct recording {
	struct disk_step *steps;
	size_t count;
};

/**
 * recorder_start - write down from now on
 * @recording: gets the steps; freed with recorder_free()
 * @one_in: one in so many writes and flushes fails; 0: none
 */
void recorder_start(struct recording *recording, unsigned int one_in);
void recorder_stop(void);
void recorder_free(struct recording *recording);

/**
 * recorder_mark - a step of kind DISK_MARK
 */
void recorder_mark(uint64_t offset);

/**
 * recorder_kill - after @calls more calls that change files, all fail and change nothing
 * recorder_revive - calls work again
 *
 * So a writer that is closed in between leaves what it would leave if it were killed.
 */
void recorder_kill(unsigned int calls);
void recorder_revive(void);

#endif
