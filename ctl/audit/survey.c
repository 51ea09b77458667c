// SPDX-License-Identifier: GPL-2.0-only
/*
 * A first walk over a log before it is exported. Knows nothing of formats.
 */
#include "survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "stamp.h"

int sekisho_entry_type(const struct sekisho_entry *entry)
{
	for (int type = 0; type < SEKISHO_RECORD_TYPES; type++)
		if (sekisho_line_is(&entry->line,
				    sekisho_type_get((enum sekisho_record_type)type)->name))
			return type;
	return -ENOENT;
}

bool sekisho_selection_period(const struct sekisho_selection *selection,
			      const struct sekisho_entry *entry)
{
	return entry->wall_ns >= selection->since_ns && entry->wall_ns < selection->until_ns;
}

bool sekisho_selection_has(const struct sekisho_selection *selection,
			   const struct sekisho_entry *entry)
{
	int type;

	if (!sekisho_selection_period(selection, entry))
		return false;
	if (!selection->types)
		return true;
	type = sekisho_entry_type(entry);
	return type >= 0 && selection->types & (1ull << type);
}

/* Newest first: that is where a log's next record finds its own. */
static struct sekisho_survey_policy *find_policy(struct sekisho_survey *survey, uint64_t generation)
{
	for (size_t i = survey->policy_count; i-- > 0;)
		if (survey->policies[i].generation == generation)
			return &survey->policies[i];
	return NULL;
}

/* NULL without an error where there are too many. */
static int take_policy(struct sekisho_survey *survey, uint64_t generation,
		       struct sekisho_survey_policy **policy)
{
	struct sekisho_survey_policy *grown;

	*policy = find_policy(survey, generation);
	if (*policy)
		return 0;
	if (survey->policy_count >= SEKISHO_SURVEY_GENERATIONS || generation > UINT32_MAX) {
		survey->more_policies = true;
		return 0;
	}
	if (!(survey->policy_count & (survey->policy_count - 1)) || !survey->policies) {
		size_t room = survey->policy_count ? 2 * survey->policy_count : 1;

		grown = reallocarray(survey->policies, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		survey->policies = grown;
	}
	*policy = &survey->policies[survey->policy_count++];
	memset(*policy, 0, sizeof(**policy));
	(*policy)->generation = (uint32_t)generation;
	return 0;
}

/* A record that a policy came into force tells the digest of its generation. */
static int note_digest(struct sekisho_survey *survey, const struct sekisho_entry *entry,
		       const struct sekisho_fields *fields)
{
	struct sekisho_survey_policy *policy;
	char digest[SEKISHO_DIGEST_HEX + 1];
	int error;

	if (!sekisho_line_is(&entry->line, "policy.apply") &&
	    !sekisho_line_is(&entry->line, "policy.rollback"))
		return 0;
	if (!entry->line.generation ||
	    !sekisho_fields_text(fields, "digest_after", digest, sizeof(digest)))
		return 0;
	error = take_policy(survey, entry->line.generation, &policy);
	if (!error && policy)
		memcpy(policy->digest, digest, sizeof(digest));
	return error;
}

static int note_generation(struct sekisho_survey *survey, const struct sekisho_entry *entry)
{
	struct sekisho_survey_policy *policy;
	int error;

	if (!entry->line.generation)
		return 0;
	error = take_policy(survey, entry->line.generation, &policy);
	if (!error && policy)
		policy->used = true;
	return error;
}

static void note_clock(struct sekisho_survey *survey, const struct sekisho_entry *entry)
{
	struct sekisho_survey_span *span =
		survey->span_count ? &survey->spans[survey->span_count - 1] : NULL;

	survey->unsynchronised++;
	if (span && span->last_seq + 1 == entry->line.seq) {
		span->last_seq = entry->line.seq;
		span->last_ns = entry->wall_ns;
	} else if (survey->span_count < SEKISHO_SURVEY_SPANS) {
		span = &survey->spans[survey->span_count++];
		*span = (struct sekisho_survey_span){ entry->line.seq, entry->line.seq,
						      entry->wall_ns, entry->wall_ns };
	} else {
		survey->more_spans = true;
	}
}

static void note_selected(struct sekisho_survey *survey, uint64_t seq)
{
	if (!survey->records++)
		survey->first_seq = seq;
	survey->last_seq = seq;
}

static int take_record(struct sekisho_survey *survey, const struct sekisho_entry *entry,
		       const struct sekisho_selection *selection)
{
	struct sekisho_fields fields;
	int error;

	sekisho_fields_read(&fields, entry->text);
	sekisho_fields_text(&fields, "host", survey->host, sizeof(survey->host));
	sekisho_fields_text(&fields, "boot", survey->boot, sizeof(survey->boot));
	survey->zone = sekisho_stamp_zone(entry->line.time);
	error = note_digest(survey, entry, &fields);
	if (error || !sekisho_selection_period(selection, entry))
		return error;
	survey->in_period++;
	if (!sekisho_value_is(sekisho_fields_find(&fields, "clock"), "synchronised"))
		note_clock(survey, entry);
	if (sekisho_line_is(&entry->line, "loss")) {
		survey->losses++;
		if (__builtin_add_overflow(survey->lost, entry->line.count, &survey->lost))
			survey->lost = UINT64_MAX;
	}
	if (sekisho_selection_has(selection, entry))
		note_selected(survey, entry->line.seq);
	return note_generation(survey, entry);
}

void sekisho_survey_begin(struct sekisho_survey *survey)
{
	memset(survey, 0, sizeof(*survey));
	survey->zone = 9 * 3600;
}

int sekisho_survey_take(struct sekisho_survey *survey, const struct sekisho_entry *entry,
			const struct sekisho_selection *selection)
{
	survey->lines++;
	if (!entry->defect)
		return take_record(survey, entry, selection);
	survey->damaged++;
	return 0;
}

int sekisho_survey_read(struct sekisho_survey *survey, int directory,
			const struct sekisho_selection *selection, const struct sekisho_pace *pace)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry;
	int got;

	sekisho_survey_begin(survey);
	got = sekisho_reader_open(&reader, directory, selection->from);
	if (got)
		return got;
	sekisho_reader_pace(reader, pace);
	while ((got = sekisho_reader_next(reader, &entry)) > 0) {
		got = sekisho_survey_take(survey, &entry, selection);
		if (got)
			break;
	}
	sekisho_reader_close(reader);
	return got;
}

void sekisho_survey_free(struct sekisho_survey *survey)
{
	free(survey->policies);
	survey->policies = NULL;
	survey->policy_count = 0;
}
