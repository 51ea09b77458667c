/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes of characters, with the C library's.
 */
#ifndef SEKISHO_SHIM_LINUX_CTYPE_H
#define SEKISHO_SHIM_LINUX_CTYPE_H

#include <ctype.h>

#endif
