// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exports what an audit log says of a period. Knows no format.
 */
#include "export.h"

#include <errno.h>
#include <string.h>

#include "digest.h"
#include "export_writer.h"
#include "files.h"
#include "reader.h"

static const struct {
	const char *name;
	const struct sekisho_export_writer *writer;
} formats[SEKISHO_EXPORT_FORMATS] = {
	[SEKISHO_EXPORT_JSONL] = { "jsonl", &sekisho_export_jsonl },
	[SEKISHO_EXPORT_CSV] = { "csv", &sekisho_export_csv },
	[SEKISHO_EXPORT_OCSF] = { "ocsf", &sekisho_export_ocsf },
	[SEKISHO_EXPORT_GUIDELINE] = { "guideline", &sekisho_export_guideline },
};

int sekisho_export_format(const char *name)
{
	for (int format = 0; format < SEKISHO_EXPORT_FORMATS; format++)
		if (!strcmp(formats[format].name, name))
			return format;
	return -ENOENT;
}

int sekisho_export_stream_error(FILE *stream)
{
	if (!ferror(stream))
		return 0;
	return errno ? -errno : -EIO;
}

static int digest_of(struct sekisho_digester *digester, const struct sekisho_entry *entry,
		     char hex[SEKISHO_DIGEST_HEX + 1])
{
	uint8_t digest[SEKISHO_DIGEST_BYTES];
	int error = sekisho_digester_line(digester, entry->text, entry->length, digest);

	hex[0] = '\0';
	if (error)
		return error;
	sekisho_digest_hex(digest, hex);
	hex[SEKISHO_DIGEST_HEX] = '\0';
	return 0;
}

int sekisho_export_damage_of(struct sekisho_digester *digester, const struct sekisho_entry *entry,
			     struct sekisho_export_damage *damage)
{
	damage->entry = entry;
	sekisho_file_name(damage->file, entry->file);
	return digest_of(digester, entry, damage->digest);
}

static int redact(struct sekisho_redactor *redactor, struct sekisho_digester *digester,
		  struct sekisho_export_record *record)
{
	char digest[SEKISHO_DIGEST_HEX + 1];
	int error = digest_of(digester, record->entry, digest);

	if (error)
		return error;
	/* What cannot be looked through whole is not shown. */
	if (record->fields.more)
		record->type = -ENOENT;
	error = sekisho_redact_line(redactor, &record->fields, record->type, digest, &record->text,
				    &record->length);
	if (!error)
		sekisho_fields_read(&record->fields, record->text);
	return error;
}

int sekisho_export_record_of(struct sekisho_redactor *redactor, struct sekisho_digester *digester,
			     const struct sekisho_entry *entry,
			     struct sekisho_export_record *record)
{
	record->text = entry->text;
	record->length = entry->length;
	record->entry = entry;
	record->type = sekisho_entry_type(entry);
	sekisho_fields_read(&record->fields, record->text);
	return redactor ? redact(redactor, digester, record) : 0;
}

static int give_damaged(struct sekisho_export_run *run, struct sekisho_digester *digester,
			const struct sekisho_entry *entry)
{
	const struct sekisho_export_writer *writer = formats[run->options->format].writer;
	struct sekisho_export_damage damage;
	int error = sekisho_export_damage_of(digester, entry, &damage);

	if (error)
		return error;
	run->result->damaged++;
	return writer->damaged ? writer->damaged(run, &damage) : 0;
}

static int give_record(struct sekisho_export_run *run, struct sekisho_digester *digester,
		       const struct sekisho_entry *entry)
{
	const struct sekisho_export_writer *writer = formats[run->options->format].writer;
	struct sekisho_export_record record;
	int error;

	errno = 0;
	error = sekisho_export_record_of(run->options->redactor, digester, entry, &record);
	if (!error)
		error = writer->record(run, &record);
	if (error) {
		run->result->problem_seq = entry->line.seq;
		run->result->problem_record = true;
		return error;
	}
	run->result->records++;
	return sekisho_export_stream_error(run->stream);
}

static int walk(struct sekisho_export_run *run, struct sekisho_digester *digester)
{
	struct sekisho_reader *reader;
	struct sekisho_entry entry;
	int error = sekisho_reader_open(&reader, run->directory, run->options->selection.from);

	if (error)
		return error;
	sekisho_reader_pace(reader, run->options->pace);
	for (uint64_t line = 0; line < run->survey->lines && !error; line++) {
		int got = sekisho_reader_next(reader, &entry);

		/* What the survey has seen is there, or somebody took it away meanwhile. */
		if (got <= 0)
			error = got ? got : -ESTALE;
		else if (entry.defect)
			error = give_damaged(run, digester, &entry);
		else if (sekisho_selection_has(&run->options->selection, &entry))
			error = give_record(run, digester, &entry);
	}
	sekisho_reader_close(reader);
	return error;
}

static int write_all(struct sekisho_export_run *run, struct sekisho_digester *digester)
{
	const struct sekisho_export_writer *writer = formats[run->options->format].writer;
	int error = writer->open(run);

	if (!error)
		error = walk(run, digester);
	if (!error && writer->end)
		error = writer->end(run);
	if (run->csv) {
		run->result->rows = sekisho_csv_rows(run->csv);
		run->result->problem = *sekisho_csv_problem(run->csv);
	}
	if (writer->close)
		writer->close(run);
	sekisho_csv_close(run->csv);
	if (error)
		return error;
	errno = 0;
	fflush(run->stream);
	return sekisho_export_stream_error(run->stream);
}

int sekisho_export(int directory, FILE *stream, const struct sekisho_export_options *options,
		   const struct sekisho_survey *survey, const struct sekisho_label *label,
		   struct sekisho_export_result *result)
{
	struct sekisho_export_run run = {
		.options = options,
		.survey = survey,
		.label = label,
		.result = result,
		.directory = directory,
		.stream = stream,
		.emit = { .stream = stream },
	};
	struct sekisho_digester *digester = sekisho_digester_new();
	int error;

	memset(result, 0, sizeof(*result));
	if (!digester)
		return -ENOMEM;
	sekisho_label_handling(label, options->redactor, options->japanese, run.handling);
	memcpy(run.host, survey->host, sizeof(run.host));
	if (options->redactor && *survey->host)
		sekisho_redact_name(options->redactor, SEKISHO_PSEUDONYM_HOST, survey->host,
				    run.host);
	error = write_all(&run, digester);
	sekisho_digester_free(digester);
	return error;
}
