// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the records of a period show for each requirement of the guideline. The table below says
 * what is counted for which; what counts cannot tell has a function. Knows nothing of formats.
 */
#include "guideline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "guideline_items.h"
#include "record.h"
#include "stamp.h"
#include "tallies.h"
#include "verify.h"

struct sekisho_guideline {
	struct sekisho_tallies tallies[SEKISHO_GUIDELINE_ITEMS];
	struct sekisho_name_list persons[SEKISHO_GUIDELINE_ITEMS];
	struct sekisho_name_list
		open[SEKISHO_GUIDELINE_ITEMS]; /* suspended or isolated, and not yet undone */
	uint64_t alone; /* changes without a second person */
	uint64_t unticketed; /* changes without a ticket */
	uint64_t unnamed; /* acts without actor and authority */
	char digest[SEKISHO_DIGEST_HEX + 1]; /* of the last policy put in force */
};

/* Text that grows; what does not fit ends in `...`. */
struct text {
	char *bytes;
	size_t size, used;
};

struct told {
	struct sekisho_guideline *guideline;
	struct sekisho_export_run *run;
	struct text text;
};

__attribute__((format(printf, 2, 3))) static void say(struct told *told, const char *format, ...)
{
	struct text *text = &told->text;
	va_list arguments;
	int wanted;

	va_start(arguments, format);
	wanted = vsnprintf(text->bytes + text->used, text->size - text->used, format, arguments);
	va_end(arguments);
	if (wanted > 0 && (size_t)wanted < text->size - text->used) {
		text->used += (size_t)wanted;
		return;
	}
	/* Not half of a sentence. */
	text->bytes[text->used] = '\0';
	if (text->used + 4 < text->size)
		memcpy(text->bytes + text->used, "...", 4);
}

static const char *words(const struct told *told, const char *english, const char *japanese)
{
	return sekisho_export_words(told->run, english, japanese);
}

/* What the counts of an item's records are counts of; NULL: of nothing that adds up. */
static const char *unit_of(const struct told *told, enum sekisho_guideline_item item)
{
	uint64_t types = sekisho_guideline_items[item].types;

	if (types == SEKISHO_TYPE_BIT(DENY) || types == SEKISHO_TYPE_BIT(PERMIT))
		return words(told, "packets", "パケット");
	return types == SEKISHO_TYPE_BIT(LOSS) ? words(told, "lost", "件欠落") : NULL;
}

static void say_tally(struct told *told, const struct sekisho_record_tally *tally, const char *unit)
{
	say(told, words(told, "%" PRIu64 " records", "記録%" PRIu64 "件"), tally->records);
	if (unit)
		say(told, words(told, " (%" PRIu64 " %s)", "（%" PRIu64 "%s）"), tally->sum, unit);
	say(told, words(told, ", numbers %" PRIu64 " to %" PRIu64, "、番号%" PRIu64 "から%" PRIu64),
	    tally->first_seq, tally->last_seq);
}

static void say_tallies(struct told *told, enum sekisho_guideline_item item)
{
	const struct sekisho_tallies *tallies = &told->guideline->tallies[item];
	const char *unit = unit_of(told, item);

	if (!tallies->all.records) {
		say(told, "%s", words(told, "no records", "記録なし"));
		return;
	}
	say_tally(told, &tallies->all, unit);
	for (size_t i = 0; i < tallies->count; i++) {
		say(told, "\n%s: ", tallies->items[i].name);
		say_tally(told, &tallies->items[i].tally, unit);
	}
	if (tallies->others.records) {
		say(told, "\n%s: ", words(told, "others", "その他"));
		say_tally(told, &tallies->others, unit);
	}
}

static void say_names(struct told *told, const char *what, const struct sekisho_name_list *list)
{
	if (!list->count)
		return;
	say(told, "\n%s: ", what);
	for (size_t i = 0; i < list->count; i++)
		say(told, "%s%s", i ? ", " : "", list->names[i]);
	if (list->more)
		say(told, ", ...");
}

static int tell_persons(struct told *told, enum sekisho_guideline_item item,
			enum sekisho_guideline_result *result)
{
	const struct sekisho_name_list *open = &told->guideline->open[item];

	say_names(told, words(told, "persons", "関係者"), &told->guideline->persons[item]);
	say_names(told, words(told, "not undone within the period", "期間内に解除されていない"),
		  open);
	if (open->count || open->more)
		*result = SEKISHO_GUIDELINE_ATTENTION;
	return 0;
}

