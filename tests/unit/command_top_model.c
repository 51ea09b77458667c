// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `top` makes of counters: rates are true and never negative, whatever is made anew; the past
 * is a minute; order and selection.
 */
#include <stdlib.h>
#include <string.h>

#include "command/top_model.h"
#include "ktap.h"

#define SECOND 1000000000LL
#define START  (1000 * SECOND)

static struct sekisho_top_model model;

static struct sekisho_top_sample sample(const char *first, const char *second, uint64_t packets,
					uint64_t bytes)
{
	return (struct sekisho_top_sample){ .texts = { first, second },
					    .counts = { packets, bytes } };
}

static int take(int64_t at_ns, enum sekisho_top_kind kind, struct sekisho_top_sample *samples,
		size_t count, bool anew)
{
	struct sekisho_top_look look = { .at_ns = at_ns };

	look.samples[kind] = samples;
	look.counts[kind] = count;
	look.anew[kind] = anew;
	look.listed[SEKISHO_TOP_PAIRS] = true;
	return sekisho_top_model_take(&model, &look);
}

/* One pair, of which so many packets and bytes were counted. */
static void pair(int64_t at_ns, uint64_t packets, uint64_t bytes)
{
	struct sekisho_top_sample one = sample("mn", "lg", packets, bytes);

	take(at_ns, SEKISHO_TOP_PAIRS, &one, 1, false);
}

static const struct sekisho_top_row *row(enum sekisho_top_kind kind, const char *first,
					 const char *second)
{
	return sekisho_top_model_find(&model, kind, first, second);
}

static uint64_t rate(void)
{
	return row(SEKISHO_TOP_PAIRS, "mn", "lg")->rates[SEKISHO_TOP_PACKETS];
}

static void test_rates(void)
{
	pair(START, 1000, 100000);
	ok(!model.elapsed_ns && !rate() && !row(SEKISHO_TOP_PAIRS, "mn", "lg")->history,
	   "one look has no rates");
	pair(START + 2 * SECOND, 1500, 200000);
	ok(rate() == 250000 &&
		   row(SEKISHO_TOP_PAIRS, "mn", "lg")->rates[SEKISHO_TOP_BYTES] == 50000000,
	   "what came, by the time that it took");
	ok(row(SEKISHO_TOP_PAIRS, "mn", "lg")->deltas[SEKISHO_TOP_PACKETS] == 500, "and how much");
	pair(START + 2 * SECOND + SECOND / 2, 1501, 200000);
	ok(rate() == 2000, "half a second counts as half a second");
	pair(START + 5 * SECOND + SECOND / 2, 1501 + UINT64_MAX / 2, 200000);
	ok(rate() == UINT64_MAX, "what is more than can be written is the most that can");
	sekisho_top_model_free(&model);
}

static void test_anew(void)
{
	struct sekisho_top_sample later = sample("mn", "lg", 5000, 6000);

	pair(START, 1000, 1000);
	pair(START + SECOND, 40, 5000);
	ok(!rate() && !row(SEKISHO_TOP_PAIRS, "mn", "lg")->rates[SEKISHO_TOP_BYTES],
	   "a counter that fell was made anew: no rate");
	pair(START + 2 * SECOND, 60, 5000);
	ok(rate() == 20000, "from there it goes on");
	take(START + 3 * SECOND, SEKISHO_TOP_PAIRS, &later, 1, true);
	ok(!rate(), "counters that cannot be compared have none");
	take(START + 4 * SECOND, SEKISHO_TOP_PAIRS, NULL, 0, false);
	ok(!row(SEKISHO_TOP_PAIRS, "mn", "lg"), "what is gone is gone");
	pair(START + 5 * SECOND, 7, 700);
	ok(rate() == 7000, "of what is listed as soon as it counts, all that is counted is new");
	sekisho_top_model_free(&model);
}

static void test_flows(void)
{
	struct sekisho_top_sample flows[] = { sample("A", NULL, 10, 0), sample("B", NULL, 20, 0) };

	take(START, SEKISHO_TOP_FLOWS, flows, 1, false);
	take(START + SECOND, SEKISHO_TOP_FLOWS, flows, 2, false);
	ok(row(SEKISHO_TOP_FLOWS, "B", NULL) && !row(SEKISHO_TOP_FLOWS, "B", "")->rates[0],
	   "a flow that comes may have counted before");
	flows[1].counts[0] = 25;
	take(START + 2 * SECOND, SEKISHO_TOP_FLOWS, flows, 2, false);
	ok(row(SEKISHO_TOP_FLOWS, "B", NULL)->rates[0] == 5000,
	   "from the next look on it has rates");
	sekisho_top_model_free(&model);
}

static const uint64_t *history(void)
{
	return row(SEKISHO_TOP_PAIRS, "mn", "lg")->history;
}

