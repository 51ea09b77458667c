/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directories of bpffs in which an installation is pinned: the one in use, and the next one
 * that takes its place in one step. Knows paths; nothing of what is pinned.
 */
#ifndef SEKISHO_KERNEL_PINS_H
#define SEKISHO_KERNEL_PINS_H

#include <limits.h>

/* Whether @directory lies on a bpffs: 0, -ENOENT (no such place) or -ENOTSUP (another file system). */
int sekisho_pins_check(const char *directory);

/* Path of the next directory: the same with `_next`. 0 or -ENAMETOOLONG. */
int sekisho_pins_next(const char *directory, char next[PATH_MAX]);

/* Make an empty directory, removing what an interrupted run has left there. 0 or -errno. */
int sekisho_pins_make(const char *directory);

/* Remove a directory and all its pins. 0, -ENOENT or -errno. */
int sekisho_pins_remove(const char *directory);

/**
 * sekisho_pins_take_over - let the next directory take the place of the one in use
 * @next: the next one
 * @directory: the one in use; removed with its pins, if it is there
 *
 * Return: 0 or -errno. There is no moment at which @directory is not there or is half filled.
 */
int sekisho_pins_take_over(const char *next, const char *directory);

#endif
