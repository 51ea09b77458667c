/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way out: a plain frame that the kernel forwards is covered by a connection that this
 * epoch has judged (docs/semantics.md, Leaving). Writes nothing.
 */
#ifndef SEKISHO_BPF_QUICK_EGRESS_H
#define SEKISHO_BPF_QUICK_EGRESS_H

#include "quick.h"

/**
 * quick_covers - whether a forwarded frame may leave, the short way
 * @quick: control, policy row, moment, epoch, interface and length of the frame set
 * @data: the frame's first byte
 * @data_end: one after the last byte that can be read
 * @hardware_tag: the 802.1Q tag that is not in the bytes, -1 without one
 *
 * Return: 1 where a connection of this epoch covers it (docs/semantics.md, Leaving); 0 where the
 * long way must decide.
 */
static __always_inline int quick_covers(const struct quick *quick, void *data, void *data_end,
					int hardware_tag)
{
	struct sekisho_connection *connection;
	struct connection_key key;
	struct found found = {};
	struct plain plain;

	if (!plain_read(&plain, data, data_end, quick->frame_bytes, hardware_tag))
		return 0;
	connection_key_of(&key, &plain.tuple);
	if (!connection_find(&found, &key, &plain.tuple))
		return 0;
	connection = found.connection;
	return quick_stands(quick, connection, &plain) &&
	       connection->segments[(found.direction ^ 1) & 1] ==
		       port_segment(quick->row, quick->ifindex, plain.vlan);
}

#endif
