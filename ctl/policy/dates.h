/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dates, times of day and schedules as a policy writes them.
 * Knows nothing of flows.
 */
#ifndef SEKISHO_POLICY_DATES_H
#define SEKISHO_POLICY_DATES_H

#include "policy/load.h"

enum sekisho_date_use {
	SEKISHO_DATE_BEGIN, /* a day means its midnight */
	SEKISHO_DATE_END, /* a day is included: it means the next midnight */
	SEKISHO_DATE_DAY, /* only a day will do */
};

/* Seconds since 1970 UTC of a date or date-time. */
bool sekisho_take_date(struct sekisho_load *load, const struct sekisho_node *node,
		       enum sekisho_date_use use, int64_t *time);

bool sekisho_take_schedule(struct sekisho_load *load, const struct sekisho_node *node,
			   struct sekisho_schedule *schedule);

/**
 * sekisho_fiscal_year_end - when the fiscal year (April to March) of a time ends
 * @zone: the site's zone
 * @time: seconds since 1970 UTC
 *
 * Return: 1 April, 00:00, in the site's zone.
 */
int64_t sekisho_fiscal_year_end(const struct sekisho_zone *zone, int64_t time);

#endif
