// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers as a picture of one line: heights, shares of a cell, and what must not get lost; numbers
 * written in few cells.
 */
#include <stdlib.h>
#include <string.h>

#include "ktap.h"
#include "ui/cells.h"
#include "ui/format.h"
#include "ui/language.h"
#include "ui/sparkline.h"

static bool draws(const uint64_t *values, size_t count, size_t cells, bool unicode,
		  const char *wanted)
{
	/* As much as it may need, so that a sanitizer sees what is written beyond. */
	char *text = malloc(SEKISHO_SPARKLINE_BYTES(cells));
	bool same;

	sekisho_sparkline(text, values, count, cells, unicode);
	same = !strcmp(text, wanted);
	if (!same)
		printf("# '%s'\n", text);
	free(text);
	return same;
}

static void test_heights(void)
{
	static const uint64_t rising[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint64_t spread[] = { 1, UINT64_MAX, 0, UINT64_MAX / 2 };
	static const uint64_t nothing[4] = { 0 };

	ok(draws(rising, 9, 9, true, " ▁▂▃▄▅▆▇█"), "eight heights above nothing");
	ok(draws(rising, 8, 8, false, " .:-=+*#"), "seven of ASCII");
	ok(draws(spread, 4, 4, true, "▁█ ▄"), "the smallest is seen beside the largest there is");
	ok(draws(nothing, 4, 4, true, "    "), "nothing is blank");
	ok(draws(NULL, 0, 3, true, "   "), "no numbers are blank, too");
	ok(draws(rising, 9, 0, true, ""), "no cells are nothing");
}

static void test_shares(void)
{
	static const uint64_t peak[] = { 0, 0, 0, 8, 0, 0 };
	static const uint64_t few[] = { 8, 4 };
	uint64_t minute[60] = { 0 };
	bool found = true;

	ok(draws(peak, 6, 3, true, " █ "), "a peak is not lost among others");
	ok(draws(few, 2, 4, true, "  █▄"), "few numbers stand at the right end");
	for (size_t at = 0; at < 60; at++) {
		for (size_t cells = 1; cells <= 60; cells++) {
			char text[SEKISHO_SPARKLINE_BYTES(60)];

			minute[at] = 5;
			sekisho_sparkline(text, minute, 60, cells, true);
			minute[at] = 0;
			found = found && strstr(text, "█") && sekisho_cells(text) == cells;
		}
	}
	ok(found, "any second of a minute is seen at any width");
}

static bool rate_is(uint64_t thousandths, const char *wanted)
{
	char text[SEKISHO_NUMBER_TEXT];

	sekisho_format_rate(text, thousandths);
	if (!strcmp(text, wanted))
		return true;
	printf("# %s, not %s\n", text, wanted);
	return false;
}

static bool bytes_are(uint64_t bytes, const char *wanted)
{
	char text[SEKISHO_NUMBER_TEXT];

	sekisho_format_bytes(text, bytes);
	if (!strcmp(text, wanted))
		return true;
	printf("# %s, not %s\n", text, wanted);
	return false;
}

static void test_numbers(void)
{
	char text[SEKISHO_NUMBER_TEXT];

	ok(rate_is(0, "0") && rate_is(500, "0.5") && rate_is(3000, "3") && rate_is(9999, "10"),
	   "small rates have a decimal where it says something");
	ok(rate_is(1, "0.1"), "what is there at all is not called nothing");
	ok(rate_is(12000, "12") && rate_is(1234499, "1,234") && rate_is(999999000, "999,999"),
	   "then thousands");
	ok(rate_is(1000000000, "1.0M") && rate_is(1999999999, "1.9M") &&
		   rate_is(2500000000000, "2.5G") && rate_is(UINT64_MAX, "18446.7T"),
	   "then units");
	ok(bytes_are(0, "0 B") && bytes_are(1023, "1023 B") && bytes_are(1024, "1.0 KiB") &&
		   bytes_are(1048575, "1023.9 KiB") && bytes_are(1048576, "1.0 MiB") &&
		   bytes_are(UINT64_MAX, "15.9 EiB"),
	   "bytes by units");
	sekisho_format_count(text, UINT64_MAX);
	ok(!strcmp(text, "18,446,744,073,709,551,615"), "the largest count");
}

static bool fits(const char *text, size_t cells, bool right, const char *wanted)
{
	size_t size = 4 * cells + 4;
	char *buffer = malloc(size);
	bool same;

	sekisho_cells_fit(buffer, size, text, cells, right, "…");
	same = !strcmp(buffer, wanted) && sekisho_cells(buffer) == cells;
	if (!same)
		printf("# '%s'\n", buffer);
	free(buffer);
	return same;
}

static void test_cells(void)
{
	ok(sekisho_cells("abc") == 3 && sekisho_cells("許可") == 4 && !sekisho_cells("") &&
		   sekisho_cells("▁█") == 2,
	   "full-width characters take two cells, blocks one");
	ok(fits("ab", 4, false, "ab  ") && fits("ab", 4, true, "  ab") && fits("ab", 2, true, "ab"),
	   "filled up on either side");
	ok(fits("abcd", 3, false, "ab…") && fits("a", 0, false, "") && fits("ab", 1, false, "…"),
	   "cut with a mark");
	ok(fits("許可通信", 5, false, "許可…") && fits("許可通信", 4, false, "許… "),
	   "never through the middle of a character");
	ok(fits("a\033[2Jb", 6, false, "a\xef\xbf\xbd[2Jb") &&
		   fits("\xff", 1, false, "\xef\xbf\xbd"),
	   "what could steer the terminal is replaced");
}

int main(void)
{
	sekisho_language_set(SEKISHO_ENGLISH);
	plan(20);
	test_heights();
	test_shares();
	test_numbers();
	test_cells();
	return finish();
}
