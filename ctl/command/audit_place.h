/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the actions about checkpoints and proofs are given: which log, which key, which checkpoint.
 * Says itself why one cannot be had. Knows nothing of what is done with them.
 */
#ifndef SEKISHO_COMMAND_AUDIT_PLACE_H
#define SEKISHO_COMMAND_AUDIT_PLACE_H

#include "audit/note.h"
#include "command/context.h"

/* Of the directory of keys, under the state directory. */
void sekisho_audit_keys(const struct sekisho_context *context, char path[PATH_MAX]);

/**
 * sekisho_audit_place - open a log's directory
 * @given: the directory, or one with this log or this host's below it; NULL: this host's
 *
 * Return: a descriptor, or -errno after saying why.
 */
int sekisho_audit_place(const struct sekisho_context *context, const char *given);

/**
 * sekisho_audit_key - the key to verify with
 * @given: a file that has its text, or the text; NULL: the one beside the log's records
 * @directory: of the log; of use where none is given; -1: none
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_audit_key(const char *given, int directory, struct sekisho_vkey *key);

/**
 * sekisho_audit_note - read a checkpoint and verify its signature
 * @directory: where @path begins, or AT_FDCWD
 * @key: NULL: the signature is not looked at
 * @text: gets it; borrowed by @note
 *
 * Return: 0, or -errno after saying why.
 */
int sekisho_audit_note(int directory, const char *path, const struct sekisho_vkey *key,
		       struct sekisho_note *note, char text[SEKISHO_NOTE_BYTES + 1]);

#endif
