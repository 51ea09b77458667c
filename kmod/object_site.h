/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy says of the site, from its attribute. Knows attributes; whether values make sense
 * is the draft's to say.
 */
#ifndef SEKISHO_KMOD_OBJECT_SITE_H
#define SEKISHO_KMOD_OBJECT_SITE_H

#include <net/netlink.h>

#include "policy.h"

/**
 * sekisho_object_site - read a SITE attribute
 * @site: zeroed; filled
 * @nest: the attribute, as the policies let it pass
 * @extack: says what is missing; not NULL
 *
 * Return: 0 or -errno.
 */
int sekisho_object_site(struct sekisho_site *site, const struct nlattr *nest,
			struct netlink_ext_ack *extack);

#endif
