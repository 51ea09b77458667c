/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often something is said, which a test does not mind.
 */
#ifndef SEKISHO_SHIM_LINUX_RATELIMIT_TYPES_H
#define SEKISHO_SHIM_LINUX_RATELIMIT_TYPES_H

struct ratelimit_state {
	int unused;
};

#endif
