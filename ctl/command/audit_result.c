// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a search of the audit log found, and the printing of it. Knows nothing of how it was found.
 */
#include "command/audit_result.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/fields.h"
#include "audit/stamp.h"
#include "command/monitor_line.h"
#include "ui/format.h"
#include "ui/message.h"
#include "ui/table.h"

#define KEY_BYTES 2200 /* two names */
#define PAGE	  1000 /* rows of a table whose widths are found together */

static const char *const by_names[SEKISHO_AUDIT_BY_KEYS] = {
	[SEKISHO_AUDIT_BY_NOTHING] = "",	  [SEKISHO_AUDIT_BY_HOSTS] = "hosts",
	[SEKISHO_AUDIT_BY_SRC] = "src",		  [SEKISHO_AUDIT_BY_DST] = "dst",
	[SEKISHO_AUDIT_BY_SEGMENTS] = "segments", [SEKISHO_AUDIT_BY_PORT] = "port",
	[SEKISHO_AUDIT_BY_REASON] = "reason",	  [SEKISHO_AUDIT_BY_FLOW] = "flow",
	[SEKISHO_AUDIT_BY_TYPE] = "type",
};

static const struct sekisho_column record_columns[] = {
	{ "host", N_("Recorded by"), SEKISHO_COLUMN_TEXT },
	{ "seq", N_("Record"), SEKISHO_COLUMN_NUMBER },
	{ "begin", N_("Time"), SEKISHO_COLUMN_TIME },
	{ "end", N_("Ended"), SEKISHO_COLUMN_TIME },
	{ "kind", N_("Type"), SEKISHO_COLUMN_TEXT },
	{ "details", N_("Details"), SEKISHO_COLUMN_TEXT },
};

static const struct sekisho_column group_columns[] = {
	{ "key", N_("Key"), SEKISHO_COLUMN_TEXT },
	{ "records", N_("Records"), SEKISHO_COLUMN_NUMBER },
	{ "packets", N_("Packets"), SEKISHO_COLUMN_NUMBER },
	{ "first", N_("First"), SEKISHO_COLUMN_TIME },
	{ "last", N_("Last"), SEKISHO_COLUMN_TIME },
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

bool sekisho_audit_by_find(const char *name, enum sekisho_audit_by *by)
{
	for (int i = SEKISHO_AUDIT_BY_HOSTS; i < SEKISHO_AUDIT_BY_KEYS; i++) {
		if (strcmp(by_names[i], name) != 0)
			continue;
		*by = (enum sekisho_audit_by)i;
		return true;
	}
	return false;
}

int sekisho_audit_result_begin(struct sekisho_audit_result *result)
{
	/* On disk, since it may be much, and nothing is shown before all of it is sure. */
	result->rows = tmpfile();
	if (!result->rows)
		return -errno;
	result->places = json_object();
	if (!result->places) {
		sekisho_audit_result_end(result);
		return -ENOMEM;
	}
	return 0;
}

static void free_groups(struct sekisho_audit_result *result)
{
	for (size_t i = 0; i < result->group_count; i++)
		free(result->groups[i].key);
	result->group_count = 0;
	json_object_clear(result->places);
}

void sekisho_audit_result_end(struct sekisho_audit_result *result)
{
	if (result->rows)
		fclose(result->rows);
	free_groups(result);
	free(result->groups);
	json_decref(result->places);
	result->rows = NULL;
	result->groups = NULL;
	result->places = NULL;
}

void sekisho_audit_result_clear(void *context)
{
	struct sekisho_audit_result *result = context;

	if (fseek(result->rows, 0, SEEK_SET)) {
		result->error = -EIO;
	} else {
		int file = fileno(result->rows);

		if (ftruncate(file, 0))
			result->error = -errno;
	}
	free_groups(result);
	memset(&result->all, 0, sizeof(result->all));
	result->records = 0;
	result->more = false;
	result->cleared = true;
}

static const struct sekisho_fact *fact_of(const struct sekisho_facts *facts,
					  enum sekisho_fact_kind kind)
{
	for (size_t i = 0; i < facts->count; i++)
		if (facts->items[i].kind == kind)
			return &facts->items[i];
	return NULL;
}

/* An address, a name, a port or a protocol as people write it; `-` where the record has none. */
static void put_fact(char *text, size_t size, const struct sekisho_facts *facts,
		     enum sekisho_fact_kind kind)
{
	const struct sekisho_fact *fact = fact_of(facts, kind);

	if (!fact)
		snprintf(text, size, "-");
	else if (fact->text)
		snprintf(text, size, "%.*s", (int)fact->length, fact->text);
	else if (kind == SEKISHO_FACT_DPORT)
		snprintf(text, size, "%u", fact->value[0] << 8 | fact->value[1]);
	else if (kind == SEKISHO_FACT_PROTOCOL)
		sekisho_format_protocol(text, fact->value[0]);
	else if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)fact->value))
		inet_ntop(AF_INET, fact->value + 12, text, (socklen_t)size);
	else
		inet_ntop(AF_INET6, fact->value, text, (socklen_t)size);
}

