/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dates, fiscal years, schedules and zones (ctl/policy/dates.c, zone.c), through whole policies.
 * Expected times are written as what `date -d ... +%s` says.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ktap.h"
#include "policy/policy_file.h"

static struct sekisho_policy *read_with(const char *zone, const char *lines)
{
	struct sekisho_diagnostics diagnostics = { 0 };
	struct sekisho_policy *policy;
	char text[2048];

	snprintf(text, sizeof(text),
		 "sekisho: 1\n"
		 "site: {name: test, timezone: %s}\n"
		 "segments:\n"
		 "  - {name: m, kind: management, ports: [{interface: m0}], networks: "
		 "[10.0.0.0/8]}\n"
		 "flows:\n"
		 "  - {id: F, from: {segment: m}, to: {segment: self}, services: [tcp/22],\n"
		 "     purpose: p, %s}\n",
		 zone, lines);
	policy = sekisho_policy_text_read("test", text, strlen(text), &diagnostics);
	if (!policy)
		sekisho_diagnostics_print(&diagnostics, stderr);
	sekisho_diagnostics_free(&diagnostics);
	return policy;
}

static const struct {
	const char *zone;
	const char *lines;
	int64_t from;
	int64_t until;
} dates[] = {
	/* the end of the fiscal year is 1 April, 00:00 */
	{ "Asia/Tokyo", "approved_on: 2026-04-01", 1774969200, 1806505200 },
	{ "Asia/Tokyo", "approved_on: 2026-03-31", 1774882800, 1774969200 },
	{ "Asia/Tokyo", "approved_on: 2026-12-31", 1798642800, 1806505200 },
	{ "Asia/Tokyo", "valid_from: 2027-01-01T12:30:05", 1798774205, 1806505200 },
	/* a last day is included, a last instant is not */
	{ "Asia/Tokyo", "valid_until: 2027-03-31", INT64_MIN, 1806505200 },
	{ "Asia/Tokyo", "valid_until: 2027-03-31T23:59:59", INT64_MIN, 1806505199 },
	{ "Asia/Tokyo", "valid_until: 2027-03-31T15:00:00Z", INT64_MIN, 1806505200 },
	{ "UTC", "valid_until: 2027-04-01T00:00:00+09:00", INT64_MIN, 1806505200 },
	{ "UTC", "valid_until: \"2027-03-31 10:00-05:00\"", INT64_MIN, 1806505200 },
	/* before and after clocks change */
	{ "America/New_York", "valid_from: 2026-03-08, valid_until: 2026-03-08", 1772946000,
	  1773028800 },
	{ "America/New_York", "valid_from: 2026-11-01, valid_until: 2026-11-01", 1793505600,
	  1793595600 },
	{ "UTC", "valid_from: 2096-02-29, valid_until: 2099-12-31", 3981312000, 4102444800 },
	{ "UTC", "valid_from: 1970-01-01, valid_until: 1970-01-01", 0, 86400 },
};

#define DATES (sizeof(dates) / sizeof(dates[0]))

static void test_date(size_t i)
{
	struct sekisho_policy *policy = read_with(dates[i].zone, dates[i].lines);
	bool good = policy && policy->flows[0].valid_from == dates[i].from &&
		    policy->flows[0].valid_until == dates[i].until;

	if (policy && !good)
		printf("# %lld %lld\n", (long long)policy->flows[0].valid_from,
		       (long long)policy->flows[0].valid_until);
	ok(good, "%s", dates[i].lines);
	sekisho_policy_free(policy);
}

static const struct {
	const char *schedule;
	uint8_t days;
	uint16_t start;
	uint16_t end;
} schedules[] = {
	{ "{days: mon-fri, hours: 08:30-17:15}", 0x1f, 510, 1035 },
	{ "{days: [mon, wed, sun]}", 0x45, 0, 1440 },
	{ "{days: sat-mon}", 0x61, 0, 1440 },
	{ "{days: all, hours: 22:00-06:00}", 0x7f, 1320, 360 },
	{ "{hours: 00:00-24:00}", 0x7f, 0, 1440 },
	{ "{hours: 22:00-00:00}", 0x7f, 1320, 1440 },
};

#define SCHEDULES (sizeof(schedules) / sizeof(schedules[0]))

static void test_schedule(size_t i)
{
	struct sekisho_policy *policy;
	char lines[256];
	bool good = false;

	snprintf(lines, sizeof(lines), "valid_until: 2099-03-31, schedule: %s",
		 schedules[i].schedule);
	policy = read_with("Asia/Tokyo", lines);
	if (policy) {
		const struct sekisho_schedule *schedule = &policy->flows[0].schedule;

		good = schedule->present && schedule->days == schedules[i].days &&
		       schedule->start_minute == schedules[i].start &&
		       schedule->end_minute == schedules[i].end;
	}
	ok(good, "%s", schedules[i].schedule);
	sekisho_policy_free(policy);
}

static void test_zones(void)
{
	struct sekisho_policy *policy = read_with("Asia/Tokyo", "valid_until: 2099-03-31");

	ok(policy && policy->zone_count == 1 && policy->zone[0].since == INT64_MIN &&
		   policy->zone[0].offset == 32400,
	   "%s", "Asia/Tokyo has one offset");
	sekisho_policy_free(policy);
	policy = read_with("America/New_York", "valid_until: 2099-03-31");
	ok(policy && policy->zone_count >= 12 && policy->zone_count <= 14 &&
		   policy->zone[1].since > policy->zone[0].since,
	   "%s", "America/New_York changes twice a year");
	sekisho_policy_free(policy);
	setenv("TZ", "America/New_York", 1);
	policy = read_with("Asia/Tokyo", "valid_until: 2027-03-31");
	ok(policy && policy->flows[0].valid_until == 1806505200 &&
		   !strcmp(getenv("TZ"), "America/New_York"),
	   "%s", "the process's own zone does not matter, and stays");
	sekisho_policy_free(policy);
}

int main(void)
{
	plan(DATES + SCHEDULES + 3);
	for (size_t i = 0; i < DATES; i++)
		test_date(i);
	for (size_t i = 0; i < SCHEDULES; i++)
		test_schedule(i);
	test_zones();
	return finish();
}
