/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Audit records as messages of syslog (RFC 5424): one message a record, with the line itself as its
 * text. Pure. Knows nothing of connections.
 */
#ifndef SEKISHO_AUDIT_SYSLOG_H
#define SEKISHO_AUDIT_SYSLOG_H

#include <stddef.h>
#include <stdint.h>

#include "follow.h"
#include "reader.h"

/* No message is longer. */
#define SEKISHO_SYSLOG_BYTES 32768
/* What every receiver takes (RFC 5424, 6.1), and what can be sent at all. */
#define SEKISHO_SYSLOG_LEAST 480
/* The enterprise number that is for examples (RFC 5612). */
#define SEKISHO_SYSLOG_ENTERPRISE 32473

struct sekisho_syslog_options {
	const char *host; /* where a record does not name one */
	uint32_t enterprise; /* of the structured data's name */
	size_t most; /* bytes of a message, from SEKISHO_SYSLOG_LEAST; 0: whatever it takes */
};

/**
 * sekisho_syslog_record - the message of a record, or of a line that is none
 * @message: SEKISHO_SYSLOG_BYTES; gets it, with a NUL behind it
 * @entry: from a reader
 *
 * What is cut to @options->most says so in `cut`: how many bytes the line has.
 * Return: its length.
 */
size_t sekisho_syslog_record(char *message, const struct sekisho_entry *entry,
			     const struct sekisho_syslog_options *options);

/**
 * sekisho_syslog_note - the message of a checkpoint
 * @note: any text
 */
size_t sekisho_syslog_note(char *message, const char *note, size_t length,
			   const struct sekisho_syslog_options *options);

/**
 * sekisho_syslog_trouble - the message before a record that is not the one expected
 * @followed: with its trouble
 */
size_t sekisho_syslog_trouble(char *message, const struct sekisho_followed *followed,
			      const struct sekisho_syslog_options *options);

#endif