static void put_pair(char key[KEY_BYTES], const struct sekisho_facts *facts,
		     enum sekisho_fact_kind first, const char *between,
		     enum sekisho_fact_kind second)
{
	size_t used;

	put_fact(key, KEY_BYTES, facts, first);
	used = strlen(key);
	used += (size_t)snprintf(key + used, KEY_BYTES - used, "%s", between);
	if (used < KEY_BYTES - INET6_ADDRSTRLEN)
		put_fact(key + used, KEY_BYTES - used, facts, second);
}

static void make_key(char key[KEY_BYTES], enum sekisho_audit_by by,
		     const struct sekisho_facts *facts)
{
	static const enum sekisho_fact_kind kinds[SEKISHO_AUDIT_BY_KEYS] = {
		[SEKISHO_AUDIT_BY_SRC] = SEKISHO_FACT_SRC,
		[SEKISHO_AUDIT_BY_DST] = SEKISHO_FACT_DST,
		[SEKISHO_AUDIT_BY_REASON] = SEKISHO_FACT_REASON,
		[SEKISHO_AUDIT_BY_FLOW] = SEKISHO_FACT_FLOW,
		[SEKISHO_AUDIT_BY_TYPE] = SEKISHO_FACT_TYPE,
	};

	if (by == SEKISHO_AUDIT_BY_HOSTS)
		put_pair(key, facts, SEKISHO_FACT_SRC, " > ", SEKISHO_FACT_DST);
	else if (by == SEKISHO_AUDIT_BY_SEGMENTS)
		put_pair(key, facts, SEKISHO_FACT_FROM, " > ", SEKISHO_FACT_TO);
	else if (by == SEKISHO_AUDIT_BY_PORT)
		put_pair(key, facts, SEKISHO_FACT_PROTOCOL, "/", SEKISHO_FACT_DPORT);
	else
		put_fact(key, KEY_BYTES, facts, kinds[by]);
}

/* The group of a key; NULL where there would be too many, or no memory. */
static struct sekisho_audit_group *group_of(struct sekisho_audit_result *result, const char *key)
{
	json_t *place = json_object_get(result->places, key);
	struct sekisho_audit_group *group;

	if (place)
		return &result->groups[json_integer_value(place)];
	if (result->group_count == SEKISHO_AUDIT_GROUPS_MAX) {
		result->error = -E2BIG;
		return NULL;
	}
	if (result->group_count == result->group_room) {
		size_t room = result->group_room ? 2 * result->group_room : 256;
		void *grown = reallocarray(result->groups, room, sizeof(*result->groups));

		if (!grown)
			return NULL;
		result->groups = grown;
		result->group_room = room;
	}
	group = &result->groups[result->group_count];
	*group = (struct sekisho_audit_group){ .key = strdup(key) };
	/* What is no UTF-8 is no record. */
	if (!group->key ||
	    json_object_set_new_nocheck(result->places, key,
					json_integer((json_int_t)result->group_count))) {
		free(group->key);
		return NULL;
	}
	result->group_count++;
	return group;
}

