// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a log says of an incident. Knows nothing of policies, or of where the files lie.
 */
#include "incident.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "export_writer.h"
#include "talks.h"

#define ASK_EVERY 1024 /* records */

#define TYPE(name) (1ull << SEKISHO_RECORD_##name)
#define TRAFFIC	   (TYPE(PERMIT) | TYPE(DENY) | TYPE(FLOW_END))
#define NO_CHANGE  (TRAFFIC | TYPE(COUNTERS) | TYPE(EXPIRY_NOTICE))

struct walk {
	const struct sekisho_incident_request *request;
	struct sekisho_incident_result *result;
	struct sekisho_digester *digester;
	struct sekisho_talks *talks;
	struct sekisho_facts *facts;
	struct sekisho_export_run timeline, changes;
};

uint64_t sekisho_incident_types(void)
{
	return ((1ull << SEKISHO_RECORD_TYPES) - 1) & ~NO_CHANGE;
}

static void begin_run(struct sekisho_export_run *run,
		      const struct sekisho_incident_request *request,
		      const struct sekisho_survey *survey, const struct sekisho_label *label,
		      FILE *stream)
{
	const struct sekisho_export_options *options = &request->options;

	memset(run, 0, sizeof(*run));
	run->options = options;
	run->survey = survey;
	run->label = label;
	run->stream = run->emit.stream = stream;
	sekisho_label_handling(label, options->redactor, options->japanese, run->handling);
	memcpy(run->host, survey->host, sizeof(run->host));
	if (options->redactor && *survey->host)
		sekisho_redact_name(options->redactor, SEKISHO_PSEUDONYM_HOST, survey->host,
				    run->host);
}

static bool is_wanted(const struct walk *walk)
{
	for (size_t i = 0; i < walk->request->query_count; i++)
		if (sekisho_query_fits(&walk->request->queries[i], walk->facts))
			return true;
	return false;
}

static int add_talk(struct walk *walk, const struct sekisho_export_record *record)
{
	const struct sekisho_talk talk = {
		.type = record->type,
		.fields = &record->fields,
		.first_ns = walk->facts->begin_ns,
		.last_ns = walk->facts->end_ns,
	};

	return sekisho_talks_add(walk->talks, &talk);
}

static int add_to_timeline(struct walk *walk, const struct sekisho_export_record *record)
{
	if (!walk->result->records++)
		walk->result->first_seq = record->entry->line.seq;
	walk->result->last_seq = record->entry->line.seq;
	return sekisho_export_jsonl.record(&walk->timeline, record);
}

static int take_record(struct walk *walk, const struct sekisho_entry *entry)
{
	bool changed = sekisho_selection_has(&walk->request->options.selection, entry), wanted;
	struct sekisho_export_record record;
	int error;

	sekisho_facts_read(walk->facts, entry);
	wanted = is_wanted(walk);
	/* A type of a newer build may be a change. */
	if (!wanted && !changed &&
	    (sekisho_entry_type(entry) >= 0 ||
	     !sekisho_selection_period(&walk->request->options.selection, entry)))
		return 0;
	error = sekisho_export_record_of(walk->request->options.redactor, walk->digester, entry,
					 &record);
	if (!error)
		error = add_to_timeline(walk, &record);
	if (!error && changed)
		error = sekisho_export_csv.record(&walk->changes, &record);
	if (!error && wanted && record.type >= 0 && (TRAFFIC >> record.type & 1))
		error = add_talk(walk, &record);
	walk->result->changes += changed;
	return error;
}

/* Without a time, it may belong to any incident. */
static int take_damaged(struct walk *walk, const struct sekisho_entry *entry)
{
	struct sekisho_export_damage damage;
	int error = sekisho_export_damage_of(walk->digester, entry, &damage);

	walk->result->damaged++;
	if (!error)
		error = sekisho_export_jsonl.damaged(&walk->timeline, &damage);
	return error ? error : sekisho_export_csv.damaged(&walk->changes, &damage);
}

static int go_on(const struct walk *walk, uint64_t line)
{
	const struct sekisho_incident_request *request = walk->request;
	int error = 0;

	if (request->go_on && !(line % ASK_EVERY))
		error = request->go_on(request->context);
	if (!error)
		error = sekisho_export_stream_error(request->timeline);
	return error ? error : sekisho_export_stream_error(request->changes);
}

static int read_all(struct walk *walk, int directory)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry;
	int error = sekisho_reader_open(&reader, directory, walk->request->options.selection.from);

	if (error)
		return error;
	sekisho_reader_pace(reader, walk->request->options.pace);
	errno = 0;
	for (uint64_t line = 0; line < walk->timeline.survey->lines && !error; line++) {
		int got = sekisho_reader_next(reader, &entry);

		/* What the survey has seen is there, or somebody took it away meanwhile. */
		if (got <= 0)
			error = got ? got : -ESTALE;
		else
			error = entry.defect ? take_damaged(walk, &entry)
					     : take_record(walk, &entry);
		if (!error)
			error = go_on(walk, line);
	}
	sekisho_reader_close(reader);
	return error;
}

static int write_flows(struct walk *walk)
{
	const struct sekisho_incident_request *request = walk->request;
	struct sekisho_csv *csv;
	int error = sekisho_csv_open(&csv, request->flows, false);

	if (error)
		return error;
	errno = 0;
	error = sekisho_talks_write(walk->talks, csv, walk->timeline.handling,
				    walk->timeline.survey->zone, request->options.japanese);
	sekisho_csv_close(csv);
	walk->result->flows = sekisho_talks_count(walk->talks);
	walk->result->folded = sekisho_talks_folded(walk->talks);
	return error ? error : sekisho_export_stream_error(request->flows);
}

static int write_all(struct walk *walk, int directory)
{
	int error = sekisho_export_csv.open(&walk->changes);

	if (!error)
		error = read_all(walk, directory);
	if (!error)
		error = write_flows(walk);
	sekisho_export_csv.close(&walk->changes);
	sekisho_csv_close(walk->changes.csv);
	return error;
}

int sekisho_incident_write(int directory, const struct sekisho_incident_request *request,
			   const struct sekisho_survey *survey, const struct sekisho_label *label,
			   struct sekisho_incident_result *result)
{
	struct walk walk = {
		.request = request,
		.result = result,
		.digester = sekisho_digester_new(),
		.talks = sekisho_talks_new(request->groups ? request->groups : SEKISHO_TALKS_MAX),
		.facts = malloc(sizeof(*walk.facts)),
	};
	int error = walk.digester && walk.talks && walk.facts ? 0 : -ENOMEM;

	memset(result, 0, sizeof(*result));
	begin_run(&walk.timeline, request, survey, label, request->timeline);
	begin_run(&walk.changes, request, survey, label, request->changes);
	if (!error)
		error = write_all(&walk, directory);
	free(walk.facts);
	sekisho_talks_free(walk.talks);
	sekisho_digester_free(walk.digester);
	return error;
}

static int put_fact(struct sekisho_export_run *run, const char *notice, const char *text)
{
	fprintf(run->stream, "%s %s\n", notice ? "!" : "-", text);
	return 0;
}

int sekisho_incident_facts(const struct sekisho_incident_request *request,
			   const struct sekisho_survey *survey, const struct sekisho_label *label,
			   const struct sekisho_incident_result *result, FILE *stream)
{
	struct sekisho_survey shown = *survey;
	struct sekisho_export_run run;

	shown.records = result->records;
	shown.first_seq = result->first_seq;
	shown.last_seq = result->last_seq;
	begin_run(&run, request, &shown, label, stream);
	return sekisho_export_label_facts(&run, put_fact);
}
