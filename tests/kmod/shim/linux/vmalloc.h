/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel has its allocators here, too.
 */
#ifndef SEKISHO_SHIM_LINUX_VMALLOC_H
#define SEKISHO_SHIM_LINUX_VMALLOC_H

#include <linux/slab.h>

#endif
