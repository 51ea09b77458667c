// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an address is, and which segment it belongs to (docs/semantics.md, Words). Knows nothing
 * of frames, flows or state; shares no code with bpf/.
 */
#include "segment.h"

static bool ranges_contain(const struct sekisho_ranges *ranges, uint8_t family,
			   struct sekisho_address address)
{
	size_t i;

	for (i = 0; i < ranges->count; i++)
		if (sekisho_range_contains(&ranges->items[i], family, address))
			return true;
	return false;
}

bool sekisho_self_owns(const struct sekisho_self *self, uint8_t family,
		       struct sekisho_address address)
{
	return ranges_contain(&self->addresses, family, address);
}

bool sekisho_self_broadcasts(const struct sekisho_self *self, uint8_t family,
			     struct sekisho_address address)
{
	if (family == 4 && address.low == 0xffffffff)
		return true;
	return ranges_contain(&self->broadcasts, family, address);
}

bool sekisho_address_multicast(uint8_t family, struct sekisho_address address)
{
	if (family == 4)
		return address.low >> 28 == 0xe;
	return address.high >> 56 == 0xff;
}

bool sekisho_address_loopback(uint8_t family, struct sekisho_address address)
{
	if (family == 4)
		return address.low >> 24 == 127;
	return address.high == 0 && address.low == 1;
}

bool sekisho_address_unspecified(uint8_t family, struct sekisho_address address)
{
	(void)family; /* all zero in both */
	return address.high == 0 && address.low == 0;
}

bool sekisho_address_link_local(uint8_t family, struct sekisho_address address)
{
	return family == 6 && address.high >> 54 == 0xfe80 >> 6;
}

bool sekisho_address_ipv4_mapped(uint8_t family, struct sekisho_address address)
{
	return family == 6 && address.high == 0 && address.low >> 32 == 0xffff;
}

/* Of two prefixes that hold the same address one lies inside the other: the inner is longer. */
static bool is_longer(const struct sekisho_range *a, const struct sekisho_range *b)
{
	return sekisho_address_compare(a->first, b->first) > 0 ||
	       sekisho_address_compare(a->last, b->last) < 0;
}

uint16_t sekisho_segment_by_network(const struct sekisho_policy *policy, uint8_t family,
				    struct sekisho_address address)
{
	const struct sekisho_range *longest = NULL;
	uint16_t found = SEKISHO_SEGMENT_NONE;
	size_t i, k;

	if (sekisho_address_ipv4_mapped(family, address))
		return SEKISHO_SEGMENT_NONE;
	for (i = 0; i < policy->segment_count; i++) {
		const struct sekisho_ranges *networks = &policy->segments[i].networks;

		for (k = 0; k < networks->count; k++) {
			const struct sekisho_range *network = &networks->items[k];

			if (!sekisho_range_contains(network, family, address))
				continue;
			if (longest && !is_longer(network, longest))
				continue;
			longest = network;
			found = (uint16_t)i;
		}
	}
	return found;
}

uint16_t sekisho_model_segment_of(const struct sekisho_policy *policy,
				  const struct sekisho_self *self, uint8_t family,
				  struct sekisho_address address)
{
	if (sekisho_self_owns(self, family, address) ||
	    sekisho_self_broadcasts(self, family, address) ||
	    sekisho_address_multicast(family, address) ||
	    sekisho_address_link_local(family, address))
		return SEKISHO_SEGMENT_SELF;
	return sekisho_segment_by_network(policy, family, address);
}
