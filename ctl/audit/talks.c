// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who talked to whom. Knows nothing of files, or of which records are wanted.
 */
#include "talks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "headings.h"
#include "stamp.h"
#include "types.h"

/* What is beyond in a hostile log's texts is cut. */
#define PART_BYTES 96
#define SLOTS	   (4 * SEKISHO_TALKS_MAX)
#define FREE_SLOT  UINT32_MAX

/* What groups are told apart by; of the end of a connection by other names. */
enum part {
	SRC,
	DST,
	FROM,
	TO,
	PROTO,
	DPORT,
	FLOW,
	TYPE,
	REASON,
	OVERFLOW,
	PARTS
};

static const struct {
	const char *key, *end_key;
} parts[PARTS] = {
	[SRC] = { "src", "initiator" },	   [DST] = { "dst", "responder" },
	[FROM] = { "from", "from" },	   [TO] = { "to", "to" },
	[PROTO] = { "proto", "proto" },	   [DPORT] = { "dport", "responder_port" },
	[FLOW] = { "flow", "flow" },	   [TYPE] = { "type", "type" },
	[REASON] = { "reason", "reason" }, [OVERFLOW] = { "overflow", "overflow" },
};

enum sum {
	RECORDS,
	CONNECTIONS,
	PACKETS_OUT,
	PACKETS_IN,
	BYTES_OUT,
	BYTES_IN,
	SUMS
};

static const char *const sum_keys[SUMS] = {
	[RECORDS] = "records",	     [CONNECTIONS] = "connections", [PACKETS_OUT] = "packets_out",
	[PACKETS_IN] = "packets_in", [BYTES_OUT] = "bytes_out",	    [BYTES_IN] = "bytes_in",
};

struct group {
	char *parts; /* PARTS texts one behind another, each with its NUL; NULL: the shared one */
	int64_t first_ns, last_ns;
	uint64_t sums[SUMS];
};

struct sekisho_talks {
	size_t most, count, room;
	struct group *groups;
	struct group folded;
	uint64_t seed;
	uint32_t slots[SLOTS];
};

struct sekisho_talks *sekisho_talks_new(size_t most)
{
	struct sekisho_talks *talks = malloc(sizeof(*talks));

	if (!talks)
		return NULL;
	memset(talks, 0, offsetof(struct sekisho_talks, slots));
	memset(talks->slots, 0xff, sizeof(talks->slots));
	talks->most = most < SEKISHO_TALKS_MAX ? most : SEKISHO_TALKS_MAX;
	/* Who floods the border chooses the keys, and is not to know which share a slot. */
	if (getrandom(&talks->seed, sizeof(talks->seed), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(talks->seed))
		talks->seed = (uint64_t)(uintptr_t)talks;
	return talks;
}

void sekisho_talks_free(struct sekisho_talks *talks)
{
	if (!talks)
		return;
	for (size_t i = 0; i < talks->count; i++)
		free(talks->groups[i].parts);
	free(talks->groups);
	free(talks);
}

static void add(uint64_t *sum, int64_t number)
{
	if (number > 0 && __builtin_add_overflow(*sum, (uint64_t)number, sum))
		*sum = UINT64_MAX;
}

static int64_t number_of(const struct sekisho_fields *fields, const char *key)
{
	return sekisho_fields_number(fields, key, 0);
}

static void add_sums(struct group *group, const struct sekisho_talk *talk)
{
	const struct sekisho_fields *fields = talk->fields;

	group->sums[RECORDS]++;
	if (talk->type == SEKISHO_RECORD_FLOW_END) {
		add(&group->sums[CONNECTIONS], 1);
		for (int sum = PACKETS_OUT; sum < SUMS; sum++)
			add(&group->sums[sum], number_of(fields, sum_keys[sum]));
		return;
	}
	/* Each packet that was newly permitted is a connection; others are samples of one. */
	if (sekisho_value_is(sekisho_fields_find(fields, "reason"), "permit-new"))
		add(&group->sums[CONNECTIONS], number_of(fields, "count"));
	add(&group->sums[PACKETS_OUT], number_of(fields, "count"));
	add(&group->sums[BYTES_OUT], number_of(fields, "bytes"));
}

static void add_talk(struct group *group, const struct sekisho_talk *talk)
{
	if (!group->sums[RECORDS] || talk->first_ns < group->first_ns)
		group->first_ns = talk->first_ns;
	if (!group->sums[RECORDS] || talk->last_ns > group->last_ns)
		group->last_ns = talk->last_ns;
	add_sums(group, talk);
}

static size_t make_key(const struct sekisho_talk *talk, char key[PARTS * PART_BYTES])
{
	size_t used = 0;

	for (int part = 0; part < PARTS; part++) {
		const char *name = talk->type == SEKISHO_RECORD_FLOW_END ? parts[part].end_key
									 : parts[part].key;
		const struct sekisho_value *value = sekisho_fields_find(talk->fields, name);

		key[used] = '\0';
		if (value)
			used += sekisho_value_text(value, key + used, PART_BYTES);
		used++;
	}
	return used;
}

static size_t slot_of(const struct sekisho_talks *talks, const char *key, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325 ^ talks->seed;

	for (size_t i = 0; i < length; i++) {
		hash = (hash ^ (unsigned char)key[i]) * 0x100000001b3;
		hash ^= hash >> 29;
	}
	return hash % SLOTS;
}

static size_t key_length(const char *parts_text)
{
	const char *at = parts_text;

	for (int part = 0; part < PARTS; part++)
		at += strlen(at) + 1;
	return (size_t)(at - parts_text);
}

static struct group *make_group(struct sekisho_talks *talks, const char *key, size_t length)
{
	struct group *group;

