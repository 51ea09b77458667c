/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The different host sets of a policy, numbered from 1 in the order in which its flows first name
 * them. Knows flows; nothing of netlink.
 */
#ifndef SEKISHO_KERNEL_MODULE_HOSTS_H
#define SEKISHO_KERNEL_MODULE_HOSTS_H

#include <stddef.h>
#include <stdint.h>

#include "model/policy.h"

struct sekisho_module_hosts {
	const struct sekisho_endpoint **sets; /* set N is [N - 1]; borrowed from the policy */
	uint32_t count;
	uint32_t *from; /* of each flow; 0: every host */
	uint32_t *to;
};

/**
 * sekisho_module_hosts_make - number the host sets of a policy
 * @hosts: filled; to be freed with sekisho_module_hosts_free() also after an error
 * @policy: borrowed as long as @hosts
 *
 * Return: 0 or -ENOMEM.
 */
int sekisho_module_hosts_make(struct sekisho_module_hosts *hosts,
			      const struct sekisho_policy *policy);
void sekisho_module_hosts_free(struct sekisho_module_hosts *hosts);

#endif
