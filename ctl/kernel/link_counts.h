/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel counted of each interface of this network namespace. Knows rtnetlink; nothing of
 * ports or policies.
 */
#ifndef SEKISHO_KERNEL_LINK_COUNTS_H
#define SEKISHO_KERNEL_LINK_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct sekisho_link_counts {
	uint32_t ifindex;
	uint64_t received_packets, received_bytes;
	uint64_t sent_packets, sent_bytes;
};

/**
 * sekisho_link_counts_read - the counters of all interfaces
 * @links: set to @count of them, by number, to be freed by the caller
 * @count: set
 *
 * Return: 0 or -errno.
 */
int sekisho_link_counts_read(struct sekisho_link_counts **links, size_t *count);

/* Those of an interface, or NULL. */
const struct sekisho_link_counts *sekisho_link_counts_find(const struct sekisho_link_counts *links,
							   size_t count, uint32_t ifindex);

#endif
