/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel has its allocators here, too.
 */
#ifndef SEKISHO_SHIM_LINUX_MM_H
#define SEKISHO_SHIM_LINUX_MM_H

#include <linux/slab.h>

#define PAGE_SIZE 4096ul

#endif
