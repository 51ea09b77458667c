/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All links of an installation at once: which interfaces have them, carrying them over to another
 * object, taking them off. Knows pinned links; nothing of maps or policies.
 */
#ifndef SEKISHO_KERNEL_LINKS_H
#define SEKISHO_KERNEL_LINKS_H

#include <stdint.h>

#include "kernel/attach.h"

/**
 * sekisho_links_each - call a function for every pinned link whose interface is there
 * @directory: where they are pinned
 * @visit: gets the link's file name, descriptor and interface number; returns 0 to go on
 * @context: handed to @visit
 *
 * Return: 0, what @visit returned, or -errno.
 */
int sekisho_links_each(const char *directory,
		       int (*visit)(void *context, const char *name, int link, uint32_t ifindex),
		       void *context);

/* Pin every link of @from in @to as well. 0 or -errno. */
int sekisho_links_share(const char *from, const char *to);

/* Put another pair of programs on every linked interface. 0 or -errno; call again to go back. */
int sekisho_links_update(const char *directory, int ingress, int egress);

/* Take the programs off every linked interface. 0 or -errno. */
int sekisho_links_remove(const char *directory);

#endif
