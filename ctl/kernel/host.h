/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the border host is: its addresses, and what its network cards do to frames before XDP sees
 * them. Asks the kernel; knows nothing of BPF or policies.
 */
#ifndef SEKISHO_KERNEL_HOST_H
#define SEKISHO_KERNEL_HOST_H

#include <stddef.h>

#include "model/verdict.h"

/**
 * sekisho_host_addresses - the host's own and broadcast addresses in this network namespace
 * @self: filled; free with sekisho_host_addresses_free()
 *
 * Return: 0 or -errno.
 */
int sekisho_host_addresses(struct sekisho_self *self);
void sekisho_host_addresses_free(struct sekisho_self *self);

/**
 * sekisho_host_clear_features - switch off what a card would do to frames before XDP sees them
 * @interface: the interface
 * @done: set to the features that were switched off, separated by spaces; "" where none were on
 * @bytes: size of @done
 *
 * A tag that the card takes out, or frames that it joins, would be judged as what they are not.
 * Return: 0, or -errno with @done naming the feature that stays on.
 */
int sekisho_host_clear_features(const char *interface, char *done, size_t bytes);

#endif
