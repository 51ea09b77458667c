/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Spinlocks of one thread: taken twice, or given back untaken, they end the process.
 */
#ifndef SEKISHO_SHIM_LINUX_SPINLOCK_H
#define SEKISHO_SHIM_LINUX_SPINLOCK_H

#include <linux/bug.h>
#include <linux/types.h>

typedef struct {
	bool held;
} spinlock_t;

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->held = false;
}

static inline void spin_lock(spinlock_t *lock)
{
	BUG_ON(lock->held);
	lock->held = true;
}

static inline void spin_unlock(spinlock_t *lock)
{
	BUG_ON(!lock->held);
	lock->held = false;
}

#define DEFINE_SPINLOCK(name)	  spinlock_t name
#define spin_lock_bh(lock)	  spin_lock(lock)
#define spin_unlock_bh(lock)	  spin_unlock(lock)
#define spin_lock_irq(lock)	  spin_lock(lock)
#define spin_unlock_irq(lock)	  spin_unlock(lock)
#define lockdep_assert_held(lock) ((void)(lock))

#endif
