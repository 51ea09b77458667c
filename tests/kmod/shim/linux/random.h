/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers that are the same in every run.
 */
#ifndef SEKISHO_SHIM_LINUX_RANDOM_H
#define SEKISHO_SHIM_LINUX_RANDOM_H

#include <linux/kernel.h>
#include <linux/types.h>

static inline u64 shim_random(void)
{
	static u64 state = 0x5eed;
	u64 mixed = state += 0x9e3779b97f4a7c15ull;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ull;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebull;
	return mixed ^ mixed >> 31;
}

static inline u32 get_random_u32(void)
{
	return (u32)shim_random();
}

static inline u64 get_random_u64(void)
{
	return shim_random();
}

static inline void get_random_bytes(void *bytes, size_t count)
{
	u8 *at = bytes;

	while (count--)
		*at++ = (u8)shim_random();
}

#endif
