/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One audit record: built key by key in its type's fixed order, then rendered as one line. Knows
 * nothing of files, locks or what the keys mean.
 *
 * A record is begun, given its keys in the order of the type's table, and handed to the log, which
 * adds the keys that every record has. The first mistake (unknown key, wrong order or kind, a key
 * that must be there and is not) is remembered in the record and told by
 * sekisho_record_finish(), so that callers check once:
 *
 *	sekisho_record_begin(&record, SEKISHO_RECORD_LINK, generation, zone);
 *	sekisho_record_text(&record, "interface", name);
 *	sekisho_record_text(&record, "state", "gone");
 *	error = sekisho_log_append(log, &record);
 *
 * Text may be anything: what is not UTF-8 becomes U+FFFD. A text or list that takes too much room
 * is cut at a character and the record says `"cut":true`; numbers are never cut.
 */
#ifndef SEKISHO_AUDIT_RECORD_H
#define SEKISHO_AUDIT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "stamp.h"
#include "types.h"

/* A line, with its LF, is never longer. */
#define SEKISHO_RECORD_LINE_BYTES 8192

/* What the keys of every record may take: those before the type's own, those after. */
#define SEKISHO_RECORD_HEAD_BYTES 512
#define SEKISHO_RECORD_TAIL_BYTES 128
#define SEKISHO_RECORD_BODY_BYTES \
	(SEKISHO_RECORD_LINE_BYTES - SEKISHO_RECORD_HEAD_BYTES - SEKISHO_RECORD_TAIL_BYTES)

/*
 * A text takes no more as JSON, without its quotes; nor what the keys to come need: 64 bytes for a
 * text, this much for an object of integers.
 */
#define SEKISHO_RECORD_TEXT_BYTES    1024
#define SEKISHO_RECORD_NUMBERS_BYTES 3328
#define SEKISHO_RECORD_NAME_BYTES    28 /* of a name in an object of integers */

#define SEKISHO_RECORD_HOST_BYTES 65 /* with its NUL */
#define SEKISHO_RECORD_BOOT_BYTES 37 /* with its NUL */

struct sekisho_record {
	enum sekisho_record_type type;
	uint32_t generation;
	int32_t zone; /* the site's offset, seconds east of UTC */
	int error;
	bool cut;
	unsigned int next; /* the first field of the type that may still come */
	size_t length;
	char body[SEKISHO_RECORD_BODY_BYTES];
};

struct sekisho_record_number {
	const char *name;
	uint64_t value;
};

/* What a line says before the type's own keys. */
struct sekisho_record_head {
	uint64_t seq;
	struct sekisho_stamp stamp;
	int32_t zone; /* seconds east of UTC */
	uint32_t generation;
	enum sekisho_record_type type;
	const char *boot; /* shorter than SEKISHO_RECORD_BOOT_BYTES, nothing to escape */
	const char *host; /* shorter than SEKISHO_RECORD_HOST_BYTES, nothing to escape */
};

/**
 * sekisho_record_begin - begin a record; what @record held is forgotten
 * @record: the caller's; needs no freeing
 * @type: its type
 * @generation: of the policy in force
 * @zone: the site's offset, seconds east of UTC
 */
void sekisho_record_begin(struct sekisho_record *record, enum sekisho_record_type type,
			  uint32_t generation, int32_t zone);

/**
 * sekisho_record_text - add a text; NULL and "" add nothing, which only optional keys allow
 */
void sekisho_record_text(struct sekisho_record *record, const char *key, const char *value);

/**
 * sekisho_record_number - add an integer
 */
void sekisho_record_number(struct sekisho_record *record, const char *key, int64_t value);

/**
 * sekisho_record_count - add an integer; above INT64_MAX is a mistake (-ERANGE), as readers of
 * JSON could not hold it
 */
void sekisho_record_count(struct sekisho_record *record, const char *key, uint64_t value);

/**
 * sekisho_record_time - add a point in time
 * @wall_ns: nanoseconds since 1970 UTC
 */
void sekisho_record_time(struct sekisho_record *record, const char *key, int64_t wall_ns);

/**
 * sekisho_record_texts - add a list of @count texts; none adds nothing
 */
void sekisho_record_texts(struct sekisho_record *record, const char *key, const char *const *values,
			  size_t count);

/**
 * sekisho_record_numbers - add an object of @count integers, possibly empty
 */
void sekisho_record_numbers(struct sekisho_record *record, const char *key,
			    const struct sekisho_record_number *values, size_t count);

/**
 * sekisho_record_finish - check that every key is there that must be
 * Return: 0; -EINVAL (unknown key, order, kind or a missing key), -ERANGE (a number), -EMSGSIZE.
 */
int sekisho_record_finish(struct sekisho_record *record);

/**
 * sekisho_record_render - make the line of a record
 * @line: SEKISHO_RECORD_LINE_BYTES; gets the line with its LF, no NUL
 * @head: its first keys
 * @body: the type's own keys, as a finished record has them
 * @length: bytes of @body, at most SEKISHO_RECORD_BODY_BYTES
 * @cut: whether something was cut
 * @prev: SHA-256 of the line before
 * Return: the line's length.
 */
size_t sekisho_record_render(char *line, const struct sekisho_record_head *head, const char *body,
			     size_t length, bool cut, const uint8_t prev[SEKISHO_DIGEST_BYTES]);

#endif
