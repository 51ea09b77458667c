/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bits of words.
 */
#ifndef SEKISHO_SHIM_LINUX_BITOPS_H
#define SEKISHO_SHIM_LINUX_BITOPS_H

#include <linux/types.h>

#define BITS_PER_LONG	       64
#define BIT(number)	       (1UL << (number))
#define BIT_ULL(number)	       (1ULL << (number))
#define BITS_TO_LONGS(count)   (((count) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define GENMASK_ULL(high, low) ((~0ULL << (low)) & (~0ULL >> (63 - (high))))

static inline bool test_bit(unsigned long number, const unsigned long *bits)
{
	return bits[number / BITS_PER_LONG] >> number % BITS_PER_LONG & 1;
}

static inline void __set_bit(unsigned long number, unsigned long *bits)
{
	bits[number / BITS_PER_LONG] |= BIT(number % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned long number, unsigned long *bits)
{
	bits[number / BITS_PER_LONG] &= ~BIT(number % BITS_PER_LONG);
}

static inline int fls(unsigned int number)
{
	return number ? 32 - __builtin_clz(number) : 0;
}

static inline int fls64(u64 number)
{
	return number ? 64 - __builtin_clzll(number) : 0;
}

static inline unsigned long __ffs64(u64 number)
{
	return (unsigned long)__builtin_ctzll(number);
}

#endif
