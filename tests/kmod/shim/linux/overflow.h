/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sums and products that are checked.
 */
#ifndef SEKISHO_SHIM_LINUX_OVERFLOW_H
#define SEKISHO_SHIM_LINUX_OVERFLOW_H

#include <linux/types.h>

#define check_add_overflow(a, b, sum)	  __builtin_add_overflow(a, b, sum)
#define check_mul_overflow(a, b, product) __builtin_mul_overflow(a, b, product)

static inline size_t shim_struct_size(size_t base, size_t count, size_t bytes)
{
	size_t product, sum;

	if (__builtin_mul_overflow(count, bytes, &product) ||
	    __builtin_add_overflow(base, product, &sum))
		return SIZE_MAX;
	return sum;
}

#define struct_size(pointer, member, count) \
	shim_struct_size(sizeof(*(pointer)), count, sizeof(*(pointer)->member))
#define array_size(a, b) shim_struct_size(0, a, b)

#endif
