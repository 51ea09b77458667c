// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metrics as text in both forms, to the byte, and counters that fall for a moment.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ktap.h"
#include "ui/metrics.h"
#include "ui/monotone.h"

static const struct sekisho_metric frames = { "x_frames", SEKISHO_METRIC_COUNTER, NULL, "Frames." };
static const struct sekisho_metric bytes = { "x_bytes", SEKISHO_METRIC_COUNTER, "bytes", "Bytes." };
static const struct sekisho_metric level = { "x_level", SEKISHO_METRIC_GAUGE, NULL, "Level." };
static const struct sekisho_metric build = { "x_build", SEKISHO_METRIC_INFO, NULL, "Build." };
static const struct sekisho_metric seen = { "x_seen_seconds", SEKISHO_METRIC_GAUGE, "seconds",
					    "Seen." };

static bool is(const struct sekisho_metrics_text *text, const char *wanted)
{
	if (text->length == strlen(wanted) && !memcmp(text->bytes, wanted, text->length))
		return true;
	printf("# got:\n%.*s# wanted:\n%s", (int)text->length, text->bytes, wanted);
	return false;
}

static void test_forms(void)
{
	struct sekisho_metrics metrics;

	sekisho_metrics_begin(&metrics, NULL);
	sekisho_metrics_family(&metrics, &build);
	sekisho_metrics_sample(&metrics, 1, "version", "1.0", NULL);
	sekisho_metrics_single(&metrics, &frames, UINT64_MAX);
	sekisho_metrics_family(&metrics, &bytes);
	sekisho_metrics_sample(&metrics, 7, "from", "a", "to", "b", NULL);
	sekisho_metrics_sample(&metrics, 0, "from", "b", "to", "a", NULL);
	sekisho_metrics_family(&metrics, &seen);
	sekisho_metrics_seconds(&metrics, 1774969200012999999, NULL);
	sekisho_metrics_seconds(&metrics, 0, "flow", "F", NULL);
	ok(!sekisho_metrics_end(&metrics), "a text ends without an error");
	ok(is(&metrics.open, "# TYPE x_build info\n"
			     "# HELP x_build Build.\n"
			     "x_build_info{version=\"1.0\"} 1\n"
			     "# TYPE x_frames counter\n"
			     "# HELP x_frames Frames.\n"
			     "x_frames_total 18446744073709551615\n"
			     "# TYPE x_bytes counter\n"
			     "# UNIT x_bytes bytes\n"
			     "# HELP x_bytes Bytes.\n"
			     "x_bytes_total{from=\"a\",to=\"b\"} 7\n"
			     "x_bytes_total{from=\"b\",to=\"a\"} 0\n"
			     "# TYPE x_seen_seconds gauge\n"
			     "# UNIT x_seen_seconds seconds\n"
			     "# HELP x_seen_seconds Seen.\n"
			     "x_seen_seconds 1774969200.012\n"
			     "x_seen_seconds{flow=\"F\"} 0.000\n"
			     "# EOF\n"),
	   "OpenMetrics");
	ok(is(&metrics.plain, "# HELP x_build_info Build.\n"
			      "# TYPE x_build_info gauge\n"
			      "x_build_info{version=\"1.0\"} 1\n"
			      "# HELP x_frames_total Frames.\n"
			      "# TYPE x_frames_total counter\n"
			      "x_frames_total 18446744073709551615\n"
			      "# HELP x_bytes_total Bytes.\n"
			      "# TYPE x_bytes_total counter\n"
			      "x_bytes_total{from=\"a\",to=\"b\"} 7\n"
			      "x_bytes_total{from=\"b\",to=\"a\"} 0\n"
			      "# HELP x_seen_seconds Seen.\n"
			      "# TYPE x_seen_seconds gauge\n"
			      "x_seen_seconds 1774969200.012\n"
			      "x_seen_seconds{flow=\"F\"} 0.000\n"),
	   "the older form");
	sekisho_metrics_free(&metrics);
}

/* A value of a label as it is written. */
static bool value_is(const char *value, const char *wanted)
{
	struct sekisho_metrics metrics;
	char all[256];
	bool good;

	snprintf(all, sizeof(all),
		 "# HELP x_level Level.\n# TYPE x_level gauge\nx_level{l=\"%s\"} 1\n", wanted);
	sekisho_metrics_begin(&metrics, NULL);
	sekisho_metrics_family(&metrics, &level);
	sekisho_metrics_sample(&metrics, 1, "l", value, NULL);
	good = is(&metrics.plain, all);
	sekisho_metrics_free(&metrics);
	return good;
}

