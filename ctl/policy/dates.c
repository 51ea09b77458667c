/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads dates, times of day and schedules.
 * Knows nothing of flows.
 */
#include "policy/dates.h"

#include <string.h>

#include "ui/message.h"

#define DAY	    86400
#define ALL_DAYS    0x7f
#define DAY_MINUTES 1440

static const char *const day_names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

struct written_date {
	int year, month, day;
	int hour, minute, second;
	int offset; /* seconds east of UTC */
	bool has_time;
	bool has_offset;
};

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = y / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool digits(const char **at, int count, int *value)
{
	*value = 0;
	for (; count > 0; count--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*value = *value * 10 + (**at - '0');
	}
	return true;
}

static bool symbol(const char **at, char wanted)
{
	if (**at != wanted)
		return false;
	(*at)++;
	return true;
}

static bool parse_offset(const char *at, struct written_date *date)
{
	int sign = *at == '-' ? -1 : 1;
	int hours, minutes;

	if (!*at)
		return true;
	date->has_offset = true;
	if (!strcmp(at, "Z"))
		return true;
	if (*at != '+' && *at != '-')
		return false;
	at++;
	if (!digits(&at, 2, &hours) || !symbol(&at, ':') || !digits(&at, 2, &minutes) || *at)
		return false;
	date->offset = sign * (hours * 3600 + minutes * 60);
	return hours <= 14 && minutes < 60;
}

static bool parse_date(const char *at, struct written_date *date)
{
	memset(date, 0, sizeof(*date));
	if (!digits(&at, 4, &date->year) || !symbol(&at, '-') || !digits(&at, 2, &date->month) ||
	    !symbol(&at, '-') || !digits(&at, 2, &date->day))
		return false;
	if (!*at)
		return true;
	date->has_time = true;
	if ((!symbol(&at, 'T') && !symbol(&at, ' ')) || !digits(&at, 2, &date->hour) ||
	    !symbol(&at, ':') || !digits(&at, 2, &date->minute))
		return false;
	if (*at == ':' && (!symbol(&at, ':') || !digits(&at, 2, &date->second)))
		return false;
	return parse_offset(at, date);
}

static bool exists(const struct written_date *date)
{
	if (date->month < 1 || date->month > 12 || date->day < 1 ||
	    date->day > month_days(date->year, date->month))
		return false;
	return date->hour < 24 && date->minute < 60 && date->second < 60;
}

bool sekisho_take_date(struct sekisho_load *load, const struct sekisho_node *node,
		       enum sekisho_date_use use, int64_t *time)
{
	struct sekisho_diagnostic *diagnostic;
	struct written_date date;
	int64_t local;

	if (!sekisho_take_scalar(load, node, N_("a date")))
		return false;
	if (!parse_date(node->text, &date) || (use == SEKISHO_DATE_DAY && date.has_time)) {
		diagnostic = sekisho_load_error(load, node, "bad-date", NULL,
						_("'%.40s' is not a date"), node->text);
		sekisho_diagnostic_hint(diagnostic, "%s",
					use == SEKISHO_DATE_DAY
						? _("write 2026-04-01")
						: _("write 2026-04-01 or 2026-04-01T12:30:00"));
		return false;
	}
	if (!exists(&date)) {
		sekisho_load_error(load, node, "no-such-date", NULL, _("there is no date '%.40s'"),
				   node->text);
		return false;
	}
	if (date.year < SEKISHO_YEAR_FIRST || date.year > SEKISHO_YEAR_LAST) {
		diagnostic = sekisho_load_error(load, node, "year-out-of-range", NULL,
						_("'%.40s' is too far away"), node->text);
		sekisho_diagnostic_hint(diagnostic, _("years are %d to %d"), SEKISHO_YEAR_FIRST,
					SEKISHO_YEAR_LAST);
		return false;
	}
	local = days_of(date.year, date.month, date.day) * DAY + date.hour * 3600 +
		date.minute * 60 + date.second;
	if (use == SEKISHO_DATE_END && !date.has_time)
		local += DAY;
	if (date.has_offset)
		*time = local - date.offset;
	else
		*time = sekisho_zone_to_utc(&load->zone, local);
	return true;
}

