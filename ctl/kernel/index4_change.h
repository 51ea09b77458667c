/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes the classes of IPv4 addresses in a direct index that is there. Must not know what classes
 * mean.
 */
#ifndef SEKISHO_KERNEL_INDEX4_CHANGE_H
#define SEKISHO_KERNEL_INDEX4_CHANGE_H

#include "half.h"

/* The class that takes the place of @class: 0 or -errno. */
typedef int sekisho_class_change(void *context, uint32_t class, uint32_t *changed);

/**
 * sekisho_index4_change - change the classes of addresses
 * @half: where the index is
 * @first: the first address, in host byte order
 * @last: the last one
 * @change: asked for each class that the addresses have, at times more than once
 * @context: handed to @change
 *
 * Rows that are not needed any more stay where they are.
 *
 * Return: 0, -ENOMEM, -ENOSPC (no room in the half) or what @change returned. On failure the index
 * is not to be used any more.
 */
int sekisho_index4_change(struct sekisho_half *half, uint32_t first, uint32_t last,
			  sekisho_class_change *change, void *context);

/* The class of an address. */
uint32_t sekisho_index4_class(const struct sekisho_half *half, uint32_t address);

#endif
