/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A keyed hash under the name of the kernel's; as good for a test, and not the same.
 */
#ifndef SEKISHO_SHIM_LINUX_SIPHASH_H
#define SEKISHO_SHIM_LINUX_SIPHASH_H

#include <linux/types.h>

typedef struct {
	u64 key[2];
} siphash_key_t;

static inline u64 siphash(const void *bytes, size_t count, const siphash_key_t *key)
{
	u64 hash = key->key[0];
	const u8 *at = bytes;

	while (count--) {
		hash = (hash ^ *at++) * 0x100000001b3ull;
		hash ^= hash >> 29;
	}
	hash = (hash ^ key->key[1]) * 0xbf58476d1ce4e5b9ull;
	return hash ^ hash >> 32;
}

#endif
