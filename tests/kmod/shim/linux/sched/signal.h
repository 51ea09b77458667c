/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nobody is being killed.
 */
#ifndef SEKISHO_SHIM_LINUX_SCHED_SIGNAL_H
#define SEKISHO_SHIM_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

static inline bool fatal_signal_pending(const void *task)
{
	(void)task;
	return false;
}

#endif
