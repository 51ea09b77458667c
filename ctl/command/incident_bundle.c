// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes incident bundles. Knows nothing of who asks for them.
 */
#include "command/incident_bundle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/begin.h"
#include "audit/bundle.h"
#include "audit/notes.h"
#include "audit/proof.h"
#include "audit/query.h"
#include "command/incident_readme.h"
#include "command/persons.h"
#include "disk/durable.h"
#include "ui/format.h"
#include "ui/language.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "ui/say.h"

#define NS_A_SECOND 1000000000ll
#define CHOICES_MAX 64
#define NUM(number) ((unsigned long long)(number))

/* What is held while one is made. */
struct making {
	struct sekisho_context *context;
	const struct sekisho_incident_wish *wish;
	struct sekisho_incident_bundle *made;
	struct sekisho_bundle *bundle;
	struct sekisho_incident_request request;
	char *hosts, *segments; /* cut at their commas; the queries borrow the names */
	struct sekisho_query queries[CHOICES_MAX];
	struct sekisho_progress progress;
	struct sekisho_pace pace;
};

static int say_failure(struct making *making, int error)
{
	sekisho_progress_end(&making->progress);
	if (error == -EEXIST) {
		sekisho_say(_("%s exists"), making->wish->path);
		sekisho_say_hint(_("another name: a bundle is never replaced"));
	} else if (error == -EBUSY) {
		sekisho_say(_("another process is making %s"), making->wish->path);
	} else {
		sekisho_say(_("%s cannot be written: %s"), making->wish->path, strerror(-error));
	}
	return error;
}

/* --- What is wanted ---------------------------------------------------------------------------- */

/* NULL after saying that there are too many. */
static struct sekisho_query *add_query(struct making *making)
{
	struct sekisho_query *query = &making->queries[making->request.query_count];

	if (making->request.query_count == CHOICES_MAX) {
		sekisho_say(_("at most %d hosts and segments can be chosen"), CHOICES_MAX);
		return NULL;
	}
	making->request.query_count++;
	sekisho_query_begin(query);
	query->since_ns = making->wish->since_ns;
	query->until_ns = making->wish->until_ns;
	return query;
}

static bool add_host(struct making *making, const char *host)
{
	struct sekisho_query *query = add_query(making);

	if (query && sekisho_query_host(query, SEKISHO_FACTS_HOST, true, host))
		return true;
	if (query)
		sekisho_say(_("--%s cannot be '%s'"), "host", host);
	return false;
}

static bool add_segment(struct making *making, const char *segment)
{
	struct sekisho_query *query = *segment ? add_query(making) : NULL;

	if (query)
		sekisho_query_name(query, SEKISHO_FACTS_SEGMENT, segment);
	else if (!*segment)
		sekisho_say(_("--%s cannot be '%s'"), "segment", making->wish->segments);
	return query;
}

/* @words: a copy, which is cut at its commas. */
static bool add_each(struct making *making, char *words,
		     bool (*add)(struct making *making, const char *word))
{
	while (words) {
		char *word = strsep(&words, ",");

		if (!add(making, word))
			return false;
	}
	return true;
}

static int take_choices(struct making *making)
{
	const struct sekisho_incident_wish *wish = making->wish;

	making->request.queries = making->queries;
	making->hosts = wish->hosts ? strdup(wish->hosts) : NULL;
	making->segments = wish->segments ? strdup(wish->segments) : NULL;
	if ((wish->hosts && !making->hosts) || (wish->segments && !making->segments)) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	if (!add_each(making, making->hosts, add_host) ||
	    !add_each(making, making->segments, add_segment) ||
	    (!wish->hosts && !wish->segments && !add_query(making)))
		return SEKISHO_EXIT_USAGE;
	return SEKISHO_EXIT_DONE;
}

