/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One reading of a policy: what its parts share, and how they take values from the tree. Every
 * taker reports what is wrong and lets its caller carry on, so that all mistakes are told at once.
 * Knows nothing of what the values mean.
 */
#ifndef SEKISHO_POLICY_LOAD_H
#define SEKISHO_POLICY_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/policy.h"
#include "policy/arena.h"
#include "policy/diagnostics.h"
#include "policy/names.h"
#include "policy/reader.h"
#include "policy/source.h"
#include "policy/zone.h"

/* Texts of a policy end up in audit records, which are bounded. */
#define SEKISHO_TEXT_BYTES_MAX 500

/* Address ranges in all flows and sets of one policy, so that a small file cannot fill memory. */
#define SEKISHO_RANGES_MAX 4000000

/* Where a flow and its parts stand, for what is checked after all is read. NULL: not given. */
struct sekisho_flow_place {
	const struct sekisho_node *flow;
	const struct sekisho_node *from;
	const struct sekisho_node *from_hosts;
	const struct sekisho_node *to;
	const struct sekisho_node *to_hosts;
	const struct sekisho_node *macs;
	const struct sekisho_node *source_ports;
	const struct sekisho_node *services;
	const struct sekisho_node *sanitize;
	const struct sekisho_node *requested_by;
	const struct sekisho_node *approved_by;
	const struct sekisho_node *valid_until;
	const struct sekisho_node *survives_isolation;
	bool whole; /* all of it could be read: the checks may trust it */
};

struct sekisho_host_set {
	const struct sekisho_node *name;
	const struct sekisho_node *members;
	struct sekisho_ranges ranges;
	uint8_t state;
};

struct sekisho_service_set {
	struct sekisho_service *items;
	size_t count;
};

struct sekisho_load {
	const struct sekisho_source *source;
	struct sekisho_diagnostics *diagnostics;
	struct sekisho_arena arena;
	struct sekisho_policy *policy;
	struct sekisho_zone zone;
	int64_t now;
	bool no_memory;
	struct sekisho_names segments;
	struct sekisho_names hosts;
	struct sekisho_host_set *host_sets;
	size_t host_set_count;
	struct sekisho_names services;
	struct sekisho_service_set *service_sets;
	size_t service_set_count;
	struct sekisho_flow_place *places; /* as policy->flows until they are sorted */
	size_t ranges; /* so far, against SEKISHO_RANGES_MAX */
};

/**
 * sekisho_load_error - report an error at a node
 * @load: the reading
 * @node: where
 * @code: stable name, a literal
 * @requirement: "R1".."R22" or NULL
 * @format: the message
 *
 * Return: the entry, for a hint.
 */
struct sekisho_diagnostic *sekisho_load_error(struct sekisho_load *load,
					      const struct sekisho_node *node, const char *code,
					      const char *requirement, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* As sekisho_load_error(), for what does not keep the policy from being used. */
struct sekisho_diagnostic *sekisho_load_warning(struct sekisho_load *load,
						const struct sekisho_node *node, const char *code,
						const char *requirement, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Adds 'did you mean' to an entry where @near is not NULL. */
void sekisho_load_suggest(struct sekisho_diagnostic *diagnostic, const char *near);

/* calloc() for the policy's own memory; notes where there is none. */
void *sekisho_load_alloc(struct sekisho_load *load, size_t count, size_t size);

/* Memory for the reading only. */
void *sekisho_load_scratch(struct sekisho_load *load, size_t count, size_t size);

/**
 * sekisho_take_fields - pick the values of a mapping by key
 * @load: the reading
 * @node: the mapping
 * @keys: the keys it may have
 * @count: how many
 * @values: receives a value or NULL for each key
 *
 * Unknown keys are reported.
 *
 * Return: false if @node is no mapping.
 */
bool sekisho_take_fields(struct sekisho_load *load, const struct sekisho_node *node,
			 const char *const *keys, size_t count, const struct sekisho_node **values);

/* Reports that @node lacks @key if @value is NULL; returns whether it is there. */
bool sekisho_take_present(struct sekisho_load *load, const struct sekisho_node *node,
			  const struct sekisho_node *value, const char *key);

bool sekisho_take_list(struct sekisho_load *load, const struct sekisho_node *node);

/* A scalar that is not empty; @what says what was expected, untranslated. */
bool sekisho_take_scalar(struct sekisho_load *load, const struct sekisho_node *node,
			 const char *what);

/* A name: ASCII letters, digits, '.', '_', '-', at most 31 bytes. */
bool sekisho_take_name(struct sekisho_load *load, const struct sekisho_node *node);

/* A text for people; @text receives a copy that belongs to the policy. */
bool sekisho_take_text(struct sekisho_load *load, const struct sekisho_node *node, char **text);

bool sekisho_take_number(struct sekisho_load *load, const struct sekisho_node *node, uint64_t least,
			 uint64_t most, uint64_t *number);

bool sekisho_take_boolean(struct sekisho_load *load, const struct sekisho_node *node, bool *value);

/* One of @count @words; @index receives which. */
bool sekisho_take_choice(struct sekisho_load *load, const struct sekisho_node *node,
			 const char *const *words, size_t count, unsigned int *index);

#endif
