/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records of one day, by the date that each of them bears. Knows nothing of what they say.
 */
#ifndef SEKISHO_AUDIT_DAY_H
#define SEKISHO_AUDIT_DAY_H

#include <stdint.h>

#include "pace.h"

#define SEKISHO_DAY_BYTES 11 /* 2026-04-01 and a NUL */

struct sekisho_day {
	uint64_t records;
	uint64_t first_seq, last_seq; /* of use where there are records */
};

/**
 * sekisho_day_read - find the records of a day
 * @directory: of the log
 * @date: as SEKISHO_DAY_BYTES says
 * @pace: NULL: nobody wants to know
 * Return: 0 (also where there are none), or why the log cannot be read.
 */
int sekisho_day_read(int directory, const char *date, const struct sekisho_pace *pace,
		     struct sekisho_day *day);

#endif
