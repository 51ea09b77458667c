/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The version of Sekisho: of the tool, of the module, of what DKMS builds. Knows nothing else.
 */
#ifndef SEKISHO_VERSION_H
#define SEKISHO_VERSION_H

#define SEKISHO_VERSION "0.1.0"

#endif
