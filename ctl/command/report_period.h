/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The period of a report as people name it. Pure: the clock and the zone are given. Knows nothing
 * of reports.
 */
#ifndef SEKISHO_COMMAND_REPORT_PERIOD_H
#define SEKISHO_COMMAND_REPORT_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

/**
 * sekisho_report_period - a period
 * @text: `2026`, `2026-Q1`, `2026-04`, `2026-04-01`; a fiscal year from April to March as `FY2026` or
 *	`令和8年度`; or `FROM..TO`, each as sekisho_moment_parse() takes it, a day as TO included
 * @now: seconds since 1970 UTC
 * @zone: seconds east of UTC
 * @since_ns: included; since 1970 UTC; as the next one written only on success
 * @until_ns: not included; later than @since_ns
 *
 * Return: whether it is one.
 */
bool sekisho_report_period(const char *text, int64_t now, int32_t zone, int64_t *since_ns,
			   int64_t *until_ns);

#endif