int64_t sekisho_fiscal_year_end(const struct sekisho_zone *zone, int64_t time)
{
	int64_t local = time + sekisho_zone_offset(zone, time);
	int year = SEKISHO_YEAR_FIRST;

	/* the first 1 April after @time */
	year += (int)(local / (366 * (int64_t)DAY)) - 1;
	while (days_of(year, 4, 1) * DAY <= local)
		year++;
	return sekisho_zone_to_utc(zone, days_of(year, 4, 1) * DAY);
}

static int day_number(const char *text, size_t length)
{
	for (int i = 0; i < 7; i++)
		if (length == 3 && !strncmp(text, day_names[i], 3))
			return i;
	return -1;
}

static bool take_days(struct sekisho_load *load, const struct sekisho_node *node, uint8_t *days)
{
	struct sekisho_diagnostic *diagnostic;
	const char *dash;
	int first, last;

	if (!sekisho_take_scalar(load, node, N_("a day")))
		return false;
	if (!strcmp(node->text, "all") || !strcmp(node->text, "daily")) {
		*days = ALL_DAYS;
		return true;
	}
	dash = strchr(node->text, '-');
	first = day_number(node->text, dash ? (size_t)(dash - node->text) : node->length);
	last = dash ? day_number(dash + 1, strlen(dash + 1)) : first;
	if (first < 0 || last < 0) {
		diagnostic = sekisho_load_error(load, node, "bad-days", NULL,
						_("'%.40s' names no days"), node->text);
		sekisho_diagnostic_hint(diagnostic, "%s", _("write mon-fri, [mon, wed] or all"));
		return false;
	}
	for (int day = first;; day = (day + 1) % 7) {
		*days |= (uint8_t)(1u << day);
		if (day == last)
			return true;
	}
}

static bool parse_minute(const char **at, int *minute)
{
	int hours, minutes;

	if (!digits(at, 2, &hours) || !symbol(at, ':') || !digits(at, 2, &minutes))
		return false;
	*minute = hours * 60 + minutes;
	return minutes < 60 && *minute <= DAY_MINUTES;
}

static bool take_hours(struct sekisho_load *load, const struct sekisho_node *node,
		       struct sekisho_schedule *schedule)
{
	struct sekisho_diagnostic *diagnostic;
	const char *at;
	int start, end;

	if (!sekisho_take_scalar(load, node, N_("hours")))
		return false;
	at = node->text;
	if (!parse_minute(&at, &start) || !symbol(&at, '-') || !parse_minute(&at, &end) || *at ||
	    start == DAY_MINUTES || start == end) {
		diagnostic = sekisho_load_error(load, node, "bad-hours", NULL,
						_("'%.40s' are no hours"), node->text);
		sekisho_diagnostic_hint(diagnostic, "%s",
					_("write 08:30-17:15; the end may be 24:00 or on the "
					  "next day"));
		return false;
	}
	schedule->start_minute = (uint16_t)start;
	schedule->end_minute = (uint16_t)(end ? end : DAY_MINUTES);
	return true;
}

static bool take_day_list(struct sekisho_load *load, const struct sekisho_node *node, uint8_t *days)
{
	bool good = true;

	*days = 0;
	if (node->kind != SEKISHO_NODE_LIST)
		return take_days(load, node, days);
	if (!node->length) {
		sekisho_load_error(load, node, "empty-list", NULL, _("this list is empty"));
		return false;
	}
	for (const struct sekisho_node *item = node->first; item; item = item->next)
		good &= take_days(load, item, days);
	return good;
}

bool sekisho_take_schedule(struct sekisho_load *load, const struct sekisho_node *node,
			   struct sekisho_schedule *schedule)
{
	static const char *const keys[] = { "days", "hours" };
	const struct sekisho_node *values[2];
	bool good = true;

	if (!sekisho_take_fields(load, node, keys, 2, values))
		return false;
	if (!values[0] && !values[1])
		return sekisho_take_present(load, node, NULL, "days");
	schedule->days = ALL_DAYS;
	schedule->start_minute = 0;
	schedule->end_minute = DAY_MINUTES;
	if (values[0])
		good &= take_day_list(load, values[0], &schedule->days);
	if (values[1])
		good &= take_hours(load, values[1], schedule);
	schedule->present = true;
	return good;
}
