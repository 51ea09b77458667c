/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory, from the C library.
 */
#ifndef SEKISHO_SHIM_LINUX_SLAB_H
#define SEKISHO_SHIM_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/types.h>

#define GFP_KERNEL	    0u
#define GFP_KERNEL_ACCOUNT  0u
#define GFP_ATOMIC	    0u
#define __GFP_NOWARN	    0u
#define __GFP_ZERO	    0u
#define __GFP_RETRY_MAYFAIL 0u
#define __GFP_NORETRY	    0u

static inline void *shim_allocate(size_t bytes)
{
	return calloc(1, bytes);
}

static inline void *shim_allocate_array(size_t count, size_t bytes)
{
	return calloc(count, bytes);
}

static inline void shim_free(const void *memory)
{
	free((void *)memory);
}

#define kmalloc(bytes, flags)		    ((void)(flags), malloc(bytes))
#define kzalloc(bytes, flags)		    ((void)(flags), shim_allocate(bytes))
#define kcalloc(count, bytes, flags)	    ((void)(flags), shim_allocate_array(count, bytes))
#define kmalloc_array(count, bytes, flags)  ((void)(flags), shim_allocate_array(count, bytes))
#define kvmalloc(bytes, flags)		    ((void)(flags), malloc(bytes))
#define kvzalloc(bytes, flags)		    ((void)(flags), shim_allocate(bytes))
#define kvcalloc(count, bytes, flags)	    ((void)(flags), shim_allocate_array(count, bytes))
#define kvmalloc_array(count, bytes, flags) ((void)(flags), shim_allocate_array(count, bytes))
#define krealloc(memory, bytes, flags)	    ((void)(flags), realloc(memory, bytes))
#define kfree(memory)			    shim_free(memory)
#define kvfree(memory)			    shim_free(memory)
#define vfree(memory)			    shim_free(memory)
#define vzalloc(bytes)			    shim_allocate(bytes)

#endif
