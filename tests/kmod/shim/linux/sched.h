/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving way, which one thread has no need to do.
 */
#ifndef SEKISHO_SHIM_LINUX_SCHED_H
#define SEKISHO_SHIM_LINUX_SCHED_H

#include <linux/types.h>

#define cond_resched() ((void)0)
#define might_sleep()  ((void)0)
#define current	       NULL

#endif