static void take_person(struct making *making)
{
	char self[SEKISHO_PERSON_BYTES];

	sekisho_persons_self(self);
	if (making->wish->redactor)
		sekisho_redact_name(making->wish->redactor, SEKISHO_PSEUDONYM_PERSON, self,
				    making->made->made_by);
	else
		snprintf(making->made->made_by, sizeof(making->made->made_by), "%s", self);
}

static int room_stays(void *context)
{
	const struct making *making = context;

	return sekisho_bundle_room(making->bundle) < making->wish->reserve ? -ENOSPC : 0;
}

static void take_request(struct making *making)
{
	const struct sekisho_incident_wish *wish = making->wish;
	struct sekisho_export_options *options = &making->request.options;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	options->selection.since_ns = wish->since_ns;
	options->selection.until_ns = wish->until_ns;
	options->selection.types = sekisho_incident_types();
	options->has_since = true;
	options->has_until = wish->until_ns != INT64_MAX;
	options->japanese = sekisho_language_current() == SEKISHO_JAPANESE;
	options->directory = wish->log->path;
	options->made_ns = now.tv_sec * NS_A_SECOND + now.tv_nsec;
	options->redactor = wish->redactor;
	options->pace = &making->pace;
	if (wish->reserve) {
		making->request.go_on = room_stays;
		making->request.context = making;
	}
	take_person(making);
}

/* --- What is written --------------------------------------------------------------------------- */

static int open_bundle(struct making *making)
{
	struct stat log, place;
	int error = sekisho_bundle_open(&making->bundle, making->wish->path);

	if (error)
		return say_failure(making, error);
	/* Among the files of the log it would make it one that does not verify. */
	if (!sekisho_bundle_parent(making->bundle, &place) &&
	    !fstat(making->wish->log->directory, &log) && log.st_dev == place.st_dev &&
	    log.st_ino == place.st_ino) {
		sekisho_say(_("%s would lie in the log's own directory"), making->wish->path);
		return -EINVAL;
	}
	return 0;
}

static int say_unreadable(struct making *making, int error)
{
	sekisho_progress_end(&making->progress);
	sekisho_say(_("%s cannot be read: %s"), making->wish->log->path, strerror(-error));
	return error;
}

/* A policy that several generations have has one file. */
static int add_policy(void *context, const struct sekisho_stored_policy *policy)
{
	struct making *making = context;
	char name[SEKISHO_DIGEST_HEX + 16];
	int error;

	if (!policy->text) {
		making->made->policies_away++;
		return 0;
	}
	if (making->wish->redactor)
		return 0;
	snprintf(name, sizeof(name), "policy-%s.yaml", policy->digest);
	error = sekisho_bundle_add(making->bundle, name, policy->text, policy->length);
	making->made->policies += !error;
	return error == -EEXIST ? 0 : error;
}

static int survey(struct making *making)
{
	struct sekisho_selection *selection = &making->request.options.selection;
	int directory = making->wish->log->directory, error = 0;

	if (making->wish->quick)
		error = sekisho_begin_since(directory, making->wish->since_ns, &selection->from);
	if (!error)
		error = sekisho_survey_read(&making->made->survey, directory, selection,
					    &making->pace);
	return error ? say_unreadable(making, error) : 0;
}

static int write_policies(struct making *making)
{
	const struct sekisho_stored_policies policies = { add_policy, making };
	bool own = sekisho_audit_log_ours(making->context, making->wish->log);
	int error = sekisho_audit_label_policies(making->context, &making->made->survey, own,
						 &making->made->label, &policies);

	return error ? say_failure(making, error) : 0;
}

static int write_records(struct making *making)
{
	struct sekisho_incident_request *request = &making->request;
	const struct {
		const char *name;
		FILE **stream;
	} files[] = { { "timeline.jsonl", &request->timeline },
		      { "flows.csv", &request->flows },
		      { "changes.csv", &request->changes } };
	struct sekisho_incident_bundle *made = making->made;
	int error = 0;

	for (size_t i = 0; i < 3 && !error; i++)
		error = sekisho_bundle_file(making->bundle, files[i].name, files[i].stream);
	sekisho_progress_next(&making->progress, _("writing"));
	if (!error)
		error = sekisho_incident_write(making->wish->log->directory, request, &made->survey,
					       &made->label, &made->result);
	for (size_t i = 0; i < 3 && !error; i++)
		error = sekisho_bundle_finish(making->bundle, *files[i].stream);
	return error ? say_failure(making, error) : 0;
}

