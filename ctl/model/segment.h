/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an address is: one of the host's, a broadcast, multicast and so on, or in a segment's
 * networks (docs/semantics.md, Words). Knows nothing of frames, flows or state; shares no code
 * with bpf/. sekisho_model_segment_of() in verdict.h belongs to it too.
 */
#ifndef SEKISHO_MODEL_SEGMENT_H
#define SEKISHO_MODEL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"
#include "verdict.h"

/**
 * sekisho_self_owns - whether an address is one of the host's own
 * @self: the host
 * @family: 4 or 6
 * @address: the address
 *
 * Return: true for its unicast addresses, not for broadcasts or multicast.
 */
bool sekisho_self_owns(const struct sekisho_self *self, uint8_t family,
		       struct sekisho_address address);

/**
 * sekisho_self_broadcasts - whether an address is a broadcast address
 * @self: the host
 * @family: 4 or 6
 * @address: the address
 *
 * Return: true for those of the host's links and for 255.255.255.255.
 */
bool sekisho_self_broadcasts(const struct sekisho_self *self, uint8_t family,
			     struct sekisho_address address);

/* Kinds of addresses that no policy changes. */
bool sekisho_address_multicast(uint8_t family, struct sekisho_address address);
bool sekisho_address_loopback(uint8_t family, struct sekisho_address address);
bool sekisho_address_unspecified(uint8_t family, struct sekisho_address address);
/* These two are of IPv6 alone. */
bool sekisho_address_link_local(uint8_t family, struct sekisho_address address);
bool sekisho_address_ipv4_mapped(uint8_t family, struct sekisho_address address);

/**
 * sekisho_segment_by_network - the segment whose networks hold an address
 * @policy: the policy
 * @family: 4 or 6
 * @address: the address
 *
 * The longest prefix wins; what belongs to `self` is not looked at. IPv4-mapped addresses are in
 * no segment, whatever networks there are.
 * Return: the index, or SEKISHO_SEGMENT_NONE.
 */
uint16_t sekisho_segment_by_network(const struct sekisho_policy *policy, uint8_t family,
				    struct sekisho_address address);

#endif
