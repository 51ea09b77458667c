/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard of a network namespace of its own: policies, isolation and suspensions go to it by its
 * netlink family, frames by the test's probe. Knows nothing of tapes or of what is expected.
 */
#ifndef SEKISHO_KMOD_TAPE_GUARD_H
#define SEKISHO_KMOD_TAPE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/records.h"

struct guard;

/**
 * guard_open - a guard without a policy, in a namespace that ends with it
 *
 * The caller stays in its own namespace.
 * Return: the guard, or NULL with errno set (ENOENT: the module or the probe is not there).
 */
struct guard *guard_open(void);
void guard_close(struct guard *guard);

/* All below return 0 or -errno. */

/**
 * guard_commit - put a policy in force
 * @guard: the guard
 * @objects: attributes of SEKISHO_CMD_ADD
 * @bytes: of @objects
 */
int guard_commit(struct guard *guard, const void *objects, size_t bytes);
int guard_clear(struct guard *guard);

/* A new epoch begins even where nothing changes. @segment: NULL for all. */
int guard_isolate(struct guard *guard, const char *segment, bool on);
/* @host: bytes of an address (4, 16) or a MAC (6). */
int guard_suspend(struct guard *guard, const void *host, size_t bytes, bool on);

/**
 * guard_frame - a frame as the probe takes it
 * @probed: the frame; its clocks, @ifindex, @output and @room are set
 * @bytes: of the frame; put behind @probed
 * @length: of @bytes
 * @manner: how it comes from the card: parts in pages, or its tag taken out
 *
 * Return: the bytes that @probed takes with all that belongs to it.
 */
size_t guard_frame(struct probe_frame *probed, const uint8_t *bytes, uint16_t length,
		   uint64_t manner);
int guard_judge(struct guard *guard, const void *frames, size_t bytes, unsigned int count,
		struct probe_verdict *verdicts);
int guard_sweep(struct guard *guard, uint32_t monotonic);
int guard_full(struct guard *guard, bool full);

/* Frames by reason since the guard was opened; @counts has 256 elements. */
int guard_reasons(struct guard *guard, uint64_t *counts);

/* What the kernel said of the last request that it refused, or "". */
const char *guard_complaint(const struct guard *guard);

#endif