/* Copies a small file of the log; one that is not there is left out. */
static int copy_note(struct making *making, const char *from, const char *to)
{
	char text[SEKISHO_NOTE_BYTES + 1];
	int length = sekisho_durable_text(making->wish->log->directory, from, text, sizeof(text));

	return length < 0 ? length : sekisho_bundle_add(making->bundle, to, text, (size_t)length);
}

/* The smallest checkpoint that covers the whole timeline; 0: none does. */
static uint64_t covering_size(const struct making *making)
{
	const struct sekisho_incident_result *result = &making->made->result;
	struct sekisho_sizes sizes;
	uint64_t size = 0;

	if (!sekisho_notes_list(making->wish->log->directory, &sizes) && result->records)
		for (size_t i = 0; i < sizes.count && !size; i++)
			size = sizes.size[i] > result->last_seq ? sizes.size[i] : 0;
	sekisho_notes_free(&sizes);
	return size;
}

static int write_notes(struct making *making)
{
	struct sekisho_incident_bundle *made = making->made;
	uint64_t size = covering_size(making);
	char text[SEKISHO_NOTE_BYTES + 1], from[SEKISHO_NOTE_NAME], to[SEKISHO_NOTE_NAME + 16];
	struct sekisho_note note;
	int error;

	if (sekisho_notes_read(making->wish->log->directory, SEKISHO_NEWEST, NULL, &note, text))
		return 0;
	made->checkpoint = true;
	made->checkpoint_size = note.checkpoint.size;
	made->covered = !made->result.records || made->checkpoint_size > made->result.last_seq;
	error = sekisho_bundle_add(making->bundle, SEKISHO_NEWEST, text, strlen(text));
	if (!error) {
		error = copy_note(making, SEKISHO_VKEY, SEKISHO_VKEY);
		error = error == -ENOENT ? 0 : error;
	}
	if (!error && size && size != made->checkpoint_size) {
		sekisho_notes_name(from, SEKISHO_NOTES, size);
		snprintf(to, sizeof(to), "checkpoint-%llu", NUM(size));
		error = copy_note(making, from, to);
	}
	return error;
}

/* Not made where the log is not whole: the verification says so. */
static int write_proof(struct making *making)
{
	struct sekisho_incident_bundle *made = making->made;
	struct sekisho_proof *proof = calloc(1, sizeof(*proof));
	char text[SEKISHO_NOTE_BYTES + 1], name[SEKISHO_NOTE_NAME + 16];
	FILE *stream;
	uint64_t bad;
	int error;

	if (!proof)
		return -ENOMEM;
	proof->kind = SEKISHO_PROOF_RECORD;
	proof->number = made->result.last_seq;
	error = sekisho_notes_read(making->wish->log->directory, SEKISHO_NEWEST, NULL, &proof->note,
				   text);
	if (!error)
		error = sekisho_proof_make(making->wish->log->directory, proof, &making->pace,
					   &bad);
	if (error) {
		free(proof);
		return error == -ENOMEM ? error : 0;
	}
	snprintf(name, sizeof(name), "record-%llu.proof", NUM(proof->number));
	error = sekisho_bundle_file(making->bundle, name, &stream);
	if (!error)
		error = sekisho_proof_write(proof, stream);
	if (!error)
		error = sekisho_bundle_finish(making->bundle, stream);
	made->proof = !error;
	free(proof);
	return error;
}

