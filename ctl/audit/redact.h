/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes out of a record what points to hosts and persons: addresses, MAC addresses, host names,
 * boot ids and persons become pseudonyms, free texts are dropped, and so is every key that this
 * build does not know. The same value gives the same pseudonym under one key, wherever it stands;
 * nothing of an address's prefix is kept. Knows nothing of formats.
 */
#ifndef SEKISHO_AUDIT_REDACT_H
#define SEKISHO_AUDIT_REDACT_H

#include <stddef.h>
#include <stdint.h>

#include "fields.h"
#include "types.h"

#define SEKISHO_REDACT_KEY_LEAST 32
#define SEKISHO_REDACT_KEY_MOST	 4096
#define SEKISHO_PSEUDONYM_BYTES	 28 /* kind-0123456789abcdef and a NUL */

enum sekisho_pseudonym {
	SEKISHO_PSEUDONYM_ADDRESS,
	SEKISHO_PSEUDONYM_MAC,
	SEKISHO_PSEUDONYM_HOST,
	SEKISHO_PSEUDONYM_BOOT,
	SEKISHO_PSEUDONYM_PERSON,
	SEKISHO_PSEUDONYM_TICKET,
	SEKISHO_PSEUDONYM_OTHER,
	SEKISHO_PSEUDONYM_KEY, /* of the key itself: tells which exports match */
};

struct sekisho_redactor;

/**
 * sekisho_redactor_new - get ready
 * @redactor: gets it, to be freed with sekisho_redactor_free(), which wipes the key
 * @key: of @length bytes, SEKISHO_REDACT_KEY_LEAST to SEKISHO_REDACT_KEY_MOST; NULL: a fresh one
 * Return: 0, -EINVAL (length), -ENOMEM or -EIO (no random numbers, or the library failed).
 */
int sekisho_redactor_new(struct sekisho_redactor **redactor, const void *key, size_t length);
void sekisho_redactor_free(struct sekisho_redactor *redactor);

/**
 * sekisho_redact_name - the pseudonym of a value
 * @text: UTF-8; addresses of any spelling have one pseudonym
 * @pseudonym: gets SEKISHO_PSEUDONYM_BYTES
 *
 * Where the library fails, it is `kind-` and no more: nothing is shown.
 */
void sekisho_redact_name(const struct sekisho_redactor *redactor, enum sekisho_pseudonym kind,
			 const char *text, char *pseudonym);

/**
 * sekisho_redact_line - a record without what is to be hidden
 * @fields: of its line
 * @type: enum sekisho_record_type, or negative where this build has none: then only the keys of
 *	every record are kept
 * @digest: of its line with the LF, hexadecimal; becomes the last key, `sha256`; `prev` goes
 * @line: gets a line of JSON with a LF and a NUL; valid until the next call
 * @length: without the NUL
 * Return: 0 or -ENOMEM.
 */
int sekisho_redact_line(struct sekisho_redactor *redactor, const struct sekisho_fields *fields,
			int type, const char *digest, const char **line, size_t *length);

/* What becomes of a key, in one English word, for the documentation and its test. */
const char *sekisho_redact_rule(const char *key);

#endif
