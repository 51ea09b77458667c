/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sorting, with the C library's.
 */
#ifndef SEKISHO_SHIM_LINUX_SORT_H
#define SEKISHO_SHIM_LINUX_SORT_H

#include <stdlib.h>

#include <linux/kernel.h>

#define sort(items, count, bytes, compare, swap_items) \
	((void)(swap_items), qsort(items, count, bytes, compare))

#endif
