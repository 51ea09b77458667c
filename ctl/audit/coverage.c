// SPDX-License-Identifier: GPL-2.0-only
/*
 * When nobody recorded. Knows nothing of what records say beside that a collector came or went.
 */
#include "coverage.h"

static void note(struct sekisho_coverage *coverage, enum sekisho_coverage_cause cause,
		 int64_t from_ns, int64_t to_ns, uint64_t seq)
{
	if (from_ns < coverage->since_ns)
		from_ns = coverage->since_ns;
	if (to_ns > coverage->until_ns)
		to_ns = coverage->until_ns;
	if (from_ns >= to_ns)
		return;
	if (coverage->gaps < SEKISHO_COVERAGE_MAX)
		coverage->items[coverage->gaps] =
			(struct sekisho_coverage_gap){ cause, from_ns, to_ns, seq };
	coverage->gaps++;
}

static void begin(struct sekisho_coverage *coverage, const struct sekisho_entry *entry)
{
	coverage->begun = true;
	note(coverage, SEKISHO_COVERAGE_BEFORE, coverage->since_ns, entry->wall_ns,
	     entry->line.seq);
	/* Where the first files are in an archive, so is the record that a collector started. */
	coverage->away = !entry->line.seq;
	coverage->away_since_ns = entry->wall_ns;
	coverage->last_ns = entry->wall_ns;
}

static void take_start(struct sekisho_coverage *coverage, const struct sekisho_entry *entry)
{
	note(coverage, coverage->away ? SEKISHO_COVERAGE_STOPPED : SEKISHO_COVERAGE_CUT,
	     coverage->away ? coverage->away_since_ns : coverage->last_ns, entry->wall_ns,
	     entry->line.seq);
	coverage->away = false;
}

static void take_stop(struct sekisho_coverage *coverage, const struct sekisho_entry *entry)
{
	coverage->away = true;
	coverage->away_since_ns = entry->wall_ns;
}

void sekisho_coverage_take(struct sekisho_coverage *coverage, const struct sekisho_entry *entry)
{
	if (!coverage->begun)
		begin(coverage, entry);
	if (sekisho_line_is(&entry->line, "start"))
		take_start(coverage, entry);
	else if (!coverage->away &&
		 entry->wall_ns - coverage->last_ns > SEKISHO_COVERAGE_SILENCE_NS)
		note(coverage, SEKISHO_COVERAGE_SILENT, coverage->last_ns, entry->wall_ns,
		     entry->line.seq);
	if (sekisho_line_is(&entry->line, "stop"))
		take_stop(coverage, entry);
	coverage->last_ns = entry->wall_ns;
	coverage->last_seq = entry->line.seq;
}

void sekisho_coverage_end(struct sekisho_coverage *coverage)
{
	if (!coverage->begun)
		note(coverage, SEKISHO_COVERAGE_BEFORE, coverage->since_ns, coverage->until_ns, 0);
	else if (coverage->away)
		note(coverage, SEKISHO_COVERAGE_STOPPED, coverage->away_since_ns,
		     coverage->until_ns, coverage->last_seq);
	else if (coverage->until_ns - coverage->last_ns > SEKISHO_COVERAGE_SILENCE_NS)
		note(coverage, SEKISHO_COVERAGE_AFTER, coverage->last_ns, coverage->until_ns,
		     coverage->last_seq);
}