static int tell_roles(struct told *told, enum sekisho_guideline_item item,
		      enum sekisho_guideline_result *result)
{
	say_names(told, words(told, "persons", "関係者"), &told->guideline->persons[item]);
	if (told->guideline->unnamed) {
		say(told,
		    words(told, "\n%" PRIu64 " name neither actor nor authority",
			  "\n実施者も権限もない記録%" PRIu64 "件"),
		    told->guideline->unnamed);
		*result = SEKISHO_GUIDELINE_ATTENTION;
	}
	return 0;
}

static int tell_changes(struct told *told, enum sekisho_guideline_item item,
			enum sekisho_guideline_result *result)
{
	const struct sekisho_guideline *guideline = told->guideline;

	say_names(told, words(told, "persons", "関係者"), &guideline->persons[item]);
	if (*guideline->digest)
		say(told,
		    words(told, "\nlast policy put in force: SHA-256 %s",
			  "\n最後に適用したポリシー：SHA-256 %s"),
		    guideline->digest);
	if (guideline->alone || guideline->unticketed) {
		say(told,
		    words(told,
			  "\nwithout a second person: %" PRIu64 "; without a ticket: %" PRIu64,
			  "\n立会者なし%" PRIu64 "件、申請番号なし%" PRIu64 "件"),
		    guideline->alone, guideline->unticketed);
		*result = SEKISHO_GUIDELINE_ATTENTION;
	}
	return 0;
}

/* Of the policies in force; the log does not have them. */
static void tell_flows(struct told *told, enum sekisho_label_flow_kind kind,
		       enum sekisho_guideline_result *result)
{
	const struct sekisho_label *label = told->run->label;
	size_t count = sekisho_label_count(label, kind);

	say(told,
	    words(told, "%zu flows in %" PRIu64 " policies read (not read: %" PRIu64 ")",
		  "許可通信%zu件（読めたポリシー%" PRIu64 "件、読めないポリシー%" PRIu64 "件）"),
	    count, label->policies, label->unread);
	for (size_t i = 0; i < label->flow_count; i++) {
		const struct sekisho_label_flow *flow = &label->flows[i];

		if (flow->kind == kind)
			say(told,
			    words(told, "\n%s: generations %u to %u%s%s", "\n%s：世代%uから%u%s%s"),
			    flow->flow, flow->first, flow->last,
			    told->run->options->redactor ? "" : words(told, "; ", "、"),
			    told->run->options->redactor ? "" : flow->reason);
	}
	*result = count || label->unknown ? SEKISHO_GUIDELINE_ATTENTION
		  : label->policies	  ? SEKISHO_GUIDELINE_VERIFIED
					  : SEKISHO_GUIDELINE_NOTHING;
}

static int tell_dual_roles(struct told *told, enum sekisho_guideline_item item,
			   enum sekisho_guideline_result *result)
{
	(void)item;
	tell_flows(told, SEKISHO_LABEL_DUAL_ROLE, result);
	return 0;
}

static int tell_exceptions(struct told *told, enum sekisho_guideline_item item,
			   enum sekisho_guideline_result *result)
{
	(void)item;
	tell_flows(told, SEKISHO_LABEL_EXCEPTION, result);
	return 0;
}

static int tell_integrity(struct told *told, enum sekisho_guideline_item item,
			  enum sekisho_guideline_result *result)
{
	bool japanese = told->run->options->japanese;
	const struct sekisho_verify_options options = { .pace = told->run->options->pace };
	struct sekisho_verify_result verified = { 0 };
	char hex[SEKISHO_DIGEST_HEX + 1] = "";
	int error = sekisho_verify(told->run->directory, &options, &verified);

