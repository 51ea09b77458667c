// SPDX-License-Identifier: GPL-2.0-only
/*
 * Idle connections leave the table although no frame of theirs comes: a quarter of it a second,
 * so that a flow's limit is given back within five. Knows nothing of what makes one idle.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include "border.h"
#include "connections.h"

#define SWEEP_PARTS 4

void sekisho_sweep_work(struct work_struct *work)
{
	struct sekisho_border *border =
		container_of(to_delayed_work(work), struct sekisho_border, sweep);
	struct sekisho_regime *regime;

	/* Nobody replaces the table or the policy meanwhile. */
	mutex_lock(&border->lock);
	regime = sekisho_border_regime(border);
	if (regime->policy && regime->connections) {
		sekisho_connections_sweep(regime->connections, regime->policy->timeouts,
					  ktime_get_seconds(), border->sweep_part, SWEEP_PARTS);
		border->sweep_part = (border->sweep_part + 1) % SWEEP_PARTS;
	}
	if (regime->connections && !border->dying)
		schedule_delayed_work(&border->sweep, HZ);
	mutex_unlock(&border->lock);
}
