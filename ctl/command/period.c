// SPDX-License-Identifier: GPL-2.0-only
/*
 * The period that --since, --until and --last ask for. Knows nothing of what belongs to it.
 */
#include "command/period.h"

#include <stdio.h>
#include <time.h>

#include "command/context.h"
#include "command/moment.h"
#include "ui/message.h"
#include "ui/say.h"

#define NS_A_SECOND 1000000000ll

static bool take_moment(const struct sekisho_context *context, const char *name, int32_t zone,
			bool end, int64_t *wall_ns)
{
	const char *text = sekisho_context_option(context, name);

	if (!text || sekisho_moment_parse(text, time(NULL), zone, end, wall_ns))
		return true;
	sekisho_say(_("--%s cannot be '%s'"), name, text);
	sekisho_say_hint(_("for example %s, '%s', %s, %s"), "2026-04-01", "2026-04-01 9:20", "9:20",
			 "today");
	return false;
}

static bool take_last(const char *last, int64_t *since_ns)
{
	int64_t seconds;

	if (!sekisho_moment_duration(last, &seconds)) {
		sekisho_say(_("--%s cannot be '%s'"), "last", last);
		return false;
	}
	*since_ns = (time(NULL) - seconds) * NS_A_SECOND;
	return true;
}

bool sekisho_period_take(const struct sekisho_context *context, int32_t zone, int64_t *since_ns,
			 int64_t *until_ns)
{
	const char *last = sekisho_context_option(context, "last");

	*since_ns = INT64_MIN;
	*until_ns = INT64_MAX;
	if (last && (sekisho_context_option(context, "since") ||
		     sekisho_context_option(context, "until"))) {
		sekisho_say(_("--last does not go with --since or --until"));
		return false;
	}
	if (last)
		return take_last(last, since_ns);
	if (!take_moment(context, "since", zone, false, since_ns) ||
	    !take_moment(context, "until", zone, true, until_ns))
		return false;
	if (*since_ns < *until_ns)
		return true;
	sekisho_say(_("--until is not later than --since"));
	return false;
}
