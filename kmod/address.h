/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An address as the module compares it, IPv4 and IPv6 alike. Knows nothing of packets or policies.
 */
#ifndef SEKISHO_KMOD_ADDRESS_H
#define SEKISHO_KMOD_ADDRESS_H

#include <linux/types.h>

/* Host byte order. IPv4 lies in the low 32 bits of @low, with @high 0. */
struct sekisho_address {
	u64 high;
	u64 low;
};

/* @first..@last, both included; @family is 4 or 6. */
struct sekisho_range {
	struct sekisho_address first;
	struct sekisho_address last;
	u8 family;
};

static inline int sekisho_address_compare(struct sekisho_address a, struct sekisho_address b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	if (a.low != b.low)
		return a.low < b.low ? -1 : 1;
	return 0;
}

static inline bool sekisho_address_equal(struct sekisho_address a, struct sekisho_address b)
{
	return a.high == b.high && a.low == b.low;
}

#endif