	(void)item;
	if (error)
		return error;
	if (verified.defect) {
		say(told,
		    words(told,
			  "the log is NOT good: record %" PRIu64 ", %s line %" PRIu64
			  ": %s; %" PRIu64 " records before it are good",
			  "ログに異常：記録%" PRIu64 "、%sの%" PRIu64 "行目、%s。その前の%" PRIu64
			  "件は正常"),
		    verified.seq, *verified.file ? verified.file : "-", verified.line,
		    sekisho_defect_text(verified.defect, japanese), verified.records);
		*result = SEKISHO_GUIDELINE_ATTENTION;
		return 0;
	}
	if (verified.records)
		sekisho_digest_hex(verified.last_hash, hex);
	say(told,
	    words(told,
		  "the chain holds over the whole log: %" PRIu64 " records, %" PRIu64 " to %" PRIu64
		  "; last SHA-256 %s",
		  "ログ全体でハッシュチェーンは正常：%" PRIu64 "件、記録%" PRIu64 "から%" PRIu64
		  "、最後のSHA-256 %s"),
	    verified.records, verified.first_seq, verified.last_seq, hex);
	if (verified.checkpoints)
		say(told,
		    words(told,
			  "; %" PRIu64 " signed checkpoints hold, the last of %" PRIu64
			  " records; key id %02x%02x%02x%02x",
			  "。署名付きチェックポイント%" PRIu64 "個は正常、最後は記録%" PRIu64
			  "件分、鍵ID %02x%02x%02x%02x"),
		    verified.checkpoints, verified.checkpoint_size, verified.key.id[0],
		    verified.key.id[1], verified.key.id[2], verified.key.id[3]);
	else
		say(told, "%s",
		    words(told, "; no signed checkpoint", "。署名付きチェックポイントなし"));
	*result = verified.records ? SEKISHO_GUIDELINE_VERIFIED : SEKISHO_GUIDELINE_NOTHING;
	return 0;
}

static int tell_clock(struct told *told, enum sekisho_guideline_item item,
		      enum sekisho_guideline_result *result)
{
	const struct sekisho_survey *survey = told->run->survey;

	(void)item;
	say(told,
	    words(told, "\n%" PRIu64 " of %" PRIu64 " records made with an unsynchronised clock",
		  "\n時刻未同期の記録%" PRIu64 "件（全%" PRIu64 "件中）"),
	    survey->unsynchronised, survey->in_period);
	for (size_t i = 0; i < survey->span_count; i++) {
		char first[SEKISHO_STAMP_BYTES], last[SEKISHO_STAMP_BYTES];

		sekisho_export_time(told->run, survey->spans[i].first_ns, first);
		sekisho_export_time(told->run, survey->spans[i].last_ns, last);
		say(told,
		    words(told, "\nrecords %" PRIu64 " to %" PRIu64 ": %s to %s",
			  "\n記録%" PRIu64 "から%" PRIu64 "：%sから%s"),
		    survey->spans[i].first_seq, survey->spans[i].last_seq, first, last);
	}
	if (survey->unsynchronised)
		*result = SEKISHO_GUIDELINE_ATTENTION;
	else if (*result == SEKISHO_GUIDELINE_NOTHING && survey->in_period)
		*result = SEKISHO_GUIDELINE_VERIFIED;
	return 0;
}

static int tell_losses(struct told *told, enum sekisho_guideline_item item,
		       enum sekisho_guideline_result *result)
{
	const struct sekisho_survey *survey = told->run->survey;

	(void)item;
	if (survey->damaged) {
		say(told, words(told, "\n%" PRIu64 " damaged lines", "\n破損行%" PRIu64 "件"),
		    survey->damaged);
		*result = SEKISHO_GUIDELINE_ATTENTION;
	} else if (*result == SEKISHO_GUIDELINE_NOTHING && survey->in_period) {
		*result = SEKISHO_GUIDELINE_VERIFIED;
	}
	return 0;
}

static int tell_classes(struct told *told, enum sekisho_guideline_item item,
			enum sekisho_guideline_result *result)
{
	const struct sekisho_label *label = told->run->label;

	(void)item;
	say(told,
	    words(told,
		  "%s; policies read: %" PRIu64 ", not read: %" PRIu64
		  "; segments without a class: %" PRIu64,
		  "%s。読めたポリシー%" PRIu64 "件、読めないポリシー%" PRIu64
		  "件、分類のない領域%" PRIu64 "件"),
	    told->run->handling, label->policies, label->unread, label->unclassified);
	*result = label->unknown || label->unclassified || !label->confidentiality
			  ? SEKISHO_GUIDELINE_ATTENTION
			  : SEKISHO_GUIDELINE_VERIFIED;
	return 0;
}

/* What counts cannot tell; may change *result. */
static int (*const tellers[SEKISHO_GUIDELINE_ITEMS])(struct told *told,
						     enum sekisho_guideline_item item,
						     enum sekisho_guideline_result *result) = {
	[SEKISHO_ITEM_DUAL_ROLES] = tell_dual_roles, [SEKISHO_ITEM_ROLES] = tell_roles,
	[SEKISHO_ITEM_EXCEPTIONS] = tell_exceptions, [SEKISHO_ITEM_SUSPENSIONS] = tell_persons,
	[SEKISHO_ITEM_ISOLATIONS] = tell_persons,    [SEKISHO_ITEM_CHANGED] = tell_changes,
	[SEKISHO_ITEM_LOSSES] = tell_losses,	     [SEKISHO_ITEM_INTEGRITY] = tell_integrity,
	[SEKISHO_ITEM_CLOCK] = tell_clock,	     [SEKISHO_ITEM_CLASSES] = tell_classes,
};

