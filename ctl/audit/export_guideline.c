// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of the audit guideline (監査ガイドラインの様式), for spreadsheets or as JSON. Knows
 * nothing of what the rows are made of.
 */
#include <errno.h>
#include <stdio.h>

#include "export_writer.h"
#include "guideline.h"
#include "headings.h"

static const char *const keys[] = { "handling", "id",  "item",	"requirement",
				    "evidence", "how", "result" };

#define COLUMNS (sizeof(keys) / sizeof(keys[0]))

static int put_row(struct sekisho_export_run *run, const char *const texts[COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++)
		sekisho_csv_cell(run->csv, sekisho_heading(keys[i], run->options->japanese),
				 texts[i] ? texts[i] : "", SEKISHO_CSV_TEXT);
	return sekisho_csv_row(run->csv);
}

static int put_fact(struct sekisho_export_run *run, const char *notice, const char *text)
{
	return put_row(run,
		       (const char *const[COLUMNS]){
			       run->handling, NULL,
			       sekisho_export_words(run, "about this export", "この出力について"),
			       NULL, text, NULL, notice });
}

static int begin(struct sekisho_export_run *run)
{
	const char *headings[COLUMNS];
	int error;

	run->writer = sekisho_guideline_new();
	if (!run->writer)
		return -ENOMEM;
	if (run->options->json) {
		sekisho_emit_begin(&run->emit, NULL, '{');
		sekisho_export_label_json(run, "label");
		sekisho_emit_begin(&run->emit, "items", '[');
		return 0;
	}
	error = sekisho_csv_open(&run->csv, run->stream, run->options->cp932);
	for (size_t i = 0; i < COLUMNS; i++)
		headings[i] = sekisho_heading(keys[i], run->options->japanese);
	if (!error)
		error = put_row(run, headings);
	return error ? error : sekisho_export_label_facts(run, put_fact);
}

static int record(struct sekisho_export_run *run, const struct sekisho_export_record *given)
{
	sekisho_guideline_take(run->writer, given);
	return 0;
}

static int put_item(struct sekisho_export_run *run, const struct sekisho_guideline_row *row)
{
	if (!run->options->json)
		return put_row(run, (const char *const[COLUMNS]){
					    run->handling, row->id, row->item, row->requirement,
					    row->evidence, row->how,
					    sekisho_guideline_result(row->result,
								     run->options->japanese) });
	sekisho_emit_begin(&run->emit, NULL, '{');
	sekisho_emit_text(&run->emit, "id", row->id);
	sekisho_emit_text(&run->emit, "item", row->item);
	sekisho_emit_text(&run->emit, "requirement", row->requirement);
	sekisho_emit_text(&run->emit, "evidence", row->evidence);
	sekisho_emit_text(&run->emit, "how", row->how);
	sekisho_emit_text(&run->emit, "result", sekisho_guideline_result_name(row->result));
	sekisho_emit_end(&run->emit, '}');
	return 0;
}

static int end(struct sekisho_export_run *run)
{
	struct sekisho_guideline_row row;
	size_t index = 0;
	int got;

	while ((got = sekisho_guideline_row(run->writer, run, index++, &row)) > 0) {
		got = put_item(run, &row);
		if (got)
			return got;
	}
	if (got || !run->options->json)
		return got;
	sekisho_emit_end(&run->emit, ']');
	sekisho_emit_end(&run->emit, '}');
	sekisho_emit_line(&run->emit);
	return 0;
}

static void done(struct sekisho_export_run *run)
{
	sekisho_guideline_free(run->writer);
}

const struct sekisho_export_writer sekisho_export_guideline = {
	.open = begin,
	.record = record,
	.end = end,
	.close = done,
};
