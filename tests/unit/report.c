// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a report is made of: HTML that stays what it is whatever it is given, tables, charts of any
 * numbers; and the periods that people ask for.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/stamp.h"
#include "command/report_period.h"
#include "ktap.h"
#include "report/chart.h"
#include "report/page.h"
#include "report/table.h"

#define ZONE 32400
#define NOW  1776217500 /* 2026-04-15T10:45:00+09:00 */

/* What is written goes to memory; taken with done(). */
static struct sekisho_html page;
static char *written;
static size_t written_size;

static void begin(void)
{
	memset(&page, 0, sizeof(page));
	page.stream = open_memstream(&written, &written_size);
}

/* Borrowed until the next begin(). */
static const char *done(void)
{
	static char *last;

	sekisho_page_end(&page);
	fclose(page.stream);
	free(last);
	last = written;
	written = NULL;
	return last;
}

static bool writes(const char *text, const char *wanted)
{
	const char *got;

	begin();
	sekisho_html_text(&page, text);
	got = done();
	if (!strcmp(got, wanted))
		return true;
	printf("# '%s'\n", got);
	return false;
}

static void test_escaping(void)
{
	const char *got;

	ok(writes("<script>&\"'</script>", "&lt;script&gt;&amp;&quot;&#39;&lt;/script&gt;"),
	   "no text becomes an element");
	ok(writes("関所𠮷é\n\t", "関所𠮷é\n\t"), "characters stay as they are");
	ok(writes("\x01\x1b[31m\x7f\xc2\x85", "[U+0001][U+001B][31m[U+007F][U+0085]"),
	   "control characters are shown");
	ok(writes("a\xe2\x80\xae"
		  "b\xe2\x81\xa6\xe2\x80\xa8\xef\xbb\xbf",
		  "a[U+202E]b[U+2066][U+2028][U+FEFF]"),
	   "what reorders or hides text is shown");
	ok(writes("\xff"
		  "a\xc0\xaf\xe3\x81",
		  "\xef\xbf\xbd"
		  "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		  "\xef\xbf\xbd"),
	   "what is no UTF-8 is replaced");
	begin();
	sekisho_html_element(&page, "a", "x", "href", "\"><b onclick='1'>", "class", NULL, NULL);
	got = done();
	ok(!strcmp(got, "<a href=\"&quot;&gt;&lt;b onclick=&#39;1&#39;&gt;\">x</a>"),
	   "no value ends its attribute, and none is no attribute");
	begin();
	sekisho_html_begin(&page, "p", NULL);
	sekisho_html_say(&page, "%s %d", "<", 7);
	ok(!strcmp(done(), "<p>&lt; 7</p>\n"), "formatted text too");
}

static void test_page(void)
{
	const struct sekisho_page about = { "ja", "</title><script>", "\"}</style><b>'\\機密性3" };
	const struct sekisho_report_column columns[] = { { "<a>", SEKISHO_CELL_TEXT },
							 { "b", SEKISHO_CELL_NUMBER } };
	struct sekisho_report_table table;
	const char *got, *style;

	begin();
	sekisho_page_begin(&page, &about);
	sekisho_page_section(&page, &about, "one", "<h>");
	sekisho_report_table_begin(&table, &page, "<c>", columns, 2);
	sekisho_report_row(&table, (const char *const[]){ "<d>", NULL });
	sekisho_report_table_end(&table);
	got = done();
	ok(!strstr(got, "<script>") && !strstr(got, "<b>") && !strstr(got, "<h>") &&
		   !strstr(got, "<c>") && !strstr(got, "<d>"),
	   "titles, labels, captions and cells are text");
	style = strstr(got, "<style>");
	ok(style && strstr(style, "\\22 }\\3c /style\\3e \\3c b\\3e \\27 \\5c 機密性3") &&
		   strstr(style, "</style>") == strstr(strstr(style, "</style>"), "</style>") &&
		   !strstr(strstr(style, "</style>") + 1, "</style>"),
	   "in the style the label is a string of it");
	ok(strstr(got, "default-src &#39;none&#39;") && strstr(got, "<html lang=\"ja\">"),
	   "nothing is loaded, and the language is said");
	ok(strstr(got, "<th scope=\"row\">&lt;d&gt;</th>") &&
		   strstr(got, "<td class=\"number\"></td>") && strstr(got, "<caption>&lt;c&gt;") &&
		   strstr(got, "<th scope=\"col\">&lt;a&gt;"),
	   "headings are marked as such");
	ok(strlen(got) > 8 && !strcmp(got + strlen(got) - 8, "</html>\n"), "all is ended");
}

static bool scales(uint64_t most, unsigned int steps, uint64_t step)
{
	uint64_t got_step;
	unsigned int got = sekisho_chart_scale(most, &got_step);

	if (got == steps && got_step == step)
		return true;
	printf("# %llu: %u steps of %llu\n", (unsigned long long)most, got,
	       (unsigned long long)got_step);
	return false;
}

static bool scale_covers(uint64_t most)
{
	uint64_t step;
	unsigned int steps = sekisho_chart_scale(most, &step);

	return steps >= 1 && steps <= 5 && (__extension__(unsigned __int128) step * steps >= most);
}

static const char *draw(const struct sekisho_chart_point *points, size_t count)
{
	const struct sekisho_chart chart = { "c", "<t>", "d", true };

	begin();
	sekisho_chart_bars(&page, &chart, points, count);
	return done();
}

static size_t occurrences(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)); text++)
		count++;
	return count;
}

