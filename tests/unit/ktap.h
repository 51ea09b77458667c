/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a unit test reports: KTAP on standard output, exit status 0 or 1. Knows nothing of what is
 * tested.
 *
 *	plan(2);
 *	ok(sum(1, 1) == 2, "one and one are two");
 *	ok(sum(0, 0) == 0, "nothing comes of %s", "nothing");
 *	return finish();
 */
#ifndef SEKISHO_TESTS_UNIT_KTAP_H
#define SEKISHO_TESTS_UNIT_KTAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static unsigned int ktap_planned;
static unsigned int ktap_number;
static unsigned int ktap_failed;

/* Say how many results there will be, before the first. */
static inline void plan(unsigned int tests)
{
	ktap_planned = tests;
	printf("KTAP version 1\n1..%u\n", tests);
	fflush(stdout);
}

/* One result. Flushed, so that a crash afterwards does not hide it. */
__attribute__((format(printf, 2, 3))) static inline bool ok(bool passed, const char *format, ...)
{
	va_list arguments;

	ktap_failed += !passed;
	printf("%sok %u ", passed ? "" : "not ", ++ktap_number);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	return passed;
}

/* What main() returns. A plan that was not met fails too. */
static inline int finish(void)
{
	if (ktap_number != ktap_planned)
		printf("# planned %u, ran %u\n", ktap_planned, ktap_number);
	return ktap_failed || ktap_number != ktap_planned;
}

#endif
