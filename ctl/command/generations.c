// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the stored generations true to the one in force. Knows nothing of commits.
 */
#include "command/generations.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/convert.h"
#include "policy/history.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/say.h"

#define KERNEL	      "kernel"
#define NOT_CONFIRMED "not confirmed"
#define FOUND	      "found in force; the command was cut off"

/* The newest entry of that digest before @generation: whose text is in force again. */
static const struct sekisho_history_entry *find_source(const struct sekisho_history_entry *entries,
						       size_t count, uint32_t generation,
						       const char *digest)
{
	for (size_t i = count; i-- > 0;) {
		if (entries[i].generation < generation && entries[i].digest &&
		    !strcmp(entries[i].digest, digest))
			return &entries[i];
	}
	return NULL;
}

/* A change that was cut off after the kernel had it: recorded now, perhaps for the second time. */
static void finish_change(struct sekisho_context *context, uint32_t generation,
			  const struct sekisho_history_entry *entry)
{
	struct sekisho_audit_policy policy = {
		.actor = entry->actor ? entry->actor : "-",
		.second = entry->second,
		.ticket = entry->ticket,
		.file = entry->file,
		.digest_after = entry->digest,
		.flows = (int64_t)entry->flows,
		.confirm = -1,
		.reason = FOUND,
	};
	struct sekisho_record record;

	if (sekisho_context_log(context))
		return;
	sekisho_convert_policy(&record,
			       entry->kind == SEKISHO_HISTORY_APPLY
				       ? SEKISHO_RECORD_POLICY_APPLY
				       : SEKISHO_RECORD_POLICY_ROLLBACK,
			       generation, sekisho_context_zone(context), &policy);
	if (sekisho_context_record(context, &record))
		return;
	if (!sekisho_engine_control(context->engine)->fallback_at)
		sekisho_history_confirm(context->state, generation);
	sekisho_history_set_current(context->state, generation);
}

static void record_fallback(struct sekisho_context *context, uint32_t generation,
			    const struct sekisho_history_entry *before,
			    const struct sekisho_history_entry *source)
{
	struct sekisho_audit_policy policy = {
		.actor = KERNEL,
		.digest_before = before ? before->digest : NULL,
		.digest_after = source->digest,
		.file = source->file,
		.flows = (int64_t)source->flows,
		.confirm = -1,
		.reason = NOT_CONFIRMED,
	};
	struct sekisho_record record;

	if (sekisho_context_log(context))
		return;
	sekisho_convert_policy(&record, SEKISHO_RECORD_POLICY_ROLLBACK, generation,
			       sekisho_context_zone(context), &policy);
	sekisho_context_record(context, &record);
}

static void store_fallback(struct sekisho_context *context, uint32_t generation,
			   const struct sekisho_history_entry *entries, size_t count)
{
	const struct sekisho_policy_row *row = sekisho_engine_policy(context->engine);
	const struct sekisho_history_entry *source, *before;
	char digest[SEKISHO_DIGEST_TEXT], now[SEKISHO_TIME_TEXT], *text;
	struct sekisho_history_entry entry;
	size_t length;

	sekisho_format_digest(digest, row->digest);
	source = find_source(entries, count, generation, digest);
	if (!source)
		return;
	if (sekisho_history_text(context->state, source->generation, &text, &length))
		return;
	sekisho_format_time(now, time(NULL), sekisho_context_zone(context));
	entry = *source;
	entry.generation = generation;
	entry.kind = SEKISHO_HISTORY_FALLBACK;
	entry.confirmed = true;
	entry.rollback_of = source->generation;
	entry.applied_at = now;
	entry.actor = (char *)KERNEL;
	entry.second = NULL;
	before = sekisho_history_find(entries, count, generation - 1);
	if (!sekisho_history_add(context->state, &entry, text, length)) {
		sekisho_history_set_current(context->state, generation);
		sekisho_say(_("generation %u was not confirmed: the policy of generation %u is in "
			      "force again, as generation %u"),
			    generation - 1, source->generation, generation);
		record_fallback(context, generation, before, source);
	}
	free(text);
}

/* Whether the kernel itself made that generation. */
static bool fell_back(const struct sekisho_context *context, uint32_t generation)
{
	const struct sekisho_control *control = sekisho_engine_control(context->engine);

	return control->fell_back && control->fallback_generation == generation;
}

static void notice_locked(struct sekisho_context *context)
{
	const struct sekisho_history_entry *entry;
	struct sekisho_history_entry *entries;
	uint32_t generation;
	size_t count;

	/* Asked again: whoever held the lock may have stored it. */
	generation = sekisho_context_generation(context);
	if (sekisho_history_list(context->state, &entries, &count))
		return;
	entry = sekisho_history_find(entries, count, generation);
	if (!entry && fell_back(context, generation))
		store_fallback(context, generation, entries, count);
	else if (entry && sekisho_history_current(context->state) != generation)
		finish_change(context, generation, entry);
	sekisho_history_free(entries, count);
}

void sekisho_generations_notice(struct sekisho_context *context)
{
	uint32_t generation = sekisho_context_generation(context);
	bool held = context->lock >= 0;

	if (!generation || sekisho_history_current(context->state) == generation)
		return;
	if (access(context->state, W_OK) || sekisho_context_try_lock(context))
		return;
	notice_locked(context);
	if (!held)
		sekisho_context_unlock(context);
}

uint32_t sekisho_generations_next(const struct sekisho_context *context)
{
	uint32_t stored = sekisho_history_last(context->state);
	uint32_t running = sekisho_context_generation(context);

	return (stored > running ? stored : running) + 1;
}
