// SPDX-License-Identifier: GPL-2.0-only
/*
 * Points in time, as records have them. Knows nothing of records.
 */
#include "stamp.h"

#include <errno.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#define NS_A_SECOND 1000000000ll
#define DAY	    86400
#define OFFSET_AT   23 /* in the text: where +09:00 begins */
#define LAST_SECOND 253402214399ll /* 9999-12-30T23:59:59Z: every zone's year has four digits */

/* Asked of the kernel anew after so long: it costs as much as all else of a record's time. */
#define SYNCHRONISED_NS 100000000ull

static bool is_synchronised(uint64_t mono_ns)
{
	static _Thread_local uint64_t asked_ns;
	static _Thread_local bool synchronised;
	struct timex timex = { 0 };
	int state;

	if (asked_ns && mono_ns - asked_ns < SYNCHRONISED_NS)
		return synchronised;
	state = adjtimex(&timex);
	asked_ns = mono_ns;
	synchronised = state >= 0 && state != TIME_ERROR && !(timex.status & STA_UNSYNC);
	return synchronised;
}

void sekisho_stamp_read(struct sekisho_stamp *stamp)
{
	struct timespec wall, mono;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	stamp->wall_ns = wall.tv_sec * NS_A_SECOND + wall.tv_nsec;
	stamp->mono_ns = (uint64_t)(mono.tv_sec * NS_A_SECOND + mono.tv_nsec);
	stamp->synchronised = is_synchronised(stamp->mono_ns);
}

const char *sekisho_stamp_clock(bool synchronised)
{
	return synchronised ? "synchronised" : "unsynchronised";
}

static char *put_digits(char *at, unsigned int value, unsigned int digits)
{
	unsigned int i;

	for (i = digits; i--; value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + digits;
}

/* The date of a second since 1970, of which the last one is remembered: records come in order. */
static const struct tm *date_of(time_t second)
{
	static _Thread_local time_t day = -1;
	static _Thread_local struct tm tm;

	if (second / DAY != day) {
		gmtime_r(&second, &tm);
		day = second / DAY;
	}
	return &tm;
}

void sekisho_stamp_text(char *text, int64_t wall_ns, int32_t zone)
{
	int64_t second = wall_ns < 0 ? 0 : wall_ns / NS_A_SECOND;
	unsigned int ms = wall_ns < 0 ? 0 : (unsigned int)(wall_ns % NS_A_SECOND / 1000000);
	unsigned int minutes = (unsigned int)(zone < 0 ? -zone : zone) / 60 % (24 * 60);
	const struct tm *date;
	time_t local;

	local = (second > LAST_SECOND ? LAST_SECOND : second) +
		(zone < 0 ? -(time_t)minutes : (time_t)minutes) * 60;
	local = local < 0 ? 0 : local;
	date = date_of(local);
	text = put_digits(text, (unsigned int)date->tm_year + 1900, 4);
	*text++ = '-';
	text = put_digits(text, (unsigned int)date->tm_mon + 1, 2);
	*text++ = '-';
	text = put_digits(text, (unsigned int)date->tm_mday, 2);
	*text++ = 'T';
	text = put_digits(text, (unsigned int)(local % DAY / 3600), 2);
	*text++ = ':';
	text = put_digits(text, (unsigned int)(local % 3600 / 60), 2);
	*text++ = ':';
	text = put_digits(text, (unsigned int)(local % 60), 2);
	*text++ = '.';
	text = put_digits(text, ms, 3);
	*text++ = zone < 0 ? '-' : '+';
	text = put_digits(text, minutes / 60, 2);
	*text++ = ':';
	text = put_digits(text, minutes % 60, 2);
	*text = '\0';
}

/* Read @digits digits at *@text and the @after that must follow (0: nothing); -1 if they do not. */
static int take_digits(const char **text, unsigned int digits, char after)
{
	int value = 0;

	while (digits--) {
		if (**text < '0' || **text > '9')
			return -1;
		value = value * 10 + (*(*text)++ - '0');
	}
	if (after && *(*text)++ != after)
		return -1;
	return value;
}

/* Seconds since 1970 when a day began, of which the last one is remembered. */
static time_t midnight_of(int year, int month, int day)
{
	static _Thread_local int asked;
	static _Thread_local time_t midnight;
	const int date = (year * 16 + month) * 32 + day;
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };

	if (date != asked) {
		midnight = timegm(&tm);
		asked = date;
	}
	return midnight;
}

int sekisho_stamp_parse(const char *text, int64_t *wall_ns)
{
	int year = take_digits(&text, 4, '-');
	int month = year < 0 ? -1 : take_digits(&text, 2, '-');
	int day = month < 0 ? -1 : take_digits(&text, 2, 'T');
	int hour = day < 0 ? -1 : take_digits(&text, 2, ':');
	int minute = hour < 0 ? -1 : take_digits(&text, 2, ':');
	int second = minute < 0 ? -1 : take_digits(&text, 2, '.');
	int ms = second < 0 ? -1 : take_digits(&text, 3, 0);
	int zone_hour, zone_minute, zone;
	char sign;

	if (ms < 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
	    second > 60)
		return -EINVAL;
	sign = *text++;
	if (sign != '+' && sign != '-')
		return -EINVAL;
	zone_hour = take_digits(&text, 2, ':');
	zone_minute = zone_hour < 0 ? -1 : take_digits(&text, 2, 0);
	if (zone_minute < 0 || zone_hour > 23 || zone_minute > 59)
		return -EINVAL;
	zone = (zone_hour * 60 + zone_minute) * 60;
	*wall_ns = (midnight_of(year, month, day) + (hour * 60 + minute) * 60 + second -
		    (sign == '-' ? -zone : zone)) *
			   NS_A_SECOND +
		   ms * 1000000ll;
	return 0;
}

int32_t sekisho_stamp_zone(const char *text)
{
	const char *at = text + OFFSET_AT;
	int32_t minutes =
		((at[1] - '0') * 10 + at[2] - '0') * 60 + (at[4] - '0') * 10 + at[5] - '0';

	return (*at == '-' ? -minutes : minutes) * 60;
}