static void test_history(void)
{
	uint64_t packets = 0;
	bool fine = true;

	for (int i = 0; i <= 10; i++)
		pair(START + i * SECOND, packets += 5, 0);
	for (int i = 0; i < SEKISHO_TOP_SECONDS; i++)
		fine = fine && history()[i] == (i < SEKISHO_TOP_SECONDS - 10 ? 0 : 5000);
	ok(fine, "a point a second");
	pair(START + 15 * SECOND, packets += 50, 0);
	ok(history()[SEKISHO_TOP_SECONDS - 1] == 10000 &&
		   history()[SEKISHO_TOP_SECONDS - 5] == 10000 &&
		   history()[SEKISHO_TOP_SECONDS - 6] == 5000,
	   "a long look fills its seconds");
	pair(START + 60 * SECOND, packets, 0);
	ok(history() && history()[9] == 5000 && history()[10] == 10000 && !history()[15],
	   "it moves");
	pair(START + 75 * SECOND, packets, 0);
	ok(!history() && !model.tables[SEKISHO_TOP_PAIRS].histories,
	   "after a quiet minute there is no past, and no memory for it");
	pair(START + 500 * SECOND, packets + 425, 0);
	ok(history()[0] == 1000 && history()[SEKISHO_TOP_SECONDS - 1] == 1000,
	   "a pause is longer than the picture");
	sekisho_top_model_free(&model);
}

/* What is pictured of a pair is what was denied, too. */
static void test_pictured(void)
{
	struct sekisho_top_sample one = sample("a", "b", 1, 1);

	take(START, SEKISHO_TOP_PAIRS, &one, 1, false);
	one.counts[SEKISHO_TOP_DENIED_PACKETS] = 4;
	take(START + SECOND, SEKISHO_TOP_PAIRS, &one, 1, false);
	ok(row(SEKISHO_TOP_PAIRS, "a", "b")->history &&
		   row(SEKISHO_TOP_PAIRS, "a", "b")->history[SEKISHO_TOP_SECONDS - 1] == 4000,
	   "denials are in the picture");
	sekisho_top_model_free(&model);
}

static bool selects(enum sekisho_top_by by, unsigned int which, bool descending, const char *filter,
		    const char *wanted)
{
	const struct sekisho_top_order order = { by, which, descending };
	const struct sekisho_top_row **rows;
	char text[64] = "";
	size_t count;

	if (sekisho_top_model_select(&model, SEKISHO_TOP_FLOWS, &order, filter, &rows, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		strncat(text, rows[i]->sample.texts[0], 8);
	free((void *)rows);
	if (strcmp(text, wanted) != 0)
		printf("# %s, not %s\n", text, wanted);
	return !strcmp(text, wanted);
}

static void test_select(void)
{
	struct sekisho_top_sample flows[] = { sample("C", NULL, 10, 7), sample("A", NULL, 30, 7),
					      sample("B", NULL, 20, 9) };

	flows[0].texts[4] = "住民情報の照会";
	flows[1].texts[2] = "LGWAN";
	take(START, SEKISHO_TOP_FLOWS, flows, 3, false);
	flows[0].counts[0] += 5;
	take(START + SECOND, SEKISHO_TOP_FLOWS, flows, 3, false);
	ok(selects(SEKISHO_TOP_BY_TEXT, 0, false, NULL, "ABC") &&
		   selects(SEKISHO_TOP_BY_TEXT, 0, true, "", "CBA"),
	   "by name, either way");
	ok(selects(SEKISHO_TOP_BY_COUNT, 0, true, NULL, "ABC") &&
		   selects(SEKISHO_TOP_BY_COUNT, 0, false, NULL, "CBA"),
	   "by count, either way");
	ok(selects(SEKISHO_TOP_BY_COUNT, 1, true, NULL, "BAC"),
	   "what is alike is in the order of names");
	ok(selects(SEKISHO_TOP_BY_RATE, 0, true, NULL, "CAB"), "by rate");
	ok(selects(SEKISHO_TOP_BY_TEXT, 0, false, "lgwan", "A") &&
		   selects(SEKISHO_TOP_BY_TEXT, 0, false, "照会", "C") &&
		   selects(SEKISHO_TOP_BY_TEXT, 0, false, "nobody", ""),
	   "by any of their texts, whatever the case");
	sekisho_top_model_free(&model);
}

/* Many flows that all carry something: only so many have a past, all have rates. */
static void test_many(void)
{
	enum {
		MANY = 40000
	};
	struct sekisho_top_sample *flows = calloc(MANY, sizeof(*flows));
	char(*names)[16] = calloc(MANY, sizeof(*names));
	uint64_t rates = 0;

	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "F-%zu", i);
		flows[i] = sample(names[i], NULL, i, i);
	}
	take(START, SEKISHO_TOP_FLOWS, flows, MANY, false);
	for (size_t i = 0; i < MANY; i++)
		flows[i].counts[0]++;
	take(START + SECOND, SEKISHO_TOP_FLOWS, flows, MANY, false);
	for (size_t i = 0; i < MANY; i++)
		rates += row(SEKISHO_TOP_FLOWS, names[i], NULL)->rates[0];
	ok(rates == 1000ull * MANY && model.tables[SEKISHO_TOP_FLOWS].histories == 16384,
	   "however many flows there are, memory for their past is bounded");
	sekisho_top_model_free(&model);
	free(flows);
	free(names);
}

int main(void)
{
	plan(24);
	test_rates();
	test_anew();
	test_flows();
	test_history();
	test_pictured();
	test_select();
	test_many();
	return finish();
}
