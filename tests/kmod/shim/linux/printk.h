/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel log: standard error.
 */
#ifndef SEKISHO_SHIM_LINUX_PRINTK_H
#define SEKISHO_SHIM_LINUX_PRINTK_H

#include <stdio.h>

#define pr_err(...)  ((void)fprintf(stderr, __VA_ARGS__))
#define pr_info(...) ((void)fprintf(stderr, __VA_ARGS__))

#endif