static bool counts(const struct sekisho_guideline_definition *definition,
		   const struct sekisho_export_record *record)
{
	const struct sekisho_value *value;

	if (definition->types &&
	    (record->type < 0 || !(definition->types & (1ull << record->type))))
		return false;
	if (!definition->key)
		return true;
	value = sekisho_fields_find(&record->fields, definition->key);
	if (!value || !definition->values[0])
		return value;
	for (size_t i = 0; i < 4 && definition->values[i]; i++)
		if (sekisho_value_is(value, definition->values[i]))
			return true;
	return false;
}

static void group_of(const struct sekisho_guideline_definition *definition,
		     const struct sekisho_export_record *record, char *name, size_t size)
{
	char from[64], to[64];

	if (definition->pairs) {
		sekisho_fields_text(&record->fields, "from", from, sizeof(from));
		sekisho_fields_text(&record->fields, "to", to, sizeof(to));
		snprintf(name, size, "%s>%s", *from ? from : "-", *to ? to : "-");
		return;
	}
	if (!sekisho_fields_text(&record->fields, definition->group ? definition->group : "type",
				 name, size))
		snprintf(name, size, "-");
}

static void note_names(struct sekisho_guideline *guideline, enum sekisho_guideline_item item,
		       const struct sekisho_fields *fields)
{
	static const char *const keys[] = { "actor", "second", "authority" };
	char name[SEKISHO_RECORD_TEXT_BYTES + 1];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (sekisho_fields_text(fields, keys[i], name, sizeof(name)))
			sekisho_name_list_add(&guideline->persons[item], name);
}

static void note_open(struct sekisho_guideline *guideline,
		      const struct sekisho_export_record *record)
{
	bool segment = record->type == SEKISHO_RECORD_ISOLATE ||
		       record->type == SEKISHO_RECORD_RELEASE;
	struct sekisho_name_list *open =
		&guideline->open[segment ? SEKISHO_ITEM_ISOLATIONS : SEKISHO_ITEM_SUSPENSIONS];
	char name[SEKISHO_RECORD_TEXT_BYTES + 1];

	if (!sekisho_fields_text(&record->fields, segment ? "segment" : "target", name,
				 sizeof(name)))
		return;
	if (record->type == SEKISHO_RECORD_ISOLATE || record->type == SEKISHO_RECORD_SUSPEND)
		sekisho_name_list_add(open, name);
	else
		sekisho_name_list_remove(open, name);
}

static void note_change(struct sekisho_guideline *guideline,
			const struct sekisho_export_record *record)
{
	/* A confirmation belongs to a change that has its own ticket. */
	if (record->type == SEKISHO_RECORD_POLICY_CONFIRM)
		return;
	guideline->alone += !sekisho_fields_find(&record->fields, "second");
	guideline->unticketed += !sekisho_fields_find(&record->fields, "ticket");
	sekisho_fields_text(&record->fields, "digest_after", guideline->digest,
			    sizeof(guideline->digest));
}

static void note_act(struct sekisho_guideline *guideline,
		     const struct sekisho_export_record *record)
{
	uint64_t bit = record->type < 0 ? 0 : 1ull << record->type;

	if (!(bit & SEKISHO_GUIDELINE_ACTS))
		return;
	guideline->unnamed += !sekisho_fields_find(&record->fields, "actor") &&
			      !sekisho_fields_find(&record->fields, "authority");
	if (bit & SEKISHO_GUIDELINE_CHANGES)
		note_change(guideline, record);
	if (bit & SEKISHO_GUIDELINE_ORDERS)
		note_open(guideline, record);
}

