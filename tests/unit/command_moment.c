// SPDX-License-Identifier: GPL-2.0-only
/*
 * Points in time as people type them, what belongs to a period, and what a progress line says.
 */
#include <string.h>

#include "audit/query.h"
#include "audit/stamp.h"
#include "command/moment.h"
#include "ktap.h"
#include "ui/progress.h"

#define ZONE 32400
#define NOW  1776217500 /* 2026-04-15T10:45:00+09:00 */
#define NS   1000000000ll

static bool is(const char *text, bool end, const char *expected)
{
	char stamp[SEKISHO_STAMP_BYTES];
	int64_t wall_ns;

	if (!sekisho_moment_parse(text, NOW, ZONE, end, &wall_ns)) {
		if (expected)
			printf("# '%s' is none\n", text);
		return !expected;
	}
	sekisho_stamp_text(stamp, wall_ns, ZONE);
	if (expected && !strcmp(stamp, expected))
		return true;
	printf("# '%s' is %s\n", text, stamp);
	return false;
}

static void test_moments(void)
{
	ok(is("now", false, "2026-04-15T10:45:00.000+09:00") &&
		   is("today", false, "2026-04-15T00:00:00.000+09:00") &&
		   is("today", true, "2026-04-16T00:00:00.000+09:00") &&
		   is("yesterday", false, "2026-04-14T00:00:00.000+09:00"),
	   "words");
	ok(is("9:20", true, "2026-04-15T09:20:00.000+09:00") &&
		   is("09:20:30", false, "2026-04-15T09:20:30.000+09:00") &&
		   is("23:59", false, "2026-04-15T23:59:00.000+09:00"),
	   "times of today");
	ok(is("2026-04-01", false, "2026-04-01T00:00:00.000+09:00") &&
		   is("2026-04-01", true, "2026-04-02T00:00:00.000+09:00") &&
		   is("2026-04-01 9:20", true, "2026-04-01T09:20:00.000+09:00") &&
		   is("2026-04-01T09:20", false, "2026-04-01T09:20:00.000+09:00"),
	   "dates, of which an end has the whole day");
	ok(is("2026-04-01T00:00:00Z", false, "2026-04-01T09:00:00.000+09:00") &&
		   is("2026-04-01T00:00:00.125-02:30", false, "2026-04-01T11:30:00.125+09:00") &&
		   is("2026-04-01 9:20:30.5", false, "2026-04-01T09:20:30.500+09:00"),
	   "RFC 3339");
	ok(is("", false, NULL) && is("24:00", false, NULL) && is("9:20x", false, NULL) &&
		   is("2026-02-30", false, NULL) && is("2026-04-01Z", false, NULL) &&
		   is("2026-04-01T00:00:00+9", false, NULL) && is("2026-13-01", false, NULL) &&
		   is("1969-12-31", false, NULL) && is("99999-01-01", false, NULL) &&
		   is("2026-04-01 9:20 ", false, NULL) && is("tomorrow", false, NULL),
	   "what is none");
}

static void test_durations(void)
{
	int64_t seconds = 0;

	ok(sekisho_moment_duration("2h", &seconds) && seconds == 7200 &&
		   sekisho_moment_duration("30s", &seconds) && seconds == 30 &&
		   sekisho_moment_duration("4w", &seconds) && seconds == 28ll * 86400,
	   "durations");
	ok(!sekisho_moment_duration("2", &seconds) && !sekisho_moment_duration("h", &seconds) &&
		   !sekisho_moment_duration("0h", &seconds) &&
		   !sekisho_moment_duration("-2h", &seconds) &&
		   !sekisho_moment_duration("2y", &seconds) &&
		   !sekisho_moment_duration("99999999999999h", &seconds),
	   "what is none");
}

/* A record that tells of 9:00 to 10:00. */
static bool fits(int64_t since, int64_t until)
{
	static struct sekisho_facts facts = { .begin_ns = 9 * NS, .end_ns = 10 * NS };
	struct sekisho_query query;

	sekisho_query_begin(&query);
	query.since_ns = since;
	query.until_ns = until;
	return sekisho_query_fits(&query, &facts);
}

static void test_period(void)
{
	ok(fits(INT64_MIN, INT64_MAX) && fits(9 * NS + 1, 9 * NS + 2) && fits(0, 20 * NS) &&
		   fits(10 * NS, 20 * NS) && fits(0, 9 * NS + 1),
	   "a record belongs to every period that it meets");
	ok(!fits(10 * NS + 1, 20 * NS) && !fits(0, 9 * NS), "and to no other");
}

static void test_progress(void)
{
	const struct sekisho_progress progress = { .label = "x", .unit = SEKISHO_PROGRESS_BYTES };
	const struct sekisho_progress items = { .label = "x", .unit = SEKISHO_PROGRESS_ITEMS };
	char text[SEKISHO_PROGRESS_TEXT];
	bool good;

	sekisho_progress_text(&progress, 256 << 20, 1 << 30, 2 * NS, text);
	good = !strcmp(text, "x [#####...............]  25%  128.0 MiB/s  0:06 left");
	sekisho_progress_text(&items, 1500, 7000000, NS, text);
	good = good && !strcmp(text, "x [....................]   0%  1.5k/s  1:17:45 left");
	sekisho_progress_text(&items, 0, UINT64_MAX, NS, text);
	good = good && strstr(text, "   0%");
	sekisho_progress_text(&items, 9, 8, NS, text);
	ok(good && strstr(text, " 100%"), "how far it is");
}

int main(void)
{
	plan(10);
	test_moments();
	test_durations();
	test_period();
	test_progress();
	return finish();
}
