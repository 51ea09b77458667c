// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `top` makes of counters. Knows nothing of maps or of how it is shown.
 */
#include "command/top_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS   1000000000
#define THOUSANDTHS 1000
/* However many rows a policy has, no more of them than these have a past. */
#define HISTORIES_MAX 16384
#define HISTORY_BYTES (SEKISHO_TOP_SECONDS * sizeof(uint64_t))
#define KEY_SEPARATOR '\x1f' /* below all that a name can have */

static const char *text_of(const struct sekisho_top_sample *sample, size_t which)
{
	return sample->texts[which] ? sample->texts[which] : "";
}

static void write_key(char key[2 * SEKISHO_NAME_BYTES], const char *first, const char *second)
{
	snprintf(key, 2 * SEKISHO_NAME_BYTES, "%.31s%c%.31s", first ? first : "", KEY_SEPARATOR,
		 second ? second : "");
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(((const struct sekisho_top_row *)a)->key,
		      ((const struct sekisho_top_row *)b)->key);
}

static struct sekisho_top_row *find_row(const struct sekisho_top_table *table, const char *key)
{
	struct sekisho_top_row wanted;

	memcpy(wanted.key, key, sizeof(wanted.key));
	return table->count ? bsearch(&wanted, table->rows, table->count, sizeof(*table->rows),
				      compare_keys)
			    : NULL;
}

/* @count things in @elapsed_ns, in thousandths a second; the largest number where it is larger. */
static uint64_t rate_of(uint64_t count, int64_t elapsed_ns)
{
	unsigned __int128 rate = (unsigned __int128)count * THOUSANDTHS * SECOND_NS;

	rate = (rate + (uint64_t)elapsed_ns / 2) / (uint64_t)elapsed_ns;
	return rate > UINT64_MAX ? UINT64_MAX : (uint64_t)rate;
}

static bool fell(const struct sekisho_top_sample *now, const struct sekisho_top_sample *before)
{
	for (size_t i = 0; i < SEKISHO_TOP_COUNTS; i++) {
		if (now->counts[i] < before->counts[i])
			return true;
	}
	return false;
}

static void rate_row(struct sekisho_top_row *row, const struct sekisho_top_row *before,
		     bool from_zero, int64_t elapsed_ns)
{
	if ((!before && !from_zero) || (before && fell(&row->sample, &before->sample)))
		return;
	for (size_t i = 0; i < SEKISHO_TOP_COUNTS; i++) {
		row->deltas[i] = row->sample.counts[i] - (before ? before->sample.counts[i] : 0);
		row->rates[i] = rate_of(row->deltas[i], elapsed_ns);
	}
}

/* What a row's picture is of. */
static uint64_t pictured(const struct sekisho_top_row *row, enum sekisho_top_kind kind)
{
	uint64_t rate = row->rates[SEKISHO_TOP_PACKETS];

	if (kind != SEKISHO_TOP_PAIRS && kind != SEKISHO_TOP_PORTS)
		return rate;
	return rate > UINT64_MAX - row->rates[SEKISHO_TOP_DENIED_PACKETS]
		       ? UINT64_MAX
		       : rate + row->rates[SEKISHO_TOP_DENIED_PACKETS];
}

static bool is_quiet(const uint64_t *history)
{
	for (size_t i = 0; i < SEKISHO_TOP_SECONDS; i++) {
		if (history[i])
			return false;
	}
	return true;
}

/* The seconds since the look before get the rate; what moved out of the last minute is forgotten. */
static void push(uint64_t *history, size_t seconds, uint64_t rate)
{
	if (!seconds) {
		uint64_t *last = &history[SEKISHO_TOP_SECONDS - 1];

		*last = rate > *last ? rate : *last;
		return;
	}
	if (seconds > SEKISHO_TOP_SECONDS)
		seconds = SEKISHO_TOP_SECONDS;
	memmove(history, history + seconds, HISTORY_BYTES - seconds * sizeof(*history));
	for (size_t i = SEKISHO_TOP_SECONDS - seconds; i < SEKISHO_TOP_SECONDS; i++)
		history[i] = rate;
}

/* Only rows with a past have memory for it. */
static void remember(struct sekisho_top_table *table, struct sekisho_top_row *row,
		     struct sekisho_top_row *before, size_t seconds, uint64_t rate)
{
	uint64_t *history = before ? before->history : NULL;

	if (before)
		before->history = NULL;
	if (!history && rate && table->histories < HISTORIES_MAX)
		history = calloc(1, HISTORY_BYTES);
	if (!history)
		return;
	push(history, seconds, rate);
	if (is_quiet(history)) {
		free(history);
		return;
	}
	row->history = history;
	table->histories++;
}

static void free_table(struct sekisho_top_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->rows[i].history);
	free(table->rows);
	memset(table, 0, sizeof(*table));
}

