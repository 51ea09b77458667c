/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store of generations: what was put in comes out, and an interrupted entry is none.
 */
#include "policy/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ktap.h"
#include "scratch.h"

static char state[] = "/tmp/sekisho-history-XXXXXX";

static int add(uint32_t generation, bool confirmed, const char *text)
{
	struct sekisho_history_entry entry = {
		.generation = generation,
		.kind = SEKISHO_HISTORY_APPLY,
		.confirmed = confirmed,
		.flows = 7,
		.digest = (char *)"00ff",
		.applied_at = (char *)"2026-04-01T00:00:00+09:00",
		.actor = (char *)"山田",
		.file = (char *)"a.yaml",
	};

	return sekisho_history_add(state, &entry, text, strlen(text));
}

static void check_empty(void)
{
	struct sekisho_history_entry *entries;
	size_t count;

	ok(!sekisho_history_last(state) && !sekisho_history_current(state), "empty at first");
	ok(!sekisho_history_list(state, &entries, &count) && !count, "with an empty list");
	sekisho_history_free(entries, count);
}

static void check_entries(void)
{
	const struct sekisho_history_entry *found;
	struct sekisho_history_entry *entries;
	size_t count, length = 0;
	char *text = NULL;

	ok(!add(9, true, "nine\n") && !add(10, false, "ten\n"), "two are stored");
	ok(add(10, true, "other\n") == -EEXIST, "none is stored twice");
	ok(sekisho_history_last(state) == 10, "the highest is found by number, not by name");
	ok(!sekisho_history_text(state, 9, &text, &length) && length == 5 &&
		   !strcmp(text, "nine\n"),
	   "the text is the same");
	free(text);
	ok(sekisho_history_text(state, 11, &text, &length) == -ENOENT, "there is no eleventh");
	ok(!sekisho_history_confirm(state, 10), "one is confirmed later");
	sekisho_history_list(state, &entries, &count);
	found = sekisho_history_find(entries, count, 10);
	ok(count == 2 && entries[0].generation == 9 && found && found->confirmed &&
		   found->flows == 7 && !strcmp(found->actor, "山田") && !found->second,
	   "and read with all that was known of it");
	sekisho_history_free(entries, count);
	ok(!sekisho_history_set_current(state, 10) && sekisho_history_current(state) == 10,
	   "the one in force is noted");
	ok(!sekisho_history_remove(state, 10) && sekisho_history_last(state) == 9,
	   "one that never came into force goes");
}

/* What a crash leaves: a directory that was not renamed yet, an entry without its meta data. */
static void check_torn(void)
{
	struct sekisho_history_entry *entries;
	char path[128];
	size_t count;

	snprintf(path, sizeof(path), "%s/generations/.new-12", state);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/generations/11", state);
	mkdir(path, 0700);
	sekisho_history_list(state, &entries, &count);
	ok(count == 1, "torn entries are not listed");
	sekisho_history_free(entries, count);
	ok(sekisho_history_last(state) == 11, "but their numbers are not given again");
	ok(!add(12, true, "twelve\n"), "what an interrupted run left is in nobody's way");
}

int main(void)
{
	scratch(state);
	plan(14);
	check_empty();
	check_entries();
	check_torn();
	return finish();
}
