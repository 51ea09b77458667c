// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts in bounded memory, against counts without bounds; and when nobody recorded.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/account.h"
#include "ktap.h"

#define MINUTE (60 * 1000000000ll)
#define HOUR   (60 * MINUTE)

static void add(struct sekisho_ranking *ranking, unsigned int key, uint64_t sum)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", key);
	sekisho_ranking_add(ranking, text, strlen(text), sum);
}

static uint64_t sum_of(const struct sekisho_ranking *ranking)
{
	uint64_t sum = ranking->others.sum;

	for (size_t i = 0; i < ranking->count; i++)
		sum += ranking->items[i].sum;
	return sum;
}

static void test_ranking(void)
{
	struct sekisho_ranking ranking = { .most = 1000 };
	static uint64_t twin[1000];
	bool same = true, ordered = true;
	uint64_t sum = 0;

	srandom(1);
	for (unsigned int i = 0; i < 100000; i++) {
		unsigned int key = (unsigned int)random() % 1000, count = random() & 15;

		add(&ranking, key, count);
		twin[key] += count;
	}
	for (unsigned int key = 0; key < 1000; key++) {
		char text[16];
		const struct sekisho_ranked *item;

		snprintf(text, sizeof(text), "%u", key);
		item = sekisho_ranking_find(&ranking, text, strlen(text));
		same = same && item && item->sum == twin[key] && !strcmp(item->key, text);
	}
	ok(same && !ranking.others.records, "as many keys as are kept are counted one by one");
	ok(!sekisho_ranking_find(&ranking, "1000", 4) && !sekisho_ranking_find(&ranking, "1\0", 2),
	   "other keys are not found");
	sekisho_ranking_sort(&ranking);
	for (size_t i = 1; i < ranking.count; i++)
		ordered = ordered && ranking.items[i - 1].sum >= ranking.items[i].sum;
	ok(ordered, "the largest first");
	sekisho_ranking_free(&ranking);

	/* A few that count much among a flood of others. */
	ranking = (struct sekisho_ranking){ .most = 64 };
	for (unsigned int i = 0; i < 50000; i++) {
		add(&ranking, 1000 + i, 1);
		add(&ranking, i % 8, 100);
		sum += 101;
	}
	sekisho_ranking_sort(&ranking);
	ok(ranking.count <= 64 && sum_of(&ranking) == sum, "what is folded is counted as others");
	ok(ranking.items[0].sum == 625000 && ranking.items[7].sum == 625000 &&
		   ranking.items[8].sum == 1,
	   "what counts much is not folded");
	sekisho_ranking_free(&ranking);

	ranking = (struct sekisho_ranking){ .most = 2 };
	add(&ranking, 1, UINT64_MAX);
	add(&ranking, 1, 5);
	ok(ranking.items[0].sum == UINT64_MAX, "a sum stays at the most that fits");
	sekisho_ranking_free(&ranking);
	ok(!sekisho_ranking_find(&ranking, "1", 1), "an empty one finds nothing");
}

static void take(struct sekisho_coverage *coverage, uint64_t seq, int64_t minute, const char *type)
{
	struct sekisho_entry entry = { .wall_ns = minute * MINUTE };

	entry.line.seq = seq;
	entry.line.type = type;
	entry.line.type_length = strlen(type);
	sekisho_coverage_take(coverage, &entry);
}

/* A period of two hours. */
static struct sekisho_coverage period(void)
{
	return (struct sekisho_coverage){ .since_ns = 0, .until_ns = 2 * HOUR };
}

static bool is_gap(const struct sekisho_coverage *coverage, size_t at,
		   enum sekisho_coverage_cause cause, int64_t from, int64_t to)
{
	const struct sekisho_coverage_gap *gap = &coverage->items[at];

	if (at < coverage->gaps && gap->cause == cause && gap->from_ns == from * MINUTE &&
	    gap->to_ns == to * MINUTE)
		return true;
	printf("# %d: %lld to %lld of %llu\n", gap->cause, (long long)(gap->from_ns / MINUTE),
	       (long long)(gap->to_ns / MINUTE), (unsigned long long)coverage->gaps);
	return false;
}

static void every_minute(struct sekisho_coverage *coverage, uint64_t *seq, int from, int to)
{
	for (int minute = from; minute <= to; minute++)
		take(coverage, (*seq)++, minute, "counters");
}

