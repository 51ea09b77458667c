/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One processor's data.
 */
#ifndef SEKISHO_SHIM_LINUX_PERCPU_H
#define SEKISHO_SHIM_LINUX_PERCPU_H

#include <linux/types.h>

#endif
