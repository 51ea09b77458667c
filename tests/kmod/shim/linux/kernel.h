/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nearly every header of the kernel brings along.
 */
#ifndef SEKISHO_SHIM_LINUX_KERNEL_H
#define SEKISHO_SHIM_LINUX_KERNEL_H

#include <errno.h>

#include <linux/limits.h>
#include <linux/math.h>
#include <linux/minmax.h>

#endif
