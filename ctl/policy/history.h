/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policies that were in force, by generation: their exact text, and who put them there. Knows
 * the state directory; nothing of the kernel, of records or of how anything is printed.
 *
 * generations/N/policy.yaml and generations/N/meta.json; `current` holds the number in force. An
 * entry is written before the kernel gets the policy, and removed where the kernel refuses it.
 */
#ifndef SEKISHO_POLICY_HISTORY_H
#define SEKISHO_POLICY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sekisho_history_kind {
	SEKISHO_HISTORY_APPLY,
	SEKISHO_HISTORY_ROLLBACK,
	SEKISHO_HISTORY_FALLBACK, /* by the kernel: nobody confirmed */
};

/* Texts may be NULL. An entry that was read owns them. */
struct sekisho_history_entry {
	uint32_t generation;
	enum sekisho_history_kind kind;
	bool confirmed;
	uint32_t rollback_of; /* whose text it has again; 0: its own */
	uint64_t flows;
	char *digest; /* hexadecimal */
	char *applied_at; /* RFC 3339 */
	char *actor;
	char *second;
	char *ticket;
	char *file; /* where the text came from */
};

const char *sekisho_history_kind_name(enum sekisho_history_kind kind);

/**
 * sekisho_history_add - store a policy's text
 * @state: the state directory
 * @entry: what is known of it
 * @text: the exact bytes
 * @length: how many
 *
 * Return: 0 (it is on disk), -EEXIST where that generation is stored, or -errno.
 */
int sekisho_history_add(const char *state, const struct sekisho_history_entry *entry,
			const char *text, size_t length);

/* Forget a generation that never came into force. 0 or -errno. */
int sekisho_history_remove(const char *state, uint32_t generation);

/* Mark a generation as confirmed. 0 or -errno. */
int sekisho_history_confirm(const char *state, uint32_t generation);

/* Note which generation is in force. 0 or -errno. */
int sekisho_history_set_current(const char *state, uint32_t generation);

/* The generation last noted as in force; 0 without one. */
uint32_t sekisho_history_current(const char *state);

/**
 * sekisho_history_list - all that is stored, oldest first
 * @state: the state directory
 * @entries: set to the entries, to be freed with sekisho_history_free()
 * @count: how many
 *
 * An entry that cannot be read is left out.
 * Return: 0 (also where nothing is stored) or -errno.
 */
int sekisho_history_list(const char *state, struct sekisho_history_entry **entries, size_t *count);
void sekisho_history_free(struct sekisho_history_entry *entries, size_t count);

/* The highest generation stored, readable or not; 0 without one. */
uint32_t sekisho_history_last(const char *state);

/* The entry of a generation in a list, or NULL. */
const struct sekisho_history_entry *
sekisho_history_find(const struct sekisho_history_entry *entries, size_t count,
		     uint32_t generation);

/**
 * sekisho_history_text - the exact text of a generation
 * @state: the state directory
 * @generation: which
 * @text: set to it, with a NUL behind it, to be freed with free()
 * @length: set to its bytes
 *
 * Return: 0, -ENOENT or -errno.
 */
int sekisho_history_text(const char *state, uint32_t generation, char **text, size_t *length);

#endif
