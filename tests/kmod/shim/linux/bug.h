/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must not be: the process ends, so that a test sees it.
 */
#ifndef SEKISHO_SHIM_LINUX_BUG_H
#define SEKISHO_SHIM_LINUX_BUG_H

#include <stdio.h>
#include <stdlib.h>

#include <linux/build_bug.h>
#include <linux/types.h>

#define SEKISHO_SHIM_WARN(condition)                                                             \
	({                                                                                       \
		bool shim_warns = !!(condition);                                                 \
		if (shim_warns) {                                                                \
			fprintf(stderr, "%s:%d: warning: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                 \
		}                                                                                \
		shim_warns;                                                                      \
	})
#define WARN_ON(condition)	SEKISHO_SHIM_WARN(condition)
#define WARN_ON_ONCE(condition) SEKISHO_SHIM_WARN(condition)
#define BUG_ON(condition)	((void)SEKISHO_SHIM_WARN(condition))

#endif
