/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Searching, with the C library's.
 */
#ifndef SEKISHO_SHIM_LINUX_BSEARCH_H
#define SEKISHO_SHIM_LINUX_BSEARCH_H

#include <stdlib.h>

#endif
