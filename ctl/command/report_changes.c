// SPDX-License-Identifier: GPL-2.0-only
/*
 * The section of a report on what persons did: policies put in force, refused and taken back,
 * isolations and suspensions. Knows nothing of how records are found.
 */
#include <stdio.h>
#include <string.h>

#include "audit/types.h"
#include "command/report_parts.h"
#include "ui/format.h"
#include "ui/message.h"

#define DIGEST_SHOWN	16 /* digits where a longer one is told elsewhere */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What a row needs of a record: as texts. */
struct act {
	char seq[SEKISHO_NUMBER_TEXT], time[SEKISHO_TIME_TEXT], type[64];
	char actor[SEKISHO_REPORT_TEXT_BYTES], second[SEKISHO_REPORT_TEXT_BYTES];
	char authority[SEKISHO_REPORT_TEXT_BYTES], ticket[SEKISHO_REPORT_TEXT_BYTES];
	char target[SEKISHO_REPORT_TEXT_BYTES], reason[SEKISHO_REPORT_TEXT_BYTES];
	char generation[SEKISHO_NUMBER_TEXT], before[72], after[72];
};

static void take_digest(const struct sekisho_fields *fields, const char *key, char *text,
			size_t size)
{
	sekisho_fields_text(fields, key, text, size);
	if (strlen(text) > DIGEST_SHOWN)
		snprintf(text + DIGEST_SHOWN, size - DIGEST_SHOWN, "…");
}

static void take_act(const struct sekisho_report *report, const char *line, struct act *act)
{
	struct sekisho_fields fields;
	char name[64];
	int type;

	sekisho_fields_read(&fields, line);
	snprintf(act->seq, sizeof(act->seq), "%lld",
		 (long long)sekisho_fields_number(&fields, "seq", 0));
	snprintf(act->generation, sizeof(act->generation), "%lld",
		 (long long)sekisho_fields_number(&fields, "generation", 0));
	sekisho_report_time_of(report, &fields, "time", act->time);
	sekisho_fields_text(&fields, "type", name, sizeof(name));
	type = sekisho_type_find(name);
	snprintf(act->type, sizeof(act->type), "%s",
		 report->japanese && type >= 0
			 ? sekisho_type_get((enum sekisho_record_type)type)->japanese
			 : name);
	sekisho_fields_text(&fields, "actor", act->actor, sizeof(act->actor));
	sekisho_fields_text(&fields, "second", act->second, sizeof(act->second));
	sekisho_fields_text(&fields, "authority", act->authority, sizeof(act->authority));
	sekisho_fields_text(&fields, "ticket", act->ticket, sizeof(act->ticket));
	sekisho_fields_text(&fields, "reason", act->reason, sizeof(act->reason));
	if (!sekisho_fields_text(&fields, "segment", act->target, sizeof(act->target)))
		sekisho_fields_text(&fields, "target", act->target, sizeof(act->target));
	take_digest(&fields, "digest_before", act->before, sizeof(act->before));
	take_digest(&fields, "digest_after", act->after, sizeof(act->after));
}

static void put_policy_changes(struct sekisho_report *report)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Record"), SEKISHO_CELL_NUMBER }, { N_("Time"), SEKISHO_CELL_TEXT },
		{ N_("What"), SEKISHO_CELL_SHORT },    { N_("Gen."), SEKISHO_CELL_NUMBER },
		{ N_("Actor"), SEKISHO_CELL_TEXT },    { N_("Second person"), SEKISHO_CELL_TEXT },
		{ N_("Ticket"), SEKISHO_CELL_TEXT },   { N_("Before"), SEKISHO_CELL_CODE },
		{ N_("After"), SEKISHO_CELL_CODE },    { N_("Reason"), SEKISHO_CELL_TEXT },
	};
	const struct sekisho_account_lines *lines = &report->account.changes;
	struct sekisho_report_table table;

	sekisho_html_element(&report->html, "h3", _("Policies"), NULL);
	if (!lines->count) {
		sekisho_report_put_note(report, _("None."));
		return;
	}
	sekisho_report_table_begin(&table, &report->html, _("Changes and refusals of the policy"),
				   columns, COUNT_OF(columns));
	for (size_t i = 0; i < lines->count; i++) {
		struct act act;

		take_act(report, lines->lines[i], &act);
		sekisho_report_row(
			&table, (const char *const[]){ act.seq, act.time, act.type, act.generation,
						       act.actor, act.second, act.ticket,
						       act.before, act.after, act.reason });
	}
	sekisho_report_table_end(&table);
	sekisho_report_put_more(report, lines->more);
	if (report->account.alone || report->account.unticketed) {
		char text[SEKISHO_REPORT_TEXT_BYTES];

		snprintf(text, sizeof(text),
			 _("Changes without a second person: %llu; without a ticket: %llu."),
			 (unsigned long long)report->account.alone,
			 (unsigned long long)report->account.unticketed);
		sekisho_report_put_note(report, text);
	}
}

