/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Ed25519 key that signs a log's checkpoints, and its file: KEYS/ORIGIN.key, PKCS#8 in PEM,
 * readable by its owner only. Who has the key open is the only one to sign: it is locked. Knows
 * nothing of what is signed.
 */
#ifndef SEKISHO_AUDIT_KEY_H
#define SEKISHO_AUDIT_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "note.h"

struct sekisho_key;

/**
 * sekisho_key_open - open a log's key, or make it
 * @key: gets it, to be closed with sekisho_key_close(); NULL after an error
 * @keys: the directory of keys; made, readable by its owner only, if its parent is there
 * @origin: the log's; safe as a file name
 * @may_make: whether a key that is not there is made
 *
 * A new key is on disk before it is used.
 * Return: 0; -ENOENT (there is none, and none may be made); -EBUSY (another process has it open);
 * -EPERM (others than its owner may read it); -EINVAL (the file is no such key, or the origin no
 * name); -EIO (the library failed); or why the file cannot be read or made.
 */
int sekisho_key_open(struct sekisho_key **key, const char *keys, const char *origin, bool may_make);
void sekisho_key_close(struct sekisho_key *key);

/* What verifies its signatures; the key's. */
const struct sekisho_vkey *sekisho_key_verifier(const struct sekisho_key *key);

/* The directory of keys, open until the key is closed. */
int sekisho_key_directory(const struct sekisho_key *key);

/**
 * sekisho_key_sign - sign @length bytes at @text
 * Return: 0 or -EIO.
 */
int sekisho_key_sign(const struct sekisho_key *key, const void *text, size_t length,
		     uint8_t signature[SEKISHO_SIGNATURE_BYTES]);

#endif
