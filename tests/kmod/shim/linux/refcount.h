/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * References that are counted.
 */
#ifndef SEKISHO_SHIM_LINUX_REFCOUNT_H
#define SEKISHO_SHIM_LINUX_REFCOUNT_H

#include <linux/atomic.h>
#include <linux/bug.h>

typedef struct {
	atomic_t refs;
} refcount_t;

static inline void refcount_set(refcount_t *count, int value)
{
	atomic_set(&count->refs, value);
}

static inline unsigned int refcount_read(const refcount_t *count)
{
	return (unsigned int)atomic_read(&count->refs);
}

static inline void refcount_inc(refcount_t *count)
{
	BUG_ON(atomic_read(&count->refs) < 1);
	atomic_inc(&count->refs);
}

static inline bool refcount_dec_and_test(refcount_t *count)
{
	BUG_ON(atomic_read(&count->refs) < 1);
	return atomic_dec_and_test(&count->refs);
}

#endif