void sekisho_guideline_take(struct sekisho_guideline *guideline,
			    const struct sekisho_export_record *record)
{
	bool moves = record->type == SEKISHO_RECORD_PERMIT || record->type == SEKISHO_RECORD_DENY ||
		     record->type == SEKISHO_RECORD_LOSS ||
		     record->type == SEKISHO_RECORD_GUARD_MISMATCH;
	int64_t sum = moves ? sekisho_fields_number(&record->fields, "count", 0) : 0;

	for (int item = 0; item < SEKISHO_GUIDELINE_ITEMS; item++) {
		char name[SEKISHO_RECORD_TEXT_BYTES + 1];

		if (!counts(&sekisho_guideline_items[item], record))
			continue;
		/* A port that came back is no gap. */
		if (item == SEKISHO_ITEM_ENFORCEMENT &&
		    (sekisho_value_is(sekisho_fields_find(&record->fields, "state"), "attached") ||
		     sekisho_value_is(sekisho_fields_find(&record->fields, "state"), "added")))
			continue;
		group_of(&sekisho_guideline_items[item], record, name, sizeof(name));
		sekisho_tallies_add(&guideline->tallies[item], name, record->entry->line.seq, sum);
		note_names(guideline, (enum sekisho_guideline_item)item, &record->fields);
	}
	note_act(guideline, record);
}

/* A word of a command line, in quotes where a shell needs them. */
static void say_word(struct told *told, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-:+,";

	if (*word && *word != '-' && strspn(word, plain) == strlen(word)) {
		say(told, " %s", word);
		return;
	}
	say(told, " '");
	for (; *word; word++)
		say(told, *word == '\'' ? "'\\''" : "%c", *word);
	say(told, "'");
}

static void say_time(struct told *told, const char *option, int64_t wall_ns)
{
	char time[SEKISHO_STAMP_BYTES];

	sekisho_export_time(told->run, wall_ns, time);
	say(told, " %s %s", option, time);
}

/* The command that shows the records behind a row. */
static void say_how(struct told *told, enum sekisho_guideline_item item)
{
	const struct sekisho_export_options *options = told->run->options;
	const char *directory = options->redactor ? "DIR" : options->directory;
	uint64_t types = sekisho_guideline_items[item].types;
	const char *separator = " --types ";

	if (item == SEKISHO_ITEM_INTEGRITY) {
		say(told, "sekishoctl audit verify");
		say_word(told, directory);
		return;
	}
	say(told, "sekishoctl audit export");
	say_word(told, directory);
	say(told, " --format jsonl --output -");
	for (int type = 0; type < SEKISHO_RECORD_TYPES; type++) {
		if (!(types & (1ull << type)))
			continue;
		say(told, "%s%s", separator,
		    sekisho_type_get((enum sekisho_record_type)type)->name);
		separator = ",";
	}
	if (options->has_since)
		say_time(told, "--since", options->selection.since_ns);
	if (options->has_until)
		say_time(told, "--until", options->selection.until_ns);
}

int sekisho_guideline_row(struct sekisho_guideline *guideline, struct sekisho_export_run *run,
			  size_t index, struct sekisho_guideline_row *row)
{
	struct told evidence = { guideline, run, { row->evidence, sizeof(row->evidence), 0 } };
	struct told how = { guideline, run, { row->how, sizeof(row->how), 0 } };
	const struct sekisho_guideline_definition *definition;
	int error = 0;

	if (index >= SEKISHO_GUIDELINE_ITEMS)
		return 0;
	definition = &sekisho_guideline_items[index];
	row->id = definition->id;
	row->item = words(&how, definition->item_english, definition->item_japanese);
	row->requirement = words(&how, definition->english, definition->japanese);
	row->evidence[0] = row->how[0] = '\0';
	row->result = guideline->tallies[index].all.records ? definition->some
							    : SEKISHO_GUIDELINE_NOTHING;
	if (definition->types || !tellers[index])
		say_tallies(&evidence, (enum sekisho_guideline_item)index);
	if (tellers[index])
		error = tellers[index](&evidence, (enum sekisho_guideline_item)index, &row->result);
	say_how(&how, (enum sekisho_guideline_item)index);
	return error ? error : 1;
}

struct sekisho_guideline *sekisho_guideline_new(void)
{
	return calloc(1, sizeof(struct sekisho_guideline));
}

void sekisho_guideline_free(struct sekisho_guideline *guideline)
{
	free(guideline);
}

const char *sekisho_guideline_result(enum sekisho_guideline_result result, bool japanese)
{
	switch (result) {
	case SEKISHO_GUIDELINE_VERIFIED:
		return japanese ? "確認済み" : "verified";
	case SEKISHO_GUIDELINE_NOTHING:
		return japanese ? "該当記録なし" : "nothing recorded";
	default:
		return japanese ? "要確認" : "needs attention";
	}
}

const char *sekisho_guideline_result_name(enum sekisho_guideline_result result)
{
	static const char *const names[] = { "verified", "nothing", "attention" };

	return names[result];
}
