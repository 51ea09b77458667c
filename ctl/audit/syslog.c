// SPDX-License-Identifier: GPL-2.0-only
/*
 * Audit records as messages of syslog (RFC 5424). Knows nothing of connections.
 */
#include "syslog.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "stamp.h"
#include "types.h"
#include "utf8.h"
#include "verify.h"

#define FACILITY_LOCAL0 16
#define VALUE_BYTES	256 /* of a parameter, with its NUL, before escapes */
#define HOST_BYTES	256
#define TYPE_BYTES	33 /* of MSGID, with its NUL */
#define MARK		"\xef\xbb\xbf" /* of UTF-8 */
#define MARK_BYTES	3

enum severity {
	ALERT = 1,
	CRITICAL,
	ERROR,
	WARNING,
	NOTICE,
	INFORMATION
};

/* How grave a record is, by its type. The one place where that is said. */
static const unsigned char severities[SEKISHO_RECORD_TYPES] = {
	[SEKISHO_RECORD_POLICY_APPLY] = NOTICE,
	[SEKISHO_RECORD_POLICY_REJECT] = WARNING,
	[SEKISHO_RECORD_POLICY_CONFIRM] = NOTICE,
	[SEKISHO_RECORD_POLICY_ROLLBACK] = WARNING,
	[SEKISHO_RECORD_POLICY_PROPOSE] = NOTICE,
	[SEKISHO_RECORD_POLICY_APPROVE] = NOTICE,
	[SEKISHO_RECORD_ISOLATE] = NOTICE,
	[SEKISHO_RECORD_RELEASE] = NOTICE,
	[SEKISHO_RECORD_SUSPEND] = NOTICE,
	[SEKISHO_RECORD_RESTORE] = NOTICE,
	[SEKISHO_RECORD_PERMIT] = INFORMATION,
	[SEKISHO_RECORD_DENY] = WARNING,
	[SEKISHO_RECORD_FLOW_END] = INFORMATION,
	[SEKISHO_RECORD_COUNTERS] = INFORMATION,
	[SEKISHO_RECORD_EXPIRY_NOTICE] = NOTICE,
	[SEKISHO_RECORD_EXPIRY_EXPIRED] = WARNING,
	[SEKISHO_RECORD_GUARD_ATTACH] = NOTICE,
	[SEKISHO_RECORD_GUARD_DETACH] = WARNING,
	[SEKISHO_RECORD_GUARD_MISMATCH] = CRITICAL,
	[SEKISHO_RECORD_LINK] = WARNING,
	[SEKISHO_RECORD_CLOCK] = WARNING,
	[SEKISHO_RECORD_LOSS] = ERROR,
	[SEKISHO_RECORD_RETENTION] = NOTICE,
	[SEKISHO_RECORD_START] = NOTICE,
	[SEKISHO_RECORD_STOP] = NOTICE,
};

/* What of a record is structured data, where it has it: that by which receivers sort. */
static const char *const parameters[] = {
	"generation", "reason", "cause",     "flow",	  "from",	    "to",
	"breach",     "src",	"dst",	     "initiator", "responder",	    "proto",
	"sport",      "dport",	"icmp",	     "smac",	  "initiator_port", "responder_port",
	"interface",  "state",	"segment",   "target",	  "actor",	    "second",
	"ticket",     "count",	"authority",
};

#define PARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

/* Written into a message as far as there is room. */
struct text {
	char *bytes;
	size_t used, size;
};

static void put(struct text *text, const char *bytes, size_t length)
{
	if (length > text->size - text->used)
		length = text->size - text->used;
	memcpy(text->bytes + text->used, bytes, length);
	text->used += length;
}

__attribute__((format(printf, 2, 3))) static void print(struct text *text, const char *format, ...)
{
	char piece[512];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	if (length > 0)
		put(text, piece, (size_t)length < sizeof(piece) ? (size_t)length : 0);
}

/* PRINTUSASCII; nothing becomes the nil value. */
static void put_word(struct text *text, const char *word)
{
	if (!*word)
		put(text, "-", 1);
	for (; *word; word++)
		put(text, *word > ' ' && *word < 0x7f ? word : "?", 1);
}

/* A parameter, what has to be escaped escaped; no control characters. */
static void put_parameter(struct text *text, const char *name, const char *value)
{
	print(text, " %s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\' || *value == ']')
			put(text, "\\", 1);
		put(text, (unsigned char)*value < ' ' || *value == 0x7f ? "?" : value, 1);
	}
	put(text, "\"", 1);
}

/* HEADER but for its end, which is MSGID. */
static void put_header(struct text *text, unsigned int severity, const char *time, size_t length,
		       const char *host)
{
	print(text, "<%u>1 ", FACILITY_LOCAL0 * 8 + severity);
	put(text, time, length);
	put(text, " ", 1);
	put_word(text, host);
	put(text, " sekisho - ", 11);
}

static void put_name(struct text *text, const struct sekisho_syslog_options *options)
{
	print(text, " [sekisho@%" PRIu32, options->enterprise);
}