static void test_coverage(void)
{
	struct sekisho_coverage coverage = period();
	uint64_t seq = 0;

	sekisho_coverage_end(&coverage);
	ok(coverage.gaps == 1 && is_gap(&coverage, 0, SEKISHO_COVERAGE_BEFORE, 0, 120),
	   "an empty log has none of it");

	coverage = period();
	take(&coverage, seq++, -5, "start");
	every_minute(&coverage, &seq, -4, 130);
	sekisho_coverage_end(&coverage);
	ok(!coverage.gaps, "a collector that always writes leaves no gap");

	coverage = period();
	seq = 0;
	take(&coverage, seq++, -5, "start");
	every_minute(&coverage, &seq, -4, 30);
	take(&coverage, seq++, 30, "stop");
	take(&coverage, seq++, 40, "isolate");
	take(&coverage, seq++, 50, "start");
	every_minute(&coverage, &seq, 50, 60);
	take(&coverage, seq++, 63, "start");
	every_minute(&coverage, &seq, 63, 70);
	every_minute(&coverage, &seq, 90, 100);
	sekisho_coverage_end(&coverage);
	ok(coverage.gaps == 4 && is_gap(&coverage, 0, SEKISHO_COVERAGE_STOPPED, 30, 50) &&
		   is_gap(&coverage, 1, SEKISHO_COVERAGE_CUT, 60, 63) &&
		   is_gap(&coverage, 2, SEKISHO_COVERAGE_SILENT, 70, 90) &&
		   is_gap(&coverage, 3, SEKISHO_COVERAGE_AFTER, 100, 120),
	   "stopped, cut off, silent, and over");

	coverage = period();
	take(&coverage, 0, 20, "policy.apply");
	take(&coverage, 1, 30, "start");
	take(&coverage, 2, 31, "stop");
	take(&coverage, 3, 300, "policy.apply");
	sekisho_coverage_end(&coverage);
	ok(coverage.gaps == 3 && is_gap(&coverage, 0, SEKISHO_COVERAGE_BEFORE, 0, 20) &&
		   is_gap(&coverage, 1, SEKISHO_COVERAGE_STOPPED, 20, 30) &&
		   is_gap(&coverage, 2, SEKISHO_COVERAGE_STOPPED, 31, 120),
	   "before the first start, and after the last stop");

	coverage = period();
	seq = 500;
	every_minute(&coverage, &seq, -20, 130);
	sekisho_coverage_end(&coverage);
	ok(!coverage.gaps, "where the first files are away, so is the start");

	coverage = period();
	take(&coverage, 0, -5, "start");
	for (int i = 0; i < 1000; i++)
		take(&coverage, (uint64_t)i + 1, i % 2 ? 10 : 5, i % 2 ? "start" : "stop");
	sekisho_coverage_end(&coverage);
	ok(coverage.gaps > SEKISHO_COVERAGE_MAX, "more than are kept are counted");
}

static void test_steps(void)
{
	bool bounded = true;

	ok(sekisho_account_step(0, 72 * HOUR) == HOUR &&
		   sekisho_account_step(0, 72 * HOUR + 1) == 24 * HOUR &&
		   sekisho_account_step(0, 366 * 24 * HOUR) == 24 * HOUR &&
		   sekisho_account_step(0, 800 * 24 * HOUR) == 48 * HOUR,
	   "hours, days, several days");
	for (int64_t days = 1; days < 90000; days++) {
		int64_t step = sekisho_account_step(0, days * 24 * HOUR);

		bounded = bounded &&
			  (days * 24 * HOUR + step - 1) / step <= SEKISHO_ACCOUNT_STEPS_MAX;
	}
	ok(bounded, "there are never too many");
}

static void test_parts(void)
{
	struct sekisho_ranked item = { .key = "a\x1f\x1f"
					      "c\x1f",
				       .length = 5 };
	char text[8];

	sekisho_account_part(&item, SEKISHO_ACCOUNT_FROM, text, sizeof(text));
	ok(!strcmp(text, "a"), "the first part of a key");
	sekisho_account_part(&item, SEKISHO_ACCOUNT_TO, text, sizeof(text));
	ok(!strcmp(text, ""), "an empty one");
	sekisho_account_part(&item, SEKISHO_ACCOUNT_REASON, text, sizeof(text));
	ok(!strcmp(text, "c"), "the last");
	sekisho_account_part(&item, SEKISHO_ACCOUNT_SERVICE, text, sizeof(text));
	ok(!strcmp(text, ""), "one that is not there");
}

int main(void)
{
	plan(19);
	test_ranking();
	test_coverage();
	test_steps();
	test_parts();
	return finish();
}