static void put_orders(struct sekisho_report *report)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Record"), SEKISHO_CELL_NUMBER },
		{ N_("Time"), SEKISHO_CELL_TEXT },
		{ N_("What"), SEKISHO_CELL_SHORT },
		{ N_("Segment or host"), SEKISHO_CELL_TEXT },
		{ N_("Actor"), SEKISHO_CELL_TEXT },
		{ N_("Second person"), SEKISHO_CELL_TEXT },
		{ N_("Authority"), SEKISHO_CELL_TEXT },
		{ N_("Ticket"), SEKISHO_CELL_TEXT },
		{ N_("Reason"), SEKISHO_CELL_TEXT },
	};
	const struct sekisho_account *account = &report->account;
	const struct sekisho_account_lines *lines = &account->orders;
	struct sekisho_report_table table;
	char text[SEKISHO_REPORT_TEXT_BYTES];

	sekisho_html_element(&report->html, "h3", _("Isolations and suspensions"), NULL);
	if (lines->count) {
		sekisho_report_table_begin(&table, &report->html,
					   _("Isolations, suspensions, and their ends"), columns,
					   COUNT_OF(columns));
		for (size_t i = 0; i < lines->count; i++) {
			struct act act;

			take_act(report, lines->lines[i], &act);
			sekisho_report_row(&table, (const char *const[]){
							   act.seq, act.time, act.type, act.target,
							   act.actor, act.second, act.authority,
							   act.ticket, act.reason });
		}
		sekisho_report_table_end(&table);
		sekisho_report_put_more(report, lines->more);
	} else {
		sekisho_report_put_note(report, _("None."));
	}
	snprintf(text, sizeof(text),
		 _("At the end of the period %zu segments were isolated and %zu hosts suspended."),
		 account->isolated.count, account->suspended.count);
	sekisho_report_put_note(report, text);
	if (account->isolated.more || account->suspended.more)
		sekisho_report_put_note(report, _("These numbers are too low: there were more at "
						  "once than can be followed."));
}

static void put_generations(struct sekisho_report *report)
{
	static const struct sekisho_report_column columns[] = {
		{ N_("Generation"), SEKISHO_CELL_NUMBER },
		{ N_("SHA-256 of the policy, as the log tells it"), SEKISHO_CELL_CODE },
	};
	const struct sekisho_survey *survey = &report->account.survey;
	struct sekisho_report_table table;
	uint64_t rows = 0;

	sekisho_html_element(&report->html, "h3", _("Policies in force"), NULL);
	for (size_t i = 0; i < survey->policy_count; i++) {
		char generation[SEKISHO_NUMBER_TEXT];

		if (!survey->policies[i].used || rows++ >= SEKISHO_REPORT_ROWS_MAX)
			continue;
		if (rows == 1)
			sekisho_report_table_begin(&table, &report->html,
						   _("Policies under which records were made"),
						   columns, COUNT_OF(columns));
		snprintf(generation, sizeof(generation), "%u", survey->policies[i].generation);
		sekisho_report_row(&table, (const char *const[]){
						   generation, *survey->policies[i].digest
								       ? survey->policies[i].digest
								       : _("not told") });
	}
	if (!rows) {
		sekisho_report_put_note(report, _("None."));
		return;
	}
	sekisho_report_table_end(&table);
	if (rows > SEKISHO_REPORT_ROWS_MAX)
		sekisho_report_put_more(report, rows - SEKISHO_REPORT_ROWS_MAX);
}

void sekisho_report_put_changes(struct sekisho_report *report)
{
	sekisho_page_section(&report->html, &report->page, "changes",
			     _("5. Changes and approvals"));
	put_policy_changes(report);
	put_orders(report);
	put_generations(report);
	sekisho_html_end(&report->html);
}
