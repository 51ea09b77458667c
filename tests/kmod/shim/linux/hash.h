/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hashes of one number.
 */
#ifndef SEKISHO_SHIM_LINUX_HASH_H
#define SEKISHO_SHIM_LINUX_HASH_H

#include <linux/types.h>

static inline u32 hash_64(u64 value, unsigned int bits)
{
	return (u32)(value * 0x61c8864680b583ebull >> (64 - bits));
}

static inline u32 hash_32(u32 value, unsigned int bits)
{
	return value * 0x61c88647u >> (32 - bits);
}

#endif
