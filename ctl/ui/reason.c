// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verdict reasons in words, from the one table. Knows nothing of packets.
 */
#include "ui/reason.h"

#include <stddef.h>
#include <string.h>

#include "sekisho/reasons.h"

struct reason {
	const char *name;
	const char *text[2]; /* by language */
};

#define ROW(number, symbol, name, class, english, japanese) \
	[number] = { name, { [SEKISHO_ENGLISH] = english, [SEKISHO_JAPANESE] = japanese } },

static const struct reason reasons[SEKISHO_REASON_ROWS] = { SEKISHO_REASONS(ROW) };

#undef ROW

const char *sekisho_reason_name(unsigned int reason)
{
	return reason < SEKISHO_REASON_ROWS ? reasons[reason].name : NULL;
}

const char *sekisho_reason_text(unsigned int reason, enum sekisho_language language)
{
	return reason < SEKISHO_REASON_ROWS ? reasons[reason].text[language] : NULL;
}

unsigned int sekisho_reason_find(const char *name)
{
	for (unsigned int i = 1; i < SEKISHO_REASON_ROWS; i++) {
		if (reasons[i].name && !strcmp(reasons[i].name, name))
			return i;
	}
	return SEKISHO_REASON_INVALID;
}