static int write_verification(struct making *making)
{
	struct sekisho_incident_bundle *made = making->made;
	FILE *stream;
	const struct sekisho_verify_options options = { .pace = &making->pace };
	int error;

	sekisho_progress_next(&making->progress, _("verifying"));
	error = sekisho_verify(making->wish->log->directory, &options, &made->verify);
	if (error)
		return say_unreadable(making, error);
	/* It names the key, and that the host. */
	if (making->wish->redactor)
		return 0;
	error = sekisho_bundle_file(making->bundle, "verification.json", &stream);
	if (!error)
		error = sekisho_verify_json(&made->verify, stream);
	if (!error)
		error = sekisho_bundle_finish(making->bundle, stream);
	if (!error && made->covered && made->result.records && !made->verify.defect)
		error = write_proof(making);
	return error ? say_failure(making, error) : 0;
}

static int write_evidence(struct making *making)
{
	int error = 0;

	if (!making->wish->redactor)
		error = write_notes(making);
	if (error)
		return say_failure(making, error);
	return making->wish->quick ? 0 : write_verification(making);
}

static int write_readme(struct making *making)
{
	FILE *stream;
	int error = sekisho_bundle_file(making->bundle, "README.txt", &stream);

	if (error)
		return say_failure(making, error);
	sekisho_incident_readme(making->wish, &making->request, making->made, stream);
	return 0;
}

static int commit(struct making *making)
{
	uint8_t sums[SEKISHO_DIGEST_BYTES];
	int error = sekisho_bundle_commit(making->bundle, sums);

	making->bundle = NULL;
	if (error)
		return say_failure(making, error);
	sekisho_digest_hex(sums, making->made->sums);
	return 0;
}

static int make(struct making *making)
{
	int status = take_choices(making);

	if (status)
		return status;
	take_request(making);
	making->pace = (struct sekisho_pace){ &making->progress, sekisho_progress_tell };
	sekisho_progress_begin(&making->progress, _("reading"), SEKISHO_PROGRESS_BYTES);
	if (open_bundle(making) || survey(making) || write_policies(making) ||
	    write_records(making) || write_evidence(making) || write_readme(making) ||
	    commit(making))
		return SEKISHO_EXIT_REFUSED;
	return SEKISHO_EXIT_DONE;
}

int sekisho_incident_make(struct sekisho_context *context, const struct sekisho_incident_wish *wish,
			  struct sekisho_incident_bundle *made)
{
	struct making *making = calloc(1, sizeof(*making));
	int status;

	memset(made, 0, sizeof(*made));
	if (!making) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	making->context = context;
	making->wish = wish;
	making->made = made;
	status = make(making);
	sekisho_progress_end(&making->progress);
	sekisho_bundle_abandon(making->bundle);
	free(making->hosts);
	free(making->segments);
	free(making);
	return status;
}

void sekisho_incident_free(struct sekisho_incident_bundle *made)
{
	sekisho_survey_free(&made->survey);
	sekisho_label_free(&made->label);
}

bool sekisho_incident_is_good(const struct sekisho_incident_wish *wish,
			      const struct sekisho_incident_bundle *made)
{
	return !made->result.damaged && (wish->quick || !made->verify.defect);
}

void sekisho_incident_say(const struct sekisho_incident_wish *wish,
			  const struct sekisho_incident_bundle *made)
{
	bool japanese = sekisho_language_current() == SEKISHO_JAPANESE;

	if (made->label.unknown)
		sekisho_say(_("the class of the bundle is unknown: it is to be handled as the "
			      "highest"));
	if (made->result.folded)
		sekisho_say(_("flows.csv has one row for %llu records that found none of their "
			      "own"),
			    NUM(made->result.folded));
	if (made->result.damaged)
		sekisho_say(_("%llu lines of the log are damaged: the bundle says which"),
			    NUM(made->result.damaged));
	if (!wish->quick && made->verify.defect)
		sekisho_say(_("the log is NOT good: record %llu: %s"), NUM(made->verify.seq),
			    sekisho_defect_text(made->verify.defect, japanese));
}