static void count_into(struct sekisho_audit_group *group, const struct sekisho_facts *facts,
		       uint64_t packets)
{
	if (!group->records || facts->begin_ns < group->first_ns)
		group->first_ns = facts->begin_ns;
	if (!group->records || facts->end_ns > group->last_ns)
		group->last_ns = facts->end_ns;
	group->records++;
	if (__builtin_add_overflow(group->packets, packets, &group->packets))
		group->packets = UINT64_MAX;
}

/* What a number of the record says, where it can be a count. */
static uint64_t counted(const struct sekisho_fields *fields, const char *key)
{
	int64_t number = sekisho_fields_number(fields, key, 0);

	return number > 0 ? (uint64_t)number : 0;
}

/* Packets that a record of traffic tells of, of a connection in both directions. */
static uint64_t packets_of(const struct sekisho_entry *entry)
{
	struct sekisho_fields fields;

	/* What is missing was no packet that anybody counted. */
	if (sekisho_line_is(&entry->line, "loss"))
		return 0;
	sekisho_fields_read(&fields, entry->text);
	if (sekisho_line_is(&entry->line, "flow.end"))
		return counted(&fields, "packets_out") + counted(&fields, "packets_in");
	return counted(&fields, "count");
}

static int count(struct sekisho_audit_result *result, const struct sekisho_entry *entry,
		 const struct sekisho_facts *facts)
{
	uint64_t packets = packets_of(entry);
	struct sekisho_audit_group *group;
	char key[KEY_BYTES];

	count_into(&result->all, facts, packets);
	if (!result->by)
		return 0;
	make_key(key, result->by, facts);
	group = group_of(result, key);
	if (!group) {
		result->error = result->error ? result->error : -ENOMEM;
		return 1;
	}
	count_into(group, facts, packets);
	return 0;
}

int sekisho_audit_result_add(void *context, const struct sekisho_entry *entry,
			     const struct sekisho_facts *facts)
{
	struct sekisho_audit_result *result = context;

	if (result->error)
		return 1;
	if (result->count)
		return count(result, entry, facts);
	if (result->records == result->limit) {
		result->more = true;
		return 1;
	}
	if (fwrite(entry->text, entry->length, 1, result->rows) != 1)
		result->error = -errno;
	result->records++;
	return result->error != 0;
}

bool sekisho_audit_result_empty(const struct sekisho_audit_result *result)
{
	return !result->records && !result->all.records;
}

static const char *first_text(const json_t *record, const char *const *keys)
{
	for (; *keys; keys++) {
		const char *text = json_string_value(json_object_get(record, *keys));

		if (text)
			return text;
	}
	return NULL;
}

/* A record as a row of the table. */
static json_t *row_of(const char *line)
{
	static const char *const begins[] = { "first", "start", "at", "time", NULL };
	static const char *const ends[] = { "last", "end", NULL };
	json_t *record = json_loads(line, 0, NULL), *row;
	const char *begin = first_text(record, begins), *end = first_text(record, ends);
	char *details = NULL;
	size_t length = 0;
	FILE *stream = record ? open_memstream(&details, &length) : NULL;

	if (stream)
		sekisho_monitor_details(record, stream);
	if (!stream || fclose(stream)) {
		free(details);
		json_decref(record);
		return NULL;
	}
	/* Within one second there is nothing to see. */
	if (end && begin && !strncmp(begin, end, 19))
		end = NULL;
	row = json_pack("{s:O, s:O, s:s, s:s?, s:s, s:s}", "host", json_object_get(record, "host"),
			"seq", json_object_get(record, "seq"), "begin", begin ? begin : "-", "end",
			end, "kind", sekisho_monitor_type(record), "details",
			details + strspn(details, " "));
	free(details);
	json_decref(record);
	return row;
}

static int print_page(json_t *rows, bool hosts, FILE *stream)
{
	size_t skip = hosts ? 0 : 1;

	return sekisho_table_print(rows, record_columns + skip, COUNT_OF(record_columns) - skip,
				   stream);
}

