/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signed checkpoints as text: C2SP signed notes (c2sp.org/signed-note) of C2SP checkpoints
 * (c2sp.org/tlog-checkpoint), and the text of the key that verifies them. Made here and read here,
 * strictly. Knows nothing of files and of private keys.
 *
 *	ORIGIN LF SIZE LF base64(ROOT) LF LF
 *	U+2014 SPACE NAME SPACE base64(ID, 4 bytes, SIGNATURE, 64 bytes) LF
 *
 * Signed are the first three lines. Signatures of others (witnesses) may follow; they are carried
 * along and not looked at.
 */
#ifndef SEKISHO_AUDIT_NOTE_H
#define SEKISHO_AUDIT_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"

#define SEKISHO_ORIGIN_BYTES	  129 /* with a NUL */
#define SEKISHO_NOTE_BYTES	  16384 /* the largest that is read */
#define SEKISHO_NOTE_SIGNATURES	  16 /* at most */
#define SEKISHO_KEY_ID_BYTES	  4
#define SEKISHO_PUBLIC_KEY_BYTES  32
#define SEKISHO_SIGNATURE_BYTES	  64
#define SEKISHO_VKEY_BYTES	  192 /* of its text, with a NUL */
#define SEKISHO_DIGEST_BASE64	  44 /* characters of a digest in base64 */
#define SEKISHO_BASE64_BYTES(raw) (((raw) + 2) / 3 * 4 + 1) /* with a NUL */

/* Which tree it is. */
struct sekisho_checkpoint {
	char origin[SEKISHO_ORIGIN_BYTES];
	uint64_t size;
	uint8_t root[SEKISHO_DIGEST_BYTES];
};

/* The key that verifies. */
struct sekisho_vkey {
	char name[SEKISHO_ORIGIN_BYTES];
	uint8_t id[SEKISHO_KEY_ID_BYTES];
	uint8_t public_key[SEKISHO_PUBLIC_KEY_BYTES];
};

struct sekisho_note {
	struct sekisho_checkpoint checkpoint;
	const char *text; /* of the note that was read: borrowed */
	size_t length; /* of it all */
	size_t signed_length; /* of its beginning that is signed */
};

/**
 * sekisho_note_make - a note with one signature
 * @checkpoint: what was signed
 * @vkey: of the key that signed
 * @signature: of what sekisho_note_body() gives
 * @text: gets it, with a NUL
 * Return: its length.
 */
size_t sekisho_note_make(const struct sekisho_checkpoint *checkpoint,
			 const struct sekisho_vkey *vkey,
			 const uint8_t signature[SEKISHO_SIGNATURE_BYTES],
			 char text[SEKISHO_NOTE_BYTES]);

/**
 * sekisho_note_body - the part that is signed
 * @text: gets it, with a NUL
 * Return: its length.
 */
size_t sekisho_note_body(const struct sekisho_checkpoint *checkpoint,
			 char text[SEKISHO_NOTE_BYTES]);

/**
 * sekisho_note_parse - read a note; whether it is signed is not looked at
 * @text: any bytes; borrowed by @note
 * Return: 0 or -EINVAL.
 */
int sekisho_note_parse(struct sekisho_note *note, const char *text, size_t length);

/**
 * sekisho_note_verify - whether a key signed it, and the log is the key's
 * Return: 0; -ENOKEY (it has no signature of this key, or is of another origin); -EBADMSG (it has
 * one, and it is not good); -EIO (the library failed).
 */
int sekisho_note_verify(const struct sekisho_note *note, const struct sekisho_vkey *vkey);

/**
 * sekisho_vkey_make - the key of a name
 * @vkey: filled in, with its id
 * @name: neither empty, nor longer than it holds, nor with spaces or `+`
 * Return: 0 or -EINVAL.
 */
int sekisho_vkey_make(struct sekisho_vkey *vkey, const char *name,
		      const uint8_t public_key[SEKISHO_PUBLIC_KEY_BYTES]);

/**
 * sekisho_vkey_text - NAME+ID+base64(1, KEY), without LF
 */
void sekisho_vkey_text(const struct sekisho_vkey *vkey, char text[SEKISHO_VKEY_BYTES]);

/**
 * sekisho_vkey_parse - the reverse of sekisho_vkey_text()
 * @text: white space at its end is not looked at
 * Return: 0 or -EINVAL.
 */
int sekisho_vkey_parse(struct sekisho_vkey *vkey, const char *text);

/**
 * sekisho_base64 - bytes as text
 * @text: gets SEKISHO_BASE64_BYTES(length), with a NUL
 */
void sekisho_base64(const void *bytes, size_t length, char *text);

/**
 * sekisho_base64_parse - the reverse, of exactly what sekisho_base64() makes
 * @text: @length characters
 * @bytes: gets at most @most
 * Return: how many bytes, or -EINVAL.
 */
int sekisho_base64_parse(const char *text, size_t length, void *bytes, size_t most);

/**
 * sekisho_note_number - read a number as checkpoints and proofs write it
 * @text: @length characters
 * Return: 0, or -EINVAL for anything but digits without leading zeros, below 2^63.
 */
int sekisho_note_number(const char *text, size_t length, uint64_t *number);

#endif