	if (talks->count == talks->room) {
		size_t room = talks->room ? 2 * talks->room : 256;
		struct group *grown = reallocarray(talks->groups, room, sizeof(*grown));

		if (!grown)
			return NULL;
		talks->groups = grown;
		talks->room = room;
	}
	group = &talks->groups[talks->count];
	memset(group, 0, sizeof(*group));
	group->parts = malloc(length);
	if (!group->parts)
		return NULL;
	memcpy(group->parts, key, length);
	talks->count++;
	return group;
}

int sekisho_talks_add(struct sekisho_talks *talks, const struct sekisho_talk *talk)
{
	char key[PARTS * PART_BYTES];
	size_t length = make_key(talk, key);
	size_t slot = slot_of(talks, key, length);
	struct group *group;

	/* There are more slots than groups: one is free. */
	for (; talks->slots[slot] != FREE_SLOT; slot = (slot + 1) % SLOTS) {
		group = &talks->groups[talks->slots[slot]];
		if (key_length(group->parts) == length && !memcmp(group->parts, key, length)) {
			add_talk(group, talk);
			return 0;
		}
	}
	if (talks->count == talks->most) {
		add_talk(&talks->folded, talk);
		return 0;
	}
	group = make_group(talks, key, length);
	if (!group)
		return -ENOMEM;
	talks->slots[slot] = (uint32_t)(talks->count - 1);
	add_talk(group, talk);
	return 0;
}

size_t sekisho_talks_count(const struct sekisho_talks *talks)
{
	return talks->count;
}

uint64_t sekisho_talks_folded(const struct sekisho_talks *talks)
{
	return talks->folded.sums[RECORDS];
}

static int by_beginning(const void *left, const void *right)
{
	const struct group *a = left, *b = right;
	size_t length = key_length(a->parts), other = key_length(b->parts);
	int order;

	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	order = memcmp(a->parts, b->parts, length < other ? length : other);
	return order ? order : (length > other) - (length < other);
}

/* The table's columns: two, the parts, three, the sums. */
enum column {
	HANDLING,
	WHAT,
	PART,
	FIRST = PART + PARTS,
	LAST,
	OFFSET,
	SUM,
	COLUMNS = SUM + SUMS,
};

static const char *key_of(unsigned int column)
{
	static const char *const own[] = {
		[HANDLING] = "handling", [WHAT] = "what",     [FIRST] = "first",
		[LAST] = "last",	 [OFFSET] = "offset",
	};

	if (column >= SUM)
		return sum_keys[column - SUM];
	return column >= PART && column < FIRST ? parts[column - PART].key : own[column];
}

static enum sekisho_csv_kind kind_of(unsigned int column)
{
	if (column == FIRST || column == LAST)
		return SEKISHO_CSV_TIME;
	return column >= SUM || column == PART + DPORT ? SEKISHO_CSV_NUMBER : SEKISHO_CSV_TEXT;
}

static int put_row(struct sekisho_csv *csv, bool japanese, const char *const cells[COLUMNS])
{
	for (unsigned int column = 0; column < COLUMNS; column++)
		sekisho_csv_cell(csv, sekisho_heading(key_of(column), japanese), cells[column],
				 kind_of(column));
	return sekisho_csv_row(csv);
}

static void format_time(char text[SEKISHO_STAMP_BYTES], int64_t wall_ns, int32_t zone)
{
	char stamp[SEKISHO_STAMP_BYTES];

	sekisho_stamp_text(stamp, wall_ns, zone);
	snprintf(text, SEKISHO_STAMP_BYTES, "%.10s %.12s", stamp, stamp + 11);
}

static const char *what_of(const char *type, bool japanese)
{
	int found = sekisho_type_find(type);
	const struct sekisho_type *known =
		found < 0 ? NULL : sekisho_type_get((enum sekisho_record_type)found);

	if (!known)
		return "";
	return japanese ? known->japanese : known->english;
}

static int put_group(struct sekisho_csv *csv, const struct group *group, const char *handling,
		     int32_t zone, bool japanese)
{
	char first[SEKISHO_STAMP_BYTES], last[SEKISHO_STAMP_BYTES], stamp[SEKISHO_STAMP_BYTES];
	char offset[16], numbers[SUMS][24];
	const char *cells[COLUMNS] = {
		[HANDLING] = handling, [FIRST] = first, [LAST] = last, [OFFSET] = offset
	};
	const char *at = group->parts;

	for (int part = 0; part < PARTS; part++) {
		cells[PART + part] = at ? at : "";
		at = at ? at + strlen(at) + 1 : NULL;
	}
	cells[WHAT] = japanese ? "個別の行に分けられなかった通信の合計"
			       : "all that found no row of its own";
	if (group->parts)
		cells[WHAT] = what_of(cells[PART + TYPE], japanese);
	format_time(first, group->first_ns, zone);
	format_time(last, group->last_ns, zone);
	sekisho_stamp_text(stamp, group->first_ns, zone);
	snprintf(offset, sizeof(offset), "UTC%.6s", stamp + 23);
	for (int sum = 0; sum < SUMS; sum++) {
		snprintf(numbers[sum], sizeof(numbers[sum]), "%" PRIu64, group->sums[sum]);
		cells[SUM + sum] = numbers[sum];
	}
	return put_row(csv, japanese, cells);
}

static int put_headings(struct sekisho_csv *csv, bool japanese)
{
	const char *cells[COLUMNS];

	for (unsigned int column = 0; column < COLUMNS; column++)
		cells[column] = sekisho_heading(key_of(column), japanese);
	return put_row(csv, japanese, cells);
}

int sekisho_talks_write(struct sekisho_talks *talks, struct sekisho_csv *csv, const char *handling,
			int32_t zone, bool japanese)
{
	int error = put_headings(csv, japanese);

	/* Places in the table of slots are of no use any more. */
	if (talks->count)
		qsort(talks->groups, talks->count, sizeof(*talks->groups), by_beginning);
	for (size_t i = 0; i < talks->count && !error; i++)
		error = put_group(csv, &talks->groups[i], handling, zone, japanese);
	if (!error && talks->folded.sums[RECORDS])
		error = put_group(csv, &talks->folded, handling, zone, japanese);
	return error;
}
