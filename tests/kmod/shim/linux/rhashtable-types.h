/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nothing of it is used.
 */
#ifndef SEKISHO_SHIM_LINUX_RHASHTABLE_TYPES_H
#define SEKISHO_SHIM_LINUX_RHASHTABLE_TYPES_H

#include <linux/types.h>

#endif
