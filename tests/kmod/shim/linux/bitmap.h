/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays of bits.
 */
#ifndef SEKISHO_SHIM_LINUX_BITMAP_H
#define SEKISHO_SHIM_LINUX_BITMAP_H

#include <string.h>

#include <linux/bitops.h>

#define DECLARE_BITMAP(name, count) unsigned long name[BITS_TO_LONGS(count)]

static inline void bitmap_zero(unsigned long *bits, unsigned int count)
{
	memset(bits, 0, BITS_TO_LONGS(count) * sizeof(*bits));
}

#endif
