// SPDX-License-Identifier: GPL-2.0-only
/*
 * The period of a report as people name it. Knows nothing of reports.
 */
#include "command/report_period.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command/moment.h"

#define NS_A_SECOND 1000000000ll
#define YEAR_FIRST  1970
#define YEAR_LAST   2199

/* The first year of an era is the one behind it, and that year is 1. */
#define REIWA	     "令和"
#define REIWA_BEFORE 2018

static int64_t month_begins(unsigned int year, unsigned int month, int32_t zone)
{
	struct tm parts = { .tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = 1 };

	return ((int64_t)timegm(&parts) - zone) * NS_A_SECOND;
}

/* @digits of them, no more and no less; NULL where there are others. */
static const char *take_digits(const char *text, size_t digits, unsigned int *number)
{
	*number = 0;
	for (size_t i = 0; i < digits; i++, text++) {
		if (!isdigit((unsigned char)*text))
			return NULL;
		*number = 10 * *number + (unsigned int)(*text - '0');
	}
	return text;
}

static bool take_months(unsigned int year, unsigned int month, unsigned int months, int32_t zone,
			int64_t *since_ns, int64_t *until_ns)
{
	unsigned int end = month - 1 + months;

	if (year < YEAR_FIRST || year > YEAR_LAST || !month || month > 12)
		return false;
	*since_ns = month_begins(year, month, zone);
	*until_ns = month_begins(year + end / 12, end % 12 + 1, zone);
	return true;
}

/* `FY2026`, `令和8年度`, `令和元年度`; digits may be full-width. */
static bool take_fiscal_year(const char *text, unsigned int *year)
{
	static const char *const wide[] = { "０", "１", "２", "３", "４",
					    "５", "６", "７", "８", "９" };
	const char *rest;

	if (!strncmp(text, "FY", 2)) {
		rest = take_digits(text + 2, 4, year);
		return rest && !*rest;
	}
	if (strncmp(text, REIWA, strlen(REIWA)) != 0)
		return false;
	text += strlen(REIWA);
	if (!strcmp(text, "元年度")) {
		*year = REIWA_BEFORE + 1;
		return true;
	}
	*year = 0;
	for (size_t digits = 0; digits < 3; digits++) {
		if (!strcmp(text, "年度")) {
			*year += REIWA_BEFORE;
			return *year > REIWA_BEFORE;
		}
		for (unsigned int i = 0; i < 10; i++) {
			size_t length = strlen(wide[i]);

			if (*text != (char)('0' + i) && strncmp(text, wide[i], length) != 0)
				continue;
			text += *text == (char)('0' + i) ? 1 : length;
			*year = 10 * *year + i;
			break;
		}
	}
	return false;
}

static bool take_year(const char *text, int32_t zone, int64_t *since_ns, int64_t *until_ns)
{
	unsigned int year, number;
	const char *rest = take_digits(text, 4, &year), *end;

	if (!rest)
		return false;
	if (!*rest)
		return take_months(year, 1, 12, zone, since_ns, until_ns);
	if (!strncmp(rest, "-Q", 2)) {
		end = take_digits(rest + 2, 1, &number);
		return end && !*end && number >= 1 && number <= 4 &&
		       take_months(year, 3 * number - 2, 3, zone, since_ns, until_ns);
	}
	end = *rest == '-' ? take_digits(rest + 1, 2, &number) : NULL;
	return end && !*end && take_months(year, number, 1, zone, since_ns, until_ns);
}

static bool take_range(const char *text, const char *dots, int64_t now, int32_t zone,
		       int64_t *since_ns, int64_t *until_ns)
{
	size_t length = (size_t)(dots - text);
	int64_t since, until;
	char from[64];

	if (length >= sizeof(from))
		return false;
	snprintf(from, sizeof(from), "%.*s", (int)length, text);
	if (!sekisho_moment_parse(from, now, zone, false, &since) ||
	    !sekisho_moment_parse(dots + 2, now, zone, true, &until) || since >= until)
		return false;
	*since_ns = since;
	*until_ns = until;
	return true;
}

bool sekisho_report_period(const char *text, int64_t now, int32_t zone, int64_t *since_ns,
			   int64_t *until_ns)
{
	const char *dots = strstr(text, "..");
	unsigned int year;
	int64_t since;

	if (dots)
		return take_range(text, dots, now, zone, since_ns, until_ns);
	if (take_fiscal_year(text, &year))
		return take_months(year, 4, 12, zone, since_ns, until_ns);
	if (take_year(text, zone, since_ns, until_ns))
		return true;
	/* A day; a word or a time would be a moment. */
	if (!isdigit((unsigned char)*text) || strlen(text) != strlen("2026-04-01") ||
	    !sekisho_moment_parse(text, now, zone, false, &since))
		return false;
	*since_ns = since;
	return sekisho_moment_parse(text, now, zone, true, until_ns);
}
