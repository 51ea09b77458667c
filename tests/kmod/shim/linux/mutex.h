/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutexes of one thread.
 */
#ifndef SEKISHO_SHIM_LINUX_MUTEX_H
#define SEKISHO_SHIM_LINUX_MUTEX_H

#include <linux/spinlock.h>

struct mutex {
	spinlock_t lock;
};

#define mutex_init(mutex)    spin_lock_init(&(mutex)->lock)
#define mutex_destroy(mutex) BUG_ON((mutex)->lock.held)
#define mutex_lock(mutex)    spin_lock(&(mutex)->lock)
#define mutex_unlock(mutex)  spin_unlock(&(mutex)->lock)

#endif
