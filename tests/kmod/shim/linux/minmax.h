/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lesser and the greater.
 */
#ifndef SEKISHO_SHIM_LINUX_MINMAX_H
#define SEKISHO_SHIM_LINUX_MINMAX_H

#include <linux/types.h>

#define min(a, b)                                  \
	({                                         \
		__typeof__(a) shim_a = (a);        \
		__typeof__(b) shim_b = (b);        \
		shim_a < shim_b ? shim_a : shim_b; \
	})
#define max(a, b)                                  \
	({                                         \
		__typeof__(a) shim_a = (a);        \
		__typeof__(b) shim_b = (b);        \
		shim_a > shim_b ? shim_a : shim_b; \
	})
#define min3(a, b, c)		min(min(a, b), c)
#define max3(a, b, c)		max(max(a, b), c)
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define clamp(value, low, high) min(max(value, low), high)
#define swap(a, b)                             \
	do {                                   \
		__typeof__(a) shim_swap = (a); \
		(a) = (b);                     \
		(b) = shim_swap;               \
	} while (0)

#endif
