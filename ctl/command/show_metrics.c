// SPDX-License-Identifier: GPL-2.0-only
/*
 * `show metrics`: once, as OpenMetrics, what `collect` serves all the time. Knows nothing of what
 * is measured.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command/metrics.h"
#include "command/show.h"
#include "ui/message.h"
#include "ui/say.h"

int sekisho_show_metrics(struct sekisho_context *context)
{
	struct sekisho_gather *gather;
	struct sekisho_metrics metrics;
	int error = sekisho_context_engine(context);

	/* Where nothing is in force that is told. */
	if (error && error != -ENOENT)
		return SEKISHO_EXIT_REFUSED;
	gather = sekisho_gather_new(context);
	if (!gather) {
		sekisho_say(_("out of memory"));
		return SEKISHO_EXIT_REFUSED;
	}
	error = sekisho_gather_take(gather, NULL, &metrics);
	if (error)
		sekisho_say(_("the metrics cannot be gathered: %s"), strerror(-error));
	else if (fwrite(metrics.open.bytes, 1, metrics.open.length, stdout) !=
			 metrics.open.length ||
		 fflush(stdout))
		error = -EIO;
	sekisho_metrics_free(&metrics);
	sekisho_gather_free(gather);
	return error ? SEKISHO_EXIT_REFUSED : SEKISHO_EXIT_DONE;
}
