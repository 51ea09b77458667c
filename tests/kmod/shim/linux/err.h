/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors as pointers.
 */
#ifndef SEKISHO_SHIM_LINUX_ERR_H
#define SEKISHO_SHIM_LINUX_ERR_H

#include <errno.h>

#include <linux/types.h>

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *pointer)
{
	return (long)pointer;
}

static inline bool IS_ERR(const void *pointer)
{
	return (unsigned long)pointer >= (unsigned long)-4095;
}

#endif
