/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network namespace, of which a test has none.
 */
#ifndef SEKISHO_SHIM_NET_NET_NAMESPACE_H
#define SEKISHO_SHIM_NET_NET_NAMESPACE_H

struct net;

#endif
