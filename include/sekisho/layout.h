/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a shared struct states its layout: fixed-width types, and an assertion of size and offsets,
 * so that a compiler that lays it out otherwise fails instead of misreading a map.
 */
#ifndef SEKISHO_LAYOUT_H
#define SEKISHO_LAYOUT_H

#include <linux/types.h>

#define SEKISHO_ASSERT_SIZE(type, bytes) \
	_Static_assert(sizeof(type) == (bytes), #type " must be " #bytes " bytes")
#define SEKISHO_ASSERT_OFFSET(type, member, bytes)                  \
	_Static_assert(__builtin_offsetof(type, member) == (bytes), \
		       #type "." #member " must be at " #bytes)

#endif
