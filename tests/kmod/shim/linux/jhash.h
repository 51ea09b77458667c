/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash under the name of the kernel's; as good for a test, and not the same.
 */
#ifndef SEKISHO_SHIM_LINUX_JHASH_H
#define SEKISHO_SHIM_LINUX_JHASH_H

#include <linux/kernel.h>
#include <linux/types.h>

static inline u32 jhash(const void *bytes, u32 count, u32 seed)
{
	u64 hash = seed + 0xcbf29ce484222325ull;
	const u8 *at = bytes;

	while (count--) {
		hash = (hash ^ *at++) * 0x100000001b3ull;
		hash ^= hash >> 29;
	}
	return (u32)(hash ^ hash >> 32);
}

static inline u32 jhash2(const u32 *words, u32 count, u32 seed)
{
	return jhash(words, count * 4, seed);
}

static inline u32 jhash_3words(u32 a, u32 b, u32 c, u32 seed)
{
	const u32 words[3] = { a, b, c };

	return jhash2(words, 3, seed);
}

static inline u32 jhash_2words(u32 a, u32 b, u32 seed)
{
	return jhash_3words(a, b, 0, seed);
}

#endif
