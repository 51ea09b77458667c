/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a reading of a policy tells: errors and warnings, each with its place, a code for machines
 * and words for people; and, while it reads, how far it is. Knows nothing of YAML or of the policy.
 *
 * Ownership: a list copies every text it is given; codes and requirements are literals.
 */
#ifndef SEKISHO_POLICY_DIAGNOSTICS_H
#define SEKISHO_POLICY_DIAGNOSTICS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sekisho_source;

/* Kept in a list; what is found beyond is only counted. */
#define SEKISHO_DIAGNOSTICS_MAX 10000

/* Printed as text; JSON has all that are kept. */
#define SEKISHO_DIAGNOSTICS_SHOWN 100

enum sekisho_severity {
	SEKISHO_ERROR,
	SEKISHO_WARNING
};

struct sekisho_diagnostic {
	enum sekisho_severity severity;
	char *file;
	unsigned int line; /* 1 is the first; 0: the file as a whole */
	unsigned int column; /* in characters; 1 is the first */
	const char *code;
	const char *requirement; /* "R2", or NULL */
	char *message;
	char *hint; /* or NULL */
	char *text; /* the line, or the part of it around the place; or NULL */
	size_t caret; /* characters of @text before the place */
	size_t order; /* of finding */
};

/* What a reading is at. */
enum sekisho_policy_step {
	SEKISHO_POLICY_TEXT, /* the text, in bytes */
	SEKISHO_POLICY_FLOWS, /* what flows say, and whether they may */
	SEKISHO_POLICY_STEPS
};

/* After so many events or flows it is told again. */
#define SEKISHO_POLICY_TOLD_EVERY 4096

/* How far a reading is, for those who wait for it. */
struct sekisho_policy_pace {
	void *context;
	void (*tell)(void *context, enum sekisho_policy_step step, uint64_t done, uint64_t all);
};

/* Zeroed: an empty list. */
struct sekisho_diagnostics {
	struct sekisho_diagnostic *items;
	size_t count;
	size_t room;
	size_t errors; /* kept or not */
	size_t warnings; /* kept or not */
	struct sekisho_diagnostic spare; /* stands in for one that could not be kept */
	const struct sekisho_policy_pace *pace; /* borrowed; NULL: nobody wants to know */
};

/**
 * sekisho_diagnostics_pace - tell how far the reading is, where it is time and somebody waits
 * @done: of @all
 */
void sekisho_diagnostics_pace(const struct sekisho_diagnostics *diagnostics,
			      enum sekisho_policy_step step, uint64_t done, uint64_t all);

/**
 * sekisho_diagnostics_add - note something at a place
 * @diagnostics: the list
 * @source: where it was found; its line is copied
 * @severity: error or warning
 * @line: line, or 0 for the file as a whole
 * @column: column in characters
 * @code: stable name for machines, a literal
 * @requirement: "R1".."R22", a literal, or NULL
 * @format: the message; control characters in what it shows are replaced
 *
 * Return: the new entry, until the next is added; never NULL.
 */
struct sekisho_diagnostic *sekisho_diagnostics_add(
	struct sekisho_diagnostics *diagnostics, const struct sekisho_source *source,
	enum sekisho_severity severity, unsigned int line, unsigned int column, const char *code,
	const char *requirement, const char *format, ...) __attribute__((format(printf, 8, 9)));

/* As sekisho_diagnostics_add(), with the arguments of @format in @arguments. */
struct sekisho_diagnostic *
sekisho_diagnostics_addv(struct sekisho_diagnostics *diagnostics,
			 const struct sekisho_source *source, enum sekisho_severity severity,
			 unsigned int line, unsigned int column, const char *code,
			 const char *requirement, const char *format, va_list arguments)
	__attribute__((format(printf, 8, 0)));

/**
 * sekisho_diagnostic_hint - say what would help
 * @diagnostic: the entry
 * @format: the hint
 */
void sekisho_diagnostic_hint(struct sekisho_diagnostic *diagnostic, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * sekisho_diagnostics_sort - by file, position, then order of finding
 * @diagnostics: the list
 */
void sekisho_diagnostics_sort(struct sekisho_diagnostics *diagnostics);

/**
 * sekisho_diagnostics_print - for people: place, message, line, caret, hint
 * @diagnostics: the list
 * @stream: receives the text, UTF-8
 */
void sekisho_diagnostics_print(const struct sekisho_diagnostics *diagnostics, FILE *stream);

/**
 * sekisho_diagnostics_json - for machines: an array of objects
 * @diagnostics: the list
 * @stream: receives the JSON
 *
 * Return: 0, or -ENOMEM.
 */
int sekisho_diagnostics_json(const struct sekisho_diagnostics *diagnostics, FILE *stream);

/**
 * sekisho_diagnostics_free - forget all
 * @diagnostics: the list; empty afterwards
 */
void sekisho_diagnostics_free(struct sekisho_diagnostics *diagnostics);

#endif
