/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Huge pages for memory that is large: its pages are cleared and found in fewer steps. Knows nothing
 * of what is kept in it.
 */
#ifndef SEKISHO_MEMORY_HUGE_H
#define SEKISHO_MEMORY_HUGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Below, there is hardly a huge page in it. */
#define SEKISHO_HUGE_LEAST (4ul * 1024 * 1024)

/**
 * sekisho_huge - ask for huge pages before memory is used
 * @memory: from malloc() and the like, or NULL
 * @bytes: how large it is
 *
 * Where the kernel has none to give, nothing is lost.
 *
 * Return: @memory.
 */
static inline void *sekisho_huge(void *memory, size_t bytes)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = ((uintptr_t)memory + page - 1) & ~(page - 1);

	if (memory && bytes >= SEKISHO_HUGE_LEAST)
		madvise((void *)start, ((uintptr_t)memory + bytes - start) & ~(page - 1),
			MADV_HUGEPAGE);
	return memory;
}

#endif
