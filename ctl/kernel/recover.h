/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a commit left that was killed while a new object took over: which of the two directories of
 * pins the interfaces really run, and how to end it. Knows pins, links and engines; nothing of
 * policies.
 */
#ifndef SEKISHO_KERNEL_RECOVER_H
#define SEKISHO_KERNEL_RECOVER_H

/**
 * sekisho_recover - finish or forget a take-over that was cut off
 * @directory: where the installation is pinned
 *
 * The caller holds the installation's lock. Does nothing where no take-over was cut off.
 * Return: 0 or -errno.
 */
int sekisho_recover(const char *directory);

#endif
