/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work for later, which a test does not do.
 */
#ifndef SEKISHO_SHIM_LINUX_WORKQUEUE_H
#define SEKISHO_SHIM_LINUX_WORKQUEUE_H

#include <linux/types.h>

struct work_struct {
	int unused;
};

struct delayed_work {
	struct work_struct work;
};

#endif
