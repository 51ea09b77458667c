// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metrics as text. Knows nothing of what is measured.
 *
 * A sample is written once and copied: both forms have the same.
 */
#include "ui/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/utf8.h"

#define NS_A_SECOND	 UINT64_C(1000000000)
#define NS_A_MILLISECOND UINT64_C(1000000)

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

void sekisho_metrics_begin(struct sekisho_metrics *metrics, struct sekisho_monotone *monotone)
{
	memset(metrics, 0, sizeof(*metrics));
	metrics->monotone = monotone;
}

void sekisho_metrics_free(struct sekisho_metrics *metrics)
{
	free(metrics->open.bytes);
	free(metrics->plain.bytes);
	metrics->open = metrics->plain = (struct sekisho_metrics_text){ 0 };
}

static bool make_room(struct sekisho_metrics *metrics, struct sekisho_metrics_text *text,
		      size_t length)
{
	size_t room = text->room ? text->room : 1 << 14;
	char *bytes;

	if (metrics->error)
		return false;
	if (length > SEKISHO_METRICS_BYTES_MAX - text->length) {
		metrics->error = -EFBIG;
		return false;
	}
	while (room < text->length + length)
		room *= 2;
	if (room == text->room)
		return true;
	bytes = realloc(text->bytes, room);
	if (!bytes) {
		metrics->error = -ENOMEM;
		return false;
	}
	text->bytes = bytes;
	text->room = room;
	return true;
}

static void add(struct sekisho_metrics *metrics, struct sekisho_metrics_text *text,
		const char *bytes, size_t length)
{
	if (!make_room(metrics, text, length))
		return;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

static void add_text(struct sekisho_metrics *metrics, struct sekisho_metrics_text *text,
		     const char *string)
{
	add(metrics, text, string, strlen(string));
}

static void add_line(struct sekisho_metrics *metrics, struct sekisho_metrics_text *text,
		     const char *keyword, const char *name, const char *suffix, const char *rest)
{
	const char *const parts[] = { "# ", keyword, " ", name, suffix, " ", rest, "\n" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		add_text(metrics, text, parts[i]);
}

/* What a sample's name ends with after its family's. */
static const char *suffix_of(const struct sekisho_metric *metric)
{
	switch (metric->type) {
	case SEKISHO_METRIC_COUNTER:
		return "_total";
	case SEKISHO_METRIC_INFO:
		return "_info";
	default:
		return "";
	}
}

void sekisho_metrics_family(struct sekisho_metrics *metrics, const struct sekisho_metric *metric)
{
	static const char *const types[] = {
		[SEKISHO_METRIC_GAUGE] = "gauge",
		[SEKISHO_METRIC_COUNTER] = "counter",
		[SEKISHO_METRIC_INFO] = "info",
	};
	const char *type = types[metric->type], *suffix = suffix_of(metric);

	metrics->family = metric;
	add_line(metrics, &metrics->open, "TYPE", metric->name, "", type);
	if (metric->unit)
		add_line(metrics, &metrics->open, "UNIT", metric->name, "", metric->unit);
	add_line(metrics, &metrics->open, "HELP", metric->name, "", metric->help);
	add_line(metrics, &metrics->plain, "HELP", metric->name, suffix, metric->help);
	/* The older form has no type info. */
	if (metric->type == SEKISHO_METRIC_INFO)
		type = "gauge";
	add_line(metrics, &metrics->plain, "TYPE", metric->name, suffix, type);
}

/* A label's value: escaped, and never anything but UTF-8. */
static void add_value(struct sekisho_metrics *metrics, const char *value)
{
	struct sekisho_metrics_text *text = &metrics->open;
	size_t left = strlen(value);

	while (left) {
		uint32_t character = 0;
		size_t length = sekisho_utf8_next(value, left, &character);

		if (!length) {
			add_text(metrics, text, replacement);
			length = 1;
		} else if (character == '\n') {
			add_text(metrics, text, "\\n");
		} else {
			if (character == '\\' || character == '"')
				add_text(metrics, text, "\\");
			add(metrics, text, value, length);
		}
		value += length;
		left -= length;
	}
}

static void add_labels(struct sekisho_metrics *metrics, va_list labels)
{
	const char *before = "{", *name, *value;

	while ((name = va_arg(labels, const char *))) {
		value = va_arg(labels, const char *);
		add_text(metrics, &metrics->open, before);
		add_text(metrics, &metrics->open, name);
		add_text(metrics, &metrics->open, "=\"");
		add_value(metrics, value);
		add_text(metrics, &metrics->open, "\"");
		before = ",";
	}
	if (*before == ',')
		add_text(metrics, &metrics->open, "}");
}

/* Nanoseconds are told in seconds. */
static void add_sample(struct sekisho_metrics *metrics, uint64_t value, bool nanoseconds,
		       va_list labels)
{
	struct sekisho_metrics_text *text = &metrics->open;
	size_t start = text->length;
	char number[48];

	add_text(metrics, text, metrics->family->name);
	add_text(metrics, text, suffix_of(metrics->family));
	add_labels(metrics, labels);
	if (!metrics->error && metrics->monotone && metrics->family->type == SEKISHO_METRIC_COUNTER)
		value = sekisho_monotone_value(metrics->monotone, text->bytes + start,
					       text->length - start, value);
	if (nanoseconds)
		snprintf(number, sizeof(number), " %" PRIu64 ".%03" PRIu64 "\n",
			 value / NS_A_SECOND, value % NS_A_SECOND / NS_A_MILLISECOND);
	else
		snprintf(number, sizeof(number), " %" PRIu64 "\n", value);
	add_text(metrics, text, number);
	if (!metrics->error)
		add(metrics, &metrics->plain, text->bytes + start, text->length - start);
}

void sekisho_metrics_sample(struct sekisho_metrics *metrics, uint64_t value, ...)
{
	va_list labels;

	va_start(labels, value);
	add_sample(metrics, value, false, labels);
	va_end(labels);
}

void sekisho_metrics_seconds(struct sekisho_metrics *metrics, uint64_t nanoseconds, ...)
{
	va_list labels;

	va_start(labels, nanoseconds);
	add_sample(metrics, nanoseconds, true, labels);
	va_end(labels);
}

void sekisho_metrics_single(struct sekisho_metrics *metrics, const struct sekisho_metric *metric,
			    uint64_t value)
{
	sekisho_metrics_family(metrics, metric);
	sekisho_metrics_sample(metrics, value, NULL);
}

int sekisho_metrics_end(struct sekisho_metrics *metrics)
{
	add_text(metrics, &metrics->open, "# EOF\n");
	return metrics->error;
}
