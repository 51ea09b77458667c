/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Follows a log as it is written, over its files, from a position that an earlier run left; and
 * says where the log is no longer the one that was read before. Knows nothing of peers, or of what
 * records say.
 */
#ifndef SEKISHO_AUDIT_FOLLOW_H
#define SEKISHO_AUDIT_FOLLOW_H

#include <stddef.h>
#include <stdint.h>

#include "position.h"
#include "reader.h"

enum sekisho_follow_trouble {
	SEKISHO_FOLLOW_FINE,
	SEKISHO_FOLLOW_GAP, /* records before this one are no longer there */
	SEKISHO_FOLLOW_ROLLBACK, /* a later record than this one had been read before */
	SEKISHO_FOLLOW_CHAIN, /* the record before this one is not the one that had been read */
};

/* Borrowed until the next call, as @entry is. */
struct sekisho_followed {
	struct sekisho_entry entry;
	enum sekisho_follow_trouble trouble;
	uint64_t expected; /* the number of the record that should be here */
};

struct sekisho_follow;

/**
 * sekisho_follow_open - begin behind a position
 * @follow: gets it, to be closed with sekisho_follow_close(); NULL after an error
 * @directory: of one origin; stays open and the caller's, and is needed until it is closed
 * @from: copied; where only its @seq is set, records before that one are passed over
 *
 * Return: 0, -ENOMEM, or why the log cannot be read.
 */
int sekisho_follow_open(struct sekisho_follow **follow, int directory,
			const struct sekisho_position *from);
void sekisho_follow_close(struct sekisho_follow *follow);

/**
 * sekisho_follow_next - the next record
 * @followed: filled where there is one
 *
 * Return: 1; 0 where there is none yet; or why the log cannot be read.
 */
int sekisho_follow_next(struct sekisho_follow *follow, struct sekisho_followed *followed);

/**
 * sekisho_follow_note - the log's checkpoint, where it is another one than was told last
 * @note: gets it, with a NUL behind it, borrowed until the next call
 * @length: of it
 *
 * What is longer than SEKISHO_NOTE_BYTES is no checkpoint.
 * Return: 1; 0 where there is none, or no other; or why it cannot be read.
 */
int sekisho_follow_note(struct sekisho_follow *follow, const char **note, size_t *length);

/**
 * sekisho_follow_position - behind what was read last
 * Return: borrowed.
 */
const struct sekisho_position *sekisho_follow_position(const struct sekisho_follow *follow);

/**
 * sekisho_follow_fd - becomes readable when something changes in the log's directory
 * Return: the follower's; or -1: look again now and then. sekisho_follow_seen() empties it.
 */
int sekisho_follow_fd(const struct sekisho_follow *follow);
void sekisho_follow_seen(struct sekisho_follow *follow);

#endif