static void test_charts(void)
{
	struct sekisho_chart_point points[400] = { { "a", UINT64_MAX, false },
						   { "b", 1, false },
						   { "c", 0, true } };
	bool covered = true;
	const char *got;

	ok(scales(0, 1, 1) && scales(1, 1, 1) && scales(5, 5, 1) && scales(6, 3, 2) &&
		   scales(11, 3, 5) && scales(26, 3, 10) && scales(1234, 3, 500),
	   "scales end at round numbers");
	ok(scales(UINT64_MAX, 4, 5000000000000000000ull), "the largest number has one, too");
	for (uint64_t most = 0; most < 100000; most++)
		covered = covered && scale_covers(most);
	for (uint64_t most = 3; most < UINT64_MAX / 3; most *= 3)
		covered = covered && scale_covers(most) && scale_covers(most - 1);
	ok(covered && scale_covers(UINT64_MAX), "nothing is above its scale");
	got = draw(NULL, 0);
	ok(strstr(got, "role=\"img\"") && strstr(got, "<title id=\"c-title\">&lt;t&gt;</title>") &&
		   strstr(got, "<desc id=\"c-description\">") && !strstr(got, "<rect") &&
		   !strstr(got, "nan") && !strstr(got, "inf"),
	   "a chart of nothing says what it is");
	got = draw(points, 1);
	ok(occurrences(got, "<rect") == 1 && strstr(got, "18,446,744,073,709,551,615") &&
		   strstr(got, ">a<") && !strstr(got, "-0.") && !strstr(got, "height=\"-"),
	   "one point, as large as can be");
	got = draw(points, 3);
	ok(occurrences(got, "height=\"1.50\"") == 1 && occurrences(got, "url(#c-unknown)") == 1 &&
		   occurrences(got, "url(#c-hatch)") == 2,
	   "what is small is seen, and what nobody counted is no zero");
	for (size_t i = 0; i < 400; i++)
		points[i] = (struct sekisho_chart_point){ "<", i, false };
	got = draw(points, 400);
	ok(occurrences(got, "<rect") == 399 && occurrences(got, ">&lt;</text>") <= 12,
	   "many points, few labels");
}

static bool is(const char *text, const char *since, const char *until)
{
	char stamps[2][SEKISHO_STAMP_BYTES];
	int64_t since_ns = 1, until_ns = 1;

	if (!sekisho_report_period(text, NOW, ZONE, &since_ns, &until_ns)) {
		if (since)
			printf("# '%s' is none\n", text);
		return !since && since_ns == 1 && until_ns == 1;
	}
	sekisho_stamp_text(stamps[0], since_ns, ZONE);
	sekisho_stamp_text(stamps[1], until_ns, ZONE);
	stamps[0][16] = stamps[1][16] = '\0';
	if (since && !strcmp(stamps[0], since) && !strcmp(stamps[1], until))
		return true;
	printf("# '%s' is %s to %s\n", text, stamps[0], stamps[1]);
	return false;
}

static void test_periods(void)
{
	static const char *const none[] = { "",
					    "2026-13",
					    "2026-00",
					    "2026-4",
					    "202",
					    "20260",
					    "1969",
					    "2200",
					    "2026-Q0",
					    "2026-Q5",
					    "2026-Q12",
					    "2026-02-30",
					    "2026-04-01 9:00",
					    "today",
					    "FY26",
					    "FY2026 ",
					    "FY99999",
					    "令和0年度",
					    "令和年度",
					    "令和8年",
					    "令和1234年度",
					    "平成31年度",
					    "..",
					    "2026-04-01..",
					    "..2026-04-01",
					    "2026-04-02..2026-04-01",
					    "2026-04-01...2026-04-02",
					    "2026-04-01..2026-04-31",
					    "４月",
					    "2026-04\n" };
	bool refused = true;

	ok(is("2026-04", "2026-04-01T00:00", "2026-05-01T00:00") &&
		   is("2026-12", "2026-12-01T00:00", "2027-01-01T00:00") &&
		   is("2024-02", "2024-02-01T00:00", "2024-03-01T00:00"),
	   "months");
	ok(is("2026", "2026-01-01T00:00", "2027-01-01T00:00") &&
		   is("2026-Q1", "2026-01-01T00:00", "2026-04-01T00:00") &&
		   is("2026-Q4", "2026-10-01T00:00", "2027-01-01T00:00"),
	   "years and quarters");
	ok(is("FY2026", "2026-04-01T00:00", "2027-04-01T00:00") &&
		   is("令和8年度", "2026-04-01T00:00", "2027-04-01T00:00") &&
		   is("令和１０年度", "2028-04-01T00:00", "2029-04-01T00:00") &&
		   is("令和元年度", "2019-04-01T00:00", "2020-04-01T00:00"),
	   "fiscal years");
	ok(is("2026-04-01", "2026-04-01T00:00", "2026-04-02T00:00") &&
		   is("2026-04-01..2026-04-30", "2026-04-01T00:00", "2026-05-01T00:00") &&
		   is("2026-04-01..2026-04-01", "2026-04-01T00:00", "2026-04-02T00:00") &&
		   is("2026-04-01 9:00..2026-04-01 9:20", "2026-04-01T09:00", "2026-04-01T09:20") &&
		   is("yesterday..today", "2026-04-14T00:00", "2026-04-16T00:00"),
	   "days and ranges");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		refused = is(none[i], NULL, NULL) && refused;
	ok(refused, "what is no period is none");
}

int main(void)
{
	plan(24);
	test_escaping();
	test_page();
	test_charts();
	test_periods();
	return finish();
}
