/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things lie in caches, which a test does not mind.
 */
#ifndef SEKISHO_SHIM_LINUX_CACHE_H
#define SEKISHO_SHIM_LINUX_CACHE_H

#define ____cacheline_aligned_in_smp
#define ____cacheline_aligned

#endif
