/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Powers of two.
 */
#ifndef SEKISHO_SHIM_LINUX_LOG2_H
#define SEKISHO_SHIM_LINUX_LOG2_H

#include <linux/types.h>

static inline bool is_power_of_2(unsigned long number)
{
	return number && !(number & (number - 1));
}

static inline int ilog2(unsigned long number)
{
	return 63 - __builtin_clzl(number);
}

static inline unsigned long roundup_pow_of_two(unsigned long number)
{
	return number <= 1 ? 1 : 1ul << (ilog2(number - 1) + 1);
}

static inline int order_base_2(unsigned long number)
{
	return number <= 1 ? 0 : ilog2(number - 1) + 1;
}

#endif
