/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nothing of netlink is tested in user space.
 */
#ifndef SEKISHO_SHIM_LINUX_NETLINK_H
#define SEKISHO_SHIM_LINUX_NETLINK_H

#include <linux/types.h>

#endif