static int make_table(struct sekisho_top_table *table, const struct sekisho_top_look *look,
		      enum sekisho_top_kind kind)
{
	table->count = look->counts[kind];
	table->rows = calloc(table->count + 1, sizeof(*table->rows));
	if (!table->rows)
		return -ENOMEM;
	for (size_t i = 0; i < table->count; i++) {
		struct sekisho_top_row *row = &table->rows[i];

		row->sample = look->samples[kind][i];
		write_key(row->key, row->sample.texts[0], row->sample.texts[1]);
	}
	qsort(table->rows, table->count, sizeof(*table->rows), compare_keys);
	return 0;
}

static void compare_tables(struct sekisho_top_model *model, struct sekisho_top_table *tables,
			   const struct sekisho_top_look *look, enum sekisho_top_kind kind)
{
	struct sekisho_top_table *before = &model->tables[kind], *table = &tables[kind];
	int64_t elapsed = model->elapsed_ns;
	size_t seconds = (size_t)(look->at_ns / SECOND_NS - model->at_ns / SECOND_NS);

	for (size_t i = 0; i < table->count; i++) {
		struct sekisho_top_row *row = &table->rows[i];
		struct sekisho_top_row *same = find_row(before, row->key);

		if (elapsed && !look->anew[kind])
			rate_row(row, same, look->listed[kind], elapsed);
		remember(table, row, same, seconds, pictured(row, kind));
	}
}

int sekisho_top_model_take(struct sekisho_top_model *model, struct sekisho_top_look *look)
{
	struct sekisho_top_table tables[SEKISHO_TOP_KINDS] = { 0 };
	int error = 0;

	for (int kind = 0; kind < SEKISHO_TOP_KINDS && !error; kind++)
		error = make_table(&tables[kind], look, (enum sekisho_top_kind)kind);
	if (error) {
		for (int kind = 0; kind < SEKISHO_TOP_KINDS; kind++)
			free_table(&tables[kind]);
		return error;
	}
	model->elapsed_ns = model->at_ns && look->at_ns > model->at_ns ? look->at_ns - model->at_ns
								       : 0;
	for (int kind = 0; kind < SEKISHO_TOP_KINDS; kind++) {
		compare_tables(model, tables, look, (enum sekisho_top_kind)kind);
		free_table(&model->tables[kind]);
		model->tables[kind] = tables[kind];
	}
	model->at_ns = look->at_ns;
	return 0;
}

static bool matches(const struct sekisho_top_sample *sample, const char *filter)
{
	if (!filter || !*filter)
		return true;
	for (size_t i = 0; i < SEKISHO_TOP_TEXTS; i++) {
		if (strcasestr(text_of(sample, i), filter))
			return true;
	}
	return false;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct sekisho_top_row *x = *(const struct sekisho_top_row *const *)a;
	const struct sekisho_top_row *y = *(const struct sekisho_top_row *const *)b;
	const struct sekisho_top_order *order = context;
	int result;

	switch (order->by) {
	case SEKISHO_TOP_BY_RATE:
		result = compare_numbers(x->rates[order->which], y->rates[order->which]);
		break;
	case SEKISHO_TOP_BY_COUNT:
		result = compare_numbers(x->sample.counts[order->which],
					 y->sample.counts[order->which]);
		break;
	default:
		result = strcmp(text_of(&x->sample, order->which),
				text_of(&y->sample, order->which));
		break;
	}
	if (order->descending)
		result = -result;
	/* What is alike keeps its place from look to look. */
	return result ? result : strcmp(x->key, y->key);
}

int sekisho_top_model_select(const struct sekisho_top_model *model, enum sekisho_top_kind kind,
			     const struct sekisho_top_order *order, const char *filter,
			     const struct sekisho_top_row ***rows, size_t *count)
{
	const struct sekisho_top_table *table = &model->tables[kind];
	const struct sekisho_top_row **list;
	struct sekisho_top_order copy = *order;
	size_t used = 0;

	list = (const struct sekisho_top_row **)calloc(table->count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < table->count; i++) {
		if (matches(&table->rows[i].sample, filter))
			list[used++] = &table->rows[i];
	}
	qsort_r((void *)list, used, sizeof(*list), compare_rows, &copy);
	*rows = list;
	*count = used;
	return 0;
}

const struct sekisho_top_row *sekisho_top_model_find(const struct sekisho_top_model *model,
						     enum sekisho_top_kind kind, const char *first,
						     const char *second)
{
	char key[2 * SEKISHO_NAME_BYTES];

	write_key(key, first, second);
	return find_row(&model->tables[kind], key);
}

void sekisho_top_model_free(struct sekisho_top_model *model)
{
	for (int kind = 0; kind < SEKISHO_TOP_KINDS; kind++)
		free_table(&model->tables[kind]);
	memset(model, 0, sizeof(*model));
}
