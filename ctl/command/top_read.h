/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `top` looks at: the running filter, whichever it is by now, the guard, the interfaces.
 * Changes nothing. Knows nothing of rates or of how anything is shown.
 */
#ifndef SEKISHO_COMMAND_TOP_READ_H
#define SEKISHO_COMMAND_TOP_READ_H

#include "command/context.h"
#include "command/top_model.h"
#include "ui/format.h"

enum sekisho_top_guard {
	SEKISHO_TOP_GUARD_ABSENT,
	SEKISHO_TOP_GUARD_PRESENT,
	SEKISHO_TOP_GUARD_DIFFERS, /* from the maps */
	SEKISHO_TOP_GUARD_UNKNOWN, /* it does not answer */
};

/**
 * struct sekisho_top_facts - what is in force and how it does
 * @generation: 0: nothing is in force
 * @confirm_seconds: until an unconfirmed commit falls back; 0: none waits
 * @recorded: a collector writes the log
 * @log_failed: the log cannot be written, and new connections are denied for it
 * @ports: of the policy whose interfaces are there
 * @guarded: of them, those with a program on both ways
 * @isolated: segments, by name; not those of @isolated_all
 */
struct sekisho_top_facts {
	uint32_t generation;
	char digest[SEKISHO_DIGEST_TEXT];
	uint32_t confirm_seconds;
	enum sekisho_top_guard guard;
	bool sealed;
	bool recorded;
	bool log_failed;
	uint64_t lost_events;
	size_t ports;
	size_t guarded;
	bool isolated_all;
	char isolated[SEKISHO_SEGMENTS_MAX + 1][SEKISHO_NAME_BYTES];
	size_t isolated_count;
	uint32_t suspended;
	int32_t zone; /* seconds east of UTC */
};

struct sekisho_top_reader;

/**
 * sekisho_top_reader_new - begin
 * @context: the command's; borrowed
 *
 * Return: it, to be freed with sekisho_top_reader_free(); NULL without memory.
 */
struct sekisho_top_reader *sekisho_top_reader_new(struct sekisho_context *context);
void sekisho_top_reader_free(struct sekisho_top_reader *reader);

/* Read the policy in force now, which the first look would do: a large one takes its time. */
void sekisho_top_reader_prepare(struct sekisho_top_reader *reader);

/**
 * sekisho_top_reader_look - look at everything
 * @reader: the reader
 * @look: filled in; borrowed until the look after the next one is begun
 *
 * Where nothing is in force there is nothing to see: that is no error.
 * Return: 0 or -errno.
 */
int sekisho_top_reader_look(struct sekisho_top_reader *reader, struct sekisho_top_look *look);

/* As of the last look. */
const struct sekisho_top_facts *sekisho_top_reader_facts(const struct sekisho_top_reader *reader);

#endif
