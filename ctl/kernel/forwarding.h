/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which ports XDP may send frames out of (`forward: fast`), and the interfaces that the kernel
 * routes by. Asks the kernel for its links; knows nothing of routes, connections or verdicts.
 */
#ifndef SEKISHO_KERNEL_FORWARDING_H
#define SEKISHO_KERNEL_FORWARDING_H

#include "kernel/engine.h"

/**
 * sekisho_forwarding_fill - write the map `links` for the policy in force
 * @engine: the engine; without `forward: fast` the map becomes empty
 * @slow: called with the name of each port whose frames the kernel goes on forwarding; or NULL
 * @context: handed to @slow
 *
 * A port is left to the kernel where its driver sends nothing for XDP, or where this kernel cannot
 * say (before Linux 6.3), and where it is part of a bridge or bond. What is not in the map is
 * forwarded by the kernel, so nothing is lost while it is written.
 *
 * Return: 1 where the map is another than before, 0, or -errno.
 */
int sekisho_forwarding_fill(struct sekisho_engine *engine,
			    void (*slow)(void *context, const char *interface), void *context);

#endif
