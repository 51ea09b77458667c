/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks at build time.
 */
#ifndef SEKISHO_SHIM_LINUX_BUILD_BUG_H
#define SEKISHO_SHIM_LINUX_BUILD_BUG_H

#include <assert.h>

#define SEKISHO_SHIM_ASSERT(condition, text, ...) _Static_assert(condition, text)
#undef static_assert
#define static_assert(condition, ...) SEKISHO_SHIM_ASSERT(condition, ##__VA_ARGS__, #condition)
#define BUILD_BUG_ON(condition)	      _Static_assert(!(condition), #condition)

#endif
