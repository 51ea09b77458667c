/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RCU without other processors: what is given to be freed is freed at once.
 */
#ifndef SEKISHO_SHIM_LINUX_RCUPDATE_H
#define SEKISHO_SHIM_LINUX_RCUPDATE_H

#include <linux/types.h>

#define rcu_read_lock()
#define rcu_read_unlock()
#define synchronize_rcu()
#define rcu_dereference(pointer)		   (pointer)
#define rcu_dereference_protected(pointer, locked) (pointer)
#define rcu_access_pointer(pointer)		   (pointer)
#define rcu_assign_pointer(pointer, value)	   ((pointer) = (value))
#define RCU_INIT_POINTER(pointer, value)	   ((pointer) = (value))

#endif