static int print_table(struct sekisho_audit_result *result, bool hosts, FILE *stream)
{
	json_t *rows = json_array();
	char *line = NULL;
	size_t room = 0;
	int error = rows ? 0 : -ENOMEM;

	while (!error && getline(&line, &room, result->rows) > 0) {
		if (json_array_append_new(rows, row_of(line))) {
			error = -ENOMEM;
		} else if (json_array_size(rows) == PAGE) {
			error = print_page(rows, hosts, stream);
			json_array_clear(rows);
		}
	}
	if (!error && json_array_size(rows))
		error = print_page(rows, hosts, stream);
	json_decref(rows);
	free(line);
	return error;
}

/* The records' own bytes, as elements of an array or as lines. */
static int print_lines(struct sekisho_audit_result *result, bool array, FILE *stream)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	bool first = true;

	if (array)
		fputs("[", stream);
	while ((length = getline(&line, &room, result->rows)) > 0) {
		if (array)
			fprintf(stream, "%s\n%.*s", first ? "" : ",", (int)length - 1, line);
		else
			fwrite(line, (size_t)length, 1, stream);
		first = false;
	}
	free(line);
	if (array)
		fputs("\n]\n", stream);
	return ferror(stream) || ferror(result->rows) ? -EIO : 0;
}

static int compare_groups(const void *left, const void *right)
{
	const struct sekisho_audit_group *a = left, *b = right;

	if (a->records != b->records)
		return a->records < b->records ? 1 : -1;
	return strcmp(a->key, b->key);
}

static json_t *group_json(const struct sekisho_audit_group *group, int32_t zone)
{
	char first[SEKISHO_STAMP_BYTES], last[SEKISHO_STAMP_BYTES];
	uint64_t packets = group->packets > INT64_MAX ? INT64_MAX : group->packets;

	sekisho_stamp_text(first, group->first_ns, zone);
	sekisho_stamp_text(last, group->last_ns, zone);
	return json_pack("{s:s?, s:I, s:I, s:s?, s:s?}", "key", group->key, "records",
			 (json_int_t)group->records, "packets", (json_int_t)packets, "first",
			 group->records ? first : NULL, "last", group->records ? last : NULL);
}

static int print_groups(struct sekisho_audit_result *result, enum sekisho_audit_form form,
			int32_t zone, FILE *stream)
{
	json_t *rows = json_array(), *all = group_json(&result->all, zone);
	size_t shown = result->group_count < result->limit ? result->group_count : result->limit;
	int error = rows && all ? 0 : -ENOMEM;

	result->more = shown < result->group_count;
	json_object_del(all, "key");
	if (result->group_count)
		qsort(result->groups, result->group_count, sizeof(*result->groups), compare_groups);
	/* The places are no longer true; nothing is added any more. */
	for (size_t i = 0; !error && i < shown; i++)
		error = json_array_append_new(rows, group_json(&result->groups[i], zone)) ? -ENOMEM
											  : 0;
	if (!error && form != SEKISHO_AUDIT_TABLE) {
		if (result->by)
			json_object_set(all, "groups", rows);
		error = sekisho_json_print(json_incref(all), stream);
	} else if (!error) {
		if (result->by && shown)
			error = sekisho_table_print(rows, group_columns, COUNT_OF(group_columns),
						    stream);
		if (!error && !result->by)
			error = sekisho_fields_print(all, group_columns + 1,
						     COUNT_OF(group_columns) - 1, stream);
	}
	json_decref(rows);
	json_decref(all);
	return error;
}

int sekisho_audit_result_print(struct sekisho_audit_result *result, enum sekisho_audit_form form,
			       bool hosts, int32_t zone, FILE *stream)
{
	if (result->count)
		return print_groups(result, form, zone, stream);
	if (fflush(result->rows) || fseek(result->rows, 0, SEEK_SET))
		return -errno;
	if (form == SEKISHO_AUDIT_TABLE)
		return print_table(result, hosts, stream);
	return print_lines(result, form == SEKISHO_AUDIT_JSON, stream);
}
