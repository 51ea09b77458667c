/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's names of types, in user space. Knows nothing of what is built with them.
 */
#ifndef SEKISHO_SHIM_LINUX_TYPES_H
#define SEKISHO_SHIM_LINUX_TYPES_H

#include <asm/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef __s64 time64_t;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u16 __le16;
typedef __u32 __le32;
typedef __u64 __le64;
typedef __u16 __sum16;
typedef __u32 __wsum;
typedef unsigned int gfp_t;

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct rcu_head {
	void (*func)(struct rcu_head *head);
};

#define __rcu
#define __user
#define __percpu
#define __iomem
#define __force
#define __acquires(lock)
#define __releases(lock)
#define __must_check
#define __always_unused	 __attribute__((unused))
#define __maybe_unused	 __attribute__((unused))
#define __packed	 __attribute__((packed))
#define __aligned(bytes) __attribute__((aligned(bytes)))
#define __init
#define __exit
#define __read_mostly
#define fallthrough		    __attribute__((fallthrough))
#define likely(condition)	    __builtin_expect(!!(condition), 1)
#define unlikely(condition)	    __builtin_expect(!!(condition), 0)
#define READ_ONCE(variable)	    (*(const volatile __typeof__(variable) *)&(variable))
#define WRITE_ONCE(variable, value) (*(volatile __typeof__(variable) *)&(variable) = (value))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))
#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - __builtin_offsetof(type, member)))

#define noinline __attribute__((noinline))

#endif
