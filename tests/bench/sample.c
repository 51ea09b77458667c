// SPDX-License-Identifier: GPL-2.0-only
/*
 * Medians, spreads, ratios, JSON.
 */
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct spread {
	double median;
	double low;
	double high;
};

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct spread spread_of(const struct sample *sample)
{
	double sorted[SAMPLE_RUNS_MAX];
	size_t middle = sample->count / 2;

	if (!sample->count)
		return (struct spread){ 0, 0, 0 };
	memcpy(sorted, sample->values, sample->count * sizeof(*sorted));
	qsort(sorted, sample->count, sizeof(*sorted), compare);
	return (struct spread){
		.median = sample->count % 2 ? sorted[middle]
					    : (sorted[middle - 1] + sorted[middle]) / 2,
		.low = sorted[0],
		.high = sorted[sample->count - 1],
	};
}

void sample_add(struct sample *sample, double value)
{
	if (sample->count < SAMPLE_RUNS_MAX)
		sample->values[sample->count++] = value;
}

double sample_median(const struct sample *sample)
{
	return spread_of(sample).median;
}

static void print_spread(const char *name, const struct sample *sample)
{
	struct spread spread = spread_of(sample);

	printf(",\"%s\":[%.4g,%.4g,%.4g]", name, spread.median, spread.low, spread.high);
}

static void print_compared(const struct sample *sample, const struct sample *baseline)
{
	struct sample ratio = { .count = 0 }, over = { .count = 0 };

	for (size_t i = 0; i < sample->count && i < baseline->count; i++) {
		if (baseline->values[i] > 0)
			sample_add(&ratio, sample->values[i] / baseline->values[i]);
		sample_add(&over, sample->values[i] - baseline->values[i]);
	}
	print_spread("ratio", &ratio);
	print_spread("over", &over);
}

void sample_print(const struct sample_title *title, const struct sample *sample,
		  const struct sample *baseline)
{
	struct spread spread = spread_of(sample);

	printf("{\"bench\":\"%s\",\"case\":\"%s\",\"variant\":\"%s\",\"parameter\":%s,"
	       "\"unit\":\"%s\",\"median\":%.6g,\"low\":%.6g,\"high\":%.6g,\"runs\":%zu",
	       title->bench, title->name, title->variant,
	       title->parameter ? title->parameter : "{}", title->unit, spread.median, spread.low,
	       spread.high, sample->count);
	if (title->baseline)
		printf(",\"baseline\":\"%s\"", title->baseline);
	if (title->baseline && baseline)
		print_compared(sample, baseline);
	printf("}\n");
	fflush(stdout);
}

void sample_print_one(const struct sample_title *title, double value)
{
	struct sample sample = { .values = { value }, .count = 1 };

	sample_print(title, &sample, NULL);
}

static double seconds_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double sample_now(void)
{
	return seconds_of(CLOCK_MONOTONIC);
}

double sample_used(void)
{
	return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}
