// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts by name, and lists of names, with bounds. Knows nothing of what is counted.
 */
#include "tallies.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

/* Cut at a character. */
static void copy_name(char to[SEKISHO_TALLY_NAME_BYTES], const char *from)
{
	size_t used = 0;

	while (*from) {
		size_t bytes = sekisho_utf8_bytes((const unsigned char *)from);

		bytes = bytes ? bytes : 1;
		if (used + bytes >= SEKISHO_TALLY_NAME_BYTES)
			break;
		memcpy(to + used, from, bytes);
		used += bytes;
		from += bytes;
	}
	to[used] = '\0';
}

static void count(struct sekisho_record_tally *tally, uint64_t seq, int64_t sum)
{
	if (!tally->records++)
		tally->first_seq = seq;
	tally->last_seq = seq;
	if (sum > 0 && __builtin_add_overflow(tally->sum, (uint64_t)sum, &tally->sum))
		tally->sum = UINT64_MAX;
}

static struct sekisho_record_tally *find(struct sekisho_tallies *tallies, const char *name)
{
	char cut[SEKISHO_TALLY_NAME_BYTES];

	copy_name(cut, name);
	for (size_t i = 0; i < tallies->count; i++)
		if (!strcmp(tallies->items[i].name, cut))
			return &tallies->items[i].tally;
	if (tallies->count == SEKISHO_TALLIES_MAX)
		return &tallies->others;
	memcpy(tallies->items[tallies->count].name, cut, sizeof(cut));
	return &tallies->items[tallies->count++].tally;
}

void sekisho_tallies_add(struct sekisho_tallies *tallies, const char *name, uint64_t seq,
			 int64_t sum)
{
	count(&tallies->all, seq, sum);
	count(find(tallies, name), seq, sum);
}

void sekisho_name_list_add(struct sekisho_name_list *list, const char *name)
{
	char cut[SEKISHO_TALLY_NAME_BYTES];

	copy_name(cut, name);
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->names[i], cut))
			return;
	if (list->count == SEKISHO_NAMES_MAX)
		list->more = true;
	else
		memcpy(list->names[list->count++], cut, sizeof(cut));
}

void sekisho_name_list_remove(struct sekisho_name_list *list, const char *name)
{
	char cut[SEKISHO_TALLY_NAME_BYTES];

	copy_name(cut, name);
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->names[i], cut) != 0)
			continue;
		memmove(list->names[i], list->names[i + 1],
			(--list->count - i) * sizeof(list->names[0]));
		return;
	}
}
