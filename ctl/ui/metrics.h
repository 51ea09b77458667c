/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics as text, in both forms that Prometheus reads: OpenMetrics 1.0 and the older exposition
 * format 0.0.4, which node_exporter's text files want. They differ in what stands above the
 * samples. Pure. Knows nothing of what is measured.
 *
 *	sekisho_metrics_family(metrics, &(struct sekisho_metric){
 *		"sekisho_frames", SEKISHO_METRIC_COUNTER, NULL, "Frames judged" });
 *	sekisho_metrics_sample(metrics, 7, "port", "mn0", NULL);
 *	sekisho_metrics_end(metrics);
 */
#ifndef SEKISHO_UI_METRICS_H
#define SEKISHO_UI_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/monotone.h"

/* What is longer is not told: nobody could store so many series. */
#define SEKISHO_METRICS_BYTES_MAX (32u << 20)

enum sekisho_metric_type {
	SEKISHO_METRIC_GAUGE,
	SEKISHO_METRIC_COUNTER, /* samples end in _total */
	SEKISHO_METRIC_INFO /* samples end in _info */
};

struct sekisho_metric {
	const char *name; /* of the family: without _total or _info */
	enum sekisho_metric_type type;
	const char *unit; /* a base unit, with which the name ends; or NULL */
	const char *help; /* English, one line */
};

struct sekisho_metrics_text {
	char *bytes; /* NULL before anything is written */
	size_t length, room;
};

struct sekisho_metrics {
	struct sekisho_metrics_text open; /* OpenMetrics */
	struct sekisho_metrics_text plain; /* 0.0.4 */
	struct sekisho_monotone *monotone; /* or NULL */
	const struct sekisho_metric *family; /* the last one; borrowed until the next */
	int error; /* the first; nothing is written after it */
};

/**
 * sekisho_metrics_begin - begin a text
 * @metrics: to be freed with sekisho_metrics_free()
 * @monotone: what counters were before, so that they do not go back; NULL: they are told as given
 */
void sekisho_metrics_begin(struct sekisho_metrics *metrics, struct sekisho_monotone *monotone);
void sekisho_metrics_free(struct sekisho_metrics *metrics);

/**
 * sekisho_metrics_family - what the samples that follow belong to
 * @metrics: the text
 * @metric: needed until the next family; no two have one name
 */
void sekisho_metrics_family(struct sekisho_metrics *metrics, const struct sekisho_metric *metric);

/**
 * sekisho_metrics_sample - a number of the family
 * @metrics: the text
 * @value: the number; of a family of type info always 1
 *
 * Then names and values of labels in turn, ended by NULL. No two samples of a family have the same.
 */
void sekisho_metrics_sample(struct sekisho_metrics *metrics, uint64_t value, ...)
	__attribute__((sentinel));

/* Likewise a time or a span of time in nanoseconds, told as seconds with milliseconds. */
void sekisho_metrics_seconds(struct sekisho_metrics *metrics, uint64_t nanoseconds, ...)
	__attribute__((sentinel));

/* A family of a single gauge or counter without labels. */
void sekisho_metrics_single(struct sekisho_metrics *metrics, const struct sekisho_metric *metric,
			    uint64_t value);

/**
 * sekisho_metrics_end - end the text
 * Return: 0; -ENOMEM; or -EFBIG where it became longer than SEKISHO_METRICS_BYTES_MAX.
 */
int sekisho_metrics_end(struct sekisho_metrics *metrics);

#endif
