/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets: bytes in up to two pieces, as the kernel hands them on when it has merged some.
 */
#ifndef SEKISHO_SHIM_LINUX_SKBUFF_H
#define SEKISHO_SHIM_LINUX_SKBUFF_H

#include <string.h>

#include <linux/bug.h>
#include <linux/minmax.h>
#include <linux/types.h>

struct sk_buff {
	unsigned int len; /* of both pieces */
	unsigned int head_len; /* of the one at @data */
	const unsigned char *data;
	const unsigned char *rest;
	bool gso;
};

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb->gso;
}

static inline void *skb_header_pointer(const struct sk_buff *skb, int offset, int count,
				       void *buffer)
{
	int head = (int)skb->head_len, from_head;

	if (offset < 0 || count < 0 || offset > (int)skb->len - count)
		return NULL;
	if (offset + count <= head)
		return (void *)(skb->data + offset);
	from_head = offset < head ? head - offset : 0;
	memcpy(buffer, skb->data + offset, (size_t)from_head);
	memcpy((char *)buffer + from_head, skb->rest + (offset + from_head - head),
	       (size_t)(count - from_head));
	return buffer;
}

#endif
