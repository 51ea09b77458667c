/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Atomic numbers. Tests have one thread.
 */
#ifndef SEKISHO_SHIM_LINUX_ATOMIC_H
#define SEKISHO_SHIM_LINUX_ATOMIC_H

#include <linux/types.h>

#define ATOMIC_INIT(value)   { (value) }
#define ATOMIC64_INIT(value) { (value) }

#define atomic_read(atomic)	    READ_ONCE((atomic)->counter)
#define atomic_set(atomic, value)   WRITE_ONCE((atomic)->counter, value)
#define atomic_inc(atomic)	    ((void)__atomic_add_fetch(&(atomic)->counter, 1, __ATOMIC_RELAXED))
#define atomic_dec(atomic)	    ((void)__atomic_sub_fetch(&(atomic)->counter, 1, __ATOMIC_RELAXED))
#define atomic_dec_and_test(atomic) (!__atomic_sub_fetch(&(atomic)->counter, 1, __ATOMIC_ACQ_REL))
#define atomic64_read(atomic)	    READ_ONCE((atomic)->counter)
#define atomic64_set(atomic, value) WRITE_ONCE((atomic)->counter, value)
#define atomic64_add(value, atomic) \
	((void)__atomic_add_fetch(&(atomic)->counter, value, __ATOMIC_RELAXED))
#define atomic64_inc(atomic) atomic64_add(1, atomic)

#endif
