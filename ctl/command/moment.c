// SPDX-License-Identifier: GPL-2.0-only
/*
 * Points in time as people type them. Knows nothing of what they are for.
 */
#include "command/moment.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "ui/format.h"

#define NS_A_SECOND 1000000000ll
#define DAY	    86400
#define MOST	    (100ll * 366 * DAY)

/* The midnight before, in the zone. */
static int64_t midnight(int64_t seconds, int32_t zone)
{
	int64_t local = seconds + zone;

	return local - ((local % DAY) + DAY) % DAY - zone;
}

/* `Z`, `+09:00` or nothing, and nothing behind it. */
static bool take_offset(const char *text, int32_t *zone)
{
	struct tm parts = { 0 };
	const char *rest;

	if (!*text)
		return true;
	if (!strcmp(text, "Z") || !strcmp(text, "z")) {
		*zone = 0;
		return true;
	}
	if ((*text != '+' && *text != '-') || strlen(text) != 6)
		return false;
	/* %z takes +0900 and +09:00 alike. */
	rest = strptime(text, "%z", &parts);
	*zone = (int32_t)parts.tm_gmtoff;
	return rest && !*rest;
}

/* `.123`, as far as nanoseconds go. */
static const char *take_fraction(const char *text, int64_t *ns)
{
	int64_t unit = NS_A_SECOND / 10;

	*ns = 0;
	if (*text != '.' || !isdigit((unsigned char)text[1]))
		return text;
	for (text++; isdigit((unsigned char)*text); text++, unit /= 10)
		*ns += (*text - '0') * unit;
	return text;
}

/* strptime() takes the 31st of any month. */
static bool is_date(const struct tm *given, int64_t local)
{
	const time_t time = (time_t)local;
	struct tm parts;

	return gmtime_r(&time, &parts) && parts.tm_mday == given->tm_mday &&
	       parts.tm_mon == given->tm_mon;
}

static bool take_date_time(const char *text, int32_t zone, bool end, int64_t *wall_ns)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
					     "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d" };
	const size_t count = sizeof(forms) / sizeof(forms[0]);
	const char *rest = NULL;
	struct tm parts = { 0 }, whole;
	int64_t local, fraction = 0;
	size_t form = 0;

	for (; form < count; form++) {
		memset(&parts, 0, sizeof(parts));
		rest = strptime(text, forms[form], &parts);
		if (rest)
			break;
	}
	/* Years with more digits would not fit. */
	if (!rest || parts.tm_year + 1900 < 1970 || parts.tm_year + 1900 > 2199)
		return false;
	if (form + 1 == count && *rest)
		return false;
	if (form < 2)
		rest = take_fraction(rest, &fraction);
	whole = parts;
	local = timegm(&whole);
	if (!is_date(&parts, local) || !take_offset(rest, &zone))
		return false;
	if (form + 1 == count && end)
		local += DAY;
	*wall_ns = (local - zone) * NS_A_SECOND + fraction;
	return true;
}

static bool take_clock(const char *text, int64_t now, int32_t zone, int64_t *wall_ns)
{
	struct tm parts = { 0 };
	const char *rest = strptime(text, "%H:%M:%S", &parts);

	if (!rest) {
		memset(&parts, 0, sizeof(parts));
		rest = strptime(text, "%H:%M", &parts);
	}
	if (!rest || *rest)
		return false;
	*wall_ns = (midnight(now, zone) + parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec) *
		   NS_A_SECOND;
	return true;
}

bool sekisho_moment_parse(const char *text, int64_t now, int32_t zone, bool end, int64_t *wall_ns)
{
	int64_t day = midnight(now, zone);

	if (!strcmp(text, "now")) {
		*wall_ns = now * NS_A_SECOND;
		return true;
	}
	if (!strcmp(text, "yesterday"))
		day -= DAY;
	else if (strcmp(text, "today") != 0)
		return take_clock(text, now, zone, wall_ns) ||
		       take_date_time(text, zone, end, wall_ns);
	*wall_ns = (day + (end ? DAY : 0)) * NS_A_SECOND;
	return true;
}

bool sekisho_moment_duration(const char *text, int64_t *seconds)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY }, { 'w', 7 * DAY } };
	size_t length = strlen(text);
	char digits[16];
	uint64_t number;

	if (length < 2 || length > sizeof(digits))
		return false;
	memcpy(digits, text, length - 1);
	digits[length - 1] = '\0';
	if (!sekisho_parse_number(digits, MOST, &number) || !number)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (text[length - 1] != units[i].letter)
			continue;
		if ((int64_t)number > MOST / units[i].seconds)
			return false;
		*seconds = (int64_t)number * units[i].seconds;
		return true;
	}
	return false;
}