static void test_values(void)
{
	ok(value_is("", ""), "an empty value");
	ok(value_is("a\"b\\c\nd", "a\\\"b\\\\c\\nd"), "what would end a value is escaped");
	ok(value_is("庁内LG", "庁内LG"), "Japanese stays as it is");
	ok(value_is("a\xff\xc0\xaf\xe5", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
	   "what is no UTF-8 is replaced");
	ok(value_is("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"), "surrogates too");
}

static void test_bound(void)
{
	static char value[1 << 20];
	struct sekisho_metrics metrics;

	memset(value, 'x', sizeof(value) - 1);
	sekisho_metrics_begin(&metrics, NULL);
	sekisho_metrics_family(&metrics, &level);
	for (int i = 0; i < 40; i++)
		sekisho_metrics_sample(&metrics, 1, "l", value, NULL);
	ok(sekisho_metrics_end(&metrics) == -EFBIG &&
		   metrics.open.length <= SEKISHO_METRICS_BYTES_MAX &&
		   metrics.plain.length <= SEKISHO_METRICS_BYTES_MAX,
	   "a text has an end");
	sekisho_metrics_free(&metrics);
}

static uint64_t look(struct sekisho_monotone *monotone, uint64_t lineage, uint64_t now,
		     uint64_t value)
{
	sekisho_monotone_look(monotone, lineage, now);
	return sekisho_monotone_value(monotone, "a", 1, value);
}

static void test_monotone(void)
{
	struct sekisho_monotone *monotone = sekisho_monotone_new();

	ok(look(monotone, 1, 0, 5) == 5 && look(monotone, 1, 15, 9) == 9, "a counter that rises");
	ok(look(monotone, 1, 30, 2) == 9 && look(monotone, 1, 45, 3) == 9 &&
		   look(monotone, 1, 60, 10) == 10,
	   "one that falls for a moment is told as it was");
	ok(look(monotone, 1, 75, 4) == 10 && look(monotone, 1, 134, 4) == 10 &&
		   look(monotone, 1, 135, 5) == 5 && look(monotone, 1, 136, 6) == 6,
	   "one that stays below began anew");
	ok(look(monotone, 2, 150, 1) == 1 && look(monotone, 2, 165, 2) == 2,
	   "where maps are made anew it begins anew at once");
	sekisho_monotone_look(monotone, 2, 180);
	ok(look(monotone, 2, 195, 1) == 1, "one that was not there for a look is forgotten");
	sekisho_monotone_free(monotone);
}

/* Against a table, so that many series keep apart. */
static void test_many(void)
{
	struct sekisho_monotone *monotone = sekisho_monotone_new();
	unsigned int wrong = 0;
	char series[32];

	for (unsigned int round = 0; round < 4; round++) {
		sekisho_monotone_look(monotone, 1, round);
		for (unsigned int i = 0; i < 20000; i++) {
			/* In another order each time; every third falls in the second round. */
			unsigned int number = i * 7919 % 20000;
			uint64_t value = number + 10 * round - (number % 3 || round != 2 ? 0 : 15);
			uint64_t wanted = number % 3 || round != 2 ? value : number + 10;
			int length = snprintf(series, sizeof(series), "x{n=\"%u\"}", number);

			wrong += sekisho_monotone_value(monotone, series, (size_t)length, value) !=
				 wanted;
		}
	}
	ok(!wrong, "20000 series are kept apart");
	for (unsigned int i = 0; i < SEKISHO_MONOTONE_MAX + 10; i++) {
		int length = snprintf(series, sizeof(series), "y%u", i);

		wrong += sekisho_monotone_value(monotone, series, (size_t)length, 3) != 3;
	}
	ok(!wrong, "what is beyond the bound is told as given");
	sekisho_monotone_free(monotone);
}

static void test_counters_only(void)
{
	struct sekisho_monotone *monotone = sekisho_monotone_new();
	struct sekisho_metrics metrics = { 0 };

	for (unsigned int round = 0; round < 2; round++) {
		sekisho_metrics_free(&metrics);
		sekisho_monotone_look(monotone, 1, round);
		sekisho_metrics_begin(&metrics, monotone);
		sekisho_metrics_single(&metrics, &frames, 5 - round);
		sekisho_metrics_single(&metrics, &level, 5 - round);
	}
	ok(is(&metrics.plain, "# HELP x_frames_total Frames.\n"
			      "# TYPE x_frames_total counter\n"
			      "x_frames_total 5\n"
			      "# HELP x_level Level.\n"
			      "# TYPE x_level gauge\n"
			      "x_level 4\n"),
	   "counters are held, gauges are not");
	sekisho_metrics_free(&metrics);
	sekisho_monotone_free(monotone);
}

int main(void)
{
	plan(17);
	test_forms();
	test_values();
	test_bound();
	test_monotone();
	test_many();
	test_counters_only();
	return finish();
}