/* @bytes of UTF-8 that end at a character, at most @most. */
static size_t whole_characters(const char *bytes, size_t most)
{
	while (most && ((unsigned char)bytes[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static unsigned int severity_of(const char *type)
{
	int number = sekisho_type_find(type);

	return number < 0 ? NOTICE : severities[number];
}

/* Up to the parameters of the record's own; @type is its MSGID. */
static void put_start(struct text *text, const struct sekisho_entry *entry,
		      const struct sekisho_fields *fields,
		      const struct sekisho_syslog_options *options)
{
	const struct sekisho_line *line = &entry->line;
	char host[HOST_BYTES], type[TYPE_BYTES];

	if (!sekisho_fields_text(fields, "host", host, sizeof(host)))
		snprintf(host, sizeof(host), "%s", options->host);
	sekisho_fields_text(fields, "type", type, sizeof(type));
	put_header(text, severity_of(type), line->time, SEKISHO_STAMP_BYTES - 1, host);
	put_word(text, type);
	put_name(text, options);
	print(text, " seq=\"%" PRIu64 "\"", line->seq);
}

static void put_parameters(struct text *text, const struct sekisho_fields *fields)
{
	for (size_t i = 0; i < PARAMETERS; i++) {
		const struct sekisho_value *value = sekisho_fields_find(fields, parameters[i]);
		char plain[VALUE_BYTES];

		if (!value ||
		    (value->kind != SEKISHO_VALUE_TEXT && value->kind != SEKISHO_VALUE_NUMBER))
			continue;
		sekisho_value_text(value, plain, sizeof(plain));
		put_parameter(text, parameters[i], plain);
	}
}

/* RFC 5424, 7.1: the time is in a known zone; whether it is right is the record's word. */
static void put_quality(struct text *text, const struct sekisho_fields *fields)
{
	bool synchronised = sekisho_value_is(sekisho_fields_find(fields, "clock"), "synchronised");

	print(text, "][timeQuality tzKnown=\"1\" isSynced=\"%d\"]", synchronised);
}

/* The end: the text behind the mark that it is UTF-8, cut at a character where it must be. */
static size_t put_text(struct text *text, const char *bytes, size_t length, size_t most)
{
	put(text, " " MARK, 1 + MARK_BYTES);
	if (most && length > most - text->used)
		length = whole_characters(bytes, most - text->used);
	put(text, bytes, length);
	text->bytes[text->used] = 0;
	return text->used;
}

static bool fits(const struct text *text, size_t length, size_t most)
{
	return !most || text->used + 1 + MARK_BYTES + length <= most;
}

static size_t put_record(char *message, const struct sekisho_entry *entry,
			 const struct sekisho_syslog_options *options)
{
	struct text text = { message, 0, SEKISHO_SYSLOG_BYTES - 1 };
	size_t length = entry->length - 1; /* the line's end is not part of the text */
	struct sekisho_fields fields;
	size_t start;

	sekisho_fields_read(&fields, entry->text);
	put_start(&text, entry, &fields, options);
	start = text.used;
	put_parameters(&text, &fields);
	put_quality(&text, &fields);
	if (fits(&text, length, options->most))
		return put_text(&text, entry->text, length, 0);
	/* What the text must lose says the structured data, even where that itself gives way. */
	text.used = start;
	print(&text, " cut=\"%zu\"", length);
	put_parameters(&text, &fields);
	put_quality(&text, &fields);
	if (!fits(&text, 0, options->most)) {
		text.used = start;
		print(&text, " cut=\"%zu\"", length);
		put_quality(&text, &fields);
	}
	return put_text(&text, entry->text, length, options->most);
}

static size_t put_defect(char *message, const struct sekisho_entry *entry,
			 const struct sekisho_syslog_options *options)
{
	struct text text = { message, 0, SEKISHO_SYSLOG_BYTES - 1 };

	put_header(&text, ERROR, "-", 1, options->host);
	put(&text, "defect", 6);
	put_name(&text, options);
	print(&text, " file=\"%" PRIu64 "\" offset=\"%" PRIu64 "\" bytes=\"%zu\" defect=\"%s\"] ",
	      entry->file, entry->offset, entry->length, sekisho_defect_name(entry->defect));
	/* Not marked as UTF-8, which it need not be: of the bytes only those that are plain. */
	for (size_t i = 0; i < entry->length; i++) {
		char byte = entry->text[i];

		if (options->most && text.used == options->most)
			break;
		put(&text, byte >= ' ' && byte < 0x7f ? &byte : "?", 1);
	}
	message[text.used] = 0;
	return text.used;
}

size_t sekisho_syslog_record(char *message, const struct sekisho_entry *entry,
			     const struct sekisho_syslog_options *options)
{
	return entry->defect ? put_defect(message, entry, options)
			     : put_record(message, entry, options);
}

size_t sekisho_syslog_note(char *message, const char *note, size_t length,
			   const struct sekisho_syslog_options *options)
{
	struct text text = { message, 0, SEKISHO_SYSLOG_BYTES - 1 };

	put_header(&text, NOTICE, "-", 1, options->host);
	put(&text, "checkpoint", 10);
	put_name(&text, options);
	if (!fits(&text, length + 2, options->most))
		print(&text, " cut=\"%zu\"", length);
	put(&text, "]", 1);
	return put_text(&text, note, length, options->most);
}

size_t sekisho_syslog_trouble(char *message, const struct sekisho_followed *followed,
			      const struct sekisho_syslog_options *options)
{
	static const struct {
		const char *name, *says;
	} troubles[] = {
		[SEKISHO_FOLLOW_FINE] = { "fine", "" },
		[SEKISHO_FOLLOW_GAP] = { "gap", "records before this one are gone" },
		[SEKISHO_FOLLOW_ROLLBACK] = { "rollback",
					      "the log goes back behind what was sent before" },
		[SEKISHO_FOLLOW_CHAIN] = { "chain",
					   "the record before this one is not the one sent" },
	};
	struct text text = { message, 0, SEKISHO_SYSLOG_BYTES - 1 };
	const char *says = troubles[followed->trouble].says;

	put_header(&text, ALERT, followed->entry.line.time, SEKISHO_STAMP_BYTES - 1, options->host);
	put_word(&text, troubles[followed->trouble].name);
	put_name(&text, options);
	print(&text, " expected=\"%" PRIu64 "\" found=\"%" PRIu64 "\"]", followed->expected,
	      followed->entry.line.seq);
	return put_text(&text, says, strlen(says), options->most);
}
