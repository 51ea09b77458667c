/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Follows the newest file of this host's audit log. Knows lines; nothing of what they say.
 */
#ifndef SEKISHO_COMMAND_MONITOR_TAIL_H
#define SEKISHO_COMMAND_MONITOR_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/record.h"

struct sekisho_monitor_tail {
	int directory; /* -1: not open */
	int file; /* -1: not open */
	uint64_t first; /* of the open file's first record */
	size_t held; /* bytes of an unfinished line */
	char line[SEKISHO_RECORD_LINE_BYTES + 1];
};

/**
 * sekisho_monitor_tail_open - begin at the end of the log
 * @tail: filled in; to be closed in any case
 * @state: the state directory
 *
 * Return: 0 or -errno.
 */
int sekisho_monitor_tail_open(struct sekisho_monitor_tail *tail, const char *state);
void sekisho_monitor_tail_close(struct sekisho_monitor_tail *tail);

/**
 * sekisho_monitor_tail_read - hand over the lines that came
 * @tail: open
 * @take: gets a line without its LF; returns false to stop
 * @context: handed to @take
 *
 * Return: 0, or -errno.
 */
int sekisho_monitor_tail_read(struct sekisho_monitor_tail *tail,
			      bool (*take)(void *context, const char *line), void *context);

#endif
